// Pasted steps: what they name that is not here is listed, comes along or gets another name, in one step to undo;
// and what several steps have in common is set for all of them.
import { describe, expect, test } from 'vitest';
import type { Playbook } from '../../../engine/document.ts';
import { arrange } from '../../../editor/document/arrange.ts';
import { copy, fresh, read, write } from '../../../editor/document/clipboard.ts';
import { commonFields, setConfigs } from '../../../editor/document/common.ts';
import { lacksOf, paste, type Answer, type Answers, type Lack } from '../../../editor/document/pasting.ts';
import { begin, perform, undo } from '../../../editor/document/history.ts';

const SOURCE: Playbook = {
  format: 1,
  id: 'source',
  title: { en: 'Source' },
  params: {
    type: 'object',
    properties: {
      T: { type: 'string', format: 'date-time', title: { en: 'Begins' } },
      place: { type: 'string' },
      unused: { type: 'string' },
    },
  },
  graph: {
    nodes: [
      { id: 'eve', step: 'wait-until', config: { until: { anchor: 'T', offset: '-P1D', at: '12:00' } } },
      {
        id: 'hello',
        step: 'send-message',
        config: {
          channel: 'wecom',
          class: 'service',
          text: { en: '{{ params.place }}, {{ member.level }}' },
        },
      },
      { id: 'in', step: 'journey', config: { journey: 'onboard' } },
      { id: 'ask', step: 'approval', config: { role: 'head', title: { en: 'OK?' } } },
    ],
    edges: [{ id: 'e', from: 'eve', port: 'reached', to: 'hello' }],
  },
  journeys: {
    onboard: {
      title: { en: 'Onboarding' },
      graph: { nodes: [{ id: 'enter', step: 'enter', config: {} }], edges: [] },
    },
  },
};
const EMPTY: Playbook = {
  format: 1,
  id: 'empty',
  title: { en: 'Empty' },
  graph: { nodes: [{ id: 'enter', step: 'start', config: {} }], edges: [] },
};
const HAS = { channel: ['simulator'], role: ['owner'], attribute: [], playbook: [] };
const ALL = SOURCE.graph.nodes.map(({ id }) => id);
const piece = read(write(copy(SOURCE, 'campaign', ALL)))!;
const answered = (lacks: readonly Lack[], by: (lack: Lack) => Answer): Answers =>
  new Map(lacks.map((lack) => [lack, by(lack)]));

