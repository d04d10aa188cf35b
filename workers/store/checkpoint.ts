// The state of a shard as it is kept beside Temporal: enough to go on from PostgreSQL alone.
// Not a history: only the last one counts, and an older one never replaces it.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import type { ShardAddress } from './inbox.ts';

/** Where a shard stood, and its packed state. */
export interface Checkpoint {
  readonly now: Instant;
  readonly cursor: number;
  readonly advance: number;
  readonly state: Uint8Array;
}

/**
 * Keeps the state of a shard. What its advances read and were told up to there goes one checkpoint later: a workflow task
 * that Temporal has not yet taken in, and that is done again, reads it again and is told it again. When the next checkpoint
 * is kept, the task of the last one has been taken in.
 */
export async function keepCheckpoint(
  sql: Sql,
  { run, shard }: ShardAddress,
  { now, cursor, advance, state }: Checkpoint,
): Promise<void> {
  await sql.query(
    `with before as (
       select cursor, advance from shard_checkpoint where run_id = $1 and shard = $2),
     kept as (
       insert into shard_checkpoint (run_id, shard, team_id, at, advance, cursor, state)
       select $1, $2, team_id, instant_of($3), $4, $5, $6 from run where id = $1
       on conflict (run_id, shard) do update
         set at = excluded.at, advance = excluded.advance, cursor = excluded.cursor, state = excluded.state
         where shard_checkpoint.advance < excluded.advance
       returning run_id, shard, advance),
     read as (
       delete from inbox i using kept k, before b
       where i.run_id = k.run_id and i.shard = k.shard and i.seq <= b.cursor)
     delete from shard_tick t using kept k, before b
     where t.run_id = k.run_id and t.shard = k.shard and t.advance <= b.advance`,
    [run, shard, now, advance, cursor, Buffer.from(state)],
  );
}

/** The last state that was kept; undefined when there is none. */
export async function checkpointOf(sql: Sql, { run, shard }: ShardAddress): Promise<Checkpoint | undefined> {
  const { rows } = await sql.query<Checkpoint>(
    `select ms_of(at) as now, cursor, advance, state from shard_checkpoint where run_id = $1 and shard = $2`,
    [run, shard],
  );
  return rows[0];
}

/** Shards that should have moved by `before` and did not: their wake-up has passed, or they have never begun. */
export async function overdue(sql: Sql, before: Instant): Promise<ShardAddress[]> {
  const { rows } = await sql.query<ShardAddress>(
    `select s.run_id as run, s.no as shard from shard s join run r on r.id = s.run_id
     where not s.done and r.status in ('scheduled', 'running', 'stopping')
       and (s.advance = 0 and r.launched_at < instant_of($1)
         or r.mode = 'real' and s.wake < instant_of($1))`,
    [before],
  );
  return rows;
}

/** Of these shards those that have not come to their end. */
export async function openOf(sql: Sql, shards: readonly ShardAddress[]): Promise<ShardAddress[]> {
  if (shards.length === 0) return [];
  const { rows } = await sql.query<ShardAddress>(
    `select s.run_id as run, s.no as shard from unnest($1::uuid[], $2::int[]) as f (run, no)
     join shard s on s.run_id = f.run and s.no = f.no join run r on r.id = s.run_id
     where not s.done and r.status in ('scheduled', 'running', 'paused', 'stopping')`,
    [shards.map(({ run }) => run), shards.map(({ shard }) => shard)],
  );
  return rows;
}
