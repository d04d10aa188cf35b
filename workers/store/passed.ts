// What was passed: one row for each visit that was left, and their counts by node and port in the same statement.
// Invariant: a count is the number of its rows. Whatever is passed again, by a shard that goes on from an older state, counts once.
import type { Passed } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';
import type { ShardAddress } from './inbox.ts';

/** The visits as columns, in the order of {@link LEFT}. */
export const columnsOf = (passed: readonly Passed[]): unknown[][] => [
  passed.map(({ node }) => node),
  passed.map(({ ordinal }) => ordinal),
  passed.map(({ lap }) => lap),
  passed.map(({ at }) => at),
  passed.map(({ port }) => port),
  passed.map(({ lateMs }) => lateMs),
  passed.map(({ skipped }) => skipped ?? null),
];

/** Rows `(node, ordinal, lap, at, port, late, skipped)` of {@link columnsOf}, whose first parameter is `$first`. */
export function left(first: number): string {
  const types = ['int', 'int', 'bigint', 'bigint', 'text', 'bigint', 'text'];
  const columns = types.map((type, index) => `$${first + index}::${type}[]`);
  return `unnest(${columns.join(', ')}) as p (node, ordinal, lap, at, port, late, skipped)`;
}

/**
 * Two parts of a `with`: `written` puts the rows of `left_behind` into `passed`, `counted` adds them to their counts.
 * $1 is the run and $2 the shard; `claimed` gives the team, and no row when the advance is settled already.
 */
export const WRITE_PASSED = `
  written as (
    insert into passed (run_id, team_id, node, ordinal, lap, at, port, late_ms, skipped)
    select $1, team_id, node, ordinal, lap, instant_of(at), port, late, skipped from left_behind, claimed
    on conflict do nothing returning team_id, node, port, late_ms, skipped
  ), counted as (
    insert into node_count (run_id, shard, node, port, team_id, passed, skipped, late)
    select $1, $2, node, coalesce(port, ''), team_id, count(*), count(skipped), count(*) filter (where late_ms > 0)
    from written group by node, port, team_id
    on conflict (run_id, shard, node, port) do update set passed = node_count.passed + excluded.passed,
      skipped = node_count.skipped + excluded.skipped, late = node_count.late + excluded.late
  )`;

/** Writes what was passed. Belongs into the transaction that has claimed the advance. */
export async function writePassed(
  sql: Sql,
  { run, shard, team }: ShardAddress & { readonly team: number },
  passed: readonly Passed[],
): Promise<void> {
  if (passed.length === 0) return;
  await sql.query(
    `with claimed as (select $3::int as team_id), left_behind as (select p.* from ${left(4)}), ${WRITE_PASSED}
     select from written limit 0`,
    [run, shard, team, ...columnsOf(passed)],
  );
}