describe('pasting', () => {
  test('what is not here is listed, each once; what is here is not', () => {
    const lacks = lacksOf(EMPTY, piece, HAS);
    expect(lacks.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'param T',
      'param place',
      'journey onboard',
      'channel wecom',
      'role head',
      'attribute level',
    ]);
    expect(
      lacksOf(SOURCE, piece, { ...HAS, channel: ['wecom'], role: ['head'], attribute: ['level'] }),
    ).toEqual([]);
    expect(
      lacksOf(EMPTY, { nodes: [{ id: 'x', step: 'from-tomorrow' }], edges: [], places: {} }, HAS),
    ).toMatchObject([{ kind: 'step', name: 'from-tomorrow', canMake: false }]);
  });

  test('declarations and journeys come along, ids stay free, and one undo takes all of it back', () => {
    const answers = answered(lacksOf(EMPTY, piece, HAS), ({ canMake }) => ({
      do: canMake ? 'make' : 'leave',
    }));
    const history = perform(begin(EMPTY, 0), paste(EMPTY, 'campaign', piece, answers), 0);
    const { document } = history.present;
    expect(Object.keys((document.params as { properties: object }).properties)).toEqual(['T', 'place']);
    expect(document.params).toMatchObject({ properties: { T: { format: 'date-time' } } });
    expect(document.journeys?.['onboard']?.title).toEqual({ en: 'Onboarding' });
    expect(document.journeys?.['onboard']?.graph.nodes.map(({ id }) => id)).toEqual(['enter-2']);
    expect(undo(history).present.document).toBe(EMPTY);
  });

  test('other names are taken wherever the steps say them: settings, times, texts', () => {
    const here: Playbook = {
      ...EMPTY,
      params: { type: 'object', properties: { start: { type: 'string', format: 'date-time' } } },
    };
    const to: Readonly<Record<string, string>> = { T: 'start', wecom: 'simulator', head: 'owner' };
    const lacks = lacksOf(here, piece, HAS);
    const answers = answered(lacks, ({ name }) =>
      to[name] === undefined ? { do: 'leave' } : { do: 'map', to: to[name] },
    );
    const { graph } = paste(here, 'campaign', piece, answers).apply(here);
    const configOf = (id: string) => graph.nodes.find((node) => node.id === id)?.config;
    expect(configOf('eve')).toEqual({ until: { anchor: 'start', offset: '-P1D', at: '12:00' } });
    expect(configOf('hello')).toMatchObject({ channel: 'simulator' });
    expect(configOf('ask')).toMatchObject({ role: 'owner' });
  });

  test('a text from elsewhere that is no piece, or a hostile one, is nothing', () => {
    expect(read('{"kind":"kindling/steps","nodes":[],"edges":[],"places":{},"params":[]}')).toBeUndefined();
    const odd = read(
      '{"kind":"kindling/steps","nodes":[],"edges":[],"places":{},"journeys":{"a":{"title":1},"__proto__":{"x":1}}}',
    );
    expect(odd?.journeys).toEqual({});
    const hostile = {
      nodes: [{ id: 'x', step: 'wait', config: { for: { param: '__proto__' } } }],
      edges: [],
      places: {},
    };
    expect(lacksOf(EMPTY, hostile, HAS)).toMatchObject([{ kind: 'param', canMake: false }]);
    // What objects have already is no name for a step; and whatever a step is called, it can be laid out.
    const names = ['__proto__', 'constructor', 'toString', '9', '步骤', 'x'];
    const odder = {
      nodes: names.map((id) => ({ id, step: 'wait' })),
      edges: names.map((id, no) => ({ id, from: id, port: 'done', to: names[(no + 1) % names.length]! })),
      places: {},
    };
    const { nodes, edges } = fresh(EMPTY, odder, { x: 0, y: 0 });
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(names.length);
    expect(nodes.filter(({ id }) => id in Object.prototype || !/^[a-z]/i.test(id))).toEqual([]);
    expect(edges).toHaveLength(names.length);
    const places = arrange({ ...EMPTY, graph: odder }, 'campaign');
    expect(Object.keys(places).length).toBeGreaterThanOrEqual(names.length - 1);
  });
});

describe('several steps', () => {
  const nodes = [
    { id: 'a', step: 'wait', config: { for: 'PT1H' } },
    { id: 'b', step: 'wait', config: { for: 'PT2H' } },
    { id: 'c', step: 'wait', config: { for: 'PT1H' } },
  ];

  test('share the settings of their kinds; where they differ there is no value, and how many there are', () => {
    expect(commonFields(nodes)).toMatchObject([{ field: { key: 'for' }, value: undefined, kinds: 2 }]);
    expect(commonFields([nodes[0]!, nodes[2]!])).toMatchObject([{ value: 'PT1H', kinds: 1 }]);
    expect(commonFields([nodes[0]!, { id: 'd', step: 'start', config: {} }])).toEqual([]);
    const people = commonFields([
      SOURCE.graph.nodes[3]!,
      { id: 'h', step: 'human-task', config: { role: 'head' } },
    ]);
    expect(people.find(({ field }) => field.key === 'role')).toMatchObject({ value: 'head', kinds: 1 });
  });

  test('are set at once, and one undo takes it back', () => {
    const document: Playbook = { ...EMPTY, graph: { nodes, edges: [] } };
    const typed = ['PT3', 'PT3H'].reduce(
      (history, value, at) => perform(history, setConfigs('campaign', ['a', 'b', 'c'], 'for', value), at),
      begin(document, 0),
    );
    expect(typed.present.document.graph.nodes.map(({ config }) => config?.['for'])).toEqual([
      'PT3H',
      'PT3H',
      'PT3H',
    ]);
    expect(undo(typed).present.document).toBe(document);
  });
});
