// What becomes of a call that goes wrong: retries with backoff, the failed port, stuck visits, doubt, forced ports, nonsense.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, start } from '../../../engine/run/advance.ts';
import { BATCH } from '../../../engine/run/calls.ts';
import { backoffMs } from '../../../engine/run/retry.ts';
import { planOf, type NodeSketch, type Way } from '../../support/plan-builder.ts';
import { tell } from '../../support/scenario.ts';
import { tinyEffects, tinySteps } from '../../support/tiny-steps.ts';

const MINUTE = 60_000;
const [RETRY, FAILED, DOUBT, PORT] = [255, 254, 253, 128];

const s: NodeSketch = { id: 's', step: 'start', ports: { out: 'a' } };
const e: NodeSketch = { id: 'e', step: 'end' };
const x: NodeSketch = { id: 'x', step: 'end' };
const plan = (ports: Readonly<Record<string, Way>> = {}) =>
  planOf({ campaign: [s, { id: 'a', step: 'act', ports: { a: 'e', b: 'x', ...ports } }, e, x] }, tinyEffects);

test('a transient failure is tried again under the same number, until the attempts are used up', () => {
  const { calls, stuck, commands } = tell(plan(), { answers: { a: [RETRY] } });
  expect(calls.map((it) => it.split(' ').slice(1).join(' '))).toEqual(['a act 0', 'a act 0', 'a act 0']);
  expect(stuck).toHaveLength(1);
  const pauses = commands.flatMap(({ wake }) => (wake === null ? [] : [wake]));
  expect(pauses[0]).toBeGreaterThanOrEqual(8_000);
  expect(pauses[0]).toBeLessThanOrEqual(12_000);
  expect(pauses[1]! - pauses[0]!).toBeGreaterThanOrEqual(16_000);
  expect(pauses[1]! - pauses[0]!).toBeLessThanOrEqual(24_000);
});

test('backoff doubles from the first pause to the longest, give or take a fifth', () => {
  const policy = { attempts: 20, firstMs: 10_000, maxMs: 600_000 };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempts, jitter) => {
        const middle = Math.min(600_000, 10_000 * 2 ** (attempts - 1));
        const pause = backoffMs(policy, attempts, jitter);
        expect(pause).toBeGreaterThanOrEqual(middle * 0.8);
        expect(pause).toBeLessThanOrEqual(middle * 1.2);
      },
    ),
  );
});

test('a final failure leaves by the failed port where it is wired', () => {
  expect(tell(plan({ failed: 'x' }), { answers: { a: [FAILED] } }).passed).toEqual([
    '0 s out',
    '0 a failed',
    '0 x -',
  ]);
});

test('without a failed port, or with one that leads nowhere, the visit is stuck', () => {
  expect(tell(plan(), { answers: { a: [FAILED] } }).stuck).toEqual(['0 a failed']);
  expect(tell(plan({ failed: null }), { answers: { a: [FAILED] } }).stuck).toEqual(['0 a failed']);
});

test('a stuck visit that is tried again makes its call under a new number', () => {
  const { calls, passed } = tell(plan(), {
    answers: { a: [FAILED, 1] },
    happens: [{ at: 5, operator: 'retry', node: 'a' }],
  });
  expect(calls).toEqual(['0 a act 0', '5 a act 1']);
  expect(passed.slice(1)).toEqual(['5 a b', '5 x -']);
});

test('a stuck visit can be skipped or ended', () => {
  const skipped = tell(plan(), {
    answers: { a: [FAILED] },
    happens: [{ at: 5, operator: 'skip', node: 'a' }],
  });
  expect(skipped.passed.slice(1)).toEqual(['5 a a', '5 e -']);
  const ended = tell(plan(), { answers: { a: [FAILED] }, happens: [{ at: 5, operator: 'end', node: 'a' }] });
  expect(ended.ended).toEqual(['5 operator']);
});

test('a call whose outcome nobody knows is not repeated: a person decides', () => {
  const { calls, stuck } = tell(plan({ failed: 'x' }), { answers: { a: [DOUBT] } });
  expect(calls).toHaveLength(1);
  expect(stuck).toEqual(['0 a doubt']);
});

