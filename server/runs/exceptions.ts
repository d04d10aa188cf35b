// Visits of a run that want a look: those parked until somebody decides, and those that came late or were skipped. Page by page.
// Not their counts by step (counts.ts) and not the deciding (routes/recovery.ts).
import { isoOf, type Instant } from '../../engine/instant.ts';
import { subjectName } from '../../engine/run/trace.ts';
import type { Sql } from '../../workers/store/client.ts';
import type { RunFacts } from '../../workers/store/run.ts';
import { wrongValue } from '../refusal.ts';
import { ACCOUNT_OF_VISIT, againOf } from './again.ts';
import { WHY_STUCK } from './positions.ts';

/** Which ones: of one node or of all, behind `after`, which is the `next` of the page before. */
export interface Page {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly node?: string | undefined;
}

/** A page of those that wait for a decision, by node, ordinal and lap. */
export async function stuckVisits(sql: Sql, run: RunFacts, page: Page) {
  type Parked = { readonly reason: string; readonly account: Parameters<typeof againOf>[1] };
  const { visits, next } = await listed<Parked>(sql, run, page, STUCK);
  return {
    stuck: visits.map(({ account, ...it }) => ({ ...it, again: againOf(it.reason, account) })),
    next,
  };
}

/** A page of those that came late or were skipped, in the same order; the first says how many there are in all. */
export async function lateVisits(sql: Sql, run: RunFacts, page: Page) {
  const { visits, next } = await listed(sql, run, page, LATE);
  const total = page.after === undefined ? await lateCount(sql, run, nodeOf(run, page)) : null;
  return { late: visits, next, total };
}

async function lateCount(sql: Sql, { id }: RunFacts, node: number | null): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select coalesce(sum(v.visits), 0)::int as count from passed_alike v
     where v.run_id = $1 and ${LATE.where} and ($2::int is null or v.node = $2)`,
    [id, node],
  );
  return rows[0]!.count;
}

interface List {
  readonly columns: string;
  readonly from: string;
  readonly where: string;
}

// Both are found by an index that holds such visits only. $1 is the run, $3 a node, $4 to $6 the visit before, $7 how many.
const STUCK: List = {
  columns: `v.reason, ${WHY_STUCK} as why, case v.reason when 'doubt' then ${ACCOUNT_OF_VISIT} end as account`,
  from: 'stuck_visit v',
  where: 'v.resolved_at is null',
};

// Who was late together is one row: no more rows are opened than the page has visits, and none further than the page can hold.
const LATE_TOGETHER = `
  select t.run_id, t.node, one.ordinal, t.lap, t.at, t.port, t.late_ms, t.skipped
  from (
    select t.*, rest.ordinals as ahead from passed_together t
    cross join lateral (select t.ordinals * int4multirange(int4range(
      case when $4::int is null or t.node > $4 then 0 when t.lap > $6::bigint then $5::int else $5 + 1 end, null)) as ordinals
    ) as rest
    where t.run_id = $1 and (t.late_ms > 0 or t.skipped is not null) and ($3::int is null or t.node = $3)
      and ($4 is null or t.node >= $4) and not isempty(rest.ordinals)
    order by t.node, lower(rest.ordinals), t.lap limit $7) as t
  cross join lateral (
    select generate_series(lower(part), least(upper(part), lower(part) + $7) - 1) as ordinal from unnest(t.ahead) as part
    limit $7) as one`;
const LATE: List = {
  columns: 'v.port, v.late_ms as "lateMs", v.skipped',
  from: `(select run_id, node, ordinal, lap, at, port, late_ms, skipped from passed_alone union all ${LATE_TOGETHER}) as v`,
  where: '(v.late_ms > 0 or v.skipped is not null)',
};

interface Listed {
  readonly node: number;
  readonly ordinal: number;
  readonly lap: number;
  readonly at: Instant;
  readonly member: string | null;
  readonly name: string | null;
}

async function listed<More = object>(sql: Sql, run: RunFacts, page: Page, list: List) {
  const { limit = 200, after } = page;
  const last = after?.split('/').map(Number);
  if (last !== undefined && last.length < 3)
    throw wrongValue('/querystring/after', '不是上一页给出的位置', 'it is not the `next` of a page');
  const { rows } = await sql.query<Listed & More>(pageOf(list), [
    run.id,
    JSON.stringify(run.plan.nodes.map(({ graph }, no) => ({ node: no, graph }))),
    nodeOf(run, page),
    last?.[0] ?? null,
    last?.[1] ?? null,
    last?.[2] ?? null,
    limit,
  ]);
  const end = rows.length === limit ? rows.at(-1) : undefined;
  return {
    visits: rows.map(({ node: no, at, ...visit }) => ({
      ...visit,
      at: isoOf(at),
      node: run.plan.nodes[no]?.id,
      subject: subjectName(run.plan, run.plan.nodes[no]?.graph ?? 0, visit.ordinal),
    })),
    next: end === undefined ? null : `${end.node}/${end.ordinal}/${end.lap}`,
  };
}

/** A node that the run does not have has no visits. */
const nodeOf = ({ plan }: RunFacts, { node }: Page): number | null =>
  node === undefined ? null : plan.nodes.findIndex(({ id }) => id === node);

const pageOf = ({ columns, from, where }: List): string => `
  select v.*, s.member_id as member, m.display_name as name
  from (
    select v.node, v.ordinal, v.lap, ms_of(v.at) as at, ${columns} from ${from}
    where v.run_id = $1 and ${where} and ($3::int is null or v.node = $3) and ($4::int is null or v.node >= $4)
      and ($4 is null or (v.node, v.ordinal, v.lap) > ($4, $5::int, $6::bigint))
    order by v.node, v.ordinal, v.lap limit $7::int) as v
  left join jsonb_to_recordset($2) as n (node int, graph int) on n.node = v.node
  left join subject s on s.run_id = $1 and s.graph = n.graph and s.ordinal = v.ordinal
  left join member m on m.id = s.member_id
  order by v.node, v.ordinal, v.lap`;

/** The statement of a late list, for whoever asks the database how it does it. */
export const LATE_PAGE = pageOf(LATE);
