// How many stand on, have passed and are stuck on each step of a run: read from what every settlement counts.
// Never by looking at visits, so it costs the same for ten subjects and for a hundred thousand.
import type { Plan } from '../../engine/plan.ts';
import type { Sql } from '../../workers/store/client.ts';
import { planOf } from '../../workers/store/plan.ts';
import type { RunFacts } from '../../workers/store/run.ts';

/** The counts of one step. */
export interface NodeCounts {
  /** Here now; those who are stuck among them. */
  readonly standing: number;
  /** Left, by port; `*` where they ended here or forked. */
  readonly passed: Readonly<Record<string, number>>;
  /** Ended here. */
  readonly ended: number;
  /** Of those who left: skipped because late, switched off, or by an operator. */
  readonly skipped: number;
  /** Of those who left: began later than planned. */
  readonly late: number;
  /** Parked for a person. */
  readonly stuck: number;
}

/** The counts of one journey. */
export interface JourneyCounts {
  readonly journey: string;
  readonly entered: number;
  readonly ended: number;
  /** Members may still enter. */
  readonly open: boolean;
}

const NOBODY: NodeCounts = { standing: 0, passed: {}, ended: 0, skipped: 0, late: 0, stuck: 0 };

/** The counts of every step of a run, in the order of the plan. */
export async function countsOf(sql: Sql, run: Pick<RunFacts, 'id' | 'plan'>): Promise<NodeCounts[]> {
  const { rows } = await sql.query<CountRow>(COUNTS, [run.id]);
  const counts = run.plan.nodes.map(() => NOBODY);
  for (const row of rows) {
    const before = counts[row.node];
    if (before !== undefined) counts[row.node] = withRow(run.plan, before, row);
  }
  return counts;
}

interface CountRow {
  readonly kind: 'standing' | 'passed' | 'stuck';
  readonly node: number;
  readonly port: string;
  readonly count: number;
  readonly skipped: number;
  readonly late: number;
}

const COUNTS = `
  select 'standing' as kind, c.key::int as node, '' as port, sum(c.value::int)::int as count, 0 as skipped, 0 as late
  from shard s, jsonb_each_text(s.counts) as c where s.run_id = $1 group by c.key
  union all
  select 'passed', node, port, sum(passed)::int, sum(skipped)::int, sum(late)::int
  from node_count where run_id = $1 group by node, port
  union all
  select 'stuck', node, '', count(*)::int, 0, 0
  from stuck_visit where run_id = $1 and resolved_at is null group by node`;

function withRow({ nodes }: Plan, before: NodeCounts, { kind, node, port, ...row }: CountRow): NodeCounts {
  if (kind !== 'passed') return { ...before, [kind]: row.count };
  const isEnd = port === '' && nodes[node]?.block?.kind !== 'fork';
  return {
    ...before,
    passed: { ...before.passed, [port === '' ? '*' : port]: row.count },
    ended: before.ended + (isEnd ? row.count : 0),
    skipped: before.skipped + row.skipped,
    late: before.late + row.late,
  };
}

/** The counts of every journey of a run, in the order of the plan. */
export async function journeysOf(sql: Sql, run: Pick<RunFacts, 'id' | 'plan'>): Promise<JourneyCounts[]> {
  const { rows } = await sql.query<{ graph: number; entered: number; ended: number; open: boolean }>(
    `select e.graph, e.next as entered, e.event is not null and e.closed_at is null as open,
       (select coalesce(sum(l.ended), 0)::int from launch l where l.run_id = $1 and l.graph = e.graph) as ended
     from entrance e where e.run_id = $1`,
    [run.id],
  );
  const known = new Map(rows.map(({ graph, ...counts }) => [graph, counts]));
  return run.plan.graphs
    .map(({ id }, graph) => ({ journey: id, ...(known.get(graph) ?? { entered: 0, ended: 0, open: false }) }))
    .slice(1);
}

/** How many subjects of a playbook's active runs stand on these nodes, by node id. */
export async function standingOnNodes(
  sql: Sql,
  {
    team,
    playbook,
    nodes,
  }: { readonly team: number; readonly playbook: string; readonly nodes: ReadonlySet<string> },
): Promise<Record<string, number>> {
  if (nodes.size === 0) return {};
  // Versions number their nodes each in its own way.
  const { rows } = await sql.query<{ hash: string; node: number; count: number }>(
    `select r.plan_hash as hash, c.key::int as node, sum(c.value::int)::int as count
     from run r join shard s on s.run_id = r.id, jsonb_each_text(s.counts) as c
     where r.team_id = $1 and r.playbook_id = $2 and r.status in ('running', 'paused') group by 1, 2`,
    [team, playbook],
  );
  const counts: Record<string, number> = {};
  for (const { hash, node, count } of rows) {
    const id = (await planOf(sql, hash)).nodes[node]?.id ?? '';
    if (nodes.has(id)) counts[id] = (counts[id] ?? 0) + count;
  }
  return counts;
}
