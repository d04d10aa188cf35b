// Templates as files: what is written can be read, nothing private leaves, and what others send does no harm.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { missingOf, needsOf, renamed, stringsOf, unknownSteps } from '../../../editor/gallery/needs.ts';
import { findingsOf, privateNames, withoutPrivate } from '../../../editor/gallery/private.ts';
import { readTemplate, writeTemplate } from '../../../editor/gallery/template-file.ts';
import type { Playbook } from '../../../engine/document.ts';
import { compile } from '../../../engine/index.ts';
import type { Json } from '../../../engine/json.ts';
import { shipped } from '../../../playbooks/index.ts';
import { smallPlaybook } from '../../support/small-playbook.ts';

const small = smallPlaybook() as unknown as Playbook;

/** The small playbook with one more step of these settings. */
const withStep = (step: string, config: object): Playbook => ({
  ...small,
  graph: { ...small.graph, nodes: [...small.graph.nodes, { id: 'more', step, config: config as never }] },
});

const documentOf = (text: string): Playbook => {
  const found = readTemplate(text);
  if ('refused' in found) throw new Error(`${found.refused.en} ${found.detail ?? ''}`);
  return found.document;
};

describe('a template as a file', () => {
  for (const [name, { playbook }] of Object.entries(shipped)) {
    test(`${name} comes back as it was`, () => {
      expect(findingsOf(playbook)).toEqual([]);
      const text = writeTemplate(
        playbook,
        { title: '活动', version: 3, exportedAt: '2026-12-01' },
        new Set(),
      );
      expect(documentOf(text)).toEqual(playbook);
      expect(readTemplate(text)).toMatchObject({
        from: { title: '活动', version: 3, exportedAt: '2026-12-01' },
      });
      expect(compile(documentOf(text)).plan?.hash).toBe(compile(playbook).plan?.hash);
    });
  }

  test('a bare playbook is taken too', () => {
    expect(documentOf(JSON.stringify(small))).toEqual(small);
  });

  test('what is no template is refused with a reason', () => {
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const refused = {
      empty: '',
      text: 'not JSON',
      list: '[]',
      nothing: 'null',
      other: '{"kind":"kindling-template","format":1}',
      newer: '{"kind":"kindling-template","format":2,"document":{}}',
      nested: `{"format":1,"id":"x","title":{"en":"x"},"graph":{"nodes":[],"edges":[]},"layout":{"a":${nested}}}`,
      large: `"${'x'.repeat(6_100_000)}"`,
      wide: JSON.stringify({ ...small, layout: { a: Array.from({ length: 500_000 }, () => []) } }),
      wrong: JSON.stringify({ ...small, graph: { nodes: 'many', edges: {} } }),
      step: JSON.stringify({ ...small, graph: { nodes: [7], edges: [] } }),
      title: JSON.stringify({ ...small, title: '<script>' }),
      stray: JSON.stringify({ ...small, members: [{ name: 'Lin' }] }),
      journeys: JSON.stringify({ ...small, journeys: { a: null } }),
    };
    for (const [name, text] of Object.entries(refused))
      expect(readTemplate(text), name).toHaveProperty('refused');
  });

  test('names that mean something to the language are refused, wherever they stand, and touch nothing', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const text = JSON.stringify(small).replace('"config":{}', `"config":{"${key}":{"polluted":true}}`);
      expect(text).toContain(key);
      expect(readTemplate(text)).toHaveProperty('refused');
      expect(readTemplate(`{"${key}":{"polluted":true}}`)).toHaveProperty('refused');
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('places that are none are left out of the drawing', () => {
    const layout = {
      campaign: {
        nodes: { start: { x: 1, y: 2 }, ok: { x: 'far', y: 0 }, eve: { x: 1e300, y: 0 }, end: null },
        notes: [{ id: 'n' }, 'x', { id: 'a', text: 't', colour: 'red', x: 0, y: 0, width: 10, height: 10 }],
      },
      stranger: { nodes: {} },
    };
    expect(documentOf(JSON.stringify({ ...small, layout })).layout).toEqual({
      campaign: {
        nodes: { start: { x: 1, y: 2 } },
        notes: [{ id: 'a', text: 't', colour: 'red', x: 0, y: 0, width: 10, height: 10 }],
      },
    });
  });

  test('whatever is read, nothing is thrown', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((it) => `{"format":1,"graph":${it}}`),
        ),
        (text) => {
          const found = readTemplate(text);
          expect('refused' in found || 'document' in found).toBe(true);
        },
      ),
    );
  });
});

