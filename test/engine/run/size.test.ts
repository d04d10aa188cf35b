// What a token costs: in memory, packed, and after ten thousand of them have come and gone.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { chance } from '../../../engine/chance.ts';
import { advance, start, type State } from '../../../engine/run/advance.ts';
import {
  batchesInFlight,
  countTokens,
  memoryOf,
  nextWake,
  visitsOf,
  visitsOn,
} from '../../../engine/run/inspect.ts';
import { pack, unpack } from '../../../engine/run/pack.ts';
import type { Commands, Entry } from '../../../engine/run/protocol.ts';
import { planOf } from '../../support/plan-builder.ts';
import { tinyEffects, tinySteps } from '../../support/tiny-steps.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const MEMBERS = 10_000;
/** A real instant: small ones would pack too well. */
const LAUNCH = Date.UTC(2026, 10, 24, 12);

// Members are welcomed, asked, reminded and go round for three weeks; sleeps have a grain of an hour.
const plan = planOf(
  {
    campaign: [
      { id: 'start', step: 'start', ports: { out: 'end' } },
      { id: 'end', step: 'end' },
    ],
    journey: [
      { id: 'start', step: 'start', ports: { out: 'welcome' } },
      { id: 'welcome', step: 'act', ports: { a: { to: 'days', turn: 'into' }, b: 'end' } },
      {
        id: 'days',
        step: 'repeat',
        config: { max: 21 },
        ports: { each: 'hear', done: 'end' },
        block: { kind: 'repeat', max: 21 },
      },
      {
        id: 'hear',
        step: 'hear',
        config: { ms: DAY / 2 },
        ports: { happened: 'praise', timeout: 'wait' },
        rest: { grainMs: 60 * MINUTE },
      },
      { id: 'praise', step: 'act', ports: { a: 'wait', b: 'wait' } },
      {
        id: 'wait',
        step: 'wait',
        config: { ms: DAY / 2 },
        ports: { done: { to: 'days', turn: 'back' } },
        rest: { grainMs: 60 * MINUTE },
      },
      { id: 'end', step: 'end' },
    ],
  },
  tinyEffects,
);

/** Members who entered during an hour and live through three days, some of whom reply. */
function typical(): State {
  const { state } = start(plan, tinySteps, { seed: 1, now: LAUNCH, campaign: false });
  let commands: Commands = advance(plan, tinySteps, state, { tick: {}, now: LAUNCH });
  const go = (now: number, entries: readonly Entry[] = []): void => {
    for (let first = true; first || commands.calls.length > 0; first = false) {
      const results = commands.calls.map(({ batch, visits }) => ({
        batch,
        codes: new Uint8Array(visits.length),
      }));
      commands = advance(plan, tinySteps, state, { tick: first ? { entries } : { results }, now });
    }
  };
  for (let minute = 0; minute < 60; minute += 1) {
    const first = Math.floor((minute * MEMBERS) / 60);
    const count = Math.floor(((minute + 1) * MEMBERS) / 60) - first;
    const at = LAUNCH + minute * MINUTE;
    go(at, [{ kind: 'enter', at, graph: 1, first, count }]);
  }
  for (let hour = 1; hour <= 72; hour += 1) {
    const at = LAUNCH + hour * 60 * MINUTE + 17;
    const replies = visitsOn(state, 5)
      .filter(({ ordinal }) => chance(hour, ordinal) < 0.03)
      .map(({ node, ordinal, lap }): Entry => ({ kind: 'arrived', at, node, ordinal, lap, topic: 0 }));
    go(at, replies);
  }
  return state;
}

test('ten thousand typical tokens pack into about 70 kB, and never into more than 14 bytes each', () => {
  const state = typical();
  expect(state.tokens.live).toBe(MEMBERS);
  const bytes = pack(state);
  expect(bytes.length).toBeLessThan(8.5 * MEMBERS);
  expect(pack(unpack(plan, bytes))).toEqual(bytes);
});

