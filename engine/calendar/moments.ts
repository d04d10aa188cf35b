// Moments on the calendar: those that a step's settings fix, and those that an order which repeats itself leaves open.
// Not the rules themselves (time-rule.ts) and not how an instant is found (resolve.ts).
import type { Playbook } from '../document.ts';
import { isoOf, type Instant } from '../instant.ts';
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

const ZONE = 'Asia/Shanghai';

/**
 * Parameters of an order that launches again and again: a date may be given as a rule that counts from the launch,
 * `{ "for": "P7D" }` or `{ "at": "20:00", "days": ["sat"] }`. Here it becomes a date; everything else stays as it is.
 */
export function datedParams(
  { params: declared, zone = ZONE }: Pick<Playbook, 'params' | 'zone'>,
  given: JsonObject,
  launch: Instant,
): JsonObject {
  const properties = (declared?.['properties'] ?? {}) as Readonly<Record<string, { readonly format?: Json }>>;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => {
      const isDate = Object.hasOwn(properties, name) && properties[name]?.format === 'date-time';
      return [name, isDate ? dated(value, zone, launch) : value];
    }),
  );
}

function dated(value: Json, zone: string, launch: Instant): Json {
  if (typeof value !== 'object' || value === null || checkTimeRule(value).length > 0) return value;
  const resolved = resolve(value as unknown as TimeRule, { now: launch, zone, anchors: {} });
  return 'at' in resolved ? isoOf(resolved.at) : value;
}
