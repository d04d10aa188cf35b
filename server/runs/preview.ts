// What a correction would change: which steps get another instant or text, who stands on them, and what has become impossible.
// It changes nothing.
import { resolve } from '../../engine/calendar/resolve.ts';
import { fixedRules } from '../../engine/calendar/moments.ts';
import { anchorsOf, type Anchors } from '../../engine/calendar/time-rule.ts';
import type { Text } from '../../engine/document.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import { isoOf, type Instant } from '../../engine/instant.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { PlanNode } from '../../engine/plan.ts';
import type { Sql } from '../../workers/store/client.ts';
import type { RunFacts } from '../../workers/store/run.ts';
import { countsOf } from './counts.ts';

/** A step that a correction concerns. */
export interface Touched {
  readonly node: string;
  readonly title: Text | null;
  /** Tokens that stand there now, and visits that have left it. */
  readonly standing: number;
  readonly passed: number;
  /** Instants that move, with the place of their rule in the settings. */
  readonly instants: readonly {
    readonly pointer: string;
    readonly before: string | null;
    readonly after: string | null;
    /** The correction moves it into the past, and the step has not been passed: it cannot happen any more as planned. */
    readonly impossible: boolean;
  }[];
  /** Values that change, by parameter. */
  readonly params: readonly string[];
  /** The text changes. */
  readonly text: boolean;
}

/** What changes. */
export interface Correction {
  readonly params: JsonObject;
  readonly texts: Readonly<Record<string, Text>>;
}

/** Lists the steps that a correction concerns, in the order of the plan. `template`: the plan with open parameters. */
export async function preview(
  sql: Sql,
  run: RunFacts,
  {
    correction,
    template,
    now,
  }: { readonly correction: Correction; readonly template: readonly PlanNode[]; readonly now: Instant },
): Promise<Touched[]> {
  const { zone } = run.plan;
  const before = anchorsIn(run.params, zone);
  const after = anchorsIn({ ...run.params, ...correction.params }, zone);
  const counts = await countsOf(sql, run);
  return run.plan.nodes.flatMap((node, index) => {
    const { standing, passed } = counts[index]!;
    const visits = { standing, passed: Object.values(passed).reduce((sum, count) => sum + count, 0) };
    const instants = movedInstants(node.config, { before, after, zone, now }).map((it) => ({
      ...it,
      impossible: it.impossible && visits.passed === 0,
    }));
    const used = paramsIn(template.find(({ id }) => id === node.id)?.config ?? {});
    const params = Object.keys(correction.params).filter((name) => used.has(name));
    const text = Object.hasOwn(correction.texts, node.id);
    if (instants.length + params.length === 0 && !text) return [];
    return [{ node: node.id, title: node.title ?? null, ...visits, instants, params, text }];
  });
}

interface Shift {
  readonly before: Anchors;
  readonly after: Anchors;
  readonly zone: string;
  readonly now: Instant;
}

const isPast = (at: Instant | undefined, now: Instant): boolean => at === undefined || at < now;

/** The steps that cannot happen any more as planned. */
export const impossibleIn = (touched: readonly Touched[]): string[] =>
  touched.flatMap(({ node, instants }) => (instants.some((it) => it.impossible) ? [node] : []));

function movedInstants(config: Json, { before, after, zone, now }: Shift) {
  return fixedRules(config).flatMap(({ pointer, rule }) => {
    const at = (anchors: Anchors): Instant | undefined => {
      const resolved = resolve(rule, { now, zone, anchors });
      return 'problem' in resolved ? undefined : resolved.at;
    };
    if (!anchorsOf(rule).some((name) => before[name] !== after[name])) return [];
    const [old, moved] = [at(before), at(after)];
    if (old === moved) return [];
    return [
      {
        pointer,
        before: old === undefined ? null : isoOf(old),
        after: moved === undefined ? null : isoOf(moved),
        impossible: isPast(moved, now) && !isPast(old, now),
      },
    ];
  });
}

function paramsIn(value: Json, names = new Set<string>()): Set<string> {
  if (typeof value === 'string') {
    // Texts name their parameters as {{ params.x }}, conditions as params.x.
    for (const [, name] of value.matchAll(/\bparams\.([A-Za-z_]\w*)/g)) names.add(name!);
  } else if (typeof value === 'object' && value !== null) {
    const { param, ...rest } = value as JsonObject;
    if (typeof param === 'string' && Object.keys(rest).length === 0) names.add(param);
    else for (const item of Object.values(value as JsonObject)) paramsIn(item, names);
  }
  return names;
}
