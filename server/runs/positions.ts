// Where the subjects of a run stand, derived from what they have passed: whoever left a node by a port stands on the next one.
// Exact where a subject has one token; with several, branches that a join has cancelled are still counted until the subject ends.
import { resolve } from '../../engine/calendar/resolve.ts';
import { kindOfRule, type TimeRule } from '../../engine/calendar/time-rule.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Sql } from '../../workers/store/client.ts';
import { planOf } from '../../workers/store/plan.ts';
import type { RunFacts } from '../../workers/store/run.ts';

/** Live tokens by node index. */
export async function standing(sql: Sql, run: Pick<RunFacts, 'id' | 'plan'>): Promise<Map<number, number>> {
  const { rows: passed } = await sql.query<{ node: number; port: string | null; count: number }>(
    `select p.node, p.port, count(*) as count
     from passed p
     join jsonb_to_recordset($2) as n (node int, graph int) on n.node = p.node
     join subject s on s.run_id = p.run_id and s.graph = n.graph and s.ordinal = p.ordinal and s.ended_at is null
     where p.run_id = $1 group by p.node, p.port`,
    [run.id, JSON.stringify(run.plan.nodes.map(({ graph }, node) => ({ node, graph })))],
  );
  const { rows: subjects } = await sql.query<{ graph: number; count: number }>(
    'select graph, count(*) as count from subject where run_id = $1 and ended_at is null group by graph',
    [run.id],
  );
  const counts = new Map<number, number>();
  const add = (node: number, count: number) => counts.set(node, (counts.get(node) ?? 0) + count);
  for (const { graph, count } of subjects) add(run.plan.graphs[graph]?.start ?? 0, count);
  for (const { node, port, count } of passed) {
    add(node, -count);
    for (const next of nextOf(run.plan, node, port)) add(next, count);
  }
  // Several branches arrive at a join and one token leaves it.
  return new Map([...counts].filter(([, count]) => count > 0));
}

function nextOf({ nodes }: Plan, node: number, port: string | null): number[] {
  const { ports = [], block } = nodes[node] ?? {};
  const left =
    port === null ? (block?.kind === 'fork' ? ports : []) : ports.filter(({ name }) => name === port);
  return left.flatMap(({ to }) => (to < 0 ? [] : [to]));
}

/** Who stands on a node: visits that have done something there and not left it, or that came last and wait. */
export interface StandingVisit {
  readonly ordinal: number;
  readonly lap: number;
  readonly since: Instant;
  readonly stuck: string | null;
  readonly task: string | null;
  readonly listens: readonly string[];
  readonly wake: Instant | null;
}

/** The visits on a node that the database knows of, by ordinal and lap. */
export async function visitsOn(
  sql: Sql,
  { run, node, limit }: { readonly run: RunFacts; readonly node: number; readonly limit: number },
): Promise<StandingVisit[]> {
  const { graph } = run.plan.nodes[node]!;
  const before = run.plan.nodes.flatMap(({ ports, block }, index) =>
    ports
      .filter(({ to }) => to === node)
      .map(({ name }) => ({ node: index, port: block?.kind === 'fork' ? null : name })),
  );
  const { rows } = await sql.query<StandingVisit>(
    `with called as (
       select l.ordinal, l.lap, min(l.at) as since, max(l.until) as wake from ledger l
       where l.run_id = $1 and l.node = $2
         and not exists (select from passed p where (p.run_id, p.node, p.ordinal, p.lap)
           = (l.run_id, l.node, l.ordinal, l.lap))
       group by l.ordinal, l.lap
     ), came as (
       select p.ordinal, p.lap, max(p.at) as since from passed p
       join jsonb_to_recordset($3) as b (node int, port text)
         on b.node = p.node and p.port is not distinct from b.port
       where p.run_id = $1
         and not exists (select from passed x where x.run_id = $1 and x.node = $2 and x.ordinal = p.ordinal
           and x.at >= p.at)
         and not exists (select from called c where c.ordinal = p.ordinal)
       group by p.ordinal, p.lap
     )
     select v.ordinal, v.lap, ms_of(v.since) as since, ms_of(v.wake) as wake, k.reason as stuck, t.id as task,
       coalesce((select array_agg(l.event) from listener l where l.live and (l.run_id, l.node, l.ordinal, l.lap)
         = ($1, $2, v.ordinal, v.lap)), '{}') as listens
     from (select ordinal, lap, since, wake from called union all select ordinal, lap, since, null from came) as v
     join subject s on s.run_id = $1 and s.graph = $4 and s.ordinal = v.ordinal and s.ended_at is null
     left join stuck_visit k on (k.run_id, k.node, k.ordinal, k.lap) = ($1, $2, v.ordinal, v.lap)
       and k.resolved_at is null
     left join task t on (t.run_id, t.node, t.ordinal, t.lap) = ($1, $2, v.ordinal, v.lap)
       and t.state in ('open', 'accepted', 'escalated')
     order by v.ordinal, v.lap limit $5`,
    [run.id, node, JSON.stringify(before), graph, limit],
  );
  return rows.map((visit) => ({ ...visit, wake: visit.wake ?? plannedWake(run, node, visit.since) }));
}

/** When a step that only waits will wake: its rule, asked again. The ledger keeps no row of what a calendar answers. */
function plannedWake({ plan, params }: RunFacts, node: number, since: Instant): Instant | null {
  const { config } = plan.nodes[node]!;
  const rule = [config['until'], config].find(
    (it) => typeof it === 'object' && it !== null && kindOfRule(it) !== undefined,
  );
  if (rule === undefined) return null;
  const { zone } = plan;
  const resolved = resolve(rule as unknown as TimeRule, {
    now: since,
    zone,
    anchors: anchorsIn(params, zone),
  });
  return 'problem' in resolved ? null : resolved.at;
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
  const { rows } = await sql.query<{ id: string; hash: string }>(
    `select id, plan_hash as hash from run where team_id = $1 and playbook_id = $2
       and status in ('running', 'paused') order by id desc limit 50`,
    [team, playbook],
  );
  const counts: Record<string, number> = {};
  for (const { id, hash } of rows) {
    const plan = await planOf(sql, hash);
    for (const [node, count] of await standing(sql, { id, plan })) {
      const name = plan.nodes[node]?.id ?? '';
      if (nodes.has(name)) counts[name] = (counts[name] ?? 0) + count;
    }
  }
  return counts;
}