describe('what is private stays here', () => {
  const webhook = (url: string, headers: { name: string; value: string }[] = []) =>
    withStep('webhook', { url, headers, body: { 'zh-CN': '{}' } });

  test('secrets of other systems never leave, even when somebody wants to keep them', () => {
    const playbook = webhook('https://user:pass@oapi.example.com/robot/send?access_token=f00ba4f00ba4&x=1', [
      { name: 'Authorization', value: 'Bearer abcdefghijkl' },
      { name: 'X-Api-Key', value: 'k-123' },
      { name: 'Content-Type', value: 'application/json' },
    ]);
    const all = new Set(findingsOf(playbook).map(({ text }) => text));
    expect(all.size).toBe(4);
    const text = writeTemplate(playbook, {}, all);
    for (const secret of ['pass@', 'f00ba4', 'abcdefghijkl', 'k-123']) expect(text).not.toContain(secret);
    expect(text).toContain('application/json');
    expect(text).toContain('&x=1');
    for (const address of [
      'https://open.feishu.example/open-apis/bot/v2/hook/12345678-aaaa-bbbb-cccc-1234567890ab',
      'https://hooks.example.com/services/T000/B000/XXXXXXXXXXXX',
    ])
      expect(writeTemplate(webhook(address), {}, new Set())).not.toMatch(/1234567890ab|XXXXXXXX/);
  });

  test('numbers and addresses of people go unless they are meant for everybody', () => {
    const playbook = withStep('send-message', {
      text: { 'zh-CN': '客服 400-123-4567，小林 13800138000，lin@example.com，订单 20261219200000' },
    });
    expect(findingsOf(playbook).map(({ kind, text }) => [kind, text])).toEqual([
      ['e-mail', 'lin@example.com'],
      ['phone', '13800138000'],
    ]);
    const texts = stringsOf(withoutPrivate(playbook, new Set(['13800138000'])) as unknown as Json).join(' ');
    expect(texts).toContain('400-123-4567，小林 13800138000，…，订单 20261219200000');
  });

  test('nothing private is in the bytes, wherever people may write in a playbook', () => {
    const secrets = [
      'sk-live-4f9a8b7c6d5e4f3a',
      'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
      'AKIAIOSFODNN7EXAMPLE',
    ];
    const people = ['13912345678', 'wang.fang@example.com'];
    const all = [...secrets, ...people].join(' / ');
    const text = { 'zh-CN': all, en: all };
    const step = {
      id: 'more',
      step: 'send-message',
      title: text,
      config: { channel: all, text, unknown: { deep: [all] } },
    };
    const graph = { nodes: [...small.graph.nodes, step as never], edges: small.graph.edges };
    const note = { id: 'n', text: all, colour: 'sand', x: 0, y: 0, width: 10, height: 10 };
    const playbook: Playbook = {
      ...small,
      title: text,
      description: text,
      goal: { ...small.goal!, target: all },
      params: {
        type: 'object',
        properties: { T: { type: 'string', title: text, default: all, examples: [all] } },
      } as never,
      phases: [{ id: 'p', title: text, owner: all, goal: text }],
      graph,
      journeys: { one: { title: text, graph } },
      layout: { campaign: { nodes: {}, notes: [note] } },
    };
    const bytes = writeTemplate(playbook, { title: all }, new Set(secrets));
    for (const it of [...secrets, ...people]) expect(bytes).not.toContain(it);
    expect(privateNames(playbook, new Set())).toEqual([]);
    for (const it of people) expect(findingsOf(playbook).map((found) => found.text)).toContain(it);
    expect(writeTemplate(playbook, {}, new Set(people))).toContain('13912345678');
  });

  test('a name that holds a playbook together is not rewritten: it keeps the playbook here', () => {
    const journeys = { '13912345678': { title: { en: 'One' }, graph: small.graph } };
    expect(privateNames({ ...small, journeys }, new Set())).toEqual(['13912345678']);
    expect(privateNames({ ...small, journeys }, new Set(['13912345678']))).toEqual([]);
  });

  test('words of every day are no keys', () => {
    const text = { en: 'skip-whoever-has-answered-already, task-pk_and_more_words' };
    expect(findingsOf(withStep('send-message', { text }))).toEqual([]);
  });

  test('lists of members go', () => {
    const journeys = {
      few: {
        title: { en: 'Few' },
        graph: {
          nodes: [{ id: 'in', step: 'enter', config: { from: 'list', list: ['m-1', 'm-2'] } }],
          edges: [],
        },
      },
    };
    const text = writeTemplate({ ...small, journeys }, {}, new Set(['m-1, m-2']));
    expect(text).not.toContain('m-1');
    expect(documentOf(text).journeys?.['few']?.graph.nodes[0]?.config).toEqual({ from: 'list' });
  });

  test('what has been cleaned has nothing left to find', () => {
    const word = fc.constantFrom(
      '13800138000',
      'a@b.cn',
      'https://x.cn/?token=abc123',
      'Bearer abcdefgh12',
      '你好',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (words) => {
        const playbook = withStep('send-message', { text: { 'zh-CN': words.join(' ') } });
        expect(findingsOf(withoutPrivate(playbook, new Set()))).toEqual([]);
      }),
    );
  });
});

