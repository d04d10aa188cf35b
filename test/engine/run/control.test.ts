// What operators can do to a run: pause, resume in three ways, cancel; retry, skip and end one visit.
import { expect, test } from 'vitest';
import { planOf, type NodeSketch, type Way } from '../../support/plan-builder.ts';
import { tell, type Happens } from '../../support/scenario.ts';
import { tinyEffects } from '../../support/tiny-steps.ts';

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
const act = (id: string, a: Way, more: Readonly<Record<string, Way>> = {}): NodeSketch => ({
  id,
  step: 'act',
  ports: { a, b: a, ...more },
});
const until: NodeSketch = {
  id: 'u',
  step: 'until',
  ports: { reached: 'v', past: 'e' },
  rest: { anchors: ['T'], skip: 1 },
};
const hear = (minutes: number, rest: NodeSketch['rest'] = {}): NodeSketch => ({
  id: 'h',
  step: 'hear',
  config: { ms: minutes * MINUTE },
  ports: { happened: 'e', timeout: 'x' },
  rest,
});
const ask: NodeSketch = { id: 'q', step: 'ask', ports: { yes: 'e', no: 'e', expired: 'x' } };
const e: NodeSketch = { id: 'e', step: 'end' };
const x: NodeSketch = { id: 'x', step: 'end' };

const pause = (from: number, to: number, policy: 'hold' | 'skip' | 'shift'): Happens[] => [
  { at: from, control: { do: 'pause' } },
  { at: to, control: { do: 'resume', policy } },
];

test('while paused nothing runs and nothing wakes', () => {
  const { passed, commands } = tell(plan(s('w'), wait('w', 10, 'e'), e), {
    happens: [{ at: 5, control: { do: 'pause' } }],
  });
  expect(passed).toEqual(['0 s out']);
  expect(commands.at(-1)).toMatchObject({ wake: null, done: false });
});

test('hold: what passed during the pause runs at the resumption, what did not keeps its instant', () => {
  const fork: NodeSketch = {
    id: 'p',
    step: 'parallel',
    ports: { b0: 'w', b1: 'v' },
    block: { kind: 'fork', join: null },
  };
  const drawing = plan(s('p'), fork, wait('w', 10, 'e'), wait('v', 40, 'e'), e);
  const { passed } = tell(drawing, { happens: pause(5, 30, 'hold') });
  expect(passed.slice(2)).toEqual(['30 w done', '30 e -', '40 v done', '40 e -']);
});

test('skip: what passed during the pause leaves by its skip port', () => {
  const drawing = plan(s('u'), until, wait('v', 1, 'e'), e);
  const answers = { u: [[0, 10]] } as const;
  const { passed, dropped, commands } = tell(drawing, { answers, happens: pause(5, 30, 'skip') });
  expect(passed).toEqual(['0 s out', '30 u past', '30 e -']);
  expect(dropped).toEqual(['30 u']);
  expect(commands.at(-1)?.passed[0]).toMatchObject({ skipped: 'operator', lateMs: 0 });
  // What had not come yet is not skipped.
  expect(tell(drawing, { answers, happens: pause(5, 9, 'skip') }).passed[1]).toBe('10 u reached');
});

test('shift: durations move by the pause, absolute instants do not', () => {
  const shifting = plan(s('w'), wait('w', 10, 'e', { shifts: true }), e);
  expect(tell(shifting, { happens: pause(5, 30, 'shift') }).passed[1]).toBe('35 w done');
  const absolute = plan(s('w'), wait('w', 10, 'e'), e);
  expect(tell(absolute, { happens: pause(5, 30, 'shift') }).passed[1]).toBe('30 w done');
});

test('shift: a listener whose deadline moves is announced again', () => {
  const { passed, commands } = tell(plan(s('h'), hear(10, { shifts: true }), e, x), {
    happens: pause(5, 30, 'shift'),
  });
  expect(commands.flatMap(({ listens }) => listens.map(({ until: deadline }) => deadline / MINUTE))).toEqual([
    10, 35,
  ]);
  expect(passed[1]).toBe('35 h timeout');
});

test('shift: what came after the old deadline and before the new one is told at the resumption', () => {
  const drawing = plan(s('h'), hear(10, { shifts: true }), e, x);
  const arrivesAt = (at: number) =>
    tell(drawing, { happens: [...pause(5, 30, 'shift'), { at, arrives: 'h' }] }).passed.slice(1);
  expect(arrivesAt(20)).toEqual(['30 h happened', '30 e -']);
  expect(arrivesAt(35)).toEqual(['35 h happened', '35 e -']);
  expect(arrivesAt(36)).toEqual(['35 h timeout', '35 x -']);
});

test('an event during the pause is told at the resumption; one after the deadline is not', () => {
  const drawing = plan(s('h'), hear(10), e, x);
  expect(tell(drawing, { happens: [...pause(5, 12, 'hold'), { at: 8, arrives: 'h' }] }).passed[1]).toBe(
    '8 h happened',
  );
  expect(tell(drawing, { happens: [...pause(5, 12, 'hold'), { at: 11, arrives: 'h' }] }).passed[1]).toBe(
    '10 h timeout',
  );
});

test('a result during the pause is kept until the resumption', () => {
  const { passed } = tell(plan(s('a'), act('a', 'w'), wait('w', 1, 'e'), e), {
    takes: { a: 6 },
    happens: pause(5, 20, 'hold'),
  });
  expect(passed.slice(1)).toEqual(['20 a a', '21 w done', '21 e -']);
});

