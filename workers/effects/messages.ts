// Messages and deliveries as the send path writes them: one message for each visit, one delivery for each recipient,
// sent or not, and why. Not the decision and not the sending.
import { showLink } from '../../engine/language/links.ts';
import type { Instant } from '../../engine/instant.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import type { Sql } from '../store/client.ts';
import type { Charges } from '../store/delivery.ts';
import { newId } from '../store/id.ts';
import { OF_VISIT, VISITS_OF_NODE } from '../store/visit.ts';
import { withLinks } from './links.ts';
import type { Letter, Mail } from './mail.ts';
import type { Candidate } from './recipients.ts';
import type { Batch } from './work.ts';

export const visitKey = ({ ordinal, lap }: Pick<CallVisit, 'ordinal' | 'lap'>): string => `${ordinal}/${lap}`;

/** A delivery as a visit's next call finds it. */
export interface Known {
  readonly recipient: string;
  readonly state: string;
  readonly reason: string | null;
  readonly groupId: string | null;
  readonly memberId: string | null;
  readonly requestedOf: 'provider' | 'colleague' | null;
}

/** What earlier calls have left: the message of each visit, and its deliveries. */
export interface Earlier {
  /** Message ids by visit. */
  readonly messages: ReadonlyMap<string, string>;
  /** Deliveries by visit, then by recipient. */
  readonly deliveries: ReadonlyMap<string, ReadonlyMap<string, Known>>;
}

/** Reads it. At a visit's first call there is nothing. */
export async function earlierOf(
  sql: Sql,
  { run, node, visits }: Pick<Batch, 'run' | 'node' | 'visits'>,
): Promise<Earlier> {
  const { rows } = await sql.query<{ id: string; ordinal: number; lap: number }>(
    `select t.id, t.ordinal, t.lap from ${VISITS_OF_NODE} join message t on ${OF_VISIT}`,
    [run.id, node, visits.map(({ ordinal }) => ordinal), visits.map(({ lap }) => lap)],
  );
  const messages = new Map(rows.map((row) => [visitKey(row), row.id]));
  const deliveries = new Map<string, Map<string, Known>>();
  if (rows.length === 0) return { messages, deliveries };
  const visitOf = new Map(rows.map((row) => [row.id, visitKey(row)]));
  const { rows: known } = await sql.query<Known & { readonly message: string }>(
    `select message_id as message, recipient, state::text, reason, group_id as "groupId", member_id as "memberId",
       requested_of as "requestedOf"
     from delivery where message_id = any($1)`,
    [rows.map(({ id }) => id)],
  );
  for (const { message, ...row } of known) {
    const visit = visitOf.get(message)!;
    const of = deliveries.get(visit);
    if (of === undefined) deliveries.set(visit, new Map([[row.recipient, row]]));
    else of.set(row.recipient, row);
  }
  return { messages, deliveries };
}

/** Nobody needs to be asked about any more. */
export const isSettled = ({ state }: Known): boolean => !OPEN.has(state);
const OPEN = new Set(['planned', 'gated', 'requested', 'confirmed']);

/**
 * A person has asked for these visits to be tried again: what is in doubt is planned once more under its own key, what
 * failed under a new one. Nothing happens to visits that merely go on.
 * `states`: without `unknown` the provider is asked about what is in doubt, and the person's word does not stand for its own.
 */
export async function planRepeated(
  sql: Sql,
  { run, node, visits, wall }: Pick<Batch, 'run' | 'node' | 'visits' | 'wall'>,
  states: readonly ('unknown' | 'failed')[],
): Promise<void> {
  const again = visits.filter(({ call }) => call > 0);
  if (again.length === 0) return;
  // A call that went on has left its answer in the ledger; one that failed none, and one in doubt was released.
  await sql.query(
    `update delivery d set state = 'planned', next_at = null,
       call = case d.state when 'failed' then v.call else d.call end, reason = null, charges = null,
       reconciled_at = case d.state when 'unknown' then instant_of($6) else d.reconciled_at end,
       reconciled_by = case d.state when 'unknown' then coalesce((select s.resolved_by from stuck_visit s
         where s.run_id = $1 and s.node = $2 and s.ordinal = v.ordinal and s.lap = v.lap order by s.no desc limit 1), 'retry')
         else d.reconciled_by end
     from (
       select $1::uuid as run, $2::int as node, v.*
       from unnest($3::int[], $4::bigint[], $5::int[]) as v (ordinal, lap, call) offset 0) as v
     join message t on ${OF_VISIT}
     where d.message_id = t.id and d.state = any($7::delivery_state[]) and d.call < v.call
       and not exists (select from ledger l where l.run_id = $1 and l.node = $2 and l.ordinal = v.ordinal
         and l.lap = v.lap and l.call = v.call - 1 and l.state <> 'released')`,
    [
      run.id,
      node,
      again.map(({ ordinal }) => ordinal),
      again.map(({ lap }) => lap),
      again.map(({ call }) => call),
      wall,
      states,
    ],
  );
}

