// What the page of a run shows: its state and its counts on every node.
// Reading only, and only from PostgreSQL: it works while Temporal is away.
import type { Instant } from '../../engine/instant.ts';
import { isoOf } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import type { RunFacts } from '../../workers/store/run.ts';
import { standing } from './positions.ts';

/** `scheduled` in the database, until the workflow has taken its first step. */
export const statusOf = (status: string): string => (status === 'scheduled' ? 'waiting' : status);

const iso = (at: Instant | null): string | null => (at === null ? null : isoOf(at));

/** Everything about a run at a glance. */
export async function overview(sql: Sql, run: RunFacts) {
  const [row, live, passed, tallies] = await Promise.all([
    headOf(sql, run),
    standing(sql, run),
    passedOf(sql, run),
    talliesOf(sql, run),
  ]);
  const nodes = run.plan.nodes.map(({ id, title, step, phase, graph }, index) => ({
    node: id,
    graph: run.plan.graphs[graph]?.id,
    step,
    title: title ?? null,
    phase: phase ?? null,
    standing: live.get(index) ?? 0,
    passed: passed.get(index) ?? {},
  }));
  const { plan, params, overrides, texts, roles, community, groups, members, seed, mode } = run;
  return {
    id: run.id,
    playbook: run.playbook,
    title: plan.title,
    plan: plan.hash,
    mode,
    seed,
    params,
    overrides,
    texts,
    roles,
    community,
    groups,
    members,
    start: isoOf(run.startAt),
    ...row,
    status: statusOf(run.status),
    nodes,
    ...tallies,
  };
}

async function headOf(sql: Sql, run: RunFacts) {
  const { rows } = await sql.query<{
    version: number;
    reason: string | null;
    launchedAt: Date;
    launchedBy: string | null;
    ended: Instant | null;
    finishedAt: Date | null;
    logical: Instant | null;
  }>(
    `select v.number as version, r.status_reason as reason, r.launched_at as "launchedAt",
       r.launched_by as "launchedBy", ms_of(r.ended_at) as ended, r.finished_at as "finishedAt",
       (select ms_of(max(s.horizon)) from shard s where s.run_id = r.id) as logical
     from run r join playbook_version v on v.id = r.version_id where r.id = $1`,
    [run.id],
  );
  const { ended, logical, ...rest } = rows[0]!;
  return { ...rest, ended: iso(ended), now: iso(logical) };
}

async function passedOf(sql: Sql, run: RunFacts): Promise<Map<number, Record<string, number>>> {
  const { rows } = await sql.query<{ node: number; port: string; count: number }>(
    `select node, coalesce(port, '*') as port, count(*) as count from passed where run_id = $1 group by 1, 2`,
    [run.id],
  );
  const counts = new Map<number, Record<string, number>>();
  for (const { node, port, count } of rows) counts.set(node, { ...counts.get(node), [port]: count });
  return counts;
}

async function talliesOf(sql: Sql, run: RunFacts) {
  const { rows } = await sql.query<{
    stuck: number;
    tasks: number;
    subjects: number;
    ended: number;
    deliveries: Record<string, number> | null;
    report: string | null;
  }>(
    `select (select count(*) from stuck_visit where run_id = $1 and resolved_at is null) as stuck,
       (select count(*) from task where run_id = $1 and state in ('open', 'accepted', 'escalated')) as tasks,
       (select count(*) from subject where run_id = $1 and graph > 0) as subjects,
       (select count(*) from subject where run_id = $1 and graph > 0 and ended_at is not null) as ended,
       (select jsonb_object_agg(state, count) from (select state, count(*) as count from delivery where run_id = $1
         group by state) as d) as deliveries,
       (select state::text from report where run_id = $1 order by drafted_at desc limit 1) as report`,
    [run.id],
  );
  const { stuck, tasks, subjects, ended, deliveries, report } = rows[0]!;
  return {
    stuck,
    openTasks: tasks,
    subjects: { entered: subjects, ended },
    deliveries: deliveries ?? {},
    report,
  };
}
