// Whatever comes in, compile answers with problems: it never throws, never takes long, and always says the same.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile, say } from '../../../engine/index.ts';
import { graphOf, plain } from '../../../scripts/docs/draw.ts';
import { examples } from '../../../scripts/docs/problem-examples.ts';
import { cpuMs } from '../../support/cpu.ts';
import { largePlaybook } from '../../support/large-playbook.ts';

const MOST_MS = 2_000;
const campaign: unknown = JSON.parse(readFileSync('playbooks/event-campaign/playbook.json', 'utf8'));
const sound = plain({}).document as Record<string, unknown>;

/** Compiles and holds what is promised for any input. Gives back the codes. */
function answers(document: unknown, params?: unknown): string[] {
  const start = cpuMs();
  const { plan, problems } = compile(document, params);
  expect(cpuMs() - start).toBeLessThan(MOST_MS);
  expect(plan === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
  for (const found of problems) {
    for (const locale of ['zh-CN', 'en']) expect(say(found, locale).sentence).not.toBe('');
  }
  const codes = problems.map(({ code }) => code);
  expect(codes).not.toContain('E-INTERNAL');
  expect(codes).not.toContain('E-STEP-FAULT');
  return codes;
}

const many = (count: number, step: string, config: object): object => ({
  ...sound,
  graph: {
    nodes: [
      { id: 's', step: 'start' },
      ...Array.from({ length: count }, (_, n) => ({ id: `n${n}`, step, config })),
    ],
    edges: [],
  },
});

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

const wide = (edges: number): object => ({
  ...sound,
  graph: {
    nodes: [
      { id: 's', step: 'start' },
      { id: 'e', step: 'end' },
    ],
    edges: Array.from({ length: edges }, (_, n) => ({ id: `e${n}`, from: 's', port: 'out', to: 'e' })),
  },
});

/** A block in the body of a block, and so on: in its innermost body stands nothing. */
const nestedBlocks = (depth: number, step: 'parallel' | 'repeat'): object => {
  const config =
    step === 'parallel' ? { branches: [{ port: 'each' }, { port: 'other' }] } : { max: 2, at: '09:00' };
  const nodes = Object.fromEntries(
    Array.from({ length: depth }, (_, n) => [`n${n}`, [step, config]] as const),
  );
  const edges = Array.from({ length: depth - 1 }, (_, n) => `n${n} each n${n + 1}`);
  return { ...sound, graph: graphOf({ s: ['start'], ...nodes, e: ['end'] }, `s out n0, ${edges.join()}`) };
};

/** A ladder in which every step leads to many earlier and later ones: the most that one path can make of edges. */
const dense = (): object => {
  const rules = Array.from({ length: 5 }, (_, n) => ({ port: `p${n}`, when: { cel: 'metrics.reach > 5' } }));
  const nodes = Object.fromEntries(
    Array.from({ length: 900 }, (_, n) => [`n${n}`, ['branch', { rules }]] as const),
  );
  const edges = Array.from({ length: 900 }, (_, n) =>
    Array.from({ length: 5 }, (_, port) => `n${n} p${port} n${(n * 7 + port * 131 + 1) % 900}`),
  ).flat();
  return { ...sound, graph: graphOf({ s: ['start'], ...nodes, e: ['end'] }, `s out n0, ${edges.join()}`) };
};

const dangling = (): object => {
  const name = (n: number): string =>
    `${'step-with-a-long-name-of-sixty-four-letters-in-all-and-'.padEnd(58, 'x')}${n}`;
  const nodes = Array.from({ length: 990 }, (_, n) => ({ id: name(n), step: 'end' }));
  const edges = Array.from({ length: 5_000 }, (_, n) => ({
    id: `e${n}`,
    from: name(1_000 + n),
    port: 'out',
    to: name(9_000 - n),
  }));
  return { ...sound, graph: { nodes: [{ id: 's', step: 'start' }, ...nodes], edges } };
};

const message = (text: string): object => ({
  channel: 'simulator',
  audience: { groups: 'all' },
  text: { 'zh-CN': text },
  class: 'service',
});

const HOSTILE: readonly (readonly [name: string, document: unknown, code: string])[] = [
  ['nothing', undefined, 'E-NOT-JSON'],
  ['null', null, 'E-TYPE'],
  ['a text', 'playbook', 'E-TYPE'],
  ['a list', [], 'E-TYPE'],
  ['a function', () => sound, 'E-NOT-JSON'],
  ['an object of a class', new Map(), 'E-NOT-JSON'],
  ['an object that contains itself', cyclic, 'E-TOO-DEEP'],
  ['a key that throws', { get format(): number { throw new Error('no'); } }, 'E-NOT-JSON'], // prettier-ignore
  ['a proxy that throws', new Proxy({}, { ownKeys: () => { throw new Error('no'); } }), 'E-NOT-JSON'], // prettier-ignore
  ['a huge sparse list', { ...sound, layout: { list: Object.assign([], { length: 1e9 }) } }, 'E-TOO-LARGE'],
  ['10 MB of text', { ...sound, title: { 'zh-CN': '火'.repeat(10_000_000) } }, 'E-TOO-LARGE'],
  ['10 MB of steps', many(100_000, 'send-message', message('好'.repeat(30))), 'E-TOO-LARGE'],
  ['100,000 nodes', many(100_000, 'tag', { add: ['seen'] }), 'E-LIMIT-NODES'],
  ['5,000 wrong nodes', many(4_999, 'nothing', { a: 1 }), 'E-MANY'],
  ['5,000 levels', JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`), 'E-TOO-DEEP'],
  [
    '5,000 levels in a config',
    { ...sound, graph: JSON.parse(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`) },
    'E-TOO-DEEP',
  ],
  ['100,000 edges', wide(100_000), 'E-LIMIT-EDGES'],
  ['5,000 edges from one port', wide(5_000), 'E-PORT-TWICE'],
  ['__proto__', JSON.parse('{"__proto__":{"format":1},"constructor":{"prototype":{}}}'), 'E-KEY-REFUSED'],
  ['a step called constructor', many(1, 'constructor', {}), 'E-STEP-UNKNOWN'],
  ['a journey called __proto__', { ...sound, journeys: JSON.parse('{"__proto__":{}}') }, 'E-KEY-REFUSED'],
  ['998 parallels in each other', nestedBlocks(998, 'parallel'), 'E-PORT-OPEN'],
  ['998 repeats in each other', nestedBlocks(998, 'repeat'), 'E-LAPS'],
  ['a dense ladder with cycles', dense(), 'E-CYCLE'],
  ['texts of openings', many(999, 'send-message', message('{{'.repeat(1_900))), 'E-TEXT'],
  ['texts of nested tags', many(999, 'send-message', message('{% if member.name %}'.repeat(190))), 'E-TEXT'],
  ['texts of nothing but placeholders', many(999, 'send-message', message('{{1}}'.repeat(790))), 'E-TEXT'],
  [
    'texts of unknown placeholders',
    many(999, 'send-message', message('{{member.nxme}}'.repeat(260))),
    'E-TEXT',
  ],
  [
    '24,000 conditions',
    many(999, 'wait-for-event', {
      within: 'P1D',
      topics: Array.from({ length: 24 }, (_, n) => ({
        event: 'a',
        port: `p${n}`,
        where: { cel: `event.count > ${n} || event.text == "x"` },
      })),
    }),
    'E-PORT-OPEN',
  ],
  [
    'texts that look like numbers',
    many(500, 'send-message', message(`已有${'1,'.repeat(1_900)}`)),
    'E-UNREACHABLE',
  ],
  ['5,000 edges to nowhere', dangling(), 'E-EDGE-DANGLING'],
  [
    '150,000 rules about nothing',
    many(999, 'enter', {
      segment: {
        combinator: 'and',
        rules: Array.from({ length: 150 }, () => ({
          field: 'member.xyz',
          operator: '=',
          value: 1,
        })),
      },
    }),
    'E-CONDITION',
  ],
  [
    '10,000 phases of one name',
    { ...sound, phases: Array.from({ length: 10_000 }, () => ({ id: 'p', title: {} })) },
    'E-LENGTH',
  ],
  ['an expression of brackets', many(300, 'enter', { segment: { cel: '('.repeat(3_900) } }), 'E-CONDITION'],
  ['an address of dots', many(500, 'webhook', { url: `https://${'a.a-'.repeat(480)}` }), 'E-URL'],
  [
    'parameters without end',
    {
      ...sound,
      params: {
        type: 'object',
        properties: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`p${n}`, { type: 'x' }])),
      },
    },
    'E-PARAM-SCHEMA',
  ],
];

