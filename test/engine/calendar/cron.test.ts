import { describe, expect, it } from 'vitest';
import { isCron, nextCron } from '../../../engine/calendar/cron.ts';
import { isoOf, parseInstant } from '../../../engine/instant.ts';

function next(expression: string, zone: string, after: string): string {
  const instant = nextCron(expression, zone, parseInstant(after) ?? Number.NaN);
  return instant === undefined ? 'none' : isoOf(instant).slice(0, 16);
}

describe('a cron expression', () => {
  it.each([
    ['0 9 * * 1', 'Asia/Shanghai', '2026-12-05T12:00Z', '2026-12-07T01:00'],
    ['0 9 * * MON-FRI', 'Asia/Shanghai', '2026-12-04T02:00Z', '2026-12-07T01:00'],
    ['0 9 * * 7', 'UTC', '2026-12-05T12:00Z', '2026-12-06T09:00'],
    ['0 9 * * 0', 'UTC', '2026-12-05T12:00Z', '2026-12-06T09:00'],
    ['*/15 * * * *', 'Asia/Kathmandu', '2026-12-05T12:01Z', '2026-12-05T12:15'],
    ['0 0 29 2 *', 'UTC', '2026-12-05T12:00Z', '2028-02-29T00:00'],
    ['0 9 31 * *', 'UTC', '2026-01-31T10:00Z', '2026-03-31T09:00'],
    // Strictly after.
    ['0 9 * * *', 'UTC', '2026-12-05T09:00Z', '2026-12-06T09:00'],
    ['0 9 * * *', 'UTC', '2026-12-05T08:59:59.999Z', '2026-12-05T09:00'],
    // Both day fields must fit: Friday the 13th.
    ['0 9 13 * 5', 'UTC', '2026-01-01T00:00Z', '2026-02-13T09:00'],
    // A skipped reading comes at the end of the gap, a doubled one once.
    ['30 2 * * *', 'America/New_York', '2026-03-08T05:00Z', '2026-03-08T07:00'],
    ['30 1 * * *', 'America/New_York', '2026-11-01T04:00Z', '2026-11-01T05:30'],
    ['30 1 * * *', 'America/New_York', '2026-11-01T05:30Z', '2026-11-02T06:30'],
    ['0 9 30 2 *', 'UTC', '2026-01-01T00:00Z', 'none'],
  ])('%s in %s after %s is %s', (expression, zone, after, expected) => {
    expect(next(expression, zone, after)).toBe(expected);
  });

  it.each(['', '* * * *', '* * * * * *', '60 * * * *', '* 24 * * *', '@daily', '0 9 L * *', '0 9 * * 5#2', '0 9 ? * *', '0 9 15W * *', '0 9 * * FUNDAY', 'x'.repeat(300), '0 9 * * *\n'])(
    '%j is none', (expression) => {
      expect(isCron(expression)).toBe(false);
      expect(next(expression, 'UTC', '2026-01-01T00:00Z')).toBe('none');
    },
  ); // prettier-ignore

  it('has no next time without a zone or a reference', () => {
    expect(next('0 9 * * *', 'Mars/Olympus', '2026-01-01T00:00Z')).toBe('none');
    expect(next('0 9 * * *', 'UTC', 'never')).toBe('none');
  });
});
