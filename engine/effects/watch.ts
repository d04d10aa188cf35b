// One look of a guard: is the number beyond its limit, or is the watch over?
// Not the alarm: what follows a breach is the step's affair (effect `alert`).
import { resolve } from '../calendar/resolve.ts';
import type { TimeRule } from '../calendar/time-rule.ts';
import { defineEffect } from '../effect.ts';
import { exactMsOf, MINUTE } from '../instant.ts';
import type { CalendarFacts } from './instant.ts';
import type { MeasureFacts } from './measure.ts';

/** Which number must not pass which limit, how often one looks, and until when. */
export interface WatchInput {
  readonly metric: string;
  readonly op: '<' | '<=' | '>' | '>=';
  readonly value: number;
  /** How far back, a day being 24 hours; absent: since the run began. */
  readonly window?: string;
  /** Exact duration between two looks. */
  readonly every: string;
  readonly until: TimeRule;
  /** Below this many observations nothing is a breach. */
  readonly minimum?: number;
}

export const watch = defineEffect({
  name: 'watch',
  cost: 'quick',
  harmless: true,
  codes: ['fine', 'breach', 'ended'],
  decide: (input: WatchInput, facts: CalendarFacts & MeasureFacts, now) => {
    const end = resolve(input.until, { ...facts, now });
    if ('problem' in end) return { code: 'failed', why: { rule: input.until, problem: end.problem } };
    const { measured, snapshot } = facts;
    const { value, n } = measured;
    const kept = snapshot === undefined ? {} : { snapshot };
    const why = { metric: input.metric, value: value ?? null, n, limit: input.value, op: input.op, ...kept };
    const enough = value !== undefined && n >= (input.minimum ?? 0);
    // The last instant still counts: a breach found at the end is a breach.
    if (now <= end.at && enough && COMPARE[input.op](value, input.value)) return { code: 'breach', why };
    if (now >= end.at) return { code: 'ended', why };
    return { code: 'fine', until: Math.min(end.at, now + (exactMsOf(input.every) ?? MINUTE)), why };
  },
});

const COMPARE: Readonly<Record<WatchInput['op'], (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};
