// A review's recorded data as its charts draw it: goals against what came of them, messages and work by day. Pure.
// Not the drawing; and nothing is measured here, every number comes from the review.
import { sayInstant } from '../../engine/calendar/say.ts';
import { meaningOf } from '../../engine/metrics.ts';
import { sayMetric } from '../../engine/metrics/say.ts';
import { read } from '../words.ts';
import { localeOf, type Language } from '../words.ts';
import { TASK_MINUTES } from '../staff-minutes.ts';
import type { ReviewData } from './review-shapes.ts';

/** A goal or a guardrail beside what came of it. */
export interface Aim {
  readonly name: string;
  readonly wanted: number | null;
  readonly actual: number | null;
  readonly baseline: number | null;
  /** A guardrail must not be exceeded; a goal must be reached. */
  readonly isLimit: boolean;
  readonly isKept: boolean | null;
  readonly isShare: boolean;
}

/** Goals first, then guardrails. */
export function aimsOf({ goal, guardrails }: ReviewData, language: Language): Aim[] {
  const about = (metric: string) => ({
    name: sayMetric(metric, language),
    isShare: meaningOf(metric)?.metric.unit === 'share',
  });
  return [
    ...(goal === null
      ? []
      : [
          {
            ...about(goal.metric),
            wanted: goal.target,
            actual: goal.actual,
            baseline: goal.baseline,
            isLimit: false,
            isKept: goal.reached,
          },
        ]),
    ...guardrails.map(({ metric, atMost, actual, kept }) => ({
      ...about(metric),
      wanted: atMost,
      actual,
      baseline: null,
      isLimit: true,
      isKept: kept,
    })),
  ];
}

/** A number as a person reads it. */
export function sayNumber(value: number | null, isShare: boolean, language: Language): string {
  if (value === null) return '—';
  return new Intl.NumberFormat(
    localeOf(language),
    isShare ? { style: 'percent', maximumFractionDigits: 1 } : { maximumFractionDigits: 2 },
  ).format(value);
}

/** Sums of a day, by series. */
export interface DayRow {
  readonly day: string;
  readonly values: readonly number[];
}

/** Messages that went out and that were withheld, by local day. */
export function messagesByDay({ messages, head }: ReviewData, language: Language): DayRow[] {
  const entries = messages.map(({ at, sent, withheld }) => ({
    at,
    values: [sent, Object.values(withheld).reduce((sum, count) => sum + count, 0)],
  }));
  return byDay(entries, head.zone, language);
}

/** Colleagues' estimated minutes by local day of the deadline: answered in time, late, and not at all. */
export function workByDay({ tasks, head }: ReviewData, language: Language): DayRow[] {
  const entries = tasks.map(({ due, closed }) => {
    const which = closed === null ? 2 : closed > due ? 1 : 0;
    return { at: due, values: [0, 1, 2].map((it) => (it === which ? TASK_MINUTES : 0)) };
  });
  return byDay(entries, head.zone, language);
}

function byDay(
  entries: readonly { readonly at: number; readonly values: readonly number[] }[],
  zone: string,
  language: Language,
): DayRow[] {
  const rows = new Map<string, number[]>();
  for (const { at, values } of entries.toSorted((a, b) => a.at - b.at)) {
    const day = sayInstant(at, zone, localeOf(language), 'date') ?? '';
    const row = rows.get(day);
    if (row === undefined) rows.set(day, [...values]);
    else values.forEach((value, index) => (row[index]! += value));
  }
  return [...rows].map(([day, values]) => ({ day, values }));
}

/** One message: what it is called, when it went out first, and how many got it or did not. */
export interface MessageRow {
  readonly name: string;
  readonly when: string;
  readonly sent: number;
  readonly withheld: number;
}

export function messageRows({ messages, steps, head }: ReviewData, language: Language): MessageRow[] {
  const titles = new Map(steps.map(({ node, title }) => [node, title]));
  return messages.map(({ node, at, sent, withheld }) => ({
    name: read(titles.get(node) ?? undefined, language) || node,
    when: sayInstant(at, head.zone, localeOf(language)) ?? '',
    sent,
    withheld: Object.values(withheld).reduce((sum, count) => sum + count, 0),
  }));
}
