// What was passed: who leaves a step at once and alike is one row, who leaves it alone has one of their own; and their counts by
// node and port in the same statement. Read through the views `passed` and `passed_alike` and the function `passed_by`.
// Invariant: a visit is in one row, and a count is the number of its visits. Whatever is passed again, by a shard that goes on
// from an older state, counts once.
import type { Passed } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';
import type { ShardAddress } from './inbox.ts';
import { alikeOf, sizeOf, type Alike } from './stretch.ts';

/** From so many on, visits that are alike are one row. Of fewer, a subject's own would have to be looked for among too many. */
export const TOGETHER = 8;

/** The place of `visits` among the columns. */
const VISITS = 2;

/** The visits as columns, in the order of {@link left}. */
export function columnsOf(passed: readonly Passed[]): unknown[][] {
  const alike = alikeOf(passed, likeness);
  const column = <T>(of: (row: Passed) => T): T[] => alike.map(({ row }) => of(row));
  return [
    column(({ node }) => node),
    alike.map(multirangeOf),
    alike.map(sizeOf),
    column(({ lap }) => lap),
    column(({ at }) => at),
    column(({ port }) => port),
    column(({ lateMs }) => lateMs),
    column(({ skipped }) => skipped ?? null),
  ];
}

const multirangeOf = ({ stretches }: Alike<Passed>): string =>
  `{${stretches.map(({ first, last }) => `[${first},${last}]`).join()}}`;

// A port's name comes last: it may hold anything, and `null` stands for none.
const likeness = ({ node, lap, at, lateMs, skipped, port }: Passed): string =>
  `${node}/${lap}/${at}/${lateMs}/${skipped ?? ''}/${port === null ? '' : `/${port}`}`;

/** Rows `(node, ordinals, visits, lap, at, port, late, skipped)` of {@link columnsOf}, whose first parameter is `$first`. */
export function left(first: number): string {
  const types = ['int', 'int4multirange', 'int', 'bigint', 'bigint', 'text', 'bigint', 'text'];
  const columns = types.map((type, index) => `$${first + index}::${type}[]`);
  return `unnest(${columns.join(', ')}) as p (node, ordinals, visits, lap, at, port, late, skipped)`;
}

// Rows of `from` are named as those of {@link left}.

const alone = (from: string): string => `
  alone as (
    insert into passed_alone (run_id, team_id, node, ordinal, lap, at, port, late_ms, skipped)
    select $1, team_id, node, ordinal, lap, instant_of(at), port, late, skipped
    from claimed cross join ${from} cross join lateral unnest(ordinals) as part
      cross join lateral generate_series(lower(part), upper(part) - 1) as ordinal
    where visits < ${TOGETHER}
  )`;

const together = (from: string): string => `
  together as (
    insert into passed_together (run_id, team_id, node, ordinals, first, visits, lap, at, port, late_ms, skipped)
    select $1, team_id, node, ordinals, lower(ordinals), visits, lap, instant_of(at), port, late, skipped
    from claimed cross join ${from} where visits >= ${TOGETHER}
  )`;

const counted = (from: string): string => `
  counted as (
    insert into node_count (run_id, shard, node, port, team_id, passed, skipped, late)
    select $1, $2, node, coalesce(port, ''), team_id, sum(visits),
      coalesce(sum(visits) filter (where skipped is not null), 0), coalesce(sum(visits) filter (where late > 0), 0)
    from claimed cross join ${from} group by node, port, team_id
    on conflict (run_id, shard, node, port) do update set passed = node_count.passed + excluded.passed,
      skipped = node_count.skipped + excluded.skipped, late = node_count.late + excluded.late
  )`;

// What is left of `left_behind` when it is compared with all that was passed before.
const FRESH = `
  before as (
    select l.node, l.lap, range_agg(p.ordinals) as ordinals
    from (select node, lap, range_agg(ordinals) as ordinals from left_behind group by node, lap) as l
    join passed_alike p on p.run_id = $1 and p.node = l.node and p.lap = l.lap and p.ordinals && l.ordinals
    group by l.node, l.lap
  ), fresh as (
    select node, f.ordinals, count_of(f.ordinals) as visits, lap, at, port, late, skipped
    from left_behind l left join before b using (node, lap)
    cross join lateral (select l.ordinals - coalesce(b.ordinals, '{}') as ordinals) as f
    where not isempty(f.ordinals)
  )`;

/**
 * Parts of a `with` that write the visits of `left_behind` and count them. $1 is the run and $2 the shard; `claimed` gives the
 * team, and no row when the advance is settled already.
 * `apart` and `anew`: none of them has been passed before, as it always is but after a recovery; otherwise the statement fails
 * ({@link isPassedAlready}) and the shard says `again`, at twice the cost. With `apart` there are no sets among them: their table
 * is not asked, which would cost a single visit more than its own row.
 */
export const WRITE_PASSED = {
  apart: [alone, counted].map((part) => part('left_behind')).join(),
  anew: [alone, together, counted].map((part) => part('left_behind')).join(),
  again: [FRESH, ...[alone, together, counted].map((part) => part('fresh'))].join(),
} as const;

/** How an advance writes what it has passed. */
export type Passing = keyof typeof WRITE_PASSED;

/** The way to write columns of {@link columnsOf} that have not been passed before. */
export const passingOf = (columns: readonly unknown[][]): Passing =>
  columns[VISITS]!.some((visits) => (visits as number) >= TOGETHER) ? 'anew' : 'apart';

/** Whether an error says that one of the visits has been passed before. */
export function isPassedAlready(error: unknown): boolean {
  const { code, table } = error as { readonly code?: unknown; readonly table?: unknown };
  return code === '23505' && typeof table === 'string' && /^passed(_|$)/.test(table);
}

/** Writes what was passed, `again` or for the first time. Belongs into the transaction that has claimed the advance. */
export async function writePassed(
  sql: Sql,
  { run, shard, team, again }: ShardAddress & { readonly team: number; readonly again: boolean },
  passed: readonly Passed[],
): Promise<void> {
  if (passed.length === 0) return;
  const columns = columnsOf(passed);
  const parts = WRITE_PASSED[again ? 'again' : passingOf(columns)];
  await sql.query(
    `with claimed as (select $3::int as team_id), left_behind as (select p.* from ${left(4)}), ${parts}
     select`,
    [run, shard, team, ...columns],
  );
}
