// The plan: what it holds, what its name covers, and what binding parameters does to it.
/* oxlint-disable unicorn/no-thenable -- `then` is a word of the document format */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalJson,
  compile,
  playbookSchema,
  product,
  sampleParams,
  sha256,
  type Plan,
} from '../../../engine/index.ts';
import { drawn, graphOf, message, one, params, says, T, waits } from '../../../scripts/docs/draw.ts';
import { largePlaybook } from '../../support/large-playbook.ts';

interface Editable {
  [key: string]: unknown;
  graph: { nodes: Record<string, unknown>[]; edges: unknown[] };
}

const campaign = JSON.parse(readFileSync('playbooks/event-campaign/playbook.json', 'utf8')) as Editable;
const launch = JSON.parse(readFileSync('playbooks/event-campaign/params.json', 'utf8')) as Record<
  string,
  unknown
>;

function planOf(document: unknown, given?: unknown): Plan {
  const { plan, problems } = compile(document, given);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return plan!;
}

const nodeOf = (plan: Plan, id: string) => plan.nodes.find((node) => node.id === id)!;

const reversed = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
};

test('the event campaign is free of problems, before and at the launch', () => {
  expect(compile(campaign).problems).toEqual([]);
  expect(compile(campaign, launch).problems).toEqual([]);
});

test('the hash is the SHA-256 of the plan without it, as canonical JSON', () => {
  const { hash, ...content } = planOf(campaign);
  expect(hash).toBe(createHash('sha256').update(canonicalJson(content)).digest('hex'));
});

test('our SHA-256 is the usual one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'));
    }),
  );
  for (const length of [0, 55, 56, 63, 64, 65, 119, 120, 1_000]) {
    expect(sha256('火'.repeat(length))).toBe(createHash('sha256').update('火'.repeat(length)).digest('hex'));
  }
});

test('how a playbook is written down does not change the bytes of its plan', () => {
  const bytes = JSON.stringify(planOf(campaign));
  const same = (document: unknown): void => expect(JSON.stringify(planOf(document))).toBe(bytes);
  same(reversed(campaign));
  same({ ...campaign, layout: { zoom: 2, nodes: { approve: { x: 5, y: 7 } } } });
  same({ ...campaign, graph: { nodes: campaign.graph.nodes, edges: [...campaign.graph.edges].reverse() } });
  same({ ...campaign, graph: { nodes: [...campaign.graph.nodes].reverse(), edges: campaign.graph.edges } });
  same({ ...campaign, rehearsal: { seed: 5 } });
});

test('whatever a step does changes the name of the plan', () => {
  const { hash } = planOf(campaign);
  for (const [index, node] of campaign.graph.nodes.entries()) {
    if (node['step'] === 'start' || node['step'] === 'end') continue;
    const nodes = campaign.graph.nodes.with(index, { ...node, late: { then: 'ask', after: 'PT17M' } });
    expect(planOf({ ...campaign, graph: { ...campaign.graph, nodes } }).hash).not.toBe(hash);
  }
});

test('an unlaunched plan keeps its parameters, a launched one has their values and a name of its own', () => {
  const document = one('wait', { for: { param: 'pause' } }, 'x done e', params({ pause: { type: 'string', format: 'duration', default: 'PT1H' } })).document; // prettier-ignore
  const [version, byDefault, longer] = [
    planOf(document),
    planOf(document, {}),
    planOf(document, { pause: 'PT5H' }),
  ];
  expect(nodeOf(version, 'x').config).toEqual({ for: { param: 'pause' } });
  expect(version.params).toEqual({});
  expect(nodeOf(byDefault, 'x').config).toEqual({ for: 'PT1H' });
  expect(byDefault.params).toEqual({ pause: 'PT1H' });
  expect(nodeOf(longer, 'x').config).toEqual({ for: 'PT5H' });
  expect(new Set([version.hash, byDefault.hash, longer.hash]).size).toBe(3);
});

test('an example is no value: a launch without it is refused, a rehearsal may take it', () => {
  const { document } = waits({ anchor: 'T' }, params({ T: { ...T.T, examples: ['2026-12-05T20:00'] } }));
  expect(compile(document).plan).toBeDefined();
  expect(compile(document, {}).problems.map(({ code }) => code)).toContain('E-PARAM-MISSING');
  expect(planOf(document, sampleParams(document)).params).toEqual({ T: '2026-12-05T20:00' });
  expect(sampleParams(document, { T: '2026-12-06T20:00' })).toEqual({ T: '2026-12-06T20:00' });
});

