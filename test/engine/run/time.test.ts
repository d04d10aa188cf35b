// What time means to a run: order inside an advance, planned and real instants, late policies, grain, early answers.
import { expect, test } from 'vitest';
import { advance, start } from '../../../engine/run/advance.ts';
import type { PlanNode } from '../../../engine/plan.ts';
import type { Entry } from '../../../engine/run/protocol.ts';
import { planOf, type NodeSketch, type Way } from '../../support/plan-builder.ts';
import { tell } from '../../support/scenario.ts';
import { tinyEffects, tinySteps } from '../../support/tiny-steps.ts';

const MINUTE = 60_000;

const plan = (...nodes: NodeSketch[]) => planOf({ campaign: nodes }, tinyEffects);
const s = (out: Way): NodeSketch => ({ id: 's', step: 'start', ports: { out } });
const wait = (id: string, minutes: number, done: Way, rest: NodeSketch['rest'] = {}): NodeSketch => ({
  id,
  step: 'wait',
  config: { ms: minutes * MINUTE },
  ports: { done },
  rest,
});
const act = (id: string, a: Way, rest: NodeSketch['rest'] = {}): NodeSketch => ({
  id,
  step: 'act',
  ports: { a, b: a },
  rest,
});
const hear = (
  id: string,
  minutes: number,
  [happened, timeout]: readonly [Way, Way],
  rest: NodeSketch['rest'] = {},
): NodeSketch => ({
  id,
  step: 'hear',
  config: { ms: minutes * MINUTE },
  ports: { happened, timeout },
  rest,
});
const ask = (id: string, yes: Way, expired: Way): NodeSketch => ({
  id,
  step: 'ask',
  ports: { yes, no: yes, expired },
});
const e: NodeSketch = { id: 'e', step: 'end' };
const late = (then: PlanNode['late']['then']): NodeSketch['rest'] =>
  // oxlint-disable-next-line unicorn/no-thenable -- a word of the plan
  ({ late: { afterMs: 5 * MINUTE, then } });

test('an outage within the tolerance leaves no trace: instants are the planned ones', () => {
  const { passed } = tell(plan(s('w'), wait('w', 10, 'v'), wait('v', 10, 'e'), e), { down: [9, 14] });
  expect(passed).toEqual(['0 s out', '10 w done', '20 v done', '20 e -']);
});

test('several overdue instants are taken one after the other, each to its end', () => {
  const { passed, commands } = tell(
    plan(s('w'), wait('w', 1, 'v'), wait('v', 1, 'u'), wait('u', 1, 'e'), e),
    { down: [0.5, 4] },
  );
  expect(passed).toEqual(['0 s out', '1 w done', '2 v done', '3 u done', '3 e -']);
  expect(commands).toHaveLength(2);
});

test('beyond the tolerance a visit begins at the real instant, and says by how much it is late', () => {
  const { commands } = tell(plan(s('w'), wait('w', 10, 'a'), act('a', 'e', late('run')), e), {
    down: [5, 30],
  });
  expect(commands.flatMap(({ calls }) => calls[0]?.visits ?? [])).toEqual([
    { ordinal: 0, lap: 0, call: 0, due: 10 * MINUTE, at: 30 * MINUTE },
  ]);
  const lateMs = commands
    .flatMap(({ passed }) => passed)
    .map((it) => [it.node, it.at / MINUTE, it.lateMs / MINUTE]);
  expect(lateMs).toEqual([
    [0, 0, 0],
    [1, 30, 0],
    [2, 30, 20],
    [3, 30, 0],
  ]);
});

test('late, then skip: the visit leaves by its skip port, unseen by its step', () => {
  const { passed, calls, commands } = tell(plan(s('w'), wait('w', 10, 'a'), act('a', 'e', late('skip')), e), {
    down: [5, 30],
  });
  expect(passed).toEqual(['0 s out', '30 w done', '30 a a', '30 e -']);
  expect(calls).toEqual([]);
  expect(commands[1]?.passed[1]).toMatchObject({ skipped: 'late', lateMs: 20 * MINUTE });
});

test('late, then ask: a person decides, and a retry begins the visit with its planned instant known', () => {
  const drawing = plan(s('w'), wait('w', 10, 'a'), act('a', 'e', late('ask')), e);
  const { passed, stuck, commands } = tell(drawing, {
    down: [5, 30],
    happens: [{ at: 40, operator: 'retry', node: 'a' }],
  });
  expect(stuck).toEqual(['30 a late']);
  expect(passed).toEqual(['0 s out', '30 w done', '40 a a', '40 e -']);
  expect(commands.flatMap(({ calls }) => calls[0]?.visits ?? [])).toMatchObject([
    { due: 10 * MINUTE, at: 40 * MINUTE },
  ]);
});

