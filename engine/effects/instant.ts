// The instant that a rule of time means, here and now: anchors, zones, windows and quiet hours.
// Not waiting for it: that is the step's affair.
import { nextAllowed } from '../calendar/day-window.ts';
import { parseLocal, resolve } from '../calendar/resolve.ts';
import type { Anchors, DayWindow, TimeRule } from '../calendar/time-rule.ts';
import { defineEffect } from '../effect.ts';
import type { JsonObject } from '../json.ts';

/** Which rule, and whether its instant shall stay out of quiet hours. */
export interface InstantInput {
  readonly rule: TimeRule;
  readonly quiet?: boolean;
}

/** Where and from what rules of time count. */
export interface CalendarFacts {
  readonly zone: string;
  /** Current values of the run's date-time parameters. */
  readonly anchors: Anchors;
  readonly quiet: DayWindow;
}

/** The anchors among a run's parameters: every value that reads as a date and time, local to the zone. */
export function anchorsIn(params: JsonObject, zone: string): Anchors {
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) => {
      const at = typeof value === 'string' ? parseLocal(value, zone) : undefined;
      return at === undefined ? [] : [[name, at]];
    }),
  );
}

export const instant = defineEffect({
  name: 'instant',
  cost: 'quick',
  harmless: true,
  pure: true,
  codes: ['at', 'past'],
  decide: ({ rule, quiet }: InstantInput, facts: CalendarFacts, now) => {
    const resolved = resolve(rule, { ...facts, now });
    if ('problem' in resolved) return { code: 'failed', why: { rule, problem: resolved.problem } };
    if (resolved.at < now) return { code: 'past', until: resolved.at, why: { rule } };
    const until = quiet === true ? nextAllowed(resolved.at, facts.quiet, facts.zone) : resolved.at;
    if (until === undefined) return { code: 'failed', why: { rule, problem: 'out-of-range' } };
    return { code: 'at', until, why: { rule } };
  },
});
