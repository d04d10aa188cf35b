// Whatever is done to a document can be undone to the first and done again to the last, in any order of commands.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { setAt } from '../../../editor/document/at.ts';
import * as commands from '../../../editor/document/commands.ts';
import * as many from '../../../editor/document/many.ts';
import { makeParam, renameParam } from '../../../editor/document/param-commands.ts';
import { arrange, placesOf } from '../../../editor/document/arrange.ts';
import { repeatBack } from '../../../editor/canvas/repeat-back.ts';
import { aligned, distributed, roomFor } from '../../../editor/canvas/tidy.ts';
import { fixOf } from '../../../editor/problems/fixes.ts';
import { compile } from '../../../engine/index.ts';
import { copy, fresh, read, write } from '../../../editor/document/clipboard.ts';
import { CAMPAIGN, graphOf } from '../../../editor/document/graphs.ts';
import {
  begin,
  perform,
  redo,
  redoSays,
  undo,
  undoSays,
  type History,
} from '../../../editor/document/history.ts';
import type { Playbook } from '../../../engine/document.ts';
import { shipped } from '../../../playbooks/index.ts';

const FIRST: Playbook = {
  format: 1,
  id: 'p',
  title: { 'zh-CN': '例子' },
  params: {
    type: 'object',
    required: ['T'],
    properties: { T: { type: 'string', format: 'date-time' }, topic: { type: 'string' } },
  },
  phases: [{ id: 'warm', title: { 'zh-CN': '预热' }, starts: { anchor: 'T' } }],
  graph: {
    nodes: [
      { id: 's', step: 'start', config: {} },
      { id: 'm', step: 'wait', config: { for: 'PT1H' }, phase: 'warm' },
      { id: 'e', step: 'end', config: {} },
    ],
    edges: [
      { id: 'e1', from: 's', port: 'out', to: 'm' },
      { id: 'e2', from: 'm', port: 'done', to: 'e' },
    ],
  },
  journeys: { j1: { title: { 'zh-CN': '旅程' }, graph: { nodes: [{ id: 'i', step: 'enter' }], edges: [] } } },
};

/** Where there is nothing to do. */
const NOTHING: commands.Command = { says: { zh: '', en: '' }, apply: (document) => document };

