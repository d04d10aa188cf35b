// Deliveries as rows: what is planned, what holds its place, what is closed when its visit is left.
// Not the way they may go, which a trigger keeps, and not the decision about any of them.
import type { DayWindow } from '../../engine/calendar/time-rule.ts';
import type { Caps } from '../../engine/effects/send-gate.ts';
import type { Instant } from '../../engine/instant.ts';
import type { VisitKey } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';
import { isSynthetic } from './community.ts';
import type { RunFacts } from './run.ts';
import { giveBack, type Counter } from './send-gate.ts';
import { OF_VISIT, VISITS } from './visit.ts';

/** What the gate has counted for a delivery, so that it can be given back, and the settings by which it let it through. */
export interface Charges {
  readonly counts?: readonly (readonly [key: string, day: number])[];
  readonly tokens?: readonly (readonly [name: string, recipient: string, back: Instant])[];
  readonly seen?: Seen;
}

/** Settings as they were when the gate let a message through: the audit asks what held then, not what holds now. */
export interface Seen {
  /** Of marketing. */
  readonly caps?: Caps;
  readonly quiet?: DayWindow & { readonly zone: string };
  /** Of the account, by name: how many it grants in the period around that day, or in any stretch of the limit's length. */
  readonly budgets?: Readonly<Record<string, number>>;
  readonly rates?: Readonly<Record<string, number>>;
}

/** The counters of charges. */
export const countersIn = (charges: Charges | null): Counter[] =>
  (charges?.counts ?? []).map(([key, day]) => ({ key, day }));

/** A more urgent message that is planned for a recipient. */
export interface Held {
  readonly at: Instant;
  /** It counts towards the caps of members. */
  readonly counts: boolean;
  readonly channel: string | null;
}

/** The more urgent messages that are planned for recipients, of all runs of the team. */
export async function heldFor(
  sql: Sql,
  run: RunFacts,
  { rank, recipients }: { readonly rank: number; readonly recipients: readonly string[] },
): Promise<Map<string, Held[]>> {
  const held = new Map<string, Held[]>();
  // Nobody is named beside a synthetic community's own run.
  const within = isSynthetic(run) ? run.id : null;
  const { rows } = await sql.query<Held & { readonly recipient: string }>(
    `select d.recipient, ms_of(coalesce(d.next_at, d.at)) as at, m.class = 'marketing' as counts, d.channel_id as channel
     from (select distinct unnest($2::text[]) as recipient) as r
     cross join lateral (
       select * from delivery
       where team_id = $1 and recipient = r.recipient and state = 'planned' and priority > $3
         and ($4::uuid is null or run_id = $4) offset 0) as d
     cross join lateral (select class from message where id = d.message_id offset 0) as m`,
    [run.team, recipients, rank, within],
  );
  for (const { recipient, ...it } of rows) {
    const known = held.get(recipient);
    if (known === undefined) held.set(recipient, [it]);
    else known.push(it);
  }
  return held;
}

/** The instants for which more urgent messages are planned on an account; of a crowd as many as matter. */
export async function heldOnAccount(
  sql: Sql,
  account: string,
  { rank, before }: { readonly rank: number; readonly before?: Instant },
): Promise<Instant[]> {
  const { rows } = await sql.query<{ at: Instant }>(
    `select ms_of(coalesce(next_at, at)) as at from delivery
     where channel_id = $1 and state = 'planned' and priority > $2
       and ($3::bigint is null or coalesce(next_at, at) < instant_of($3))
     order by 1 limit 20000`,
    [account, rank, before ?? null],
  );
  return rows.map(({ at }) => at);
}

/**
 * Closes what visits that were left had still open: expired, or skipped because somebody decided so. What is in a
 * provider's hands is not, and what was counted for the others is given back.
 */
export async function closeDeliveries(
  sql: Sql,
  { team, run, now }: { readonly team: number; readonly run: string; readonly now: Instant },
  visits: readonly (VisitKey & { readonly dropped: boolean })[],
): Promise<void> {
  const { rows } = await sql.query<{ charges: Charges | null }>(
    `with closed as (
       select d.message_id, d.recipient, d.charges, v.dropped, t.expires_at <= instant_of($3) as expired
       from ${VISITS} join message t on ${OF_VISIT} join delivery d on d.message_id = t.id
       where d.state in ('planned', 'gated', 'confirmed') or (d.state = 'requested' and d.requested_of = 'colleague')
       order by d.message_id, d.recipient for update of d
     )
     update delivery d set at = instant_of($3), charges = null, next_at = null,
       state = case when c.expired and not c.dropped then 'expired'::delivery_state else 'skipped' end,
       reason = case when c.dropped then 'dropped' when c.expired then 'expired' else 'declined' end
     from closed c where d.message_id = c.message_id and d.recipient = c.recipient
     returning c.charges`,
    [run, JSON.stringify(visits), now],
  );
  await giveBack(
    sql,
    team,
    rows.flatMap(({ charges }) => countersIn(charges)),
  );
}

/** What a person has found out about a message in doubt. */
export interface Resolution {
  readonly team: number;
  readonly message: string;
  readonly recipient: string;
  readonly outcome: 'sent' | 'failed';
  /** Who says so. */
  readonly by: string;
}

/** Notes it. What did not arrive gives back what was counted. False when nothing is in doubt there. */
export async function resolveDoubt(
  sql: Sql,
  { team, message, recipient, outcome, by }: Resolution,
  now: Instant,
): Promise<boolean> {
  const { rows } = await sql.query<{ charges: Charges | null }>(
    `with doubtful as (
       select charges from delivery
       where team_id = $1 and message_id = $2 and recipient = $3 and state = 'unknown' for update
     )
     update delivery d set state = $4::delivery_state, reconciled_at = instant_of($6), reconciled_by = $5,
       at = instant_of($6), charges = case $4 when 'sent' then d.charges end,
       reason = case $4 when 'sent' then null else 'delivery' end
     from doubtful where d.team_id = $1 and d.message_id = $2 and d.recipient = $3
     returning case $4 when 'failed' then doubtful.charges end as charges`,
    [team, message, recipient, outcome, by, now],
  );
  await giveBack(
    sql,
    team,
    rows.flatMap(({ charges }) => countersIn(charges)),
  );
  return rows.length > 0;
}