test('a script can force a port, now or later', () => {
  expect(tell(plan(), { answers: { a: [PORT + 1] } }).passed.slice(1)).toEqual(['0 a b', '0 x -']);
  expect(tell(plan(), { answers: { a: [[PORT + 1, 20]] } }).passed.slice(1)).toEqual(['20 a b', '20 x -']);
});

test.each([77, PORT + 9, -1, 0.5, Number.NaN])(
  'the code %s, which nobody has declared, is a failure',
  (code) => {
    expect(tell(plan(), { answers: { a: [code] } }).stuck).toEqual(['0 a failed']);
  },
);

test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])(
  'the instant %s is refused at the border',
  (until) => {
    const drawing = plan();
    const { state } = start(drawing, tinySteps, { seed: 1, now: 0 });
    const { stuck } = advance(drawing, tinySteps, state, {
      tick: { results: [{ batch: 1, codes: [0], untils: [until] }] },
      now: 1,
    });
    expect(stuck).toMatchObject([{ reason: 'failed' }]);
  },
);

test('an answer that is missing is a failure; one too many is ignored', () => {
  const drawing = plan();
  const answer = (codes: number[]) => {
    const { state } = start(drawing, tinySteps, { seed: 1, now: 0 });
    return advance(drawing, tinySteps, state, { tick: { results: [{ batch: 1, codes }] }, now: 1 });
  };
  expect(answer([]).stuck).toMatchObject([{ reason: 'failed' }]);
  expect(answer([0, 1, 0]).ended).toHaveLength(1);
});

test('a port that leads nowhere parks the token', () => {
  expect(tell(plan({ a: null })).stuck).toEqual(['0 a failed']);
});

test('sixteen bits of calls are enough for everybody, and who needs more is stuck', () => {
  const drawing = plan();
  const { state } = start(drawing, tinySteps, { seed: 1, now: 0 });
  state.tokens.call[0] = 65_534;
  const later = { batch: 1, codes: [2], untils: [5] };
  advance(drawing, tinySteps, state, { tick: { results: [later] }, now: 1 });
  expect(advance(drawing, tinySteps, state, { tick: {}, now: 5 }).stuck).toMatchObject([{ reason: 'calls' }]);
});

test('calls go out in batches of at most 2,000, sorted, each number once', () => {
  const journey = [
    { id: 's', step: 'start', ports: { out: 'a' } },
    { id: 'a', step: 'act', ports: { a: 'e', b: 'e' } },
    e,
  ];
  const drawing = planOf({ campaign: [{ ...s, ports: { out: 'e' } }, e], journey }, tinyEffects);
  const { state } = start(drawing, tinySteps, { seed: 1, now: 0, campaign: false });
  const entries = [{ kind: 'enter', at: 0, graph: 1, first: 10, count: 4_500 } as const];
  const { calls } = advance(drawing, tinySteps, state, { tick: { entries }, now: 0 });
  expect(calls.map(({ visits }) => visits.length)).toEqual([BATCH, BATCH, 500]);
  expect(calls.flatMap(({ visits }) => visits.map(({ ordinal }) => ordinal))).toEqual(
    Array.from({ length: 4_500 }, (_, index) => index + 10),
  );
  expect(new Set(calls.map(({ batch }) => batch)).size).toBe(3);
});

test('visits that fail together come back as few batches', () => {
  const journey = [
    { id: 's', step: 'start', ports: { out: 'a' } },
    { id: 'a', step: 'act', ports: { a: 'e', b: 'e' } },
    e,
  ];
  const drawing = planOf({ campaign: [{ ...s, ports: { out: 'e' } }, e], journey }, tinyEffects);
  const { state } = start(drawing, tinySteps, { seed: 1, now: 0, campaign: false });
  const enter = { kind: 'enter', at: 0, graph: 1, first: 0, count: 1_000 } as const;
  advance(drawing, tinySteps, state, { tick: { entries: [enter] }, now: 0 });
  let next = advance(drawing, tinySteps, state, {
    tick: { results: [{ batch: 1, codes: Array.from({ length: 1_000 }, () => RETRY) }] },
    now: 0,
  });
  let batches = 0;
  for (; next.wake !== null && next.wake < MINUTE; batches += next.calls.length) {
    next = advance(drawing, tinySteps, state, { tick: {}, now: next.wake });
  }
  expect(batches).toBe(5);
});