/** Keeps the messages of visits, and gives their ids. One that was put off is brought up to date. */
export async function keepMessages(
  sql: Sql,
  { batch: { run, node }, input, route }: Mail,
  letters: readonly Letter[],
): Promise<ReadonlyMap<string, string>> {
  if (letters.length === 0) return new Map();
  const { rows } = await sql.query<{ id: string; ordinal: number; lap: number }>(
    `insert into message (id, team_id, run_id, node, ordinal, lap, channel_id, channel, class, mode, text, posted, at,
       expires_at)
     select m.id, $1, $2, $3, m.ordinal, m.lap, $4, $5, $6::message_class, $7, m.text, m.posted, instant_of(m.at),
       instant_of(m.expires)
     from jsonb_to_recordset($8) as m (id uuid, ordinal int, lap bigint, text jsonb, posted text, at bigint,
       expires bigint)
     on conflict (run_id, node, ordinal, lap) do update
       set at = excluded.at, posted = excluded.posted, expires_at = excluded.expires_at,
         text = case when excluded.text = '{}' then message.text else excluded.text end
     returning id, ordinal, lap`,
    [
      run.team,
      run.id,
      node,
      route.account?.id ?? null,
      input.channel,
      input.class,
      input.mode,
      JSON.stringify(
        letters.map(({ visit: { ordinal, lap }, now, text, posted, gate }) => ({
          id: newId(),
          ordinal,
          lap,
          text: withLinks(text, showLink),
          posted,
          at: now,
          expires: gate.expires,
        })),
      ),
    ],
  );
  return new Map(rows.map((row) => [visitKey(row), row.id]));
}

/** A delivery to be written. */
export interface Written {
  readonly message: string;
  readonly to: Pick<Candidate, 'recipient' | 'groupId' | 'memberId' | 'heads'>;
  readonly state: string;
  readonly reason?: string | undefined;
  readonly at: Instant;
  readonly call: number;
  /** Planned: when it is asked about again. */
  readonly next?: Instant | undefined;
  readonly requestedOf?: 'colleague' | undefined;
  /** A colleague has posted or released it. */
  readonly isConfirmed?: boolean | undefined;
  readonly charges?: Charges | undefined;
}

/**
 * Writes deliveries, each in the state in which this transaction leaves it. What another worker has given to the provider
 * since they were read stays as it is.
 */
export async function writeDeliveries(
  sql: Sql,
  { batch: { run }, rank, route }: Mail,
  rows: readonly Written[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql.query(
    `insert into delivery (message_id, team_id, run_id, channel_id, priority, recipient, group_id, member_id, heads,
       state, reason, at, call, next_at, gated_at, requested_at, requested_of, confirmed_at, charges)
     select d.message, $1, $2, $3, $4, d.recipient, d."group", d.member, d.heads, d.state::delivery_state, d.reason,
       instant_of(d.at), d.call, instant_of(d.next), passed.at, passed.at, d.of,
       case when d.confirmed then instant_of(d.at) end, d.charges
     from jsonb_to_recordset($5) as d (message uuid, recipient text, "group" uuid, member uuid, heads int, state text,
       reason text, at bigint, call int, next bigint, of text, confirmed boolean, charges jsonb)
     left join lateral (select instant_of(d.at) as at where d.state in ('requested', 'sent')) as passed on true
     on conflict (message_id, recipient) do update
       set state = excluded.state, reason = excluded.reason, at = excluded.at, heads = excluded.heads,
         next_at = excluded.next_at, charges = excluded.charges,
         gated_at = coalesce(delivery.gated_at, excluded.gated_at),
         requested_at = coalesce(delivery.requested_at, excluded.requested_at),
         requested_of = coalesce(delivery.requested_of, excluded.requested_of),
         confirmed_at = coalesce(delivery.confirmed_at, excluded.confirmed_at)
     where delivery.state in ('planned', 'gated', 'confirmed')
       or (delivery.state = 'requested' and delivery.requested_of is distinct from 'provider')`,
    [
      run.team,
      run.id,
      route.account?.id ?? null,
      rank,
      JSON.stringify(
        rows.map(({ to, next, requestedOf, isConfirmed, ...row }) => ({
          ...row,
          recipient: to.recipient,
          group: to.groupId,
          member: to.memberId,
          heads: to.heads,
          next,
          of: requestedOf,
          confirmed: isConfirmed ?? false,
        })),
      ),
    ],
  );
}