test('a date that is moved during the pause moves what came due meanwhile', () => {
  const { passed, calls } = tell(plan(s('u'), until, wait('v', 1, 'e'), e), {
    answers: {
      u: [
        [0, 10],
        [0, 60],
      ],
    },
    happens: [...pause(5, 30, 'hold'), { at: 20, control: { do: 'retime', anchors: ['T'] } }],
  });
  expect(calls).toEqual(['0 u instant 0', '30 u instant 1']);
  expect(passed[1]).toBe('90 u reached');
});

test('a date that is moved after the answer came, both during the pause, is asked for again', () => {
  const { passed, calls } = tell(plan(s('u'), until, wait('v', 1, 'e'), e), {
    takes: { u: 6 },
    answers: {
      u: [
        [0, 60],
        [0, 10],
      ],
    },
    happens: [...pause(5, 30, 'hold'), { at: 20, control: { do: 'retime', anchors: ['T'] } }],
  });
  expect(calls).toEqual(['0 u instant 0', '30 u instant 1']);
  expect(passed[1]).toBe('46 u reached');
});

test('a second pause changes nothing, nor does a resumption of what runs', () => {
  const happens: Happens[] = [
    { at: 1, control: { do: 'resume', policy: 'shift' } },
    { at: 5, control: { do: 'pause' } },
    { at: 8, control: { do: 'pause' } },
    { at: 9, control: { do: 'resume', policy: 'shift' } },
  ];
  expect(tell(plan(s('w'), wait('w', 10, 'e', { shifts: true }), e), { happens }).passed[1]).toBe(
    '14 w done',
  );
});

test('cancel ends every subject, also while paused, and nobody enters afterwards', () => {
  const { ended, dropped, commands } = tell(plan(s('w'), wait('w', 10, 'e'), e), {
    happens: [
      { at: 5, control: { do: 'pause' } },
      { at: 6, control: { do: 'cancel', reason: 'rain' } },
    ],
  });
  expect([ended, dropped]).toEqual([['6 rain'], ['6 w']]);
  expect(commands.at(-1)?.done).toBe(true);
});

test('skip: a visit is left by its skip port and its task is abandoned', () => {
  const { passed, dropped } = tell(plan(s('q'), { ...ask, rest: { skip: 2 } }, e, x), {
    answers: { q: [[0, 60]] },
    happens: [{ at: 5, operator: 'skip', node: 'q' }],
  });
  expect(passed).toEqual(['0 s out', '5 q expired', '5 x -']);
  expect(dropped).toEqual(['5 q']);
});

test('skip during a call: its answer comes too late', () => {
  const { passed } = tell(plan(s('a'), act('a', 'w'), wait('w', 9, 'e'), e), {
    takes: { a: 6 },
    answers: { a: [1] },
    happens: [{ at: 2, operator: 'skip', node: 'a' }],
  });
  expect(passed).toEqual(['0 s out', '2 a a', '11 w done', '11 e -']);
});

test('a forked token can be neither skipped nor ended', () => {
  const fork: NodeSketch = {
    id: 'p',
    step: 'parallel',
    ports: { b0: 'w' },
    block: { kind: 'fork', join: null },
  };
  const happens: Happens[] = [
    { at: 1, operator: 'skip', node: 'p' },
    { at: 2, operator: 'end', node: 'p' },
  ];
  expect(tell(plan(s('p'), fork, wait('w', 9, 'e'), e), { happens }).passed).toEqual([
    '0 s out',
    '0 p -',
    '9 w done',
    '9 e -',
  ]);
});

test('end: the token dies, which counts at its join', () => {
  const fork: NodeSketch = {
    id: 'p',
    step: 'parallel',
    ports: { b0: 'w', b1: 'v' },
    block: { kind: 'fork', join: 'j' },
  };
  const join: NodeSketch = {
    id: 'j',
    step: 'join',
    ports: { out: 'e' },
    block: { kind: 'join', fork: 'p', need: 'all' },
  };
  const { passed } = tell(plan(s('p'), fork, wait('w', 1, 'j'), wait('v', 9, 'j'), join, e), {
    happens: [{ at: 3, operator: 'end', node: 'v' }],
  });
  expect(passed.slice(2)).toEqual(['1 w done', '3 j out', '3 e -']);
});

test('end of the last token ends the subject', () => {
  expect(
    tell(plan(s('w'), wait('w', 9, 'e'), e), { happens: [{ at: 3, operator: 'end', node: 'w' }] }).ended,
  ).toEqual(['3 operator']);
});

test('retry of what waits to be tried again happens now; of anything else nothing happens', () => {
  const drawing = plan(
    s('a'),
    { ...act('a', 'e'), rest: { retry: { attempts: 3, firstMs: 60 * MINUTE, maxMs: 60 * MINUTE } } },
    e,
  );
  const { passed, calls } = tell(drawing, {
    answers: { a: [255, 0] },
    happens: [{ at: 5, operator: 'retry', node: 'a' }],
  });
  expect(calls).toEqual(['0 a act 0', '5 a act 0']);
  expect(passed[1]).toBe('5 a a');
  expect(
    tell(plan(s('w'), wait('w', 9, 'e'), e), { happens: [{ at: 5, operator: 'retry', node: 'w' }] })
      .passed[1],
  ).toBe('9 w done');
});

test('a command for a visit that is not there is ignored', () => {
  const happens: Happens[] = [
    { at: 5, operator: 'end', node: 'w', lap: 7 },
    { at: 5, operator: 'skip', node: 'e' },
  ];
  expect(tell(plan(s('w'), wait('w', 9, 'e'), e), { happens }).passed[1]).toBe('9 w done');
});
