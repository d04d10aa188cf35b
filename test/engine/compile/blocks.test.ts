// Block structure: what is drawn in blocks is accepted, whatever the order of its edges, and one edge too many is judged
// as the definition in words judges it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile, type Problem } from '../../../engine/index.ts';
import { drawn as sketched, one, plain } from '../../../scripts/docs/draw.ts';
import { draw, pieces, type Drawn } from '../../support/block-playbook.ts';

const playbook = ({ nodes, edges }: Pick<Drawn, 'nodes' | 'edges'>): object => ({
  ...(plain({}).document as object),
  graph: { nodes, edges },
});

const errorsOf = (problems: readonly Problem[]): readonly Problem[] =>
  problems.filter(({ severity }) => severity === 'error');

/** A permutation that depends on a seed only. */
const shuffled = <T>(items: readonly T[], seed: number): T[] =>
  items
    .map((item, index) => ({ item, key: Math.imul(index + 1, seed | 1) >>> 3 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

test('what is drawn in blocks is accepted, in any order of nodes and edges, with the same plan', () => {
  fc.assert(
    fc.property(pieces, fc.integer(), (piece, seed) => {
      const drawing = draw(piece);
      const { plan, problems } = compile(playbook(drawing));
      expect(errorsOf(problems)).toEqual([]);
      const other = { nodes: shuffled(drawing.nodes, seed), edges: shuffled(drawing.edges, seed) };
      expect(compile(playbook(other)).plan).toEqual(plan);
    }),
    { numRuns: 300 },
  );
});

test('the plan knows forks, joins and laps as they were drawn', () => {
  fc.assert(
    fc.property(pieces, (piece) => {
      const drawing = draw(piece);
      const plan = compile(playbook(drawing)).plan!;
      const at = new Map(plan.nodes.map((node, index) => [node.id, index]));
      for (const { id, block, ports } of plan.nodes) {
        if (block?.kind === 'join') expect(block.fork).toBe(at.get(drawing.forkOf.get(id)!));
        if (block?.kind === 'fork') {
          expect(plan.nodes[block.join]?.block).toMatchObject({ kind: 'join', fork: at.get(id) });
        }
        for (const { to, turn } of ports) {
          const target = plan.nodes[to]!;
          const round = `${drawing.paths.get(target.id)}/${target.id}`;
          const isInside = drawing.paths.get(id)!.startsWith(round);
          expect(turn).toBe(target.block?.kind === 'repeat' ? (isInside ? 'back' : 'into') : undefined);
        }
      }
    }),
    { numRuns: 200 },
  );
});

/** The definition in words: may an edge that carries the path of `from` lead into `to`? */
function isAllowed(drawing: Drawn, from: string, to: string): boolean {
  const { nodes, paths, forkOf } = drawing;
  const carried = paths.get(from)!;
  const stands = paths.get(to)!;
  switch (nodes.find(({ id }) => id === to)!.step) {
    case 'start':
      return false;
    case 'end':
      return true;
    case 'join': {
      const fork = forkOf.get(to)!;
      const branch = carried.slice(`${stands}/${fork}:`.length);
      return carried.startsWith(`${stands}/${fork}:`) && !branch.includes('/') && !leads(drawing, to, from);
    }
    case 'repeat':
      if (carried === `${stands}/${to}`) return true;
      return carried === stands && !leads(drawing, to, from);
    default:
      return carried === stands && !leads(drawing, to, from);
  }
}

/** Is there a way from one node to another that goes back to no repeat? */
function leads({ edges, paths, nodes }: Drawn, from: string, to: string): boolean {
  const seen = new Set([from]);
  for (const at of seen) {
    for (const edge of edges) {
      const isRepeat = nodes.find(({ id }) => id === edge.to)!.step === 'repeat';
      const isBack = isRepeat && paths.get(edge.from) !== paths.get(edge.to);
      if (edge.from === at && !isBack) seen.add(edge.to);
    }
  }
  return seen.has(to);
}

test('one edge more is accepted or refused as the definition says, and then it alone is blamed', () => {
  let refused = 0;
  let accepted = 0;
  fc.assert(
    fc.property(pieces, fc.nat(), fc.nat(), (piece, source, target) => {
      const drawing = draw({ kind: 'seq', parts: [{ kind: 'choice', arms: [piece] }, { kind: 'step' }] });
      const sources = drawing.nodes.filter(({ step }) => step === 'branch');
      const from = sources[source % sources.length]!;
      const to = drawing.nodes[target % drawing.nodes.length]!;
      const rules = [
        ...(from.config['rules'] as object[]),
        { port: 'extra', when: { cel: 'metrics.reach > 9' } },
      ];
      const nodes = drawing.nodes.map((node) => (node === from ? { ...node, config: { rules } } : node));
      const edges = [...drawing.edges, { id: 'extra', from: from.id, port: 'extra', to: to.id }];
      const { problems } = compile(playbook({ nodes, edges }));
      if (isAllowed(drawing, from.id, to.id)) {
        accepted += 1;
        expect(errorsOf(problems)).toEqual([]);
      } else {
        refused += 1;
        expect(errorsOf(problems).map(({ place }) => place.edge)).toEqual(['extra']);
      }
    }),
    { numRuns: 1_000 },
  );
  // Both happen often, otherwise this holds nothing.
  expect(Math.min(accepted, refused)).toBeGreaterThan(100);
});

test('steps without settings in a wild graph never make a plan that leads nowhere', () => {
  const kinds = ['wait', 'branch', 'parallel', 'join', 'repeat', 'end'] as const;
  const CONFIG = {
    wait: { for: 'PT1H' },
    branch: { rules: [{ port: 'a', when: { cel: 'metrics.reach > 5' } }] },
    parallel: { branches: [{ port: 'a' }, { port: 'b' }] },
    join: { need: 'all' },
    repeat: { max: 3, at: '09:00' },
    end: {},
  };
  const PORTS = {
    wait: ['done'],
    branch: ['a', 'else'],
    parallel: ['a', 'b'],
    join: ['out'],
    repeat: ['each', 'done'],
    end: [],
  };
  let plans = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...kinds), fc.nat(), fc.nat()), { minLength: 1, maxLength: 7 }),
      (drawn) => {
        const nodes = drawn.map(([step], index) => ({ id: `n${index}`, step, config: CONFIG[step] }));
        const edges = drawn.flatMap(([step, ...targets], index) =>
          PORTS[step].map((port, exit) => ({
            id: `e${index}-${exit}`,
            from: `n${index}`,
            port,
            // Mostly forwards, so that some of them make sense.
            to: `n${Math.min(drawn.length - 1, (index + 1 + (targets[exit]! % 3)) % (drawn.length + 1))}`,
          })),
        );
        const { plan } = compile(
          playbook({
            nodes: [{ id: 's', step: 'start', config: {} }, ...nodes],
            edges: [{ id: 'first', from: 's', port: 'out', to: 'n0' }, ...edges],
          }),
        );
        if (plan === undefined) return;
        plans += 1;
        for (const node of plan.nodes) {
          for (const { to, turn } of node.ports) {
            expect(plan.nodes[to]).toBeDefined();
            expect(turn === undefined).toBe(plan.nodes[to]!.block?.kind !== 'repeat');
          }
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(plans).toBeGreaterThan(20);
});

const codes = ({ document }: { readonly document: unknown }): string[] =>
  errorsOf(compile(document).problems).map(({ code }) => code);

const HOUR = { for: 'PT1H' };
const AB = { branches: [{ port: 'a' }, { port: 'b' }] };

test('a bad edge is not followed: what lies behind it is not blamed for it', () => {
  // The join stands outside of any parallel; behind it come steps, a repeat and the end.
  const example = sketched(
    {
      s: ['start'],
      j: ['join', { need: 'all' }],
      x: ['wait', HOUR],
      r: ['repeat', { max: 2 }],
      y: ['wait', HOUR],
      e: ['end'],
    },
    's out j, j out x, x done r, r each y, y done r, r done e',
  );
  expect(codes(example)).toEqual(['E-JOIN-ALONE']);
});

test('of two edges that contradict each other, the one drawn last is blamed', () => {
  const nodes = { s: ['start'], p: ['parallel', AB], x: ['wait', HOUR], e: ['end'] } as const;
  const blamed = (edges: string): unknown =>
    errorsOf(compile(sketched(nodes, edges).document).problems).map(({ place, values }) => [
      place.edge,
      values['otherEdge'],
    ]);
  expect(blamed('s out p, p a x, p b x, x done e')).toEqual([['e3', 'e2']]);
  expect(blamed('s out p, p b x, p a x, x done e')).toEqual([['e3', 'e2']]);
  expect(blamed('x done e, p b x, s out p, p a x')).toEqual([['e4', 'e2']]);
});

test('branches may end without a join, and a parallel needs none', () => {
  const example = sketched({ s: ['start'], p: ['parallel', AB], e: ['end'] }, 's out p, p a e, p b e');
  expect(codes(example)).toEqual([]);
  expect(compile(example.document).plan?.nodes.find(({ id }) => id === 'p')?.block).toEqual({
    kind: 'fork',
    join: -1,
  });
});

test('an exit may be entered from inside a repeat', () => {
  const example = sketched(
    {
      s: ['start'],
      r: ['repeat', { max: 2 }],
      b: ['branch', { rules: [{ port: 'stop', when: { cel: 'metrics.reach > 5' } }] }],
      x: ['exit', { reason: 'enough' }],
      w: ['wait', HOUR],
      e: ['end'],
    },
    's out r, r each b, b stop x, b else w, w done r, r done e',
  );
  expect(codes(example)).toEqual([]);
});

test('an open optional port leads where the first one does, a stuck one nowhere', () => {
  const message = {
    channel: 'simulator',
    audience: { groups: 'all' },
    text: { 'zh-CN': '好' },
    class: 'service',
  };
  const { plan } = compile(one('send-message', message, 'x sent e').document);
  const ports = plan!.nodes.find(({ id }) => id === 'x')!.ports;
  const end = plan!.nodes.findIndex(({ id }) => id === 'e');
  expect(Object.fromEntries(ports.map(({ name, to }) => [name, to]))).toEqual({
    sent: end,
    partial: end,
    skipped: end,
    expired: end,
    failed: -1,
  });
});

const NEST = {
  s: ['start'],
  p: ['parallel', AB],
  r: ['repeat', { max: 2 }],
  b: ['branch', { rules: [{ port: 'odd', when: { cel: 'metrics.reach > 5' } }] }],
  w: ['wait', HOUR],
  q: ['parallel', AB],
  c: ['branch', { rules: [{ port: 'odd', when: { cel: 'metrics.reach > 5' } }] }],
  v: ['wait', HOUR],
  k: ['join', { need: 'all' }],
  x: ['wait', HOUR],
  j: ['join', { need: 'all' }],
  e: ['end'],
} as const;
// In branch a of p: the repeat r with b and w, then the parallel q with c and v in its branches, joined by k. In branch b: x.
const INSIDE =
  's out p, p a r, r each b, b else w, w done r, r done q, q a c, c else k, q b v, v done k, k out j, p b x, x done j, j out e';

test.each([
  ['the round of a repeat', 'b odd j', 'E-OUT-OF-REPEAT', 'r'],
  ['an inner parallel', 'c odd j', 'E-OUT-OF-PARALLEL', 'q'],
  ['a repeat into a step beside it', 'b odd q', 'E-OUT-OF-REPEAT', 'r'],
  ['an inner parallel back to a repeat before it', 'c odd r', 'E-OUT-OF-PARALLEL', 'q'],
  ['one branch into the other', 'b odd x', 'E-BRANCHES-MEET', 'p'],
  ['one branch into another of the inner parallel', 'c odd v', 'E-BRANCHES-MEET', 'q'],
  ['a parallel into a repeat beside it', 'c odd w', 'E-INTERLEAVE', 'q'],
  ['the round of a repeat into a join of its neighbour', 'b odd k', 'E-OUT-OF-REPEAT', 'r'],
  ['a branch into its start', 'b odd s', 'E-EDGE-INTO-START', undefined],
])('an edge out of %s is called what it is', (_name, edge, code, block) => {
  const { document } = sketched(NEST, `${INSIDE}, ${edge}`);
  const errors = errorsOf(compile(document).problems).filter((problem) => problem.code !== 'E-PORT-OPEN');
  // The other branch of the two has its odd port open.
  expect(errors.map((problem) => [problem.code, problem.values['block'] || undefined])).toEqual([
    [code, block],
  ]);
});

test('an edge from outside into a block in a block names the outer one', () => {
  const nodes = {
    ...NEST,
    o: ['branch', { rules: [{ port: 'odd', when: { cel: 'metrics.reach > 5' } }] }],
  } as const;
  const inside = INSIDE.replace('s out p', 's out o, o else p');
  for (const [to, code, block] of [
    ['w', 'E-INTO-PARALLEL', 'p'],
    ['q', 'E-INTO-PARALLEL', 'p'],
    ['j', 'E-JOIN-ALONE', undefined],
  ] as const) {
    const errors = errorsOf(compile(sketched(nodes, `${inside}, o odd ${to}`).document).problems);
    const named = errors.filter((problem) => problem.code !== 'E-PORT-OPEN');
    expect(named.map((problem) => [problem.code, problem.values['block'] || undefined])).toEqual([
      [code, block],
    ]);
  }
});

test('joins that overlap are told apart from joins of strangers', () => {
  const nodes = {
    s: ['start'],
    p: ['parallel', AB],
    q: ['parallel', AB],
    k: ['join', { need: 'all' }],
    e: ['end'],
  } as const;
  // The join k takes a branch of the inner parallel first, then one of the outer.
  const { document } = sketched(nodes, 's out p, p a q, q a k, q b k, k out e, p b k');
  expect(errorsOf(compile(document).problems).map(({ code, place }) => [code, place.edge])).toEqual([
    ['E-INTERLEAVE', 'e6'],
  ]);
});