test.each([
  ['type', { type: 'integer' }, 'E-PARAM-FIT'],
  ['default', { type: 'string', default: 'an hour' }, 'E-PARAM-FIT'],
  ['type alone, where there is no value', { type: 'string' }, undefined],
])('a parameter must fit where it is used: %s', (_name, schema, code) => {
  const { document } = one('wait', { for: { param: 'pause' } }, 'x done e', params({ pause: schema }));
  const found = compile(document).problems.find(({ severity }) => severity === 'error');
  expect(found?.code).toBe(code);
  if (code !== undefined) {
    expect(found!.place.pointer).toBe('/graph/nodes/1/config/for');
    expect(found!.values['expectedEn']).toMatch(/^a text$|^an ISO 8601 duration$/);
  }
});

test('rule trees become CEL in the plan', () => {
  const rules = [{ field: 'member.days', operator: '>', value: 30 }];
  const when = { combinator: 'and', rules };
  const plan = planOf(one('branch', { rules: [{ port: 'a', when }] }, 'x a e, x else e').document);
  const [rule] = nodeOf(plan, 'x').config['rules'] as { when: { cel: string } }[];
  expect(Object.keys(rule!.when)).toEqual(['cel']);
  expect(rule!.when.cel).toContain('member.days');
});

test('a node knows the dates that its times follow', () => {
  const plan = planOf(waits({ anchor: 'T', offset: '-P3D', at: '12:00' }, params(T)).document);
  expect(nodeOf(plan, 'x').anchors).toEqual(['T']);
  expect(nodeOf(plan, 's').anchors).toBeUndefined();
});

test('policies are milliseconds, with defaults', () => {
  const policies = { retry: { attempts: 3, first: 'PT1H' }, late: { then: 'skip', after: 'PT1H30M' } };
  const plan = planOf(
    drawn({ s: ['start'], x: ['wait', { for: 'P2D' }, policies], e: ['end'] }, 's out x, x done e').document,
  );
  const { retry, late, shifts, skip } = nodeOf(plan, 'x');
  expect({ retry, late, shifts, skip }).toEqual({
    retry: { attempts: 3, firstMs: 3_600_000, maxMs: 3_600_000 },
    late: { afterMs: 5_400_000, then: 'skip' },
    shifts: true,
    skip: 0,
  });
  expect(nodeOf(plan, 'e')).toMatchObject({
    retry: { attempts: 5, firstMs: 10_000, maxMs: 600_000 },
    late: { afterMs: 300_000, then: 'run' },
  });
});

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** The grain of a step of a journey, in milliseconds. */
const grainOf = (...described: Parameters<typeof inJourney>): number => inJourney(...described).grainMs;

/** A step of a journey as the plan has it. */
function inJourney(
  step: string,
  config: Record<string, unknown>,
  { node = {}, journey = {} }: { node?: Record<string, unknown>; journey?: Record<string, unknown> } = {},
): Plan['nodes'][number] {
  const ways = {
    wait: 'y done o',
    'wait-until': 'y reached o',
    'collect-form': 'y submitted o, y expired o',
  };
  const leads = ways[step as keyof typeof ways] ?? 'y a o, y timeout o';
  const drawing = graphOf({ i: ['enter'], y: [step, config, node], o: ['end'] }, `i out y, ${leads}`);
  const journeys = { j: { title: { 'zh-CN': '旅程' }, graph: drawing, ...journey } };
  const campaignOf = { s: ['start'], l: ['journey', { journey: 'j' }], e: ['end'] } as const;
  return nodeOf(planOf(drawn(campaignOf, 's out l, l launched e', { journeys }).document), 'y');
}

test.each([
  ['days of waiting', 'wait', { for: 'P1D' }, HOUR],
  ['a day in hours', 'wait', { for: 'PT24H' }, HOUR],
  ['hours', 'wait', { for: 'PT23H' }, MINUTE],
  ['less than a minute', 'wait', { for: 'PT10S' }, 1_000],
  ['ten minutes', 'wait', { for: 'PT10M' }, 60_000],
  ['a few minutes', 'wait', { for: 'PT3M' }, 18_000],
  ['a single millisecond', 'wait', { for: 'PT0.001S' }, 1],
  ['no time at all', 'wait', { for: 'PT0S' }, 0],
  [
    'an event within hours',
    'wait-for-event',
    { topics: [{ event: 'e', port: 'a' }], within: 'PT12H' },
    MINUTE,
  ],
  ['an event within days', 'wait-for-event', { topics: [{ event: 'e', port: 'a' }], within: 'P2D' }, HOUR],
  ['a length of time from now', 'wait-until', { until: { for: 'P2D' } }, HOUR],
  ['a time of day', 'wait-until', { until: { at: '09:05' } }, 0],
  ['a date', 'wait-until', { until: { date: '2026-12-05T20:07' } }, 0],
])('the usual tolerance of %s', (_name, step, config, expected) => {
  expect(grainOf(step, config)).toBe(expected);
});