/** What somebody might do, drawn by chance: of anything that is there, and of things that are not. */
type Deed = (document: Playbook) => commands.Command;
const graph = fc.constantFrom(CAMPAIGN, 'j1', 'gone');
const id = fc.constantFrom('s', 'm', 'e', 'i', 'x', 'y', 'gone');
const port = fc.constantFrom('out', 'done', 'sent', 'gone');
const point = fc.record({ x: fc.integer({ min: -9, max: 9 }), y: fc.integer({ min: -9, max: 9 }) });
const step = fc.constantFrom('wait', 'send-message', 'parallel', 'join', 'end', 'unknown');
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.tuple(graph, id, step, point).map(
    ([g, node, type, at]): Deed =>
      () =>
        commands.addNode(g, { id: node, step: type }, at),
  ),
  fc.tuple(graph, step, point, id, port).map(
    ([g, type, at, node, from]): Deed =>
      (document) =>
        commands.addNode(g, { id: commands.newNodeId(document, type), step: type }, at, { node, port: from }),
  ),
  fc.tuple(graph, fc.array(id, { maxLength: 3 })).map(
    ([g, ids]): Deed =>
      (document) =>
        commands.removeNodes(document, g, ids),
  ),
  fc.tuple(graph, id, port, id).map(
    ([g, from, p, to]): Deed =>
      () =>
        commands.connect(g, { from, port: p, to }),
  ),
  fc.tuple(graph, fc.constantFrom('e1', 'e2', 'gone')).map(
    ([g, edge]): Deed =>
      () =>
        commands.disconnect(g, [edge]),
  ),
  fc.tuple(graph, id, point, fc.boolean()).map(
    ([g, node, at, drag]): Deed =>
      () =>
        commands.move(g, { [node]: at }, drag ? 'drag' : undefined),
  ),
  fc.tuple(graph, id, fc.string()).map(
    ([g, node, text]): Deed =>
      () =>
        commands.setConfig(g, node, 'for', text),
  ),
  fc.tuple(graph, id, fc.option(fc.string())).map(
    ([g, node, text]): Deed =>
      () =>
        commands.setFacet(g, node, 'title', text === null ? undefined : { 'zh-CN': text }),
  ),
  fc.tuple(graph, id, step).map(
    ([g, node, type]): Deed =>
      () =>
        commands.replaceStep(g, node, type),
  ),
  fc.tuple(graph, id, point).map(
    ([g, node, at]): Deed =>
      (document) =>
        commands.insert(g, fresh(document, copy(document, g, [node]), at), { zh: '粘贴', en: 'Paste' }),
  ),
  fc.string().map(
    (text): Deed =>
      () =>
        commands.setPart('title', { 'zh-CN': text }),
  ),
  fc.constantFrom([], [{ id: 'live', title: { 'zh-CN': '引爆' } }]).map(
    (phases): Deed =>
      () =>
        commands.setPhases(phases),
  ),
  fc.tuple(fc.constantFrom('j1', 'j2'), fc.boolean()).map(
    ([journey, add]): Deed =>
      () =>
        commands.setJourney(journey, add ? { 'zh-CN': journey } : undefined),
  ),
  fc.tuple(fc.constantFrom('T', 'topic', 'gone'), fc.constantFrom('U', 'topic')).map(
    ([name, next]): Deed =>
      (document) =>
        renameParam(document, name, next),
  ),
  fc.tuple(graph, id, fc.constantFrom('limit', 'T')).map(
    ([g, node, name]): Deed =>
      (document) =>
        makeParam(document, { graph: g, id: node, key: 'for' }, { name, schema: { type: 'string' } }),
  ),
  fc.constantFrom('/title/zh-CN', '/graph/nodes/0/config/x', '/graph/nodes/9', '/goal/metric', '').map(
    (pointer): Deed =>
      () =>
        setAt(pointer === '' ? '/phases/0/title/en' : pointer, 'x', { zh: '改', en: 'Change' }),
  ),
  graph.map(
    (g): Deed =>
      (document) =>
        many.rearrange(g, arrange(document, g), { zh: '整理', en: 'Tidy up' }),
  ),
  fc.tuple(graph, fc.constantFrom('left', 'centre', 'right', 'top', 'middle', 'bottom')).map(
    ([g, how]): Deed =>
      (document) =>
        many.rearrange(g, aligned(graphOf(document, g).nodes, placesOf(document, g), how), {
          zh: '对齐',
          en: 'Align',
        }),
  ),
  fc.tuple(graph, fc.constantFrom('x', 'y')).map(
    ([g, axis]): Deed =>
      (document) =>
        many.rearrange(g, distributed(graphOf(document, g).nodes, placesOf(document, g), axis), {
          zh: '均匀分布',
          en: 'Distribute',
        }),
  ),
  fc.tuple(graph, fc.array(id, { maxLength: 3 }), fc.constantFrom('sky', undefined)).map(
    ([g, ids, colour]): Deed =>
      () =>
        many.setColour(g, ids, colour),
  ),
  fc.tuple(graph, fc.array(id, { maxLength: 3 }), fc.boolean()).map(
    ([g, ids, off]): Deed =>
      () =>
        many.switchSteps(g, ids, off),
  ),
  fc.tuple(graph, fc.array(id, { maxLength: 3 }), fc.constantFrom('warm', 'gone', undefined)).map(
    ([g, ids, phase]): Deed =>
      () =>
        many.setPhaseOf(g, ids, phase),
  ),
  fc.tuple(graph, id, port, id).map(
    ([g, from, p, to]): Deed =>
      (document) =>
        repeatBack(document, g, { from, port: p, to }) ?? NOTHING,
  ),
  fc.nat({ max: 20 }).map((no): Deed => (document) => {
    const { problems } = compile(document);
    const problem = problems[no % Math.max(1, problems.length)];
    return (problem === undefined ? undefined : fixOf(problem, document)) ?? NOTHING;
  }),
  fc.tuple(graph, point).map(
    ([g, at]): Deed =>
      () =>
        commands.setNotes(g, [{ id: 'n1', text: '记得', width: 100, height: 50, colour: 'sand', ...at }]),
  ),
);

