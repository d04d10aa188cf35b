// Buckets of tokens: never more than the limit in any window, and never idle when one is free.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { follow, freeAt, moveBack, take, type Out, type Rate } from '../../engine/effects/bucket.ts';

const MINUTE: Rate = { count: 20, perMs: 60_000 };

describe('a bucket', () => {
  test('gives all it has at once, and the next when the first comes back', () => {
    let out: Out = [];
    for (let no = 0; no < 20; no += 1) {
      expect(freeAt(out, MINUTE, 1_000)).toBe(1_000);
      out = take(out, MINUTE, { now: 1_000, back: 61_000 });
    }
    const next = freeAt(out, MINUTE, 1_000);
    expect(next).toBeGreaterThanOrEqual(61_000);
    expect(next).toBeLessThan(62_000);
    expect(freeAt(out, MINUTE, next)).toBe(next);
  });

  test('never gives more than the limit in any window, for any callers and any answers that take their time', () => {
    const step = fc.record({
      pause: fc.integer({ min: 0, max: 4_000 }),
      lasts: fc.integer({ min: 0, max: 15_000 }),
      moves: fc.boolean(),
    });
    const rate = fc.record({
      count: fc.integer({ min: 1, max: 8 }),
      perMs: fc.integer({ min: 1, max: 20_000 }),
    });
    fc.assert(
      fc.property(rate, fc.array(step, { maxLength: 60 }), (limit, steps) => {
        let out: Out = [];
        let now = 1_000_000;
        const used: number[] = [];
        for (const { pause, lasts, moves } of steps) {
          now += pause;
          now = freeAt(out, limit, now);
          // Taken for as long as a request may last; once answered, it was used by then at the latest.
          const was = now + 15_000 + limit.perMs;
          out = take(out, limit, { now, back: was });
          const answered = now + lasts;
          if (moves) {
            used.push(answered);
            out = moveBack(out, limit, { now, was, back: answered + limit.perMs, tokens: 1 });
          } else used.push(now);
        }
        const sorted = used.toSorted((a, b) => a - b);
        for (let i = limit.count; i < sorted.length; i += 1)
          expect(sorted[i]! - sorted[i - limit.count]!).toBeGreaterThanOrEqual(limit.perMs);
      }),
    );
  });

  test('of thousands stays a short list', () => {
    const rate = { count: 10_000, perMs: 60_000 };
    let out: Out = [];
    for (let now = 0; now < 120_000; now += 7) out = take(out, rate, { now, back: now + rate.perMs });
    expect(out.length).toBeLessThanOrEqual(66);
  });

  test('follows what the provider says of it, and only downwards', () => {
    const said = follow([], MINUTE, { now: 0, remaining: 1, until: 5_000 });
    expect(freeAt(said, MINUTE, 0)).toBe(0);
    const after = take(said, MINUTE, { now: 0, back: 60_000 });
    expect(freeAt(after, MINUTE, 0)).toBeGreaterThanOrEqual(5_000);
    expect(follow([[60_000, 20]], MINUTE, { now: 0, remaining: 9, until: 5_000 })).toEqual([[60_000, 20]]);
  });

  test('without tokens never gives one', () => {
    expect(freeAt([], { count: 0, perMs: 1_000 }, 0)).toBe(Infinity);
  });
});
