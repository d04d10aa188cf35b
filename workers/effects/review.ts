// What a review can compute: goal against actual, the funnel, what came late or not at all, tasks, messages, opt-outs.
// Only counting; causes and conclusions are people's, and the draft leaves room for them.
import type { Goal, Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { DraftReportInput } from '../../engine/effects/report.ts';
import type { Counts } from '../../engine/metrics.ts';
import type { Plan, PlanNode } from '../../engine/plan.ts';
import type { StepDefinition } from '../../engine/step.ts';
import { steps } from '../../engine/steps/index.ts';
import type { Sql } from '../store/client.ts';
import type { RunFacts } from '../store/run.ts';
import { countsOf } from '../store/metrics/counts.ts';
import { measureAndKeep, type Answer } from '../store/metrics/measure.ts';
import { scopeOfRun } from '../store/metrics/scope.ts';
import type { Batch } from './work.ts';

/** The computed half of a review. All instants in milliseconds. */
export interface Review {
  readonly head: {
    readonly run: string;
    readonly title: Text;
    readonly version: number;
    readonly mode: 'real' | 'fast';
    readonly zone: string;
    readonly started: Instant;
    readonly drafted: Instant;
    readonly people: number;
    readonly groups: number;
  };
  readonly goal: {
    readonly metric: string;
    readonly window: string | null;
    readonly baseline: number | null;
    readonly target: number | null;
    readonly actual: number | null;
    readonly n: number;
    readonly reached: boolean | null;
    readonly snapshot: string;
  } | null;
  readonly guardrails: readonly {
    readonly metric: string;
    readonly atMost: number | null;
    readonly actual: number | null;
    readonly kept: boolean | null;
    readonly snapshot: string;
  }[];
  readonly metrics: readonly ReviewMetric[];
  readonly counts: Counts;
  /** What numbers that people reported, and forms that counted, are called in the playbook. */
  readonly reported: Readonly<Record<string, Text>>;
  /** Corrections of the running activity, and commands. */
  readonly changes: readonly { readonly at: Instant; readonly by: string; readonly what: string }[];
  readonly steps: readonly ReviewStep[];
  readonly tasks: readonly ReviewTask[];
  readonly messages: readonly ReviewMessage[];
  readonly notices: readonly { readonly at: Instant; readonly kind: string; readonly text: Text }[];
}

/** One number that the playbook wanted in its review. */
export interface ReviewMetric {
  readonly metric: string;
  readonly window: string | null;
  readonly value: number | null;
  readonly n: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Which facts there were none of. */
  readonly cannot: string | null;
  /** By which it can be computed again. */
  readonly snapshot: string;
}

/** How one step went. */
export interface ReviewStep {
  readonly node: string;
  readonly title: Text | null;
  readonly phase: string | null;
  readonly first: Instant;
  readonly passed: number;
  readonly ports: Readonly<Record<string, number>>;
  /** What its ports are called. `*` stands for having ended or forked there. */
  readonly labels: Readonly<Record<string, { readonly zh: string; readonly en: string }>>;
  readonly late: number;
  readonly skipped: number;
  readonly stuck: number;
}

/** How one task went. */
export interface ReviewTask {
  /** Reviews from before it was kept have none. */
  readonly node?: string;
  readonly title: Text;
  readonly kind: string;
  readonly role: string;
  readonly opened: Instant;
  readonly due: Instant;
  readonly closed: Instant | null;
  readonly state: string;
  readonly outcome: string | null;
  /** The words on the button of the outcome, where it has any. */
  readonly label: Text | null;
  readonly reminded: number;
  readonly escalated: number;
  readonly by: readonly string[];
  /** The one who launched the run also approved this. */
  readonly self: boolean;
}

/** How one message went. */
export interface ReviewMessage {
  readonly node: string;
  readonly at: Instant;
  readonly channel: string;
  readonly class: string;
  readonly text: string;
  readonly sent: number;
  readonly heads: number;
  readonly withheld: Readonly<Record<string, number>>;
}

/** Gathers a run's review as of an instant. */
export async function gatherReview(
  sql: Sql,
  { run, planNode, wall }: Pick<Batch, 'run' | 'planNode' | 'wall'>,
  { now, metrics }: { readonly now: Instant; readonly metrics: DraftReportInput['metrics'] & {} },
): Promise<Review> {
  const scope = await scopeOfRun(sql, run);
  const counts = await countsOf(sql, scope, { from: run.startAt, to: now });
  const source = `run/${run.id}/${planNode.id}`;
  const measure = (metric: string, window?: string) =>
    measureAndKeep(sql, { metric, window, scope, now, source, wall });
  const { rows } = await sql.query<{ goal: Goal | null; number: number; launched: string | null }>(
    `select document -> 'goal' as goal, number, (select launched_by from run where id = $2) as launched
     from playbook_version where id = $1`,
    [run.version, run.id],
  );
  const { goal = null, number = 0, launched = null } = rows[0] ?? {};
  const value = (it: Json): number | null => numberIn(it, run.params);
  return {
    head: {
      run: run.id,
      title: run.plan.title,
      version: number,
      mode: run.mode,
      zone: run.plan.zone,
      started: run.startAt,
      drafted: now,
      people: run.members,
      groups: run.groups.length,
    },
    goal: goal === null ? null : await goalOf(goal, measure, value),
    guardrails: await guardrailsOf(goal?.guardrails ?? [], measure, value),
    metrics: await metricsOf(metrics, measure),
    counts,
    reported: reportedNames(run.plan.nodes),
    changes: await changesOf(sql, run),
    steps: await stepsOf(sql, run),
    tasks: await tasksOf(sql, run, launched),
    messages: await messagesOf(sql, run),
    notices: await noticesOf(sql, run),
  };
}

/** Numbers by the words beside their field, counting forms by their title: of several that count the same, the first's. */
function reportedNames(nodes: readonly PlanNode[]): Record<string, Text> {
  return Object.fromEntries(
    nodes.toReversed().flatMap(({ config, title }): [string, Text][] => {
      const { numbers, counts } = config as {
        readonly numbers?: readonly { readonly name: string; readonly label?: Text }[];
        readonly counts?: string;
      };
      return [
        ...(typeof counts === 'string' && title !== undefined ? [[counts, title] as [string, Text]] : []),
        ...(Array.isArray(numbers) ? (numbers as NonNullable<typeof numbers>) : []).flatMap(
          ({ name, label }): [string, Text][] => (label === undefined ? [] : [[name, label]]),
        ),
      ];
    }),
  );
}

type Measure = (
  metric: string,
  window?: string,
) => Promise<Pick<Answer, 'measured'> & { readonly snapshot: string }>;

async function goalOf(
  { metric, window, baseline, target }: Pick<Goal, 'metric' | 'window' | 'baseline' | 'target'>,
  measure: Measure,
  value: (it: Json) => number | null,
): Promise<Review['goal']> {
  const { measured, snapshot } = await measure(metric, window);
  const { value: actual, n } = measured;
  const wanted = value(target);
  return {
    metric,
    window: window ?? null,
    baseline: value(baseline),
    target: wanted,
    actual: actual ?? null,
    n,
    reached: actual === undefined || wanted === null ? null : actual >= wanted,
    snapshot,
  };
}

async function guardrailsOf(
  guardrails: readonly { readonly metric: string; readonly atMost: Json }[],
  measure: Measure,
  value: (it: Json) => number | null,
): Promise<Review['guardrails']> {
  const kept = [];
  for (const { metric, atMost } of guardrails) {
    const { measured, snapshot } = await measure(metric);
    const actual = measured.value ?? null;
    const limit = value(atMost);
    const isKept = actual === null || limit === null ? null : actual <= limit;
    kept.push({ metric, atMost: limit, actual, kept: isKept, snapshot });
  }
  return kept;
}

async function metricsOf(asked: DraftReportInput['metrics'] & {}, measure: Measure): Promise<ReviewMetric[]> {
  const metrics: ReviewMetric[] = [];
  for (const { metric, window } of asked) {
    const { measured, snapshot } = await measure(metric, window);
    const { value = null, n, low = null, high = null, cannot = null } = measured;
    metrics.push({ metric, window: window ?? null, value, n, low, high, cannot, snapshot });
  }
  return metrics;
}

// Goals may name parameters: `{ "param": "targetSignUps" }`.
function numberIn(value: Json, params: JsonObject): number | null {
  const name = typeof value === 'object' && value !== null && 'param' in value ? value['param'] : undefined;
  const it = typeof name === 'string' ? params[name] : value;
  return typeof it === 'number' ? it : null;
}

async function changesOf(sql: Sql, run: RunFacts): Promise<Review['changes']> {
  const { rows } = await sql.query<{ at: Instant; by: string; what: string }>(
    `select ms_of(a.at) as at, coalesce(u.name, a.actor_kind) as by, a.action as what
     from audit_log a left join user_account u on u.team_id = a.team_id and u.id::text = a.actor_id
     where a.team_id = $1 and a.subject = 'run/' || $2 and a.action not like 'run.launch%' order by a.id`,
    [run.team, run.id],
  );
  return rows;
}

async function stepsOf(sql: Sql, run: RunFacts): Promise<ReviewStep[]> {
  const { rows } = await sql.query<{
    node: number;
    first: Instant;
    passed: number;
    ports: Record<string, number>;
    late: number;
    skipped: number;
    stuck: number;
  }>(
    `select node, ms_of(min(first)) as first, sum(count) as passed, jsonb_object_agg(port, count) as ports,
       sum(late) as late, sum(skipped) as skipped,
       (select count(*) from stuck_visit s where s.run_id = $1 and s.node = p.node) as stuck
     from (select node, coalesce(port, '*') as port, min(at) as first, sum(visits) as count,
         coalesce(sum(visits) filter (where late_ms > 0), 0) as late,
         coalesce(sum(visits) filter (where skipped is not null), 0) as skipped
       from passed_alike where run_id = $1 group by node, port) as p
     group by node`,
    [run.id],
  );
  // What was passed at one instant stands as it is drawn, one step behind the other.
  const place = placesOf(run.plan);
  const sorted = rows.toSorted((a, b) => a.first - b.first || place.get(a.node)! - place.get(b.node)!);
  return sorted.map(({ node, ...row }) => {
    const planNode = run.plan.nodes[node]!;
    const { id, title, phase } = planNode;
    return { node: id, title: title ?? null, phase: phase ?? null, labels: labelsOf(planNode), ...row };
  });
}

/** The place of each node when all are put in a row, each before those that it leads to. */
function placesOf({ nodes, graphs }: Plan): ReadonlyMap<number, number> {
  const behind: number[] = [];
  const seen = new Set<number>();
  const visit = (node: number): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const { to } of nodes[node]!.ports.toReversed()) if (to >= 0) visit(to);
    behind.push(node);
  };
  for (const { start } of graphs.toReversed()) visit(start);
  for (const node of nodes.keys()) visit(node);
  return new Map(behind.toReversed().map((node, place) => [node, place]));
}

