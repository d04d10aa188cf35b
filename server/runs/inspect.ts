// What the page of a run shows: its state, its counts on every node, one subject's way with the reason of each decision.
// Reading only, and only from PostgreSQL: it works while Temporal is away.
import type { Instant } from '../../engine/instant.ts';
import { isoOf } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import type { RunFacts } from '../../workers/store/run.ts';
import { subjectName } from './find.ts';
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

/** One subject's way: what it passed, with the reason of each decision, and where it stands. */
export async function timeline(
  sql: Sql,
  run: RunFacts,
  { graph, ordinal }: { readonly graph: number; readonly ordinal: number },
) {
  const { rows: subjects } = await sql.query<{
    member: string | null;
    person: number | null;
    entered: Instant;
    ended: Instant | null;
    reason: string | null;
  }>(
    `select member_id as member, person, ms_of(entered_at) as entered, ms_of(ended_at) as ended, end_reason as reason
     from subject where run_id = $1 and graph = $2 and ordinal = $3`,
    [run.id, graph, ordinal],
  );
  const subject = subjects[0];
  if (subject === undefined) return undefined;
  const nodes = run.plan.nodes.flatMap((node, index) => (node.graph === graph ? [index] : []));
  const about = [run.id, ordinal, nodes];
  const { rows: passed } = await sql.query<
    Visit & { port: string | null; late: number; skipped: string | null }
  >(
    `select node, lap, ms_of(at) as at, port, late_ms as late, skipped from passed
     where run_id = $1 and ordinal = $2 and node = any($3)`,
    about,
  );
  const { rows: calls } = await sql.query<Call>(
    `select node, lap, ms_of(at) as at, call, state::text, code, ms_of(until) as until, why from ledger
     where run_id = $1 and ordinal = $2 and node = any($3) order by at, call`,
    about,
  );
  const { rows: stuck } = await sql.query<
    Visit & { reason: string; resolution: string | null; by: string | null }
  >(
    `select node, lap, ms_of(at) as at, reason, resolution, resolved_by as by from stuck_visit
     where run_id = $1 and ordinal = $2 and node = any($3) order by at, no`,
    about,
  );
  return {
    subject: subjectName(run, graph, ordinal),
    member: subject.member,
    person: subject.person,
    entered: isoOf(subject.entered),
    ended: iso(subject.ended),
    end: subject.reason,
    visits: visitsOf(run, passed, calls, stuck),
  };
}

interface Visit {
  readonly node: number;
  readonly lap: number;
  readonly at: Instant;
}

interface Call extends Visit {
  readonly call: number;
  readonly state: string;
  readonly code: number | null;
  readonly until: Instant | null;
  readonly why: unknown;
}

function visitsOf(
  { plan }: RunFacts,
  passed: readonly (Visit & {
    readonly port: string | null;
    readonly late: number;
    readonly skipped: string | null;
  })[],
  calls: readonly Call[],
  stuck: readonly (Visit & { readonly reason: string; readonly resolution: string | null })[],
) {
  const keyOf = ({ node, lap }: Visit) => `${node}/${lap}`;
  const keys = new Map([...passed, ...calls, ...stuck].map((visit) => [keyOf(visit), visit]));
  return [...keys]
    .map(([key, { node, lap }]) => {
      const left = passed.find((it) => keyOf(it) === key);
      const own = calls.filter((it) => keyOf(it) === key);
      const parked = stuck.filter((it) => keyOf(it) === key);
      const began = own[0]?.at ?? parked[0]?.at ?? left?.at ?? 0;
      return {
        node: plan.nodes[node]?.id,
        step: plan.nodes[node]?.step,
        lap,
        began: isoOf(began),
        left: iso(left?.at ?? null),
        port: left?.port ?? null,
        lateMs: left?.late ?? 0,
        skipped: left?.skipped ?? null,
        decisions: own.map(({ at, state, until, why }) => ({ at: isoOf(at), state, until: iso(until), why })),
        stuck: parked.map(({ at, reason, resolution }) => ({ at: isoOf(at), reason, resolution })),
      };
    })
    .toSorted((a, b) => (a.left ?? '9').localeCompare(b.left ?? '9') || a.began.localeCompare(b.began));
}
