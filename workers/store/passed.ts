// What was passed: one row for each visit that was left, and their counts by node and port in the same statement.
// Invariant: a count is the number of its rows. Whatever is passed again, by a shard that goes on from an older state, counts once.
import type { Passed } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';
import type { ShardAddress } from './inbox.ts';
import { eachOf, endsOf, stretchesOf } from './stretch.ts';

/** The visits as columns, in the order of {@link left}. */
export function columnsOf(passed: readonly Passed[]): unknown[][] {
  const stretches = stretchesOf(passed, likeness);
  const column = <T>(of: (row: Passed) => T): T[] => stretches.map(({ row }) => of(row));
  return [
    column(({ node }) => node),
    ...endsOf(stretches),
    column(({ lap }) => lap),
    column(({ at }) => at),
    column(({ port }) => port),
    column(({ lateMs }) => lateMs),
    column(({ skipped }) => skipped ?? null),
  ];
}

// A port's name comes last: it may hold anything, and `null` stands for none.
const likeness = ({ node, lap, at, lateMs, skipped, port }: Passed): string =>
  `${node}/${lap}/${at}/${lateMs}/${skipped ?? ''}/${port === null ? '' : `/${port}`}`;

/** Rows `(node, first, last, lap, at, port, late, skipped)` of {@link columnsOf}, whose first parameter is `$first`. */
export function left(first: number): string {
  const types = ['int', 'int', 'int', 'bigint', 'bigint', 'text', 'bigint', 'text'];
  const columns = types.map((type, index) => `$${first + index}::${type}[]`);
  return `unnest(${columns.join(', ')}) as p (node, first, last, lap, at, port, late, skipped)`;
}

const ROWS = `insert into passed (run_id, team_id, node, ordinal, lap, at, port, late_ms, skipped)
    select $1, team_id, node, ordinal, lap, instant_of(at), port, late, skipped
    from ${eachOf('left_behind')} cross join claimed`;

const COUNTS = `insert into node_count (run_id, shard, node, port, team_id, passed, skipped, late)`;

const ADDED = `on conflict (run_id, shard, node, port) do update set passed = node_count.passed + excluded.passed,
      skipped = node_count.skipped + excluded.skipped, late = node_count.late + excluded.late`;

/**
 * Two parts of a `with`: `written` puts the visits of `left_behind` into `passed`, `counted` adds them to their counts.
 * $1 is the run and $2 the shard; `claimed` gives the team, and no row when the advance is settled already.
 * `anew`: none of them has been passed before, as it always is but after a recovery; otherwise the statement fails
 * ({@link isPassedAlready}) and the shard says `again`, at twice the cost.
 */
export const WRITE_PASSED = {
  anew: `
  written as (${ROWS}), counted as (
    ${COUNTS}
    select $1, $2, node, coalesce(port, ''), team_id, sum(last - first + 1),
      coalesce(sum(last - first + 1) filter (where skipped is not null), 0),
      coalesce(sum(last - first + 1) filter (where late > 0), 0)
    from left_behind, claimed group by node, port, team_id
    ${ADDED}
  )`,
  again: `
  written as (
    ${ROWS}
    on conflict do nothing returning team_id, node, port, late_ms, skipped
  ), counted as (
    ${COUNTS}
    select $1, $2, node, coalesce(port, ''), team_id, count(*), count(skipped), count(*) filter (where late_ms > 0)
    from written group by node, port, team_id
    ${ADDED}
  )`,
} as const;

/** How an advance writes what it has passed. */
export type Passing = keyof typeof WRITE_PASSED;

/** Whether an error says that one of the visits has been passed before. */
export function isPassedAlready(error: unknown): boolean {
  const { code, table } = error as { readonly code?: unknown; readonly table?: unknown };
  return code === '23505' && typeof table === 'string' && /^passed(_|$)/.test(table);
}

/** Writes what was passed. Belongs into the transaction that has claimed the advance. */
export async function writePassed(
  sql: Sql,
  { run, shard, team, passing }: ShardAddress & { readonly team: number; readonly passing: Passing },
  passed: readonly Passed[],
): Promise<void> {
  if (passed.length === 0) return;
  await sql.query(
    `with claimed as (select $3::int as team_id), left_behind as (select p.* from ${left(4)}), ${WRITE_PASSED[passing]}
     select`,
    [run, shard, team, ...columnsOf(passed)],
  );
}
