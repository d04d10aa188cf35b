import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { nextAllowed, nextInWindow } from '../../../engine/calendar/day-window.ts';
import { isoOf, parseInstant } from '../../../engine/instant.ts';

const night = { from: '22:00', to: '08:00' };
const minute = (iso: string): number => parseInstant(iso) ?? Number.NaN;
const shown = (instant: number | undefined): string =>
  instant === undefined ? 'none' : isoOf(instant).slice(0, 16);

describe('quiet hours', () => {
  it.each([
    // zone, instant, allowed at; in Shanghai 22:00–08:00 is 14:00–00:00 in UTC
    ['Asia/Shanghai', '2026-12-05T13:59Z', '2026-12-05T13:59'],
    ['Asia/Shanghai', '2026-12-05T14:00Z', '2026-12-06T00:00'],
    ['Asia/Shanghai', '2026-12-05T16:00Z', '2026-12-06T00:00'],
    ['Asia/Shanghai', '2026-12-05T23:59Z', '2026-12-06T00:00'],
    ['Asia/Shanghai', '2026-12-06T00:00Z', '2026-12-06T00:00'],
    // Over the ends of months and years.
    ['Asia/Shanghai', '2026-12-31T15:30Z', '2027-01-01T00:00'],
    ['Asia/Shanghai', '2024-02-28T15:30Z', '2024-02-29T00:00'],
    // The night is an hour shorter or longer, its end stays eight o'clock.
    ['America/New_York', '2026-03-08T04:00Z', '2026-03-08T12:00'],
    ['America/New_York', '2026-11-01T04:00Z', '2026-11-01T13:00'],
    ['Europe/Berlin', '2026-10-24T21:00Z', '2026-10-25T07:00'],
    // The day that Samoa left out lies inside the night.
    ['Pacific/Apia', '2011-12-30T09:00Z', '2011-12-30T18:00'],
  ])('%s: %s may go out at %s', (zone, instant, expected) => {
    expect(shown(nextAllowed(minute(instant), night, zone))).toBe(expected);
  });

  it('can lie inside one day', () => {
    const noon = { from: '12:00', to: '14:00' };
    expect(shown(nextAllowed(minute('2026-12-05T04:30Z'), noon, 'Asia/Shanghai'))).toBe('2026-12-05T06:00');
    expect(shown(nextAllowed(minute('2026-12-05T03:59Z'), noon, 'Asia/Shanghai'))).toBe('2026-12-05T03:59');
  });

  it('that begin and end at the same time are none', () => {
    expect(nextAllowed(5, { from: '08:00', to: '08:00' }, 'UTC')).toBe(5);
  });

  it('need a zone that exists', () => {
    expect(nextAllowed(0, night, 'Mars/Olympus')).toBeUndefined();
    expect(nextAllowed(Number.NaN, night, 'UTC')).toBeUndefined();
  });
});

describe('a window', () => {
  it('that begins in a skipped hour opens at its end', () => {
    const window = { from: '02:30', to: '04:00' };
    expect(shown(nextInWindow(minute('2026-03-08T05:00Z'), window, 'America/New_York'))).toBe(
      '2026-03-08T07:00',
    );
  });

  it('that lies wholly in a skipped hour does not open that day', () => {
    const window = { from: '02:10', to: '02:50' };
    expect(shown(nextInWindow(minute('2026-03-08T05:00Z'), window, 'America/New_York'))).toBe(
      '2026-03-09T06:10',
    );
  });

  it('that begins in a doubled hour opens once', () => {
    const window = { from: '01:30', to: '03:00' };
    // 01:10 comes for the second time after 01:30 has come for the first: the window is open.
    expect(shown(nextInWindow(minute('2026-11-01T06:10Z'), window, 'America/New_York'))).toBe(
      '2026-11-01T06:10',
    );
    expect(shown(nextInWindow(minute('2026-11-01T05:10Z'), window, 'America/New_York'))).toBe(
      '2026-11-01T05:30',
    );
  });

  const clock = fc
    .integer({ min: 0, max: 1439 })
    .map((n) => `${String(Math.floor(n / 60)).padStart(2, '0')}:${String(n % 60).padStart(2, '0')}`);
  const window = fc.record({ from: clock, to: clock }).filter(({ from, to }) => from !== to);
  const instant = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2030, 0) });

  it('is never left once reached, never earlier than asked, and leaves alone what is inside', () => {
    fc.assert(
      fc.property(
        instant,
        window,
        fc.constantFrom('Asia/Shanghai', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia'),
        (from, one, zone) => {
          const next = nextInWindow(from, one, zone) ?? Number.NaN;
          expect(next).toBeGreaterThanOrEqual(from);
          expect(nextInWindow(next, one, zone)).toBe(next);
        },
      ),
    );
  });

  it('holds exactly the readings between its ends, where clocks do not change', () => {
    fc.assert(
      fc.property(instant, window, (from, one) => {
        const reading = DateTime.fromMillis(from, { zone: 'Asia/Shanghai' }).toFormat('HH:mm');
        const isInside =
          one.from < one.to
            ? reading >= one.from && reading < one.to
            : reading >= one.from || reading < one.to;
        expect(nextInWindow(from, one, 'Asia/Shanghai') === from).toBe(isInside);
        expect(nextAllowed(from, one, 'Asia/Shanghai') === from).toBe(!isInside);
      }),
    );
  });
});
