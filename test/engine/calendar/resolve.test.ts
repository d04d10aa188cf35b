import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { parseLocal, plus, resolve } from '../../../engine/calendar/resolve.ts';
import type { TimeRule } from '../../../engine/calendar/time-rule.ts';
import { hasDay, instantAt, isZone, wallAt } from '../../../engine/calendar/zone.ts';
import {
  DAY,
  isoOf,
  numberOfDay,
  parseDuration,
  parseInstant,
  type Instant,
} from '../../../engine/instant.ts';

const at = (iso: string): Instant => {
  const instant = parseInstant(iso);
  if (instant === undefined) throw new Error(`bad instant in test: ${iso}`);
  return instant;
};
const shown = (instant: Instant | undefined): string | undefined =>
  instant === undefined ? undefined : isoOf(instant).replace(/(:00)?\.000Z$/, 'Z');

function check(rule: TimeRule, given: { now?: string; zone: string; T?: string }, expected: string): void {
  const resolved = resolve(rule, {
    now: at(given.now ?? '2026-01-01T00:00Z'),
    zone: given.zone,
    anchors: given.T === undefined ? {} : { T: at(given.T) },
  });
  expect('at' in resolved ? shown(resolved.at) : resolved.problem).toBe(expected);
}

describe('a local time and its instant', () => {
  it.each([
    // zone, local, instant
    ['Asia/Shanghai', '2026-12-01T20:00', '2026-12-01T12:00Z'],
    ['UTC', '2026-12-01T20:00', '2026-12-01T20:00Z'],
    ['Asia/Kathmandu', '2026-12-01T20:00', '2026-12-01T14:15Z'],
    // The clocks skip 02:00–03:00: the first instant that exists is 03:00.
    ['America/New_York', '2026-03-08T01:59', '2026-03-08T06:59Z'],
    ['America/New_York', '2026-03-08T02:00', '2026-03-08T07:00Z'],
    ['America/New_York', '2026-03-08T02:30', '2026-03-08T07:00Z'],
    ['America/New_York', '2026-03-08T03:00', '2026-03-08T07:00Z'],
    ['America/New_York', '2026-03-08T03:01', '2026-03-08T07:01Z'],
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00Z'],
    // The clocks show 01:00–02:00 twice: the first time counts.
    ['America/New_York', '2026-11-01T00:59', '2026-11-01T04:59Z'],
    ['America/New_York', '2026-11-01T01:00', '2026-11-01T05:00Z'],
    ['America/New_York', '2026-11-01T01:30', '2026-11-01T05:30Z'],
    ['America/New_York', '2026-11-01T02:00', '2026-11-01T07:00Z'],
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30Z'],
    // Half an hour of daylight saving.
    ['Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30Z'],
    ['Australia/Lord_Howe', '2026-10-04T02:30', '2026-10-03T15:30Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45Z'],
    // Midnight itself was skipped.
    ['America/Sao_Paulo', '2018-11-04T00:00', '2018-11-04T03:00Z'],
    ['America/Sao_Paulo', '2018-11-04T00:30', '2018-11-04T03:00Z'],
    ['America/Sao_Paulo', '2018-02-17T23:30', '2018-02-18T01:30Z'],
    ['America/Sao_Paulo', '2026-11-01T00:30', '2026-11-01T03:30Z'],
    // Samoa went from 29 to 31 December.
    ['Pacific/Apia', '2011-12-29T23:59', '2011-12-30T09:59Z'],
    ['Pacific/Apia', '2011-12-30T00:00', '2011-12-30T10:00Z'],
    ['Pacific/Apia', '2011-12-30T20:00', '2011-12-30T10:00Z'],
    ['Pacific/Apia', '2011-12-31T00:00', '2011-12-30T10:00Z'],
    // Shanghai once had summer time, and has none now.
    ['Asia/Shanghai', '1990-07-01T12:00', '1990-07-01T03:00Z'],
    ['Asia/Shanghai', '2026-07-01T12:00', '2026-07-01T04:00Z'],
    // Kwajalein left out 21 August 1993 (23 hours), and Dublin's winter is the exception.
    ['Pacific/Kwajalein', '1993-08-21T12:00', '1993-08-21T12:00Z'],
    ['Europe/Dublin', '2026-10-25T01:30', '2026-10-25T00:30Z'],
  ])('%s %s is %s', (zone, local, expected) => expect(shown(parseLocal(local, zone))).toBe(expected));

  it('takes a text with an offset as it is, and refuses the rest', () => {
    expect(shown(parseLocal('2026-12-01T20:00+08:00', 'America/New_York'))).toBe('2026-12-01T12:00Z');
    for (const text of ['', '2026-12-01', '20:00', '2026-02-30T20:00', '2026-12-01T20:00[Asia/Shanghai]']) {
      expect(parseLocal(text, 'UTC')).toBeUndefined();
    }
    expect(parseLocal('2026-12-01T20:00', 'Mars/Olympus')).toBeUndefined();
  });

  const zones = ['Asia/Shanghai', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Sao_Paulo', 'Pacific/Apia', 'Africa/Casablanca', 'Asia/Tehran', 'Antarctica/Troll', 'Europe/Dublin'] as const; // prettier-ignore
  const anyZone = fc.constantFrom(...zones);
  const minute = fc
    .integer({ min: Date.UTC(1990, 0) / 60_000, max: Date.UTC(2037, 11) / 60_000 })
    .map((n) => n * 60_000);

  it('agrees with luxon wherever the reading exists, and is its first time', () => {
    fc.assert(
      fc.property(anyZone, minute, (zone, wall) => {
        const instant = instantAt(wall, zone) ?? Number.NaN;
        const read = DateTime.fromMillis(instant, { zone }).toFormat("yyyy-MM-dd'T'HH:mm");
        const wanted = isoOf(wall).slice(0, 16);
        if (read === wanted) {
          // Luxon's own list of possible instants leaves some out at the edge of a gap, so its offsets around are asked.
          const offsets = Array.from(
            { length: 53 },
            (_, i) => DateTime.fromMillis(instant + (i - 26) * 3_600_000, { zone }).offset * 60_000,
          );
          const all = [...new Set(offsets)]
            .map((offset) => wall - offset)
            .filter((it) => DateTime.fromMillis(it, { zone }).toFormat("yyyy-MM-dd'T'HH:mm") === wanted);
          expect(instant).toBe(Math.min(...all));
        } else {
          // In a gap: just before, the clock showed something earlier; at the instant something later.
          expect(read > wanted).toBe(true);
          expect(DateTime.fromMillis(instant - 1, { zone }).toFormat("yyyy-MM-dd'T'HH:mm") < wanted).toBe(
            true,
          );
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('never runs backwards: a later reading is no earlier instant', () => {
    fc.assert(
      fc.property(anyZone, minute, fc.integer({ min: 1, max: 3_000 }), (zone, wall, minutes) => {
        const [first, second] = [instantAt(wall, zone) ?? 0, instantAt(wall + minutes * 60_000, zone) ?? 0];
        // Where clocks go back, the first time of a reading may come after the first time of a later one only by the overlap.
        expect(second - first).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is the way back from what the wall shows, at its first time', () => {
    fc.assert(
      fc.property(anyZone, minute, (zone, instant) => {
        const back = instantAt(wallAt(instant, zone) ?? Number.NaN, zone) ?? Number.NaN;
        expect(wallAt(back, zone)).toBe(wallAt(instant, zone));
        expect(back).toBeLessThanOrEqual(instant);
      }),
      { numRuns: 2_000 },
    );
  });

  it('knows which days a zone has', () => {
    expect(hasDay(numberOfDay({ year: 2011, month: 12, day: 30 }), 'Pacific/Apia')).toBe(false);
    expect(hasDay(numberOfDay({ year: 2011, month: 12, day: 31 }), 'Pacific/Apia')).toBe(true);
    expect(hasDay(numberOfDay({ year: 2018, month: 11, day: 4 }), 'America/Sao_Paulo')).toBe(true);
  });

  it('knows zones by their names only', () => {
    for (const zone of ['Asia/Shanghai', 'UTC', 'America/Argentina/Buenos_Aires'])
      expect(isZone(zone)).toBe(true);
    for (const zone of [
      '',
      'local',
      'system',
      'Asia/Atlantis',
      '__proto__',
      'constructor',
      'x'.repeat(1000),
      5,
      null,
      undefined,
    ]) {
      expect(isZone(zone), String(zone)).toBe(false);
    }
  });
});

describe('calendar arithmetic', () => {
  const add = (from: string, duration: string, zone: string): string | undefined => {
    const parsed = parseDuration(duration);
    return parsed === undefined ? undefined : shown(plus(at(from), parsed, zone));
  };

  it.each([
    // zone, from, duration, to
    ['Asia/Shanghai', '2026-01-31T12:00Z', 'P1M', '2026-02-28T12:00Z'],
    ['Asia/Shanghai', '2024-01-31T12:00Z', 'P1M', '2024-02-29T12:00Z'],
    ['Asia/Shanghai', '2026-03-31T12:00Z', '-P1M', '2026-02-28T12:00Z'],
    ['Asia/Shanghai', '2024-02-29T12:00Z', 'P1Y', '2025-02-28T12:00Z'],
    ['Asia/Shanghai', '2024-02-29T12:00Z', 'P4Y', '2028-02-29T12:00Z'],
    ['Asia/Shanghai', '2026-10-31T12:00Z', 'P1M1D', '2026-12-01T12:00Z'],
    ['Asia/Shanghai', '2026-12-31T12:00Z', 'P2M', '2027-02-28T12:00Z'],
    ['Asia/Shanghai', '2026-01-15T12:00Z', '-P13M', '2024-12-15T12:00Z'],
    // In Shanghai this is already the 1st of February, one day later than in London.
    ['Asia/Shanghai', '2026-01-31T20:00Z', 'P1M', '2026-02-28T20:00Z'],
    ['Europe/London', '2026-01-31T20:00Z', 'P1M', '2026-02-28T20:00Z'],
    ['Asia/Shanghai', '2026-01-30T20:00Z', 'P1M', '2026-02-27T20:00Z'],
    // Across daylight saving a day keeps the local time, twenty-four hours do not.
    ['America/New_York', '2026-03-07T17:00Z', 'P1D', '2026-03-08T16:00Z'],
    ['America/New_York', '2026-03-07T17:00Z', 'PT24H', '2026-03-08T17:00Z'],
    ['America/New_York', '2026-10-31T16:00Z', 'P1D', '2026-11-01T17:00Z'],
    ['America/New_York', '2026-10-31T16:00Z', 'P1DT1H', '2026-11-01T18:00Z'],
    ['America/New_York', '2026-03-07T07:30Z', 'P1D', '2026-03-08T07:00Z'],
    ['Europe/Berlin', '2026-03-22T01:30Z', 'P1W', '2026-03-29T01:00Z'],
    ['Pacific/Apia', '2011-12-30T06:00Z', 'P1D', '2011-12-30T10:00Z'],
    ['Pacific/Apia', '2011-12-30T06:00Z', 'P2D', '2011-12-31T06:00Z'],
    ['UTC', '2026-01-01T00:00Z', 'PT0S', '2026-01-01T00:00Z'],
  ])('%s: %s + %s = %s', (zone, from, duration, expected) =>
    expect(add(from, duration, zone)).toBe(expected),
  );

  it('agrees with luxon where no clock is changed that day', () => {
    const small = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(
        fc.constantFrom('Asia/Shanghai', 'UTC', 'Asia/Kolkata'),
        fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2030, 0) }),
        fc.tuple(small, small, small, small, small),
        fc.boolean(),
        (zone, from, [years, months, weeks, days, hours], back) => {
          const iso = `${back ? '-' : ''}P${years}Y${months}M${weeks}W${days}DT${hours}H`;
          const duration = parseDuration(iso);
          const luxon = DateTime.fromMillis(from, { zone })
            [back ? 'minus' : 'plus']({ years, months, weeks, days, hours })
            .toMillis();
          // Shanghai's last summer time ended in 1991: luxon and we differ only in gaps, of which there are none here.
          fc.pre(luxon > Date.UTC(1992, 0));
          expect(duration && plus(from, duration, zone)).toBe(luxon);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('has no answer beyond the calendar', () => {
    expect(add('2026-01-01T00:00Z', 'P999999999Y', 'UTC')).toBeUndefined();
    expect(add('2026-01-01T00:00Z', 'PT999999999H', 'UTC')).toBe('+116105-06-17T15:00Z');
    expect(add('2026-01-01T00:00Z', '-P999999999M', 'UTC')).toBeUndefined();
  });
});

describe('an anchored rule', () => {
  const T = '2026-12-05T12:00Z'; // Saturday 20:00 in Shanghai

  it.each([
    [{ anchor: 'T' }, '2026-12-05T12:00Z'],
    [{ anchor: 'T', offset: '-PT30M' }, '2026-12-05T11:30Z'],
    [{ anchor: 'T', offset: '-P3D', at: '12:00' }, '2026-12-02T04:00Z'],
    [{ anchor: 'T', offset: '-P3D' }, '2026-12-02T12:00Z'],
    [{ anchor: 'T', offset: 'P1D', at: '09:30' }, '2026-12-06T01:30Z'],
    [{ anchor: 'T', at: '00:00' }, '2026-12-04T16:00Z'],
    [{ anchor: 'T', offset: '-P1M', at: '10:00' }, '2026-11-05T02:00Z'],
    [{ anchor: 'T', offset: 'PT5H', window: { from: '09:00', to: '22:00' } }, '2026-12-06T01:00Z'],
    [{ anchor: 'T', offset: 'PT1H', window: { from: '09:00', to: '22:00' } }, '2026-12-05T13:00Z'],
    [{ anchor: 'T', offset: 'PT2H', window: { from: '09:00', to: '22:00' } }, '2026-12-06T01:00Z'],
  ] satisfies [TimeRule, string][])('%j', (rule, expected) =>
    check(rule, { zone: 'Asia/Shanghai', T }, expected),
  );

  it('counts days on the local calendar, east and west of UTC', () => {
    // The same anchor is Saturday evening in Shanghai, Saturday morning in New York, and already Sunday in Auckland.
    check({ anchor: 'T', offset: '-P1D', at: '12:00' }, { zone: 'America/New_York', T }, '2026-12-04T17:00Z');
    check({ anchor: 'T', offset: '-P1D', at: '12:00' }, { zone: 'Pacific/Auckland', T }, '2026-12-04T23:00Z');
  });

  it('does not care what time it is now', () => {
    check(
      { anchor: 'T', offset: '-P3D', at: '12:00' },
      { now: '2030-01-01T00:00Z', zone: 'Asia/Shanghai', T },
      '2026-12-02T04:00Z',
    );
  });

  it('lands on the first instant that exists', () => {
    check(
      { anchor: 'T', offset: '-P1D', at: '02:30' },
      { zone: 'America/New_York', T: '2026-03-09T16:00Z' },
      '2026-03-08T07:00Z',
    );
  });

  it('says why it has no instant', () => {
    check({ anchor: 'T' }, { zone: 'UTC' }, 'unknown-anchor');
    check({ anchor: 'T' }, { zone: 'Mars/Olympus', T }, 'unknown-zone');
    check({ anchor: 'constructor' }, { zone: 'UTC', T }, 'unknown-anchor');
    check({ anchor: '__proto__' }, { zone: 'UTC', T }, 'unknown-anchor');
    check({ anchor: 'T', offset: 'soon' }, { zone: 'UTC', T }, 'bad-rule');
    check({ anchor: 'T', offset: 'PT1H', at: '12:00' }, { zone: 'UTC', T }, 'bad-rule');
    check({ anchor: 'T', at: '25:00' }, { zone: 'UTC', T }, 'bad-rule');
    check({ anchor: 'T', offset: 'P999999Y' }, { zone: 'UTC', T }, 'out-of-range');
    check({ anchor: 'T', window: { from: '9', to: '10:00' } }, { zone: 'UTC', T }, 'bad-rule');
  });
});

describe('a rule of clock and weekday', () => {
  const zone = 'Asia/Shanghai';

  it.each([
    // 2026-12-05 is a Saturday.
    ['before the time, today', '2026-12-05T11:00Z', { at: '20:00' }, '2026-12-05T12:00Z'],
    ['exactly at the time, tomorrow', '2026-12-05T12:00Z', { at: '20:00' }, '2026-12-06T12:00Z'],
    [
      'exactly at the time, with an empty span: now',
      '2026-12-05T12:00Z',
      { at: '20:00', after: 'PT0S' },
      '2026-12-05T12:00Z',
    ],
    ['after the time, tomorrow', '2026-12-05T12:01Z', { at: '20:00' }, '2026-12-06T12:00Z'],
    [
      'a day later takes tomorrow at this time',
      '2026-12-05T12:00Z',
      { at: '20:00', after: 'P1D' },
      '2026-12-06T12:00Z',
    ],
    [
      'a day later, a moment too late',
      '2026-12-05T12:00:01Z',
      { at: '20:00', after: 'P1D' },
      '2026-12-07T12:00Z',
    ],
    ['two hours later', '2026-12-05T11:00Z', { at: '20:00', after: 'PT2H' }, '2026-12-06T12:00Z'],
    [
      'working days from Saturday',
      '2026-12-05T02:00Z',
      { at: '09:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] },
      '2026-12-07T01:00Z',
    ],
    ['Friday from Saturday', '2026-12-05T02:00Z', { at: '20:00', days: ['fri'] }, '2026-12-11T12:00Z'],
    [
      'Saturday at the very moment: next week',
      '2026-12-05T12:00Z',
      { at: '20:00', days: ['sat'] },
      '2026-12-12T12:00Z',
    ],
    ['Saturday a minute before', '2026-12-05T11:59Z', { at: '20:00', days: ['sat'] }, '2026-12-05T12:00Z'],
    ['a month later', '2026-01-31T12:00Z', { at: '20:00', after: 'P1M' }, '2026-02-28T12:00Z'],
  ] satisfies [string, string, TimeRule, string][])('%s', (_name, now, rule, expected) =>
    check(rule, { now, zone }, expected),
  );

  it('reads weekdays on the local calendar, east and west of UTC', () => {
    // Friday 22:00 in UTC: Saturday in Shanghai, Friday in New York.
    const now = '2026-12-04T22:00Z';
    check({ at: '08:00', days: ['sat'] }, { now, zone: 'Asia/Shanghai' }, '2026-12-05T00:00Z');
    check({ at: '18:00', days: ['fri'] }, { now, zone: 'America/New_York' }, '2026-12-04T23:00Z');
    check({ at: '08:00', days: ['fri'] }, { now, zone: 'Asia/Shanghai' }, '2026-12-11T00:00Z');
    check({ at: '12:00', days: ['sat'] }, { now, zone: 'Pacific/Kiritimati' }, '2026-12-11T22:00Z');
    check({ at: '11:00', days: ['fri'] }, { now, zone: 'Pacific/Pago_Pago' }, '2026-12-11T22:00Z');
  });

  it('meets a skipped hour at its end, and a doubled hour once', () => {
    check({ at: '02:30' }, { now: '2026-03-08T05:00Z', zone: 'America/New_York' }, '2026-03-08T07:00Z');
    check({ at: '02:30' }, { now: '2026-03-08T07:00Z', zone: 'America/New_York' }, '2026-03-09T06:30Z');
    check({ at: '01:30' }, { now: '2026-11-01T05:00Z', zone: 'America/New_York' }, '2026-11-01T05:30Z');
    check({ at: '01:30' }, { now: '2026-11-01T05:30Z', zone: 'America/New_York' }, '2026-11-02T06:30Z');
  });

  it('leaves out a day that the zone leaves out', () => {
    // 30 December 2011 was to be a Friday.
    check({ at: '20:00' }, { now: '2011-12-30T08:00Z', zone: 'Pacific/Apia' }, '2011-12-31T06:00Z');
    check(
      { at: '20:00', days: ['fri'] },
      { now: '2011-12-30T08:00Z', zone: 'Pacific/Apia' },
      '2012-01-06T06:00Z',
    );
  });

  it('moves into the window', () => {
    check(
      { at: '20:00', window: { from: '09:00', to: '18:00' } },
      { now: '2026-12-05T00:00Z', zone },
      '2026-12-06T01:00Z',
    );
  });

  it('always answers with an allowed day, the right reading, and not before it may', () => {
    const days = fc.uniqueArray(fc.constantFrom('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'), {
      minLength: 1,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2030, 0) }),
        fc.constantFrom('Asia/Shanghai', 'America/New_York', 'Australia/Lord_Howe'),
        fc.integer({ min: 0, max: 1439 }),
        days,
        (now, zoneName, minutes, allowed) => {
          const clock = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
          const resolved = resolve({ at: clock, days: allowed }, { now, zone: zoneName, anchors: {} });
          if (!('at' in resolved)) throw new Error(resolved.problem);
          const local = DateTime.fromMillis(resolved.at, { zone: zoneName });
          expect(resolved.at).toBeGreaterThan(now);
          expect(resolved.at - now).toBeLessThanOrEqual(7 * DAY + 2 * 3_600_000);
          expect(allowed).toContain(local.setLocale('en').toFormat('ccc').toLowerCase());
          if (local.toFormat('HH:mm') !== clock) expect(local.toFormat('HH:mm') > clock).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('a date, and a span', () => {
  it('takes a date in the zone, or with its own offset', () => {
    check({ date: '2026-12-01T20:00' }, { zone: 'Asia/Shanghai' }, '2026-12-01T12:00Z');
    check({ date: '2026-12-01T20:00' }, { zone: 'America/New_York' }, '2026-12-02T01:00Z');
    check({ date: '2026-12-01T20:00Z' }, { zone: 'Asia/Shanghai' }, '2026-12-01T20:00Z');
    check({ date: '2026-12-01T20:00:30+08:00' }, { zone: 'America/New_York' }, '2026-12-01T12:00:30Z');
    check({ date: 'tomorrow' }, { zone: 'UTC' }, 'bad-rule');
    check(
      { date: '2026-12-01T23:00', window: { from: '09:00', to: '21:00' } },
      { zone: 'Asia/Shanghai' },
      '2026-12-02T01:00Z',
    );
  });

  it('counts a span from now', () => {
    check({ for: 'P1DT2H' }, { now: '2026-03-07T17:00Z', zone: 'America/New_York' }, '2026-03-08T18:00Z');
    check({ for: 'PT48H' }, { now: '2026-03-07T17:00Z', zone: 'America/New_York' }, '2026-03-09T17:00Z');
    check({ for: 'PT0S' }, { now: '2026-03-07T17:00Z', zone: 'UTC' }, '2026-03-07T17:00Z');
    check({ for: 'a while' }, { zone: 'UTC' }, 'bad-rule');
    check({ for: 'P99999Y' }, { zone: 'UTC' }, '+102025-01-01T00:00Z');
    check({ for: 'P999999Y' }, { zone: 'UTC' }, 'out-of-range');
    check(
      { for: 'PT10H', window: { from: '09:00', to: '21:00' } },
      { now: '2026-12-05T04:00Z', zone: 'Asia/Shanghai' },
      '2026-12-06T01:00Z',
    );
  });

  it('answers for whatever passes the check', () => {
    const clock = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
    const window = fc
      .tuple(clock, clock)
      .filter(([from, to]) => from !== to)
      .map(([from, to]) => ({ from, to }));
    const rule: fc.Arbitrary<TimeRule> = fc.oneof(
      fc.record(
        { anchor: fc.constant('T'), offset: fc.constantFrom('-P3D', 'P1M', 'P0D'), at: clock, window },
        { requiredKeys: ['anchor'] },
      ),
      fc.record({ at: clock, after: fc.constantFrom('P1D', 'PT5H'), window }, { requiredKeys: ['at'] }),
      fc.record({ for: fc.constantFrom('P1D', 'PT1S', 'P1Y'), window }, { requiredKeys: ['for'] }),
    );
    fc.assert(
      fc.property(
        rule,
        fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2030, 0) }),
        fc.constantFrom('Asia/Shanghai', 'America/New_York', 'Pacific/Apia'),
        (one, now, zone) => {
          expect(resolve(one, { now, zone, anchors: { T: now } })).toHaveProperty('at');
        },
      ),
    );
  });
});
