// Bounds of repeats: a body that can come back without waiting has few rounds, every other may have many.
import { expect, test } from 'vitest';
import { compile } from '../../../engine/index.ts';
import { drawn } from '../../../scripts/docs/draw.ts';

const errors = (nodes: Parameters<typeof drawn>[0], edges: string): string[] =>
  compile(drawn({ s: ['start'], ...nodes, e: ['end'] }, edges).document)
    .problems.filter(({ severity }) => severity === 'error')
    .map(({ code }) => code);

const WAIT = ['wait', { for: 'PT1H' }] as const;
const QUICK = ['tag', { add: ['seen'] }] as const;
const AB = { branches: [{ port: 'a' }, { port: 'b' }] };
const EITHER = { rules: [{ port: 'a', when: { cel: 'metrics.reach > 5' } }] };
const many = ['repeat', { max: 500 }] as const;

test('a wait in the body allows many rounds', () => {
  expect(errors({ r: many, x: WAIT }, 's out r, r each x, x done r, r done e')).toEqual([]);
});

test('a repeat that itself waits for a time of day allows many rounds', () => {
  expect(
    errors({ r: ['repeat', { max: 500, at: '09:00' }], x: QUICK }, 's out r, r each x, x done r, r done e'),
  ).toEqual([]);
});

test('one way back without a wait is enough to spin', () => {
  const nodes = { r: many, b: ['branch', EITHER], x: WAIT } as const;
  expect(errors(nodes, 's out r, r each b, b a x, x done r, b else r, r done e')).toEqual(['E-SPIN']);
});

test('a wait that is switched off does not wait', () => {
  const nodes = { r: many, x: [...WAIT, { off: true }] } as const;
  expect(errors(nodes, 's out r, r each x, x done r, r done e')).toEqual(['E-SPIN']);
});

test('a wait of no length does not wait', () => {
  expect(errors({ r: many, x: ['wait', { for: 'PT0S' }] }, 's out r, r each x, x done r, r done e')).toEqual([
    'E-SPIN',
  ]);
});

test.each([
  ['all', []],
  ['any', ['E-SPIN']],
])('a join of %s waits for the slow branch or does not', (need, expected) => {
  const nodes = { r: many, p: ['parallel', AB], x: WAIT, y: QUICK, j: ['join', { need }] } as const;
  const edges = 's out r, r each p, p a x, p b y, x done j, y done j, j out r, r done e';
  expect(errors(nodes, edges)).toEqual(expected);
});

test('a slow branch that may end at once is not waited for', () => {
  const nodes = {
    r: many,
    p: ['parallel', AB],
    b: ['branch', EITHER],
    x: WAIT,
    y: QUICK,
    j: ['join', { need: 'all' }],
  } as const;
  const edges = 's out r, r each p, p a b, b a x, b else e, p b y, x done j, y done j, j out r, r done e';
  expect(errors(nodes, edges)).toEqual(['E-SPIN']);
});

test('an inner repeat that waits makes the outer one wait, one that does not makes both spin', () => {
  const edges = 's out r, r each q, q each x, x done q, q done r, r done e';
  expect(errors({ r: many, q: ['repeat', { max: 3 }], x: WAIT }, edges)).toEqual([]);
  expect(errors({ r: ['repeat', { max: 40 }], q: ['repeat', { max: 30 }], x: QUICK }, edges)).toEqual([
    'E-SPIN-NESTED',
  ]);
  expect(errors({ r: ['repeat', { max: 40 }], q: ['repeat', { max: 20 }], x: QUICK }, edges)).toEqual([]);
});

test('rounds over nesting stay below what a lap can count', () => {
  const nest = (depth: number, max: number): string[] => {
    const names = Array.from({ length: depth }, (_, index) => `r${index}`);
    const nodes = Object.fromEntries(names.map((name) => [name, ['repeat', { max }]] as const));
    const inwards = names.slice(1).map((name, index) => `${names[index]} each ${name}`);
    const outwards = names.slice(1).map((name, index) => `${name} done ${names[index]}`);
    const edges = [
      `s out r0`,
      ...inwards,
      `r${depth - 1} each x`,
      `x done r${depth - 1}`,
      ...outwards,
      'r0 done e',
    ];
    return errors({ ...nodes, x: WAIT }, edges.join());
  };
  // Thirty repeats of one round make 2^30 laps, and one more makes 2^31: one too many.
  expect(nest(3, 1_000)).toEqual([]);
  expect(nest(4, 1_000)).toEqual(['E-LAPS']);
  expect(nest(30, 1)).toEqual([]);
  expect(nest(31, 1)).toEqual(['E-LAPS']);
});
