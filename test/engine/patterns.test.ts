// The control-flow patterns of the workflow-patterns literature: each drawn, compiled and run, or refused at the right edge.
// Numbers and names as in "Workflow Control-Flow Patterns: A Revised View" (Russell, ter Hofstede, van der Aalst, Mulyar, 2006).
import { describe, expect, test } from 'vitest';
import { compileWith } from '../../engine/compile/compile.ts';
import type { Plan } from '../../engine/plan.ts';
import { tell } from '../support/scenario.ts';
import { tinyEffects, tinySteps } from '../support/tiny-steps.ts';

const MINUTE = 60_000;

/** A drawing: per node its step, its config and where its ports lead. */
type Drawing = Readonly<
  Record<
    string,
    readonly [
      step: string,
      ports?: Readonly<Record<string, string>>,
      config?: Readonly<Record<string, unknown>>,
    ]
  >
>;

const goal = { metric: 'sign_ups', baseline: 0, target: 1, deadline: { for: 'P30D' }, guardrails: [] };

const registry = {
  steps: tinySteps,
  effects: Object.fromEntries(Object.entries(tinyEffects).map(([name, codes]) => [name, { codes }])),
};

function compile(drawing: Drawing): ReturnType<typeof compileWith> {
  const nodes = Object.entries(drawing).map(([id, [step, , config = {}]]) => ({ id, step, config }));
  const edges = Object.entries(drawing).flatMap(([from, [, ports = {}]]) =>
    Object.entries(ports).map(([port, to]) => ({ id: `${from}-${port}`, from, port, to })),
  );
  const document = {
    format: 1,
    id: 'pattern',
    goal,
    title: { 'zh-CN': '模式' },
    graph: { nodes, edges },
  };
  return compileWith(document, undefined, registry);
}

function planOf(drawing: Drawing): Plan {
  const { plan, problems } = compile(drawing);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return plan!;
}

/** The errors of a drawing: code, and the edge or node that is blamed. */
function refusal(drawing: Drawing): string[] {
  return compile(drawing)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code, place }) => `${code} ${'edge' in place ? place.edge : 'node' in place ? place.node : ''}`);
}

const wait = (minutes: number, to: string) => ['wait', { done: to }, { ms: minutes * MINUTE }] as const;
const fork = (...to: string[]) =>
  [
    'parallel',
    Object.fromEntries(to.map((it, index) => [`b${index}`, it])),
    { branches: to.map((_it, index) => `b${index}`) },
  ] as const;
const choose = (take: string, ports: Readonly<Record<string, string>>) =>
  ['choose', ports, { ports: Object.keys(ports), take }] as const;

test('WCP-1 sequence: one after the other', () => {
  const plan = planOf({ s: ['start', { out: 'a' }], a: wait(1, 'b'), b: wait(2, 'e'), e: ['end'] });
  expect(tell(plan).passed).toEqual(['0 s out', '1 a done', '3 b done', '3 e -']);
});

const pair: Drawing = {
  s: ['start', { out: 'p' }],
  p: fork('a', 'b'),
  a: wait(1, 'j'),
  b: wait(2, 'j'),
  j: ['join', { out: 'c' }],
  c: wait(1, 'e'),
  e: ['end'],
};

test('WCP-2 parallel split: both branches run', () => {
  expect(tell(planOf(pair)).passed.slice(0, 4)).toEqual(['0 s out', '0 p -', '1 a done', '2 b done']);
});

test('WCP-3 synchronization: goes on once, when both have come', () => {
  expect(tell(planOf(pair)).passed.slice(4)).toEqual(['2 j out', '3 c done', '3 e -']);
});

const choice = (take: string): Drawing => ({
  s: ['start', { out: 'x' }],
  x: choose(take, { left: 'a', right: 'b' }),
  a: wait(1, 'c'),
  b: wait(2, 'c'),
  c: wait(1, 'e'),
  e: ['end'],
});

test('WCP-4 exclusive choice: one branch of several', () => {
  expect(tell(planOf(choice('left'))).passed).toEqual([
    '0 s out',
    '0 x left',
    '1 a done',
    '2 c done',
    '2 e -',
  ]);
});

test('WCP-5 simple merge: branches of which one ran meet without waiting', () => {
  expect(tell(planOf(choice('right'))).passed).toEqual([
    '0 s out',
    '0 x right',
    '2 b done',
    '3 c done',
    '3 e -',
  ]);
});

// Several of three branches: each decides for itself, and who is not meant goes straight to the join.
const several = (one: string, two: string, three: string): Drawing => ({
  s: ['start', { out: 'p' }],
  p: fork('x1', 'x2', 'x3'),
  x1: choose(one, { yes: 'a', no: 'j' }),
  x2: choose(two, { yes: 'b', no: 'j' }),
  x3: choose(three, { yes: 'c', no: 'j' }),
  a: wait(1, 'j'),
  b: wait(2, 'j'),
  c: wait(3, 'j'),
  j: ['join', { out: 'e' }],
  e: ['end'],
});

test('WCP-6 multi-choice: any number of branches', () => {
  const { passed } = tell(planOf(several('yes', 'no', 'yes')));
  expect(passed).toEqual([
    '0 s out',
    '0 p -',
    '0 x1 yes',
    '0 x2 no',
    '0 x3 yes',
    '1 a done',
    '3 c done',
    '3 j out',
    '3 e -',
  ]);
});

test('WCP-7 structured synchronizing merge: waits for those that were chosen, and for no other', () => {
  expect(tell(planOf(several('yes', 'yes', 'no'))).passed.slice(-2)).toEqual(['2 j out', '2 e -']);
  expect(tell(planOf(several('no', 'no', 'no'))).passed.slice(-2)).toEqual(['0 j out', '0 e -']);
});

