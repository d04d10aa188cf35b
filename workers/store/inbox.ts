// The inbox of a shard: whatever happens to a run comes in here as a numbered row.
// Not its reading, see drain.ts; and no signal is sent from here, the caller nudges after its commit.
import type { Instant } from '../../engine/instant.ts';
import type { Entry } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';

/** Which shard of which run. */
export interface ShardAddress {
  readonly run: string;
  readonly shard: number;
}

/** A shard whose workflow must be signalled once the transaction is committed. */
export type Nudge = ShardAddress;

/** An entry before it is recorded: the inbox gives it its instant. */
export type NewEntry = Entry extends infer E
  ? E extends { readonly at: Instant }
    ? Omit<E, 'at'>
    : never
  : never;

/** An entry with the instant at which it is recorded. */
export interface Recorded {
  readonly entry: NewEntry;
  /** `soon`: now, but after everything the shard has seen. A number: exactly then, for what was due at that instant. */
  readonly at: Instant | 'soon';
}

/**
 * Adds entries to a shard's inbox. The lock on the shard's row makes the order of numbers the order of commits.
 * True when the caller must nudge the workflow after the commit: no nudge is on its way yet.
 *
 * `now` is the wall clock; a compressed run records at its own logical time instead.
 * Invariant: a transaction that appends to several shards does so in the order of run and shard.
 */
export async function append(
  sql: Sql,
  address: ShardAddress,
  entries: readonly Recorded[],
  now: Instant,
): Promise<boolean> {
  if (entries.length === 0) return false;
  const { rows } = await sql.query<{ team: number; head: number; nudged: boolean; soon: Instant }>(
    `select s.team_id as team, s.head, s.nudged,
       case r.mode
         when 'fast' then ms_of(coalesce(s.horizon, r.start_at))
         else greatest($3::bigint, ms_of(s.horizon) + 1)
       end as soon
     from shard s join run r on r.id = s.run_id
     where s.run_id = $1 and s.no = $2 for update of s`,
    [address.run, address.shard, now],
  );
  const shard = rows[0];
  if (shard === undefined) throw new Error(`Run ${address.run} has no shard ${address.shard}.`);
  await sql.query(
    `insert into inbox (run_id, shard, seq, team_id, at, entry)
     select $1, $2, $3 + e.no, $4, instant_of(e.at), e.entry
     from rows from (
       unnest($5::bigint[]), unnest($6::jsonb[])
     ) with ordinality as e (at, entry, no)`,
    [
      address.run,
      address.shard,
      shard.head,
      shard.team,
      entries.map(({ at }) => (at === 'soon' ? shard.soon : at)),
      entries.map(({ entry }) => JSON.stringify(entry)),
    ],
  );
  await sql.query('update shard set head = $3, nudged = true where run_id = $1 and no = $2', [
    address.run,
    address.shard,
    shard.head + entries.length,
  ]);
  return !shard.nudged;
}

/**
 * Takes the lock of a shard's row. To be taken before the rows of its visits (tasks, forms, listeners) by whoever
 * will append, because settling takes them in that order too.
 */
export async function lockShard(sql: Sql, { run, shard }: ShardAddress): Promise<void> {
  await sql.query('select from shard where run_id = $1 and no = $2 for update', [run, shard]);
}

/** {@link nextDue} as an expression: $1 is the run, $2 the shard. */
// The limit keeps the planner from turning the question round: few rows are due, and each is asked about by an index.
export const NEXT_DUE = `ms_of(least(
  (select min(at) from due where run_id = $1 and shard = $2 and event is null),
  (select min(d.at) from due d cross join lateral (
     select from listener l
     where l.live and l.run_id = d.run_id and l.event = d.event and l.person = d.person
     union all
     select from listener l
     where l.live and l.run_id = d.run_id and l.team_id = d.team_id and l.event = d.event
       and l.member_id = d.member
     union all
     select from listener l
     where l.live and l.run_id = d.run_id and l.team_id = d.team_id and l.event = d.event
       and l.member_id is null and l.graph = 0
     limit 1) as heard
   where d.run_id = $1 and d.shard = $2 and d.event is not null)))`;

/**
 * The instant at which a shard must wake for what becomes due; null when it need not.
 * An event that nobody listens for wakes nobody: it is taken in with the next drain, at its own instant.
 */
export async function nextDue(sql: Sql, { run, shard }: ShardAddress): Promise<Instant | null> {
  const { rows } = await sql.query<{ at: Instant | null }>(`select ${NEXT_DUE} as at`, [run, shard]);
  return rows[0]?.at ?? null;
}

/**
 * Shards whose entries nobody has fetched although somebody should have been nudged before `before`:
 * the signal was lost, or whoever should have sent it died after the commit. Nudge them again.
 */
export async function leftBehind(sql: Sql, before: Instant): Promise<ShardAddress[]> {
  const { rows } = await sql.query<ShardAddress & { at: Instant }>(
    `select s.run_id as run, s.no as shard from shard s join run r on r.id = s.run_id
     where not s.done and s.head > s.cursor
       and r.status in ('scheduled', 'running', 'paused', 'stopping')
       and exists (
         select from inbox i where i.run_id = s.run_id and i.shard = s.no and i.seq > s.cursor
           and (i.at < instant_of($1) or r.mode = 'fast'))`,
    [before],
  );
  return rows.map(({ run, shard }) => ({ run, shard }));
}