function labelsOf({ step, config }: PlanNode): ReviewStep['labels'] {
  const ports = (steps as Readonly<Record<string, StepDefinition>>)[step]?.ports(config) ?? [];
  return Object.fromEntries(ports.map(({ name, label }) => [name, label]));
}

async function tasksOf(sql: Sql, run: RunFacts, launched: string | null): Promise<ReviewTask[]> {
  const { rows } = await sql.query<Omit<ReviewTask, 'self' | 'node'> & { readonly node: number }>(
    `select t.node, t.title, t.kind, t.role, ms_of(t.opened_at) as opened, ms_of(t.due_at) as due,
       ms_of(t.closed_at) as closed, t.state, t.outcome,
       (select o -> 'label' from jsonb_array_elements(t.outcomes) as o where o ->> 'name' = t.outcome) as label,
       (select count(*) from task_note n where n.task_id = t.id and n.kind = 'reminded') as reminded,
       (select count(*) from task_note n where n.task_id = t.id and n.kind = 'escalated') as escalated,
       coalesce((select array_agg(d.by order by d.id) from task_decision d where d.task_id = t.id), '{}') as by
     from task t where t.run_id = $1 order by t.opened_at, t.id`,
    [run.id],
  );
  return rows.map((row) => ({
    ...row,
    node: run.plan.nodes[row.node]!.id,
    self: launched !== null && row.by.includes(launched),
  }));
}