test('a tolerance that is written down counts: of the step before that of the journey', () => {
  const wait = { for: 'P2D' };
  expect(grainOf('wait', wait, { node: { tolerance: 'PT10M' } })).toBe(10 * MINUTE);
  expect(grainOf('wait', wait, { node: { tolerance: 'PT0S' } })).toBe(0);
  expect(grainOf('wait', wait, { journey: { tolerance: 'PT2H' } })).toBe(2 * HOUR);
  expect(grainOf('wait', wait, { node: { tolerance: 'PT0S' }, journey: { tolerance: 'PT2H' } })).toBe(0);
  // What is meant to the minute stays so, unless the step itself says otherwise.
  expect(grainOf('wait-until', { until: { at: '09:05' } }, { journey: { tolerance: 'PT2H' } })).toBe(0);
  expect(grainOf('wait-until', { until: { at: '09:05' } }, { node: { tolerance: 'PT2H' } })).toBe(2 * HOUR);
});

test('what members do is taken up within a tolerance that is written down, at once without one', () => {
  const event = { topics: [{ event: 'e', port: 'a' }], within: 'P2D' };
  const tolerance = 'PT10M';
  expect(inJourney('wait-for-event', event).heedMs).toBeUndefined();
  expect(inJourney('wait-for-event', event, { node: { tolerance } }).heedMs).toBe(10 * MINUTE);
  expect(inJourney('wait-for-event', event, { journey: { tolerance } }).heedMs).toBe(10 * MINUTE);
  expect(
    inJourney('wait-for-event', event, { node: { tolerance: 'PT0S' }, journey: { tolerance } }).heedMs,
  ).toBeUndefined();
  expect(inJourney('wait', { for: 'P2D' }, { node: { tolerance } }).heedMs).toBeUndefined();
});

test.each(['P1M', 'P2D', '-PT1H', 'PT25H'])(
  'a tolerance of %s is refused, in a step and in a journey',
  (tolerance) => {
    const wait = ['wait', { for: 'P2D' }, { tolerance }] as const;
    const graph = graphOf({ i: ['enter'], y: wait, o: ['end'] }, 'i out y, y done o');
    const { document } = drawn(
      { s: ['start'], l: ['journey', { journey: 'j' }], e: ['end'] },
      's out l, l launched e',
      {
        journeys: { j: { title: { 'zh-CN': '旅程' }, tolerance, graph } },
      },
    );
    const found = compile(document).problems.filter(({ code }) => code === 'E-TOLERANCE');
    expect(new Set(found.map(({ place }) => place.pointer))).toEqual(
      new Set(['/journeys/j/graph/nodes/1/tolerance', '/journeys/j/tolerance']),
    );
  },
);

test('sleeps are rounded in a journey and exact in the campaign', () => {
  const journeys = {
    j: {
      title: { 'zh-CN': '旅程' },
      graph: graphOf({ i: ['enter'], y: ['wait', { for: 'P2D' }], o: ['end'] }, 'i out y, y done o'),
    },
  };
  const plan = planOf(
    drawn(
      { s: ['start'], l: ['journey', { journey: 'j' }], x: ['wait', { for: 'P2D' }], e: ['end'] },
      's out l, l launched x, x done e',
      { journeys },
    ).document,
  );
  expect([nodeOf(plan, 'x').grainMs, nodeOf(plan, 'y').grainMs]).toEqual([0, 3_600_000]);
  expect(plan.graphs.map(({ id, start }) => [id, plan.nodes[start]!.id])).toEqual([
    ['campaign', 's'],
    ['j', 'i'],
  ]);
  expect(plan.nodes.map(({ id, graph }) => [id, graph])).toEqual([
    ['e', 0],
    ['l', 0],
    ['s', 0],
    ['x', 0],
    ['i', 1],
    ['o', 1],
    ['y', 1],
  ]);
});

test('the plan lists the codes of the effects that it calls, and of no others', () => {
  const { effects } = planOf(says('好').document);
  expect(effects).toEqual({ send: [...product.effects['send']!.codes] });
});

test('a step that is switched off stays in the plan and says so', () => {
  const plan = planOf(
    drawn({ s: ['start'], x: ['tag', { add: ['a'] }, { off: true }], e: ['end'] }, 's out x, x done e')
      .document,
  );
  expect(nodeOf(plan, 'x').off).toBe(true);
  expect(nodeOf(plan, 's').off).toBeUndefined();
});

test('the published schema accepts what compiles and refuses what has the wrong shape', () => {
  const validate = new Ajv2020({ strict: false, logger: false }).compile(playbookSchema(product.steps));
  expect(validate(campaign)).toBe(true);
  expect(validate(largePlaybook(100))).toBe(true);
  expect(validate(one('wait', { for: { param: 'pause' } }, 'x done e').document)).toBe(true);
  for (const [step, config] of [
    ['wait', {}],
    ['wait', { for: 5 }],
    ['wiat', { for: 'PT1H' }],
    ['send-message', message('好', { class: 'loud' })],
  ] as const) {
    expect(validate(one(step, config, 'x done e').document)).toBe(false);
  }
});
