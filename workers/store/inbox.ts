// The inbox of a shard: whatever happens to a run comes in here as a numbered row.
// Not its reading, see drain.ts; and no signal is sent from here, the caller nudges after its commit.
import { DAY, type Instant } from '../../engine/instant.ts';
import type { Entry } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';

/** Which shard of which run. */
export interface ShardAddress {
  readonly run: string;
  readonly shard: number;
}

/** A shard whose workflow must be signalled once the transaction is committed; begun, where the transaction has made it. */
export interface Nudge extends ShardAddress {
  readonly isNew?: boolean;
}

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

/** A shard whose row this transaction holds. */
export interface HeldShard extends ShardAddress {
  readonly team: number;
  readonly head: number;
  /** A nudge is on its way already. */
  readonly nudged: boolean;
  /** The instant of what is recorded `soon`. */
  readonly soon: Instant;
  /** Its time is compressed. */
  readonly fast: boolean;
}

/**
 * Takes the locks of the rows of these shards. Invariant: always in the order of run and shard, and before the rows of
 * their visits (tasks, forms, listeners), because settling takes them in that order too.
 *
 * `now` is the wall clock; a compressed run records at its own logical time instead.
 * @throws for a shard that does not exist.
 */
export async function holdShards(
  sql: Sql,
  addresses: readonly ShardAddress[],
  now: Instant,
): Promise<HeldShard[]> {
  const distinct = [...new Map(addresses.map((it) => [`${it.run}/${it.shard}`, it])).values()];
  const { rows } = await sql.query<HeldShard>(
    `select s.run_id as run, s.no as shard, s.team_id as team, s.head, s.nudged, r.mode = 'fast' as fast,
       case r.mode
         when 'fast' then ms_of(coalesce(s.horizon, r.start_at))
         else greatest($3::bigint, ms_of(s.horizon) + 1)
       end as soon
     from unnest($1::uuid[], $2::int[]) as a (run, shard)
     join shard s on s.run_id = a.run and s.no = a.shard
     join run r on r.id = s.run_id
     order by s.run_id, s.no for update of s`,
    [distinct.map(({ run }) => run), distinct.map(({ shard }) => shard), now],
  );
  const found = new Set(rows.map(({ run, shard }) => `${run}/${shard}`));
  const missing = distinct.find(({ run, shard }) => !found.has(`${run}/${shard}`));
  if (missing !== undefined) throw new Error(`Run ${missing.run} has no shard ${missing.shard}.`);
  return rows;
}

/**
 * Adds entries to the inboxes of shards that this transaction holds; the lock makes the order of numbers the order of commits.
 * Returns the shards that the caller must nudge after the commit: no nudge is on its way to them yet. `heededAt` says until
 * when a shard's new entries may lie: they are saved up, and the sweeper nudges in time.
 */
export async function appendHeld(
  sql: Sql,
  held: readonly HeldShard[],
  entriesOf: (shard: HeldShard) => readonly Recorded[],
  heededAt: (shard: HeldShard) => Instant | null = () => null,
): Promise<Nudge[]> {
  const filled = held.map((shard) => ({ shard, entries: entriesOf(shard), patient: heededAt(shard) }));
  const rows = filled.flatMap(({ shard: { run, shard, team, head, soon }, entries }) =>
    entries.map(({ entry, at }, index) => ({
      run,
      shard,
      team,
      seq: head + index + 1,
      at: at === 'soon' ? soon : at,
      entry: JSON.stringify(entry),
    })),
  );
  if (rows.length === 0) return [];
  const grown = filled.filter(({ entries }) => entries.length > 0);
  await sql.query(
    `with grown as (
       update shard s set head = g.head, nudged = s.nudged or g.patient is null,
         patient = case when g.patient is not null then least(s.patient, instant_of(g.patient)) end
       from unnest($7::uuid[], $8::int[], $9::bigint[], $10::bigint[]) as g (run, no, head, patient)
       where s.run_id = g.run and s.no = g.no)
     insert into inbox (run_id, shard, seq, team_id, at, entry)
     select run, shard, seq, team, instant_of(at), entry
     from unnest($1::uuid[], $2::int[], $3::bigint[], $4::int[], $5::bigint[], $6::jsonb[])
       as e (run, shard, seq, team, at, entry)`,
    [
      rows.map(({ run }) => run),
      rows.map(({ shard }) => shard),
      rows.map(({ seq }) => seq),
      rows.map(({ team }) => team),
      rows.map(({ at }) => at),
      rows.map(({ entry }) => entry),
      grown.map(({ shard }) => shard.run),
      grown.map(({ shard }) => shard.shard),
      grown.map(({ shard, entries }) => shard.head + entries.length),
      grown.map(({ patient }) => patient),
    ],
  );
  return grown.flatMap(({ shard: { run, shard, nudged }, patient }) =>
    nudged || patient !== null ? [] : [{ run, shard }],
  );
}