test('lateness is not swallowed by a step that does not wait', () => {
  const toss: NodeSketch = { id: 't', step: 'toss', ports: { heads: 'a', tails: 'a' } };
  const { commands } = tell(plan(s('w'), wait('w', 10, 't'), toss, act('a', 'e', late('skip')), e), {
    down: [5, 30],
  });
  expect(commands[1]?.passed.map(({ skipped }) => skipped)).toEqual([
    undefined,
    undefined,
    'late',
    undefined,
  ]);
});

test('an entry recorded before a deadline wins, though both are read after it', () => {
  const drawing = plan(s('h'), hear('h', 10, ['e', 'x']), e, { id: 'x', step: 'end' });
  const { passed } = tell(drawing, { down: [9, 20], happens: [{ at: 12, recorded: 10, arrives: 'h' }] });
  expect(passed.slice(1)).toEqual(['20 h happened', '20 e -']);
});

test('an entry recorded after a deadline loses, though both are read together', () => {
  const drawing = plan(s('h'), hear('h', 10, ['e', 'x']), e, { id: 'x', step: 'end' });
  const { passed } = tell(drawing, { down: [9, 13], happens: [{ at: 12, recorded: 11, arrives: 'h' }] });
  expect(passed.slice(1)).toEqual(['10 h timeout', '10 x -']);
});

test('at one instant: inbox, then results, then wakes', () => {
  const fork: NodeSketch = {
    id: 'p',
    step: 'parallel',
    ports: { b0: 'w', b1: 'a', b2: 'h' },
    block: { kind: 'fork', join: null },
  };
  const drawing = plan(s('p'), fork, wait('w', 5, 'e'), act('a', 'e'), hear('h', 9, ['e', 'e']), e);
  const { passed } = tell(drawing, { takes: { a: 5 }, happens: [{ at: 5, arrives: 'h' }] });
  expect(passed.slice(2)).toEqual(['5 h happened', '5 e -', '5 a a', '5 e -', '5 w done', '5 e -']);
});

test('an answer that comes while the task is being opened is kept until the visit listens', () => {
  const drawing = plan(s('q'), ask('q', 'e', 'x'), e, { id: 'x', step: 'end' });
  const { passed } = tell(drawing, {
    takes: { q: 5 },
    answers: { q: [[0, 60]] },
    happens: [{ at: 2, arrives: 'q' }],
  });
  expect(passed).toEqual(['0 s out', '5 q yes', '5 e -']);
});

test('an early answer at the very deadline still counts; a later one is for the next deadline', () => {
  const drawing = plan(s('q'), ask('q', 'e', 'x'), e, { id: 'x', step: 'end' });
  const answeredAt = (at: number) =>
    tell(drawing, {
      takes: { q: 5 },
      answers: {
        q: [
          [0, -1],
          [0, 60],
        ],
      },
      happens: [{ at, arrives: 'q' }],
    }).passed[1];
  // The deadline that came back is over already: the visit listens until the instant at which it learned of it.
  expect(answeredAt(5)).toBe('5 q yes');
  expect(answeredAt(6)).toBe('10 q yes');
});

test('an answer after the visit is over is ignored', () => {
  const drawing = plan(s('q'), ask('q', 'w', 'w'), wait('w', 9, 'e'), e);
  const { passed } = tell(drawing, {
    answers: { q: [[0, 60]] },
    happens: [
      { at: 2, arrives: 'q' },
      { at: 3, arrives: 'q' },
    ],
  });
  expect(passed).toEqual(['0 s out', '2 q yes', '11 w done', '11 e -']);
});

test('a deadline that is over before anybody was told of the listener waits for one look back', () => {
  const drawing = plan(s('w'), wait('w', 10, 'h'), hear('h', 1, ['e', 'x']), e, { id: 'x', step: 'end' });
  const after = (entries: readonly Entry[]) => {
    const { state } = start(drawing, tinySteps, { seed: 1, now: 0 });
    const { listens, wake } = advance(drawing, tinySteps, state, { tick: {}, now: 14 * MINUTE });
    expect(listens).toEqual([{ node: 2, ordinal: 0, lap: 0, since: 10 * MINUTE, until: 11 * MINUTE }]);
    expect(wake).toBe(11 * MINUTE);
    const { passed } = advance(drawing, tinySteps, state, { tick: { entries }, now: 14 * MINUTE });
    return passed.map(({ at, port }) => [at / MINUTE, port]);
  };
  const found = { kind: 'arrived', at: 10.5 * MINUTE, node: 2, ordinal: 0, lap: 0, topic: 0 } as const;
  expect(after([found])).toEqual([
    [10.5, 'happened'],
    [10.5, null],
  ]);
  expect(after([])).toEqual([
    [11, 'timeout'],
    [11, null],
  ]);
});

test('sleeps are rounded up to the grain of their node', () => {
  const { passed } = tell(plan(s('w'), wait('w', 7, 'e', { grainMs: 5 * MINUTE }), e));
  expect(passed).toEqual(['0 s out', '10 w done', '10 e -']);
});

