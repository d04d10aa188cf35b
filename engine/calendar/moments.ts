// The moments that a step's settings fix on the calendar: counted from a parameter, or written as a date.
// Not lengths of time from now and not times of day: those always lie ahead.
import type { Instant } from '../instant.ts';
import type { Json, JsonObject } from '../json.ts';
import type { PlanNode } from '../plan.ts';
import { resolve } from './resolve.ts';
import { checkTimeRule, kindOfRule, type Anchors, type TimeRule } from './time-rule.ts';

/** A rule that means one moment, with its place in the settings. */
export interface FixedRule {
  readonly pointer: string;
  readonly rule: TimeRule;
}

/** The rules in a step's settings that mean one moment, in the order in which they stand there. */
export function fixedRules(config: Json, pointer = ''): FixedRule[] {
  if (typeof config !== 'object' || config === null) return [];
  if (!Array.isArray(config)) {
    const kind = kindOfRule(config);
    if ((kind === 'anchor' || kind === 'date') && checkTimeRule(config).length === 0)
      return [{ pointer, rule: config as unknown as TimeRule }];
  }
  return Object.entries(config as JsonObject).flatMap(([key, item]) => fixedRules(item, `${pointer}/${key}`));
}

/** A moment of a step that lies before the start. */
export interface PastMoment {
  readonly node: string;
  readonly pointer: string;
  readonly at: Instant;
}

/** What can no longer happen as planned when a plan with these anchors starts at `start`, earliest first. */
export function pastMoments(
  { nodes, zone }: { readonly nodes: readonly PlanNode[]; readonly zone: string },
  anchors: Anchors,
  start: Instant,
): PastMoment[] {
  return nodes
    .flatMap(({ id, config }) =>
      fixedRules(config).flatMap(({ pointer, rule }) => {
        const resolved = resolve(rule, { now: start, zone, anchors });
        return 'at' in resolved && resolved.at < start ? [{ node: id, pointer, at: resolved.at }] : [];
      }),
    )
    .toSorted((a, b) => a.at - b.at);
}