test.each(HOSTILE)('%s gives problems within two seconds of computing', (_name, document, code) => {
  expect(answers(document)).toContain(code);
});

test.each([null, [], 'T', 5, () => 1, cyclic, JSON.parse('{"__proto__":{}}'), { T: { param: 'T' } }])(
  'parameters that are none give problems: %#',
  (params) => {
    expect(answers(campaign, params)).not.toEqual([]);
  },
);

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 6 }),
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    maxDepth: 4,
  }),
  fc.constantFrom<unknown>(
    'constructor',
    '__proto__',
    'toString',
    'P1D',
    '09:00',
    'zh-CN',
    1e308,
    -1,
    0.5,
    '',
    { param: 'T' },
    [],
  ),
);

test('any value is answered', () => {
  fc.assert(
    fc.property(anything, anything, (document, params) => void answers(document, params)),
    { numRuns: 500 },
  );
});

/** Every place of a value, as lists of keys. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => placesOf(item, [...path, key]))];
}

/** A copy of the document with another value at a place; without it where the value is `REMOVED`. */
function changed(document: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(document)) {
    const list: readonly unknown[] = document;
    return list.flatMap((item, index) => {
      if (String(index) !== key) return [item];
      const next = changed(item, rest, value);
      return next === REMOVED ? [] : [next];
    });
  }
  const copy: Record<string, unknown> = { ...(document as Record<string, unknown>) };
  const next = changed(copy[key], rest, value);
  if (next === REMOVED) delete copy[key];
  else copy[key] = next;
  return copy;
}

const REMOVED = Symbol('removed');
const SOUND: readonly unknown[] = [
  campaign,
  largePlaybook(40),
  ...Object.values(examples)
    .map((example) => example.document)
    .filter((document) => (JSON.stringify(document) ?? '').length < 20_000),
];

test('any change of a playbook is answered, each time the same way', () => {
  const places = SOUND.map((document) => placesOf(document));
  fc.assert(
    fc.property(
      fc.nat(SOUND.length - 1),
      fc.array(fc.tuple(fc.nat(), fc.oneof(anything, fc.constant(REMOVED))), { minLength: 1, maxLength: 4 }),
      (which, changes) => {
        let document = SOUND[which];
        for (const [place, value] of changes) {
          const path = places[which]![place % places[which]!.length]!;
          // A place may be gone by an earlier change.
          try {
            document = changed(document, path, value);
          } catch {
            return;
          }
        }
        answers(document);
        expect(compile(document)).toEqual(compile(document));
      },
    ),
    { numRuns: 1_500 },
  );
});