const X: NodeSketch = { id: 'x', step: 'end' };
const heeding = plan(s('h'), hear('h', 12, ['e', 'x'], { heedMs: 5 * MINUTE }), e, X);

test.each([
  ['what arrives is taken up at the next tick', [6], ['10 h happened', '10 e -']],
  ['what arrives at a tick is taken up at once', [5], ['5 h happened', '5 e -']],
  ['the deadline is a tick too', [11], ['12 h happened', '12 e -']],
  ['of several arrivals the first counts', [6, 7, 8], ['10 h happened', '10 e -']],
  ['what arrives after the deadline is too late', [13], ['12 h timeout', '12 x -']],
])('with a tolerance, %s', (_name, arrivals, expected) => {
  const happens = arrivals.map((at) => ({ at, arrives: 'h' }));
  expect(tell(heeding, { happens }).passed.slice(1)).toEqual(expected);
  // Whoever comes back after an outage finds the same.
  expect(tell(heeding, { happens, down: [5.5, 14] }).passed.slice(1)).toEqual(expected);
});

test('a resumption that skips what was missed does not skip what had arrived', () => {
  const happens = [
    { at: 6, arrives: 'h' },
    { at: 7, control: { do: 'pause' } },
    { at: 11, control: { do: 'resume', policy: 'skip' } },
  ] as const;
  expect(tell(heeding, { happens }).passed.slice(1)).toEqual(['10 h happened', '10 e -']);
});

test('an answer may put a call off, and every call of a visit has a number of its own', () => {
  const { passed, calls } = tell(plan(s('a'), act('a', 'e'), e), { answers: { a: [[2, 15], [2, 10], 1] } });
  expect(calls).toEqual(['0 a act 0', '15 a act 1', '25 a act 2']);
  expect(passed.slice(1)).toEqual(['25 a b', '25 e -']);
});

test('a moved anchor has the sleeping visit ask again; another anchor does not', () => {
  const until: NodeSketch = {
    id: 'u',
    step: 'until',
    ports: { reached: 'e', past: 'e' },
    rest: { anchors: ['T'] },
  };
  const happens = [
    { at: 5, control: { do: 'retime', anchors: ['another'] } },
    { at: 6, control: { do: 'retime', anchors: ['T'] } },
  ] as const;
  const { passed, calls } = tell(plan(s('u'), until, e), {
    answers: {
      u: [
        [0, 60],
        [0, 30],
      ],
    },
    happens,
  });
  expect(calls).toEqual(['0 u instant 0', '6 u instant 1']);
  expect(passed.slice(1)).toEqual(['36 u reached', '36 e -']);
});

test('an anchor that moves while the instant is being asked for is not missed', () => {
  const until: NodeSketch = {
    id: 'u',
    step: 'until',
    ports: { reached: 'e', past: 'e' },
    rest: { anchors: ['T'] },
  };
  const { passed, calls } = tell(plan(s('u'), until, e), {
    takes: { u: 2 },
    answers: {
      u: [
        [0, 60],
        [0, 30],
      ],
    },
    happens: [{ at: 1, control: { do: 'retime', anchors: ['T'] } }],
  });
  expect(calls).toEqual(['0 u instant 0', '2 u instant 1']);
  expect(passed.slice(1)).toEqual(['34 u reached', '34 e -']);
});

test('the wake is the earliest of what still waits; what was cancelled leaves none behind', () => {
  const fork: NodeSketch = {
    id: 'p',
    step: 'parallel',
    ports: { b0: 'a', b1: 'b' },
    block: { kind: 'fork', join: 'j' },
  };
  const join: NodeSketch = {
    id: 'j',
    step: 'join',
    ports: { out: 'c' },
    block: { kind: 'join', fork: 'p', need: 1 },
  };
  const drawing = plan(s('p'), fork, wait('a', 1, 'j'), wait('b', 2, 'j'), join, wait('c', 9, 'e'), e);
  expect(tell(drawing).commands.map(({ wake }) => wake)).toEqual([MINUTE, 10 * MINUTE, null]);
});

test('who has entered does not enter again, and others of the same range do', () => {
  const drawing = planOf({ campaign: [s('e'), e], journey: [s('w'), wait('w', 1, 'e'), e] }, tinyEffects);
  const { state } = start(drawing, tinySteps, { seed: 1, now: 0 });
  const enter = (first: number, count: number) => ({ kind: 'enter', at: 0, graph: 1, first, count }) as const;
  const ordinals = (...entries: ReturnType<typeof enter>[]) =>
    advance(drawing, tinySteps, state, { tick: { entries }, now: 0 }).passed.map(({ ordinal }) => ordinal);
  expect(ordinals(enter(3, 2))).toEqual([3, 4]);
  expect(ordinals(enter(1, 6), enter(0, 9))).toEqual([1, 2, 5, 6, 0, 7, 8]);
  expect(ordinals(enter(0, 9))).toEqual([]);
});