async function messagesOf(sql: Sql, run: RunFacts): Promise<ReviewMessage[]> {
  const { rows } = await sql.query<Omit<ReviewMessage, 'node'> & { node: number }>(
    `select m.node, ms_of(min(m.at)) as at, m.channel, m.class, m.posted as text,
       sum(d.sent) as sent, sum(d.heads) as heads,
       coalesce((select jsonb_object_agg(reason, count) from (
         select coalesce(w.reason, w.state::text) as reason, count(*) as count
         from delivery w join message o on o.id = w.message_id
         where o.run_id = $1 and o.node = m.node and w.state in ('skipped', 'expired', 'failed') group by 1) as r), '{}')
         as withheld
     from message m
     left join lateral (
       select count(*) filter (where state = 'sent') as sent, coalesce(sum(heads) filter (where state = 'sent'), 0) as heads
       from delivery where message_id = m.id) as d on true
     where m.run_id = $1 group by m.node, m.channel, m.class, m.posted order by min(m.at), m.node`,
    [run.id],
  );
  return rows.map(({ node, ...row }) => ({ node: run.plan.nodes[node]!.id, ...row }));
}

async function noticesOf(sql: Sql, run: RunFacts): Promise<Review['notices']> {
  const { rows } = await sql.query<{ at: Instant; kind: string; text: Text }>(
    'select ms_of(at) as at, kind, text from notice where run_id = $1 order by id',
    [run.id],
  );
  return rows;
}