test('tokens that share nothing still pack into 14 bytes', () => {
  const { state } = start(plan, tinySteps, { seed: 1, now: LAUNCH, campaign: false });
  const entries = Array.from({ length: MEMBERS }, (_, ordinal): Entry => {
    return {
      kind: 'enter',
      at: LAUNCH + Math.floor(chance(1, ordinal) * DAY),
      graph: 1,
      first: ordinal,
      count: 1,
    };
  });
  const { calls } = advance(plan, tinySteps, state, { tick: { entries }, now: LAUNCH + DAY });
  const results = calls.map(({ batch, visits }) => ({ batch, codes: new Uint8Array(visits.length) }));
  advance(plan, tinySteps, state, { tick: { results }, now: LAUNCH + DAY });
  expect(pack(state).length).toBeLessThan(14 * MEMBERS);
});

test('a token takes at most 48 bytes of memory, indexes included, by account and by the heap', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = (): number => {
    // Buffers are given back by the collection after the one that finds them.
    for (let round = 0; round < 3; round += 1) collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const packed = pack(typical());
  const before = used();
  const copies = Array.from({ length: 20 }, () => unpack(plan, packed));
  const each = (used() - before) / (copies.length * MEMBERS);
  expect(memoryOf(copies[0]!) / MEMBERS).toBeLessThanOrEqual(48);
  expect(each).toBeLessThanOrEqual(48);
});

test('columns do not grow by tokens that come and go', () => {
  const { state } = start(plan, tinySteps, { seed: 1, now: LAUNCH, campaign: false });
  const enter = (first: number): Entry => ({ kind: 'enter', at: LAUNCH, graph: 1, first, count: 100 });
  for (let round = 0; round < 200; round += 1) {
    const { calls } = advance(plan, tinySteps, state, {
      tick: { entries: [enter(round * 100)] },
      now: LAUNCH,
    });
    // By port b they are done at once.
    const results = calls.map(({ batch, visits }) => ({ batch, codes: visits.map(() => 1) }));
    advance(plan, tinySteps, state, { tick: { results }, now: LAUNCH });
  }
  expect(state.tokens.live).toBe(0);
  expect(state.tokens.used).toBeLessThanOrEqual(200);
});

test('bytes of another plan, of another form or cut short are refused', () => {
  const bytes = pack(typical());
  expect(() => unpack({ ...plan, hash: 'other' }, bytes)).toThrow(/belongs to the plan test, not to other/);
  expect(() => unpack(plan, Uint8Array.from([99, ...bytes]))).toThrow(/has the form 99/);
  expect(() => unpack(plan, bytes.slice(0, -1))).toThrow(/ends too early/);
});

test('a state can be looked into', () => {
  const { state } = start(plan, tinySteps, { seed: 1, now: 0 });
  const enter: Entry = { kind: 'enter', at: 0, graph: 1, first: 5, count: 3 };
  advance(plan, tinySteps, state, { tick: { entries: [enter] }, now: 0 });
  expect(countTokens(state)).toEqual(new Map([[3, { calling: 3 }]]));
  expect(batchesInFlight(state)).toEqual([{ batch: 1, node: 3, effect: 0, stage: 0, visits: 3 }]);
  expect(nextWake(state)).toBeNull();
  advance(plan, tinySteps, state, { tick: { results: [{ batch: 1, codes: [0, 1, 254] }] }, now: 7 });
  expect(countTokens(state)).toEqual(
    new Map([
      [5, { listening: 1 }],
      [3, { stuck: 1 }],
    ]),
  );
  expect(visitsOf(state, 1, 5)).toEqual([
    {
      node: 5,
      ordinal: 5,
      lap: 0,
      status: 'listening',
      stage: 0,
      call: 0,
      since: 7,
      due: 7,
      wake: DAY / 2 + 60 * MINUTE,
    },
  ]);
  expect(visitsOf(state, 1, 6)).toEqual([]);
  expect(visitsOn(state, 3)).toMatchObject([{ ordinal: 7, status: 'stuck', wake: null }]);
  expect(nextWake(state)).toBe(DAY / 2 + 60 * MINUTE);
  expect(batchesInFlight(state)).toEqual([]);
});
