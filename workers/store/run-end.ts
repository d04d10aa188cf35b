// The end of shards, and with the last of them that of the run: its status and its parent's answer.
import type { Instant } from '../../engine/instant.ts';
import { inOneFlight, inTransaction, type Sql, type Store } from './client.ts';
import { append, lockShards, type Nudge, type ShardAddress } from './inbox.ts';
import { nextDue } from './next-due.ts';
import { forgetShard } from './recall.ts';
import { runOf, setRunStatus, type RunFacts } from './run.ts';
import { SHARD_SIZE, shardOf } from './shard.ts';
import { answerTopic } from './topics.ts';

/**
 * Lets go of a shard in which nothing moves any more, unless somebody may still enter: shard 0 stays while a journey is
 * open, and the others while shard 0 stays, until all journeys have filled them. With the last shard the run is over.
 * Invariant: the caller has locked {@link leaving}, so that the last two cannot each take the other for the last.
 */
export async function leave(
  sql: Sql,
  run: RunFacts,
  { shard, now, wall }: { readonly shard: number; readonly now: Instant; readonly wall: Instant },
): Promise<Nudge[]> {
  const journeys = run.plan.graphs.length - 1;
  if (run.mode === 'fast') await closeUnused(sql, run, now);
  const { rowCount } = await sql.query(LEAVE, [run.id, shard, SHARD_SIZE, journeys]);
  if (rowCount === 0) return [];
  const [, { rows }] = await inOneFlight(
    forgetShard(sql, { run: run.id, shard }),
    sql.query<{ no: number; idle: boolean }>(
      'select no, idle from shard where run_id = $1 and not done order by no',
      [run.id],
    ),
  );
  if (rows.length === 0) return closeRun(sql, run, { now, wall });
  // They have stayed because of this one.
  return shard > 0 ? [] : rows.filter(({ idle }) => idle).map(({ no }) => ({ run: run.id, shard: no }));
}

/** {@link leave} in a transaction of its own: what a settlement could not let go of may have become free since. */
export function leaveNow(
  store: Store,
  { run: id, shard, now, wall }: ShardAddress & { readonly now: Instant; readonly wall: Instant },
): Promise<Nudge[]> {
  return inTransaction(store.pool, async (sql) => {
    const run = await runOf(sql, id);
    if (run === undefined) return [];
    await lockShards(sql, leaving(run, shard));
    return leave(sql, run, { shard, now, wall });
  });
}

/** The shards that are concerned when one of them may be the last. */
export const leaving = ({ id, parent }: RunFacts, shard: number): ShardAddress[] => [
  ...(parent === null ? [] : [{ run: parent.run, shard: shardOf(parent.ordinal) }]),
  { run: id, shard: 0 },
  { run: id, shard },
];

const LEAVE = `
  update shard s set done = true
  where s.run_id = $1 and s.no = $2 and s.idle and not s.done and s.head <= s.cursor
    and (s.no = 0 or exists (select from shard first where first.run_id = $1 and first.no = 0 and first.done)
      or (select count(*) from entrance e where e.run_id = $1 and e.next >= (s.no + 1) * $3) = $4)
    and (s.no > 0 or not exists (
      select from entrance e where e.run_id = $1 and e.event is not null and e.closed_at is null))`;

/**
 * Shards that would leave if they were asked: they are idle and the last of what they stayed for is gone, but whoever
 * should have told them died. Nudge them.
 */
export async function staying(sql: Sql): Promise<ShardAddress[]> {
  const { rows } = await sql.query<ShardAddress>(
    `select s.run_id as run, s.no as shard from shard s join run r on r.id = s.run_id
     where s.idle and not s.done and r.status in ('scheduled', 'running', 'paused', 'stopping')
       and not exists (
         select from entrance e where e.run_id = s.run_id and e.event is not null and e.closed_at is null)
       and (s.no = 0 or exists (select from shard f where f.run_id = s.run_id and f.no = 0 and f.done))`,
  );
  return rows;
}

// In compressed time nobody closes a door: it is closed when nobody moves any more and nobody will come.
async function closeUnused(sql: Sql, run: RunFacts, now: Instant): Promise<void> {
  const { rows } = await sql.query(
    `select from shard s where s.run_id = $1 and s.no = 0 and s.idle and not s.done and s.head <= s.cursor
       and exists (select from entrance e where e.run_id = s.run_id and e.event is not null and e.closed_at is null)`,
    [run.id],
  );
  if (rows.length === 0 || (await nextDue(sql, { run: run.id, shard: 0 })) !== null) return;
  await sql.query(
    `update entrance set closed_at = instant_of($2)
     where run_id = $1 and event is not null and closed_at is null`,
    [run.id, now],
  );
}

/** Closes a run whose subjects have all ended, and tells the visit of another run that waits for it. */
async function closeRun(
  sql: Sql,
  run: RunFacts,
  { now, wall }: { readonly now: Instant; readonly wall: Instant },
): Promise<Nudge[]> {
  const { rows } = await sql.query<{ reason: string | null }>(
    'select end_reason as reason from subject where run_id = $1 and graph = 0',
    [run.id],
  );
  const status = run.status === 'stopping' ? 'cancelled' : 'completed';
  const reason = rows[0]?.reason;
  await inOneFlight(
    setRunStatus(sql, run.id, { status, at: now, now: wall, ...(reason == null ? {} : { reason }) }),
    closeAll(sql, run.id, now),
  );
  if (run.parent === null) return [];
  const { run: parent, node, ordinal, lap } = run.parent;
  const plan = (await runOf(sql, parent))?.plan;
  const topic = plan === undefined ? -1 : answerTopic(plan, node, 'done');
  if (topic < 0) return [];
  const address = { run: parent, shard: shardOf(ordinal) };
  const entry = { kind: 'arrived', node, ordinal, lap, topic } as const;
  return (await append(sql, address, [{ entry, at: 'soon' }], wall)) ? [address] : [];
}

// Settling has closed what visits had opened; a worker that was thought dead may have opened something after that.
async function closeAll(sql: Sql, run: string, at: Instant): Promise<void> {
  await sql.query(
    `with deaf as (
       delete from listener where run_id = $1
     ), unparked as (
       update stuck_visit set resolved_at = instant_of($2), resolution = 'dropped'
       where run_id = $1 and resolved_at is null
     ), dropped as (
       update task set state = 'dropped', closed_at = instant_of($2)
       where run_id = $1 and state in ('open', 'accepted', 'escalated')
     )
     update form set closed_at = instant_of($2) where run_id = $1 and closed_at is null`,
    [run, at],
  );
}
