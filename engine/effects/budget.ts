// Budgets of a channel: so many messages in a calendar period, as providers grant them.
// Not the counting: counters stand in the database, one for each day.
import { instantAt, weekdayOf } from '../calendar/zone.ts';
import { DAY, dayOfNumber, daysInMonth, numberOfDay, type Instant } from '../instant.ts';

/** At most `count` in each period; `days`: as many as the month has days. */
export interface Budget {
  readonly count: number | 'days';
  readonly period: 'day' | 'week' | 'month';
}

/** The period that a day belongs to. */
export interface Period {
  /** Its first day, and the first day of the next one. */
  readonly from: number;
  readonly next: number;
  /** What may go out in it. */
  readonly count: number;
}

/** The period of a budget around a local day (days since 1970). Weeks begin on Monday. */
export function periodAround({ count, period }: Budget, day: number): Period {
  const { year, month } = dayOfNumber(day);
  const first = numberOfDay({ year, month, day: 1 });
  const days = daysInMonth(year, month);
  const allowed = count === 'days' ? days : count;
  switch (period) {
    case 'day':
      return { from: day, next: day + 1, count: allowed };
    case 'week':
      return { from: day - weekdayOf(day), next: day - weekdayOf(day) + 7, count: allowed };
    case 'month':
      return { from: first, next: first + days, count: allowed };
  }
}

/** The instant at which a local day begins. Undefined for an unknown zone. */
export const beginOf = (day: number, zone: string): Instant | undefined => instantAt(day * DAY, zone);
