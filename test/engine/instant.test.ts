import fc from 'fast-check';
import { DateTime, Duration as LuxonDuration } from 'luxon';
import { describe, expect, it } from 'vitest';
import { chance } from '../../engine/chance.ts';
import {
  after,
  DAY,
  dayOfNumber,
  exactMs,
  exactMsOf,
  isInstant,
  isoOf,
  LAST_INSTANT,
  numberOfDay,
  parseDuration,
  parseInstant,
} from '../../engine/instant.ts';

const anyInstant = fc.integer({ min: -LAST_INSTANT, max: LAST_INSTANT });
const usualInstant = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });

describe('instants', () => {
  it('are written as JavaScript writes them', () => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        expect(isoOf(instant)).toBe(new Date(instant).toISOString());
      }),
    );
  });

  it('are written as luxon writes them', () => {
    fc.assert(
      fc.property(usualInstant, (instant) => {
        expect(isoOf(instant)).toBe(DateTime.fromMillis(instant, { zone: 'utc' }).toISO());
      }),
    );
  });

  it('come back from their own text', () => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        expect(parseInstant(isoOf(instant))).toBe(instant);
      }),
    );
  });

  it('are read from any offset as luxon reads them', () => {
    fc.assert(
      fc.property(usualInstant, fc.integer({ min: -14 * 60, max: 14 * 60 }), (instant, offset) => {
        const text = DateTime.fromMillis(instant, { zone: 'utc' })
          .setZone(
            `UTC${offset < 0 ? '-' : '+'}${Math.floor(Math.abs(offset) / 60)}:${String(Math.abs(offset) % 60).padStart(2, '0')}`,
          )
          .toISO();
        fc.pre(text !== null && !text.startsWith('-') && !text.startsWith('+'));
        expect(parseInstant(text ?? '')).toBe(instant);
      }),
    );
  });

  it.each([
    ['2026-12-01T20:00+08:00', Date.UTC(2026, 11, 1, 12)],
    ['2026-12-01T12:00Z', Date.UTC(2026, 11, 1, 12)],
    ['2026-12-01T12:00:00.123456Z', Date.UTC(2026, 11, 1, 12, 0, 0, 123)],
    ['2026-12-01T12:00:00.5Z', Date.UTC(2026, 11, 1, 12, 0, 0, 500)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['1969-12-31T23:59:59.999Z', -1],
  ])('reads %s', (text, instant) => expect(parseInstant(text)).toBe(instant));

  it.each([
    '', '2026-12-01', '2026-12-01T12:00', '2026-12-01 12:00Z', '2026-02-29T00:00Z', '2100-02-29T00:00Z', '2026-13-01T00:00Z',
    '2026-00-01T00:00Z', '2026-01-00T00:00Z', '2026-01-01T24:00Z', '2026-01-01T00:60Z', '2026-01-01T00:00:60Z', '2026-01-01T00:00+24:00',
    '2026-01-01T00:00+00:60', '2026-01-01T00:00+0800', '2026-01-01t00:00z', '-000000-01-01T00:00Z', '+999999-01-01T00:00:00Z', ' 2026-12-01T12:00Z',
    '2026-12-01T12:00Z\n', '٢٠٢٦-12-01T12:00Z',
  ])('does not read %j', (text) => expect(parseInstant(text)).toBeUndefined()); // prettier-ignore

  it('refuse to be written when they are none', () => {
    for (const bad of [Number.NaN, 0.5, Infinity, LAST_INSTANT + 1]) {
      expect(isInstant(bad)).toBe(false);
      expect(() => isoOf(bad)).toThrow(RangeError);
    }
  });

  it('count days as the calendar does', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (number) => {
        const civil = dayOfNumber(number);
        const date = new Date(number * DAY);
        expect(civil).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
        });
        expect(numberOfDay(civil)).toBe(number);
      }),
    );
  });
});

