// What forks, joins, deaths and exits mean: one case for each sentence of the design's section 4.5, and for laps.
import { expect, test } from 'vitest';
import { planOf, type NodeSketch, type Way } from '../../support/plan-builder.ts';
import { tell } from '../../support/scenario.ts';
import { tinyEffects } from '../../support/tiny-steps.ts';

const MINUTE = 60_000;

const plan = (...nodes: NodeSketch[]) => planOf({ campaign: nodes }, tinyEffects);
const start = (out: Way): NodeSketch => ({ id: 's', step: 'start', ports: { out } });
const wait = (id: string, minutes: number, done: Way): NodeSketch => ({
  id,
  step: 'wait',
  config: { ms: minutes * MINUTE },
  ports: { done },
});
const end = (id: string): NodeSketch => ({ id, step: 'end', config: { reason: id } });
const exit = (id: string): NodeSketch => ({ id, step: 'exit', config: { reason: id } });
const fork = (id: string, join: string | null, ...to: Way[]): NodeSketch => ({
  id,
  step: 'parallel',
  ports: Object.fromEntries(to.map((it, index) => [`b${index}`, it])),
  block: { kind: 'fork', join },
});
const join = (id: string, of: string, need: number | 'all', out: Way): NodeSketch => ({
  id,
  step: 'join',
  ports: { out },
  block: { kind: 'join', fork: of, need },
});
const repeat = (id: string, max: number, each: Way, done: Way): NodeSketch => ({
  id,
  step: 'repeat',
  config: { max },
  ports: { each, done },
  block: { kind: 'repeat', max },
});
const into = (to: string): Way => ({ to, turn: 'into' });
const back = (to: string): Way => ({ to, turn: 'back' });

test('branches run in the order of their ports, however the drawing lists them', () => {
  const { passed } = tell(
    plan(
      start('p'),
      wait('z', 0, 'j'),
      wait('a', 0, 'j'),
      fork('p', 'j', 'c', 'z', 'a'),
      { id: 'c', step: 'toss', ports: { heads: 'j', tails: 'j' } },
      join('j', 'p', 'all', 'e'),
      end('e'),
    ),
  );
  expect(passed.map((it) => it.split(' ')[1])).toEqual(['s', 'p', 'c', 'z', 'a', 'j', 'e']);
});

test('all branches exist before the first one runs: an exit in the first cancels the second', () => {
  const { passed, dropped, ended } = tell(
    plan(start('p'), fork('p', null, 'x', 'a'), exit('x'), wait('a', 1, 'e'), end('e')),
  );
  expect(passed).toEqual(['0 s out', '0 p -', '0 x -']);
  // It had not begun, so nobody has to be told.
  expect([dropped, ended]).toEqual([[], ['0 x']]);
});

test('all: fires when every branch has arrived', () => {
  const { passed } = tell(
    plan(
      start('p'),
      fork('p', 'j', 'a', 'b'),
      wait('a', 3, 'j'),
      wait('b', 1, 'j'),
      join('j', 'p', 'all', 'e'),
      end('e'),
    ),
  );
  expect(passed).toEqual(['0 s out', '0 p -', '1 b done', '3 a done', '3 j out', '3 e -']);
});

test('all: fires when every branch has arrived or died, and at least one arrived', () => {
  const early = plan(
    start('p'),
    fork('p', 'j', 'd', 'a'),
    end('d'),
    wait('a', 1, 'j'),
    join('j', 'p', 'all', 'e'),
    end('e'),
  );
  expect(tell(early).passed.slice(-2)).toEqual(['1 j out', '1 e -']);
  const late = plan(
    start('p'),
    fork('p', 'j', 'b', 'a'),
    wait('b', 2, 'd'),
    end('d'),
    wait('a', 1, 'j'),
    join('j', 'p', 'all', 'e'),
    end('e'),
  );
  expect(tell(late).passed.slice(-3)).toEqual(['2 d -', '2 j out', '2 e -']);
});

test('any: fires at the first arrival and cancels the others', () => {
  const { passed, dropped } = tell(
    plan(
      start('p'),
      fork('p', 'j', 'a', 'b', 'c'),
      wait('a', 3, 'j'),
      wait('b', 1, 'j'),
      wait('c', 2, 'j'),
      join('j', 'p', 1, 'e'),
      end('e'),
    ),
  );
  expect(passed.slice(-3)).toEqual(['1 b done', '1 j out', '1 e -']);
  expect(dropped).toEqual(['1 a', '1 c']);
});

test('n: fires when no branch is left, though fewer than n came', () => {
  const { passed } = tell(
    plan(
      start('p'),
      fork('p', 'j', 'a', 'd'),
      wait('a', 1, 'j'),
      wait('d', 2, 'x'),
      end('x'),
      join('j', 'p', 2, 'e'),
      end('e'),
    ),
  );
  expect(passed.slice(-3)).toEqual(['2 x -', '2 j out', '2 e -']);
});

test('a join fires exactly once, also when two branches arrive at one instant', () => {
  const { passed } = tell(
    plan(
      start('p'),
      fork('p', 'j', 'a', 'b'),
      wait('a', 1, 'j'),
      wait('b', 1, 'j'),
      join('j', 'p', 1, 'e'),
      end('e'),
    ),
  );
  expect(passed.filter((it) => it.includes(' j '))).toEqual(['1 j out']);
  expect(passed).not.toContain('1 b done');
});

test('when none arrived, the block’s own token ends', () => {
  const { passed, ended } = tell(
    plan(
      start('p'),
      fork('p', 'j', 'a', 'b'),
      wait('a', 1, 'd1'),
      wait('b', 2, 'd2'),
      end('d1'),
      end('d2'),
      join('j', 'p', 'all', 'e'),
      end('e'),
    ),
  );
  expect(passed.slice(-2)).toEqual(['2 b done', '2 d2 -']);
  expect(ended).toEqual(['2 d2']);
});