test('WCP-8 multi-merge: refused, because what follows would run twice', () => {
  expect(
    refusal({
      s: ['start', { out: 'p' }],
      p: fork('a', 'b'),
      a: wait(1, 'c'),
      b: wait(2, 'c'),
      c: wait(1, 'e'),
      e: ['end'],
    }),
  ).toEqual(['E-BRANCHES-MEET b-done']);
});

test('WCP-9 structured discriminator: goes on at the first, and cancels the others', () => {
  const plan = planOf({ ...pair, j: ['join', { out: 'c' }, { need: 1 }] });
  const { passed, dropped } = tell(plan);
  expect(passed).toEqual(['0 s out', '0 p -', '1 a done', '1 j out', '2 c done', '2 e -']);
  expect(dropped).toEqual(['1 b']);
});

describe('WCP-10 arbitrary cycles', () => {
  test('refused: a way back needs a repeat, which is bounded', () => {
    const drawing: Drawing = {
      s: ['start', { out: 'a' }],
      a: wait(1, 'x'),
      x: choose('on', { on: 'e', again: 'a' }),
      e: ['end'],
    };
    expect(refusal(drawing)).toEqual(['E-CYCLE x-again']);
  });

  test('the structured cycle runs its rounds, each with a lap of its own', () => {
    const plan = planOf({
      s: ['start', { out: 'r' }],
      r: ['repeat', { each: 'a', done: 'e' }, { max: 2 }],
      a: wait(1, 'r'),
      e: ['end'],
    });
    expect(tell(plan).passed).toEqual([
      '0 s out',
      '0 r each',
      '1 a done',
      '1 r#1 each',
      '2 a#1 done',
      '2 r#2 done',
      '2 e -',
    ]);
  });
});

test('WCP-11 implicit termination: done when nothing is left to do', () => {
  const plan = planOf({
    s: ['start', { out: 'p' }],
    p: fork('a', 'b'),
    a: wait(1, 'e'),
    b: wait(2, 'f'),
    e: ['end', {}, { reason: 'first' }],
    f: ['end', {}, { reason: 'last' }],
  });
  const { ended, commands } = tell(plan);
  expect(ended).toEqual(['2 last']);
  expect(commands.map(({ done }) => done)).toEqual([false, false, true]);
});

describe('WCP-16 deferred choice: whoever answers first decides', () => {
  const plan = planOf({
    s: ['start', { out: 'q' }],
    q: ['ask', { yes: 'a', no: 'b', expired: 'e' }],
    a: wait(1, 'e'),
    b: wait(2, 'e'),
    e: ['end'],
  });
  const answers = { q: [[0, 10]] } as const;

  test('the other answer comes too late', () => {
    const happens = [
      { at: 3, arrives: 'q', topic: 1 },
      { at: 4, arrives: 'q', topic: 0 },
    ];
    expect(tell(plan, { answers, happens }).passed).toEqual(['0 s out', '3 q no', '5 b done', '5 e -']);
  });

  test('nobody answers', () => {
    expect(tell(plan, { answers }).passed).toEqual(['0 s out', '20 q expired', '20 e -']);
  });
});

test('WCP-19 cancel task: one activity is given up, the rest goes on', () => {
  const { passed, dropped } = tell(planOf(pair), { happens: [{ at: 1, operator: 'end', node: 'b' }] });
  expect(dropped).toEqual(['1 b']);
  expect(passed).toEqual(['0 s out', '0 p -', '1 a done', '1 j out', '2 c done', '2 e -']);
});

describe('WCP-20 cancel case', () => {
  test('by an operator', () => {
    const { passed, dropped, ended } = tell(planOf(pair), {
      happens: [{ at: 1.5, control: { do: 'cancel', reason: 'called off' } }],
    });
    expect(passed).toEqual(['0 s out', '0 p -', '1 a done']);
    expect([dropped, ended]).toEqual([['1.5 b'], ['1.5 called off']]);
  });

  test('from within, by an exit in one branch', () => {
    const { passed, dropped, ended } = tell(
      planOf({ ...pair, a: wait(1, 'x'), x: ['exit', {}, { reason: 'left' }] }),
    );
    expect(passed).toEqual(['0 s out', '0 p -', '1 a done', '1 x -']);
    expect([dropped, ended]).toEqual([['1 b'], ['1 left']]);
  });
});

test('WCP-30 structured partial join: goes on when n of m have come', () => {
  const plan = planOf({
    s: ['start', { out: 'p' }],
    p: fork('a', 'b', 'c'),
    a: wait(3, 'j'),
    b: wait(1, 'j'),
    c: wait(2, 'j'),
    j: ['join', { out: 'e' }, { need: 2 }],
    e: ['end'],
  });
  const { passed, dropped } = tell(plan);
  expect(passed).toEqual(['0 s out', '0 p -', '1 b done', '2 c done', '2 j out', '2 e -']);
  expect(dropped).toEqual(['2 a']);
});

test('WCP-43 explicit termination: the final node ends everything that still runs', () => {
  const plan = planOf({
    s: ['start', { out: 'p' }],
    p: fork('a', 'b'),
    a: wait(1, 'x'),
    b: wait(9, 'e'),
    x: ['exit', {}, { reason: 'over' }],
    e: ['end'],
  });
  const { ended, dropped, commands } = tell(plan);
  expect([ended, dropped]).toEqual([['1 over'], ['1 b']]);
  expect(commands.at(-1)).toMatchObject({ done: true, wake: null });
});