/**
 * Adds entries to one shard's inbox: {@link holdShards} and {@link appendHeld} in one.
 * True when the caller must nudge the workflow after the commit: no nudge is on its way yet.
 */
export async function append(
  sql: Sql,
  address: ShardAddress,
  entries: readonly Recorded[],
  now: Instant,
): Promise<boolean> {
  if (entries.length === 0) return false;
  const held = await holdShards(sql, [address], now);
  return (await appendHeld(sql, held, () => entries)).length > 0;
}

/**
 * Takes the locks of several shards at once, in the one order in which everybody takes them: by run and number.
 * To be taken before rows of visits, of subjects and of launches.
 */
export async function lockShards(sql: Sql, addresses: readonly ShardAddress[]): Promise<void> {
  if (addresses.length === 0) return;
  await sql.query(
    `select from shard s join unnest($1::uuid[], $2::int[]) as a (run, no) on s.run_id = a.run and s.no = a.no
     order by s.run_id, s.no for update of s`,
    [addresses.map(({ run }) => run), addresses.map(({ shard }) => shard)],
  );
}

/**
 * Takes the lock of a shard's row. To be taken before the rows of its visits (tasks, forms, listeners) by whoever
 * will append, because settling takes them in that order too.
 */
export async function lockShard(sql: Sql, { run, shard }: ShardAddress): Promise<void> {
  await sql.query('select from shard where run_id = $1 and no = $2 for update', [run, shard]);
}

/**
 * Shards whose entries nobody has fetched although somebody should have been nudged before `before`:
 * the signal was lost, or whoever should have sent it died after the commit. Nudge them again.
 */
export async function leftBehind(sql: Sql, before: Instant): Promise<ShardAddress[]> {
  const { rows } = await sql.query<ShardAddress & { at: Instant }>(
    `select s.run_id as run, s.no as shard from shard s join run r on r.id = s.run_id
     where not s.done and s.head > s.cursor and (s.nudged or s.patient is null or s.patient < instant_of($1))
       and r.status in ('scheduled', 'running', 'paused', 'stopping')
       and exists (
         select from inbox i where i.run_id = s.run_id and i.shard = s.no and i.seq > s.cursor
           and (i.at < instant_of($1) or r.mode = 'fast'))`,
    [before],
  );
  return rows.map(({ run, shard }) => ({ run, shard }));
}

/** Shards whose saved-up entries are to be heeded by `until`; from now on a nudge is on its way to them. */
export async function savedUp(sql: Sql, until: Instant): Promise<Nudge[]> {
  const { rows } = await sql.query<Nudge & Record<string, unknown>>(
    `update shard set nudged = true, patient = null
     where patient <= instant_of($1) and not nudged and not done and head > cursor returning run_id as run, no as shard`,
    [until],
  );
  return rows;
}

/** How long the inbox of a run that is over is kept: far longer than any task of its workflow could still be repeated. */
const KEPT_MS = 7 * DAY;

/** Forgets the inboxes of runs that were over long ago; those of living runs shrink with their checkpoints. */
export async function forgetInboxes(sql: Sql, now: Instant): Promise<void> {
  await sql.query(
    `delete from inbox where run_id in (
       select id from run where ended_at < instant_of($1) and launched_at < instant_of($1))`,
    [now - KEPT_MS],
  );
}
