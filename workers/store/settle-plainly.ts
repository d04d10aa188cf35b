// The settlement of an advance in which visits were merely passed, as most are: one statement instead of a transaction.
// It says the same as settle.ts, which decides when this is enough.
import type { Sql } from './client.ts';
import { columnsOf, isPassedAlready, left, passingOf, WRITE_PASSED, type Passing } from './passed.ts';
import type { SettleRequest } from './settle-request.ts';

/** Settles it, once: everything hangs on the claim of the shard's row. */
export async function settlePlainly(sql: Sql, request: SettleRequest): Promise<void> {
  const columns = columnsOf(request.settlement.passed);
  const values = valuesOf(request, columns);
  try {
    await sql.query(SETTLE[passingOf(columns)], values);
  } catch (error) {
    if (!isPassedAlready(error)) throw error;
    await sql.query(SETTLE.again, values);
  }
}

function valuesOf(
  { run, shard, advance, now, wall, settlement, drain, told, counts }: SettleRequest,
  columns: readonly unknown[][],
): unknown[] {
  const { passed, wake } = settlement;
  return [
    run,
    shard,
    advance,
    wake,
    drain?.cursor ?? null,
    drain?.until ?? null,
    ...columns,
    now,
    wall,
    JSON.stringify({ shard, passed: passed.length, stuck: 0, ended: 0, wake }),
    told?.cursor ?? null,
    told?.reissued ?? false,
    told === undefined ? null : Buffer.from(told.results),
    counts === undefined ? null : JSON.stringify(counts),
  ];
}

const settling = (passing: Passing): string => `
  with claimed as (
    update shard set advance = $3, wake = instant_of($4), idle = false, nudged = nudged and $6::bigint is null,
      patient = case when $6::bigint is null then patient end, cursor = greatest(cursor, least($5, head)), horizon = greatest(horizon, instant_of($6)),
      counts = coalesce($21, counts)
    where run_id = $1 and no = $2 and advance < $3
    returning team_id
  ), left_behind as (
    select p.* from ${left(7)}
  ), ${WRITE_PASSED[passing]}, unparked as (
    update stuck_visit v set resolved_at = instant_of($15), resolution = 'dropped'
    from left_behind l, claimed
    where (select exists (select from stuck_visit where run_id = $1 and resolved_at is null))
      and v.run_id = $1 and v.node = l.node and v.lap = l.lap and l.ordinals @> v.ordinal and v.resolved_at is null
  ), kept as (
    insert into shard_tick (run_id, shard, advance, team_id, at, cursor, reissued, results)
    select $1, $2, $3, team_id, instant_of($15), $18, $19, $20 from claimed where $18::bigint is not null
  ), begun as (
    update run set status = 'running' where id = $1 and status = 'scheduled' and exists (select from claimed)
  )
  insert into run_event (run_id, team_id, at, recorded_at, kind, data)
  select $1, team_id, instant_of($15), instant_of($16), 'advanced', $17 from claimed
  where cardinality($7::int[]) > 0`;

const SETTLE = { apart: settling('apart'), anew: settling('anew'), again: settling('again') } as const;