const all = (history: History, go: (history: History) => History): History => {
  let now = history;
  for (let next = go(now); next.present.document !== now.present.document; next = go(now)) now = next;
  return now;
};

describe('undo and redo', () => {
  test('any commands, undone, give the first document; redone, the last; and nothing was changed in place', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(deed, fc.integer({ min: 0, max: 3_000 })), { maxLength: 40 }),
        (deeds) => {
          const first = structuredClone(FIRST);
          const frozen = JSON.stringify(first);
          let now = 0;
          let history = begin(first, now);
          for (const [make, pause] of deeds) {
            now += pause;
            history = perform(history, make(history.present.document), now);
          }
          const last = history.present.document;
          const lastText = JSON.stringify(last);
          const back = all(history, undo);
          expect(back.present.document).toBe(first);
          expect(JSON.stringify(first)).toBe(frozen);
          expect(all(back, redo).present.document).toBe(last);
          expect(JSON.stringify(last)).toBe(lastText);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('edges never dangle, whatever was removed', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 30 }), (deeds) => {
        let document = FIRST;
        for (const make of deeds) document = make(document).apply(document);
        for (const name of [CAMPAIGN, 'j1', 'j2']) {
          const { nodes, edges } = graphOf(document, name);
          const ids = new Set(nodes.map((node) => node.id));
          expect(ids.size).toBe(nodes.length);
          for (const { to } of edges) expect(ids.has(to)).toBe(true);
          const ports = edges.map(({ from, port: p }) => `${from} ${p}`);
          expect(new Set(ports).size).toBe(ports.length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('typing in one field is one step, until somebody pauses or turns elsewhere', () => {
    const type = (history: History, key: string, text: string, at: number): History =>
      perform(history, commands.setConfig(CAMPAIGN, 'm', key, text), at);
    let history = begin(FIRST, 0);
    history = type(history, 'for', 'P', 100);
    history = type(history, 'for', 'PT', 200);
    history = type(history, 'for', 'PT2', 300);
    history = type(history, 'for', 'PT2H', 5_000);
    history = type(history, 'note', 'x', 5_100);
    const values: unknown[] = [];
    for (let at = history; ; at = undo(at)) {
      values.push(graphOf(at.present.document, CAMPAIGN).nodes[1]?.config);
      if (undoSays(at) === undefined) break;
    }
    expect(values).toEqual([{ for: 'PT2H', note: 'x' }, { for: 'PT2H' }, { for: 'PT2' }, { for: 'PT1H' }]);
    expect(redoSays(undo(history))).toEqual({ zh: '修改设置', en: 'Change a setting' });
  });
});

describe('a step', () => {
  const edges = (document: Playbook): string[] =>
    document.graph.edges.map(({ from, port: p, to }) => `${from} ${p} ${to}`).toSorted();

  test('dropped on a wire makes room, and leaves no gap when it goes', () => {
    const added = commands
      .addNode(
        CAMPAIGN,
        { id: 'n', step: 'tag', config: { add: ['a'] } },
        { x: 1, y: 1 },
        { node: 's', port: 'out' },
      )
      .apply(FIRST);
    expect(edges(added)).toEqual(['m done e', 'n done m', 's out n']);
    expect(edges(commands.removeNodes(added, CAMPAIGN, ['n']).apply(added))).toEqual(edges(FIRST));
    expect(edges(commands.removeNodes(FIRST, CAMPAIGN, ['m']).apply(FIRST))).toEqual(['s out e']);
  });

  test('of another kind keeps what fits', () => {
    const until = commands.replaceStep(CAMPAIGN, 'm', 'wait-until').apply(FIRST);
    expect(edges(until)).toEqual(['m reached e', 's out m']);
    expect(until.graph.nodes[1]).toMatchObject({ id: 'm', step: 'wait-until', phase: 'warm', config: {} });
  });

  test('travels as text, and arrives under a free name with its inner wires', () => {
    const text = write(copy(FIRST, CAMPAIGN, ['s', 'm']));
    const piece = fresh(FIRST, read(text)!, { x: 5, y: 5 });
    expect(piece.nodes.map((node) => node.id)).toEqual(['s-2', 'm-2']);
    expect(piece.edges).toEqual([{ id: 'e1-2', from: 's-2', port: 'out', to: 'm-2' }]);
    for (const other of [
      '',
      '{',
      '[]',
      '{"kind":"x"}',
      '{"kind":"kindling/steps","nodes":[{"id":1}],"edges":[],"places":{}}',
    ])
      expect(read(other)).toBeUndefined();
  });
});

test('a step that comes in between moves what it would cover, and all that follows, and nothing before', () => {
  const places = { s: { x: 0, y: 0 }, m: { x: 300, y: 0 }, e: { x: 600, y: 200 } };
  const { nodes } = FIRST.graph;
  expect(roomFor(nodes, places, { x: 304, y: 0, height: 68 })).toEqual({
    m: { x: 604, y: 0 },
    e: { x: 904, y: 200 },
  });
  expect(roomFor(nodes, places, { x: 304, y: 400, height: 68 })).toEqual({});
});

describe('a wire that goes back', () => {
  test('becomes a repeat with a bound, in which the body stands', () => {
    const document: Playbook = {
      ...FIRST,
      journeys: {},
      graph: {
        nodes: [
          { id: 's', step: 'start', config: {} },
          { id: 'a', step: 'wait', config: { for: 'PT1H' } },
          { id: 'b', step: 'tag', config: { add: ['x'] } },
          { id: 'e', step: 'end', config: {} },
        ],
        edges: [
          { id: 'e1', from: 's', port: 'out', to: 'a' },
          { id: 'e2', from: 'a', port: 'done', to: 'b' },
          { id: 'e3', from: 'b', port: 'done', to: 'e' },
        ],
      },
    };
    const command = repeatBack(document, CAMPAIGN, { from: 'b', port: 'done', to: 'a' })!;
    const after = command.apply(document);
    const edges = after.graph.edges.map(({ from, port: p, to }) => `${from} ${p} ${to}`).toSorted();
    expect(edges).toEqual(['a done b', 'b done repeat', 'repeat done e', 'repeat each a', 's out repeat']);
    expect(compile(after).problems.filter(({ place }) => place.edge !== undefined)).toEqual([]);
    expect(repeatBack(document, CAMPAIGN, { from: 'b', port: 'done', to: 's' })).toBeUndefined();
  });
});

describe('a parameter', () => {
  test('is renamed wherever it is used, and nowhere else', () => {
    const document: Playbook = {
      ...FIRST,
      graph: {
        nodes: [
          {
            id: 'a',
            step: 'wait-until',
            config: { at: { anchor: 'T', at: '10:00' }, note: '{{ params.T }} T' },
          },
          {
            id: 'b',
            step: 'branch',
            config: { rules: [{ port: 'x', when: { cel: 'params.T > params.Tx' } }] },
          },
          { id: 'c', step: 'wait', config: { for: { param: 'T' } } },
        ],
        edges: [],
      },
      layout: { campaign: { nodes: { T: { x: 1, y: 1 } } } },
    };
    const after = renameParam(document, 'T', 'start').apply(document);
    expect(after.graph.nodes.map(({ config }) => config)).toEqual([
      { at: { anchor: 'start', at: '10:00' }, note: '{{ params.start }} T' },
      { rules: [{ port: 'x', when: { cel: 'params.start > params.Tx' } }] },
      { for: { param: 'start' } },
    ]);
    expect(after.phases?.[0]?.starts).toEqual({ anchor: 'start' });
    expect(Object.keys((after.params as { properties: object }).properties)).toEqual(['start', 'topic']);
    expect((after.params as { required: string[] }).required).toEqual(['start']);
    expect(after.layout).toBe(document.layout);
    expect(renameParam(document, 'T', 'topic').apply(document)).toBe(document);
  });
});

test('a whole template is copied and pasted with all its wires', () => {
  const template = shipped['event-campaign'];
  const document = template!.playbook;
  const piece = copy(
    document,
    CAMPAIGN,
    document.graph.nodes.map((node) => node.id),
  );
  expect(piece.edges.length).toBe(document.graph.edges.length);
  expect(read(write(piece))).toEqual(piece);
});
