// Messages to single recipients, as people look them up: what was sent, what is still to come, what was not and why.
// Not the sending. Whoever asks names a run, a member, a group or a channel, or gets everything, the latest first.
import { PRIORITIES } from '../engine/effects/send-gate.ts';
import { sayReason } from '../engine/effects/send-reasons.ts';
import { isoOf, type Instant } from '../engine/instant.ts';
import { inTransaction, type Sql, type Store } from '../workers/store/client.ts';
import { resolveDoubt, type Resolution } from '../workers/store/delivery.ts';
import { UUID } from '../workers/store/id.ts';
import { planOfRun } from '../workers/store/run.ts';
import { audit } from './audit.ts';
import type { Identity } from './identity/identity.ts';
import { Refusal, wrongValue } from './refusal.ts';

/** Which ones. */
export interface DeliveryFilter {
  readonly run?: string | undefined;
  readonly node?: string | undefined;
  readonly member?: string | undefined;
  readonly group?: string | undefined;
  readonly channel?: string | undefined;
  readonly state?: string | undefined;
  readonly reason?: string | undefined;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

interface Row {
  readonly message: string;
  readonly recipient: string;
  readonly run: string;
  readonly node: number;
  readonly state: string;
  readonly reason: string | null;
  readonly priority: number;
  readonly at: Instant;
  readonly next: Instant | null;
  readonly requested: Instant | null;
  readonly confirmed: Instant | null;
  readonly reconciled: Instant | null;
  readonly [key: string]: unknown;
}

/** One page. */
export async function listDeliveries(sql: Sql, team: number, filter: DeliveryFilter) {
  const node = await nodeNamed(sql, team, filter);
  const from = filter.after === undefined ? undefined : readCursor(filter.after);
  const { rows } = await sql.query<Row>(
    `select d.message_id as message, d.recipient, d.run_id as run, m.node, m.ordinal, m.lap, m.channel, m.class::text,
       m.mode, d.state::text, d.reason, d.priority, d.heads, d.attempts, d.provider_id as "providerId",
       d.requested_of as "requestedOf", d.reconciled_by as "reconciledBy", d.member_id as "memberId",
       p.display_name as "memberName", d.group_id as "groupId", g.name as "groupName", ms_of(d.at) as at,
       ms_of(d.next_at) as next, ms_of(d.requested_at) as requested, ms_of(d.confirmed_at) as confirmed,
       ms_of(d.reconciled_at) as reconciled
     from delivery d join message m on m.id = d.message_id
     left join member p on p.id = d.member_id left join community_group g on g.id = d.group_id
     where d.team_id = $1 and ($2::uuid is null or d.run_id = $2) and ($3::int is null or m.node = $3)
       and ($4::uuid is null or d.member_id = $4) and ($5::uuid is null or d.group_id = $5)
       and ($6::uuid is null or d.channel_id = $6) and ($7::delivery_state is null or d.state = $7)
       and ($8::text is null or d.reason = $8)
       and ($9::bigint is null or (d.at, d.message_id, d.recipient) < (instant_of($9), $10::uuid, $11::text))
     order by d.at desc, d.message_id desc, d.recipient desc limit $12`,
    [
      team,
      filter.run ?? null,
      node ?? null,
      filter.member ?? null,
      filter.group ?? null,
      filter.channel ?? null,
      filter.state ?? null,
      filter.reason ?? null,
      from?.at ?? null,
      from?.message ?? null,
      from?.recipient ?? null,
      filter.limit,
    ],
  );
  const last = rows.length === filter.limit ? rows.at(-1) : undefined;
  return {
    deliveries: await Promise.all(rows.map((row) => shown(sql, row))),
    next: last === undefined ? null : cursorOf(last),
  };
}

async function shown(
  sql: Sql,
  { node, priority, at, next, requested, confirmed, reconciled, reason, ...row }: Row,
) {
  const iso = (instant: Instant | null): string | null => (instant === null ? null : isoOf(instant));
  // A process reads each plan once.
  const plan = await planOfRun(sql, row.run);
  const planNode = plan.nodes[node];
  return {
    ...row,
    node: planNode?.id ?? null,
    title: planNode?.title ?? null,
    priority: PRIORITIES[priority] ?? null,
    reason,
    why: reason === null ? null : sayReason(reason, row.state),
    at: isoOf(at),
    nextAt: iso(next),
    requestedAt: iso(requested),
    confirmedAt: iso(confirmed),
    reconciledAt: iso(reconciled),
  };
}

async function nodeNamed(sql: Sql, team: number, { run, node }: DeliveryFilter): Promise<number | undefined> {
  if (node === undefined) return undefined;
  const { rows } = await sql.query('select from run where id = $1 and team_id = $2', [run ?? null, team]);
  const index =
    rows.length === 0 ? -1 : (await planOfRun(sql, run!)).nodes.findIndex(({ id }) => id === node);
  // A step that the run does not have has sent nothing.
  return index;
}

interface Cursor {
  readonly at: Instant;
  readonly message: string;
  readonly recipient: string;
}

const cursorOf = ({ at, message, recipient }: Cursor): string =>
  Buffer.from(JSON.stringify([at, message, recipient])).toString('base64url');

function readCursor(text: string): Cursor {
  try {
    const [at, message, recipient] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    const isCursor =
      Number.isSafeInteger(at) &&
      Math.abs(at as number) < 1e14 &&
      typeof message === 'string' &&
      UUID.test(message) &&
      typeof recipient === 'string' &&
      !recipient.includes('\0');
    if (isCursor) return { at: at as number, message, recipient };
  } catch {
    // Not ours.
  }
  throw wrongValue('/after', '不是上一页给出的位置', 'it is not the `next` of a page');
}

/** A person has found out what became of a message that was in doubt. */
export async function decideDoubt(
  store: Store,
  who: Identity,
  { now, ...resolution }: Omit<Resolution, 'team' | 'by'> & { readonly now: Instant },
): Promise<void> {
  await inTransaction(store.pool, async (sql) => {
    const found = await resolveDoubt(
      sql,
      { ...resolution, team: who.team, by: `${who.kind}/${who.id}` },
      now,
    );
    if (!found) throw new Refusal('not-found');
    const { message, recipient, outcome } = resolution;
    await audit(sql, {
      who,
      action: 'delivery.resolve',
      subject: `delivery/${message}`,
      detail: { recipient, outcome },
      now,
    });
  });
}
