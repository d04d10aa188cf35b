// What is different between two playbooks, as people read it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { marksOf, sayChanges } from '../../../editor/history/say-changes.ts';
import { wordDiff } from '../../../editor/history/word-diff.ts';
import { shipped } from '../../../playbooks/index.ts';

const { playbook } = shipped['event-campaign']!;
const withNode = (id: string, change: (node: (typeof playbook.graph.nodes)[number]) => object) => ({
  ...playbook,
  graph: {
    ...playbook.graph,
    nodes: playbook.graph.nodes.map((node) => (node.id === id ? { ...node, ...change(node) } : node)),
  },
});

describe('what is different is said', () => {
  test('nothing, when only the drawing differs', () => {
    const moved = { ...playbook, layout: { campaign: { nodes: { start: { x: 999, y: 1 } } } } };
    expect(sayChanges(playbook, moved, 'zh')).toEqual([]);
  });

  test('a setting by its own label, a text locale by locale', () => {
    const message = playbook.graph.nodes.find(({ step }) => step === 'send-message')!;
    const after = withNode(message.id, ({ config }) => ({
      config: { ...config, text: { ...(config?.['text'] as object), 'zh-CN': '周六见！' } },
    }));
    const [change, ...others] = sayChanges(playbook, after, 'zh');
    expect(others).toEqual([]);
    expect(change).toMatchObject({
      what: 'step',
      mark: 'changed',
      node: message.id,
      name: message.title?.['zh-CN'],
    });
    expect(change!.fields).toEqual([
      {
        label: '内容（中文）',
        before: (message.config!['text'] as Record<string, string>)['zh-CN'],
        after: '周六见！',
      },
    ]);
    expect(sayChanges(playbook, after, 'en')[0]!.fields[0]!.label).toMatch(/\(Chinese\)$/);
  });

  test('a removed step goes with its wires, and is marked on the side where it was', () => {
    const gone = playbook.graph.nodes.at(-1)!;
    const after = {
      ...playbook,
      graph: {
        nodes: playbook.graph.nodes.filter(({ id }) => id !== gone.id),
        edges: playbook.graph.edges.filter(({ from, to }) => from !== gone.id && to !== gone.id),
      },
    };
    const changes = sayChanges(playbook, after, 'zh');
    expect(changes[0]).toMatchObject({ what: 'step', mark: 'removed', node: gone.id });
    expect(changes.slice(1).every(({ what, mark }) => what === 'wire' && mark === 'removed')).toBe(true);
    expect([...marksOf(changes, 'campaign', 'before')]).toEqual([[gone.id, 'removed']]);
    expect([...marksOf(changes, 'campaign', 'after')]).toEqual([]);
    const back = sayChanges(after, playbook, 'zh');
    expect([...marksOf(back, 'campaign', 'after')]).toEqual([[gone.id, 'added']]);
  });

  test('what stands in no graph, by its place in words', () => {
    const after = { ...playbook, zone: 'Europe/Berlin' };
    expect(sayChanges(playbook, after, 'zh')).toMatchObject([
      { what: 'frame', name: '时区', fields: [{ before: 'Asia/Shanghai', after: 'Europe/Berlin' }] },
    ]);
  });
});

test('word by word: the parts give both texts back', () => {
  const text = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 40 }));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const parts = wordDiff(before, after);
      const without = (is: 'gone' | 'new') => parts.flatMap((it) => (it.is === is ? [] : [it.text])).join('');
      expect(without('new')).toBe(before);
      expect(without('gone')).toBe(after);
      for (const [no, { is }] of parts.entries()) if (no > 0) expect(is).not.toBe(parts[no - 1]!.is);
    }),
  );
  expect(wordDiff('周六见！', '周日见！')).toEqual([
    { text: '周', is: 'same' },
    { text: '六', is: 'gone' },
    { text: '日', is: 'new' },
    { text: '见！', is: 'same' },
  ]);
});