describe('what a playbook needs', () => {
  const playbook = withStep('send-message', {
    channel: 'wecom-main',
    audience: { segment: { cel: 'member.city == "Berlin" && member.points > 3.0' } },
    text: { 'zh-CN': '{{ member.city }} 的 {{ member.name }}，你好' },
  });

  test('is read from its settings, conditions and texts', () => {
    expect(needsOf(playbook)).toEqual({
      channel: ['simulator', 'wecom-main'],
      role: ['approver'],
      attribute: ['city', 'points'].filter((name) => needsOf(playbook).attribute.includes(name)),
      playbook: [],
    });
    expect(needsOf(playbook).attribute).toContain('city');
    const known = { channel: ['simulator'], role: ['approver'], attribute: ['points'], playbook: [] };
    expect(missingOf(needsOf(playbook), known)).toEqual({
      channel: ['wecom-main'],
      role: [],
      attribute: ['city'],
      playbook: [],
    });
  });

  test('is mapped to a team’s own names, and only that changes', () => {
    const mapped = renamed(playbook, { channel: { 'wecom-main': 'simulator' }, attribute: { city: 'town' } });
    const step = mapped.graph.nodes.at(-1)!;
    expect(step.config).toMatchObject({
      channel: 'simulator',
      audience: { segment: { cel: 'member.town == "Berlin" && member.points > 3.0' } },
      text: { 'zh-CN': '{{ member.town }} 的 {{ member.name }}，你好' },
    });
    expect(mapped.graph.nodes.slice(0, -1)).toEqual(playbook.graph.nodes.slice(0, -1));
    expect(renamed(playbook, {})).toEqual(playbook);
  });

  test('takes no event for an attribute, and leaves events alone when attributes are mapped', () => {
    const welcome = shipped['welcome']!.playbook;
    expect(JSON.stringify(welcome)).toContain('"member.joined"');
    expect(needsOf(welcome).attribute).toEqual([]);
    expect(renamed(welcome, { attribute: { joined: 'since', applied: 'asked' } })).toEqual(welcome);
  });

  test('names the kinds of steps that are not here', () => {
    expect(unknownSteps(withStep('made-up', { a: 1 }))).toEqual(['made-up']);
    expect(unknownSteps(small)).toEqual([]);
  });
});