test('deaths count at every enclosing block', () => {
  const nested = plan(
    start('p'),
    fork('p', 'j', 'q', 'a'),
    fork('q', 'k', 'd1', 'd2'),
    wait('d1', 1, 'x'),
    wait('d2', 2, 'x'),
    end('x'),
    join('k', 'q', 'all', 'j'),
    wait('a', 1, 'j'),
    join('j', 'p', 'all', 'e'),
    end('e'),
  );
  expect(tell(nested).passed.slice(-3)).toEqual(['2 x -', '2 j out', '2 e -']);
});

test('death inside a repeat’s body ends the repeat’s token', () => {
  const { passed, ended } = tell(
    plan(start(into('r')), repeat('r', 3, 'a', 'e'), wait('a', 1, 'd'), end('d'), end('e')),
  );
  expect(passed.at(-1)).toBe('1 d -');
  expect(ended).toEqual(['1 d']);
});

test('a join cancels whole branches, with the forks inside them', () => {
  const { passed, dropped } = tell(
    plan(
      start('p'),
      fork('p', 'j', 'q', 'a'),
      fork('q', 'k', 'b', 'c'),
      wait('b', 5, 'k'),
      wait('c', 6, 'k'),
      join('k', 'q', 'all', 'j'),
      wait('a', 1, 'j'),
      join('j', 'p', 1, 'e'),
      end('e'),
    ),
  );
  expect(passed.slice(-3)).toEqual(['1 a done', '1 j out', '1 e -']);
  expect(dropped).toEqual(['1 b', '1 c']);
});

test('an exit leaves the whole graph from inside of two blocks', () => {
  const { dropped, ended, commands } = tell(
    plan(
      start('p'),
      fork('p', 'j', 'q', 'a'),
      fork('q', 'k', 'x', 'c'),
      wait('x', 1, 'out'),
      exit('out'),
      wait('c', 6, 'k'),
      join('k', 'q', 'all', 'j'),
      wait('a', 9, 'j'),
      join('j', 'p', 'all', 'e'),
      end('e'),
    ),
  );
  expect(dropped).toEqual(['1 c', '1 a']);
  expect(ended).toEqual(['1 out']);
  expect(commands.at(-1)?.done).toBe(true);
});

test('what a call answers after its branch was cancelled is ignored', () => {
  const racing = plan(
    start('p'),
    fork('p', 'j', 'c', 'a'),
    { id: 'c', step: 'act', ports: { a: 'x', b: 'x' } },
    end('x'),
    wait('a', 1, 'j'),
    join('j', 'p', 1, 'e'),
    end('e'),
  );
  const { passed, dropped } = tell(racing, { takes: { c: 5 } });
  expect(passed).toEqual(['0 s out', '0 p -', '1 a done', '1 j out', '1 e -']);
  expect(dropped).toEqual(['1 c']);
});

test('laps of nested repeats: outer lap × (rounds + 1) + round, and back again', () => {
  const { passed } = tell(
    plan(
      start(into('r')),
      repeat('r', 2, into('q'), 'e'),
      repeat('q', 2, 'a', back('r')),
      wait('a', 1, back('q')),
      end('e'),
    ),
  );
  expect(passed).toEqual([
    '0 s out',
    '0 r each',
    '0 q each',
    '1 a done',
    '1 q#1 each',
    '2 a#1 done',
    '2 q#2 done',
    '2 r#1 each',
    '2 q#3 each',
    '3 a#3 done',
    '3 q#4 each',
    '4 a#4 done',
    '4 q#5 done',
    '4 r#2 done',
    '4 e -',
  ]);
});

test('a fork inside a repeat opens anew in every round', () => {
  const { passed } = tell(
    plan(
      start(into('r')),
      repeat('r', 2, 'p', 'e'),
      fork('p', 'j', 'a', 'b'),
      wait('a', 1, 'j'),
      wait('b', 2, 'j'),
      join('j', 'p', 'all', back('r')),
      end('e'),
    ),
  );
  expect(passed.filter((it) => it.includes(' j'))).toEqual(['2 j out', '4 j#1 out']);
  expect(passed.at(-1)).toBe('4 e -');
});

test('a hundred rounds with a fork in each, none of which waits, end in one advance', () => {
  const spinning = plan(
    start(into('r')),
    repeat('r', 1_000, 'p', 'e'),
    fork('p', 'j', 'j', 'j'),
    join('j', 'p', 'all', back('r')),
    end('e'),
  );
  const { commands } = tell(spinning);
  expect(commands).toHaveLength(1);
  expect(commands[0]?.done).toBe(true);
  expect(commands[0]?.passed).toHaveLength(1 + 1_001 + 2_000 + 1);
});

test('a fork that is switched off lets one token through its first port, and its join lets it pass', () => {
  const { passed } = tell(
    plan(
      start('p'),
      { ...fork('p', 'j', 'a', 'b'), rest: { off: true } },
      wait('a', 1, 'j'),
      wait('b', 2, 'j'),
      join('j', 'p', 2, 'e'),
      end('e'),
    ),
  );
  expect(passed).toEqual(['0 s out', '0 p b0', '1 a done', '1 j out', '1 e -']);
});

test('a repeat that is switched off has no rounds', () => {
  const off = { ...repeat('r', 2, 'a', 'e'), rest: { off: true as const } };
  const { passed, commands } = tell(plan(start(into('r')), off, wait('a', 1, back('r')), end('e')));
  expect(passed).toEqual(['0 s out', '0 r done', '0 e -']);
  expect(commands[0]?.passed[1]).toMatchObject({ skipped: 'off', lap: 0 });
});
