// The values under which conditions and texts know the run and its numbers: one shape for workers and rehearsals.
// Not the gathering: each world brings what it knows. The names are those of fields.ts.
import type { Anchors } from './calendar/time-rule.ts';
import { wallAt } from './calendar/zone.ts';
import { reportedField } from './fields.ts';
import { DAY, isoOf, type Instant } from './instant.ts';
import type { JsonObject } from './json.ts';
import type { Counts, Measured } from './metrics.ts';
import type { Plan } from './plan.ts';

/** What a world knows of its run. */
export interface RunValues {
  readonly id: string;
  readonly plan: Plan;
  readonly startedAt: Instant;
  readonly now: Instant;
  readonly tags: readonly string[];
  /** Attributes that the activity's own steps have set. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** `run`, as conditions and texts see it. The first local day is day 1. */
export function runContext({
  id,
  plan,
  startedAt,
  now,
  tags,
  attributes,
}: RunValues): Record<string, unknown> {
  const day = (instant: Instant): number => Math.floor((wallAt(instant, plan.zone) ?? instant) / DAY);
  return {
    ...attributes,
    id,
    name: plan.title[plan.locales[0] ?? ''] ?? Object.values(plan.title)[0] ?? '',
    tags,
    startedAt,
    day: day(now) - day(startedAt) + 1,
  };
}

/** `params`, as conditions and texts see them: what is local to the zone becomes an instant with its `Z`. */
export function paramsContext(params: JsonObject, anchors: Anchors): Record<string, unknown> {
  const instants = Object.entries(anchors).map(([name, at]) => [name, isoOf(at)] as const);
  return { ...params, ...Object.fromEntries(instants) };
}

/** `metrics`, as conditions and texts see them: those of `names` that have a value, and every reported number. */
export function metricsContext(
  names: readonly string[],
  measure: (name: string) => Measured,
  reported: Counts['reported'],
): Record<string, number> {
  const values: Record<string, number> = {};
  for (const name of names) {
    const { value } = measure(name);
    if (value !== undefined) values[name] = value;
  }
  for (const [name, value] of Object.entries(reported)) values[reportedField(name)] = value;
  return values;
}
