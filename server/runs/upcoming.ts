// What runs will do at instants that are fixed already: steps that wait for a date and have not been passed, and what follows them.
// Reading only. What depends on people or on durations is not foretold here: that is the rehearsal's.
import { anchorsIn } from '../../engine/effects/instant.ts';
import { fixedRules } from '../../engine/calendar/moments.ts';
import { resolve } from '../../engine/calendar/resolve.ts';
import type { Text } from '../../engine/document.ts';
import { isoOf, type Instant } from '../../engine/instant.ts';
import type { Plan, PlanNode } from '../../engine/plan.ts';
import type { StepDefinition } from '../../engine/step.ts';
import { steps } from '../../engine/steps/index.ts';
import type { Sql } from '../../workers/store/client.ts';
import { runOf, type RunFacts } from '../../workers/store/run.ts';

/** Something that will happen. */
export interface Upcoming {
  readonly run: string;
  readonly playbook: Text;
  readonly mode: 'real' | 'fast';
  readonly at: string;
  readonly node: string;
  readonly title: Text | null;
  /** The steps that follow when the instant has come. */
  readonly next: readonly { readonly node: string; readonly title: Text | null }[];
}

/** Runs that are looked at, the latest first. */
const MOST_RUNS = 50;
const MOST = 100;

/** Of one run, or of all that are under way; earliest first. */
export async function upcoming(
  sql: Sql,
  { team, run, now }: { readonly team: number; readonly run: string | undefined; readonly now: Instant },
): Promise<Upcoming[]> {
  const { rows } = await sql.query<{ id: string; horizon: Instant | null; passed: number[] | null }>(
    `select r.id, (select ms_of(max(s.horizon)) from shard s where s.run_id = r.id) as horizon,
       (select array_agg(distinct c.node) from node_count c where c.run_id = r.id) as passed
     from run r where r.team_id = $1 and ($2::uuid is null or r.id = $2)
       and r.status in ('scheduled', 'running', 'paused') order by r.id desc limit $3`,
    [team, run ?? null, MOST_RUNS],
  );
  const found: Upcoming[] = [];
  for (const { id, horizon, passed } of rows) {
    const facts = await runOf(sql, id);
    if (facts === undefined) continue;
    const since = facts.mode === 'fast' ? (horizon ?? facts.startAt) : now;
    found.push(...ofRun(facts, new Set(passed ?? []), since));
  }
  return found.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).slice(0, MOST);
}

function ofRun(
  { id, plan, params, mode }: RunFacts,
  passed: ReadonlySet<number>,
  since: Instant,
): Upcoming[] {
  const { zone } = plan;
  const anchors = anchorsIn(params, zone);
  return plan.nodes.flatMap((node, index) => {
    const rule = passed.has(index) || !onlyWaits(node) ? undefined : fixedRules(node.config)[0];
    if (rule === undefined) return [];
    const resolved = resolve(rule.rule, { now: since, zone, anchors });
    if ('problem' in resolved || resolved.at < since) return [];
    return [
      {
        run: id,
        playbook: plan.title,
        mode,
        at: isoOf(resolved.at),
        node: node.id,
        title: node.title ?? null,
        next: after(plan, index),
      },
    ];
  });
}

// A step that asks people or measures has dates too, but they are deadlines: here stand those that begin something.
const onlyWaits = ({ step, off }: PlanNode): boolean => {
  const definition: StepDefinition | undefined = (steps as Readonly<Record<string, StepDefinition>>)[step];
  const effects = Object.keys(definition?.effects ?? {});
  return off !== true && effects.length === 1 && effects[0] === 'instant';
};

function after({ nodes }: Plan, index: number): Upcoming['next'] {
  const next = nodes[index]?.ports[0]?.to ?? -1;
  const node = nodes[next];
  if (node === undefined) return [];
  // A fork is not what people wait for: its branches are.
  const shown = node.block?.kind === 'fork' ? node.ports.flatMap(({ to }) => nodes[to] ?? []) : [node];
  return shown.map(({ id, title }) => ({ node: id, title: title ?? null }));
}