describe('durations', () => {
  const part = fc.option(fc.integer({ min: 0, max: 999_999_999 }), { nil: undefined });

  it('are read as luxon reads them', () => {
    const parts = fc.record({
      sign: fc.constantFrom('', '-'),
      Y: part,
      M: part,
      W: part,
      D: part,
      h: part,
      m: part,
      s: part,
      f: fc.option(fc.stringMatching(/^\d{1,3}$/), { nil: undefined }),
    });
    fc.assert(
      fc.property(parts, ({ sign, Y, M, W, D, h, m, s, f }) => {
        const unit = (value: number | undefined, letter: string) =>
          value === undefined ? '' : `${value}${letter}`;
        const seconds = s === undefined ? '' : `${s}${f === undefined ? '' : `.${f}`}S`;
        const time = `${unit(h, 'H')}${unit(m, 'M')}${seconds}`;
        const text = `${sign}P${unit(Y, 'Y')}${unit(M, 'M')}${unit(W, 'W')}${unit(D, 'D')}${time === '' ? '' : `T${time}`}`;
        const ours = parseDuration(text);
        if (text.endsWith('P')) {
          expect(ours).toBeUndefined();
          return;
        }
        const {
          years,
          months,
          weeks,
          days,
          hours,
          minutes,
          seconds: secs,
          milliseconds,
        } = LuxonDuration.fromISO(text).toObject();
        expect(ours).toEqual({
          years: (years ?? 0) + 0,
          months: (months ?? 0) + 0,
          weeks: (weeks ?? 0) + 0,
          days: (days ?? 0) + 0,
          ms:
            (hours ?? 0) * 3_600_000 +
            (minutes ?? 0) * 60_000 +
            (secs ?? 0) * 1_000 +
            (milliseconds ?? 0) +
            0,
        });
      }),
    );
  });

  it.each([
    ['PT48H', 172_800_000],
    ['-PT30M', -1_800_000],
    ['PT0.5S', 500],
    ['PT1,25S', 1_250],
    ['PT0S', 0],
    ['-PT0S', 0],
    ['P0D', 0],
    ['PT1H30M', 5_400_000],
  ])('%s is exactly %d ms', (text, ms) => expect(exactMsOf(text)).toBe(ms));

  it.each(['P1D', 'P1W', 'P1M', 'P1Y', '-P3D', 'P1DT2H'])('%s has no length without a calendar', (text) => {
    const duration = parseDuration(text);
    expect(duration).toBeDefined();
    expect(duration && exactMs(duration)).toBeUndefined();
  });

  it.each([
    '', 'P', 'PT', 'P1', '1D', 'PT1D', 'P1H', 'pt1h', 'P-1D', '+P1D', '--P1D', 'P1DT', 'P1.5D', 'PT1.5H', 'PT0.0001S', 'PT.5S',
    'P1D ', ' P1D', 'P1M1Y', 'PT1S1M', 'P1234567890D', 'P１D', 'P1D\n', 'PT1H\u0000',
  ])('%j is none', (text) => expect(parseDuration(text)).toBeUndefined()); // prettier-ignore

  it('move an instant', () => {
    expect(after(1_000, 'PT1S')).toBe(2_000);
    expect(after(1_000, '-PT1S')).toBe(0);
    expect(() => after(0, 'P1D')).toThrow(RangeError);
    expect(() => after(0, 'tomorrow')).toThrow(RangeError);
  });
});

describe('chance', () => {
  const draws = Array.from({ length: 100_000 }, (_, index) => chance(7, `member-${index}`, 'node-3', 0));

  it('is the same for the same parts, on every machine', () => {
    expect(chance(1, 'a', 2)).toBe(chance('1', 'a', '2'));
    expect([chance(0), chance(1, 'a'), chance('seed', 'j1/0', 'n3', 4), chance(-1.5, '薪火')])
      .toMatchInlineSnapshot(`
      [
        0.4053839568351355,
        0.38981329366493034,
        0.4121151181692496,
        0.909184060972762,
      ]
    `);
  });

  it('tells parts and their borders apart', () => {
    const seen = new Set([
      chance(1, 'ab'),
      chance(1, 'a', 'b'),
      chance(1, 'b', 'a'),
      chance('1a', 'b'),
      chance(1, 'ab', ''),
      chance(2, 'ab'),
      chance(1),
    ]);
    expect(seen.size).toBe(7);
  });

  it('stays in [0,1)', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.oneof(fc.string(), fc.integer())), (seed, parts) => {
        const value = chance(seed, ...parts);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
      }),
    );
  });

  it('fills every hundredth evenly', () => {
    const counts = Array.from({ length: 100 }, () => 0);
    for (const draw of draws) counts[Math.floor(draw * 100)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    // 99 degrees of freedom: beyond 161 in one of ten thousand fair runs. The parts are fixed, so this is, too.
    expect(chiSquare).toBeLessThan(161);
  });

  it('uses all of its 53 bits, each half of the time', () => {
    for (let bit = 1; bit <= 53; bit += 1) {
      const ones = draws.filter((draw) => Math.floor(draw * 2 ** bit) % 2 === 1).length;
      expect(Math.abs(ones / draws.length - 0.5), `bit ${bit}`).toBeLessThan(0.008);
    }
    expect(new Set(draws).size).toBe(draws.length);
  });

  it('does not follow from one member to the next, nor from node to node', () => {
    const other = draws.map((_, index) => chance(7, `member-${index}`, 'node-4', 0));
    expect(Math.abs(correlation(draws.slice(0, -1), draws.slice(1)))).toBeLessThan(0.013);
    expect(Math.abs(correlation(draws, other))).toBeLessThan(0.013);
  });
});

function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const product = (as: readonly number[], ma: number, bs: readonly number[], mb: number) =>
    as.reduce((sum, a, index) => sum + (a - ma) * ((bs[index] ?? mb) - mb), 0);
  return product(xs, mx, ys, my) / Math.sqrt(product(xs, mx, xs, mx) * product(ys, my, ys, my));
}
