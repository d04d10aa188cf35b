// What a problem says to an operator, and what a click mends.
import { describe, expect, test } from 'vitest';
import { fixOf } from '../../editor/problems/fixes.ts';
import { sayProblem } from '../../editor/problems/say.ts';
import { fieldAt } from '../../editor/problems/where.ts';
import { CAMPAIGN, graphOf } from '../../editor/document/graphs.ts';
import { compile, productFor, type Playbook, type Problem, type ProblemCode } from '../../engine/index.ts';
import { examples } from '../../scripts/docs/problem-examples.ts';
import { shipped } from '../../playbooks/index.ts';

const codes = Object.keys(examples) as ProblemCode[];

/** Problems of a code in a playbook. */
const those = (document: Playbook, code: ProblemCode): Problem[] =>
  compile(document).problems.filter((problem) => problem.code === code);

describe('a fix', () => {
  const fixable = codes.flatMap((code) => {
    const document = examples[code]!.document as Playbook;
    const [problem] = those(document, code);
    const fix = problem === undefined ? undefined : fixOf(problem, document);
    return fix === undefined ? [] : [{ code, document, fix }];
  });

  test('is offered for more than a third of what can be drawn wrongly', () => {
    expect(fixable.length).toBeGreaterThanOrEqual(35);
  });

  test.each(fixable)(
    '$code goes away at a click, and nothing is changed in place',
    ({ code, document, fix }) => {
      const before = JSON.stringify(document);
      const after = fix.apply(document);
      expect(JSON.stringify(document)).toBe(before);
      expect(those(after, code).length).toBeLessThan(those(document, code).length);
      expect([fix.says.zh, fix.says.en]).not.toContain('');
    },
  );
});

test('a channel that nobody has is put right at all of its steps at once', () => {
  const { graph, ...rest } = shipped['event-campaign']!.playbook;
  const document: Playbook = {
    ...rest,
    graph: {
      ...graph,
      nodes: graph.nodes.map((node) =>
        node.config !== undefined && 'channel' in node.config
          ? { ...node, config: { ...node.config, channel: 'simulater' } }
          : node,
      ),
    },
  };
  const registry = productFor([], [{ name: 'simulator', kind: 'simulator', budgets: [], trouble: null }]);
  const unknown = (of: Playbook) =>
    compile(of, undefined, registry).problems.filter(({ code }) => code === 'W-CHANNEL-UNKNOWN');
  const found = unknown(document);
  expect(found).toHaveLength(1);
  expect(unknown(fixOf(found[0]!, document)!.apply(document))).toEqual([]);
});

describe('a problem', () => {
  const document: Playbook = {
    ...shipped['event-campaign']!.playbook,
    graph: {
      nodes: [
        { id: 's', step: 'start', config: {} },
        {
          id: 'm',
          step: 'send-message',
          config: { class: 'marketng' },
          title: { 'zh-CN': '预告', en: 'Teaser' },
        },
      ],
      edges: [{ id: 'e', from: 's', port: 'out', to: 'm' }],
    },
  };
  const said = (language: 'zh' | 'en') =>
    compile(document).problems.map((problem) =>
      Object.values(sayProblem(problem, document, language)).join(' '),
    );

  test('names settings by their labels, choices by their words, steps and exits in the reader’s language', () => {
    expect(said('zh')).toContain('缺少「渠道」。 填写「渠道」。');
    expect(said('en')).toContain('"Channel" is missing. Fill in "Channel".');
    expect(said('zh').find((it) => it.includes('marketng'))).toMatch(/服务消息.*营销消息/);
    const open = shipped['event-campaign']!.playbook.graph.nodes.map((node) => ({ ...node }));
    const cut = { ...document, graph: { nodes: open, edges: [] } };
    for (const problem of compile(cut).problems) {
      const { sentence, advice } = sayProblem(problem, cut, 'en');
      // What the playbook writes in both languages is never quoted in the wrong one.
      if (problem.values['step'] !== undefined)
        expect(`${sentence} ${advice}`).not.toMatch(/[\u4E00-\u9FFF]/);
    }
  });

  test('says which control it is about, also in rows of lists', () => {
    const branch = { id: 'b', step: 'branch', config: {} };
    expect(fieldAt(branch, '/graph/nodes/3/config/rules/1/when/cel')?.control).toBe('f-b-rules-1-when');
    expect(fieldAt(branch, '/graph/nodes/3/config/rules')?.control).toBe('f-b-rules');
    expect(fieldAt(branch, '/graph/nodes/3')).toBeUndefined();
    expect(graphOf(document, CAMPAIGN).nodes.length).toBe(2);
  });
});
