// What the page of a run shows: its state and its counts on every node.
// Reading only, and only from PostgreSQL: it works while Temporal is away.
import type { Instant } from '../../engine/instant.ts';
import { isoOf } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import type { RunFacts } from '../../workers/store/run.ts';
import { countsOf, journeysOf } from './counts.ts';
import { turnedAwayOf } from './turned-away.ts';

/** `scheduled` in the database, until the workflow has taken its first step. */
export const statusOf = (status: string): string => (status === 'scheduled' ? 'waiting' : status);

const iso = (at: Instant | null): string | null => (at === null ? null : isoOf(at));

/** Everything about a run at a glance. */
export async function overview(sql: Sql, run: RunFacts) {
  const [row, counts, journeys, turnedAway, tallies] = await Promise.all([
    headOf(sql, run),
    countsOf(sql, run),
    journeysOf(sql, run),
    turnedAwayOf(sql, run),
    talliesOf(sql, run),
  ]);
  const nodes = run.plan.nodes.map(({ id, title, step, phase, graph }, index) => ({
    node: id,
    graph: run.plan.graphs[graph]?.id,
    step,
    title: title ?? null,
    phase: phase ?? null,
    ...counts[index]!,
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
    journeys: journeys.map((it) => ({ ...it, turnedAway: turnedAway.get(it.journey) ?? {} })),
    subjects: {
      entered: journeys.reduce((sum, { entered }) => sum + entered, 0),
      ended: journeys.reduce((sum, { ended }) => sum + ended, 0),
    },
    stuck: counts.reduce((sum, { stuck }) => sum + stuck, 0),
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
    next: Instant | null;
  }>(
    `select v.number as version, r.status_reason as reason, r.launched_at as "launchedAt",
       r.launched_by as "launchedBy", ms_of(r.ended_at) as ended, r.finished_at as "finishedAt",
       (select ms_of(max(s.horizon)) from shard s where s.run_id = r.id) as logical,
       (select ms_of(min(s.wake)) from shard s where s.run_id = r.id and not s.done) as next
     from run r join playbook_version v on v.id = r.version_id where r.id = $1`,
    [run.id],
  );
  const { ended, logical, next, ...rest } = rows[0]!;
  return { ...rest, ended: iso(ended), now: iso(logical), next: iso(next) };
}

async function talliesOf(sql: Sql, run: RunFacts) {
  const { rows } = await sql.query<{
    tasks: number;
    deliveries: Record<string, number> | null;
    report: string | null;
  }>(
    `select (select count(*) from task where run_id = $1 and state in ('open', 'accepted', 'escalated')) as tasks,
       (select jsonb_object_agg(state, count) from (select state, count(*) as count from delivery where run_id = $1
         group by state) as d) as deliveries,
       (select state::text from report where run_id = $1 order by drafted_at desc limit 1) as report`,
    [run.id],
  );
  const { tasks, deliveries, report } = rows[0]!;
  return { openTasks: tasks, deliveries: deliveries ?? {}, report };
}
