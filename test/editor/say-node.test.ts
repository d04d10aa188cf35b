// The few words that a step says of itself on the drawing are the operator's, not the file's.
import { expect, test } from 'vitest';
import { sayNode } from '../../editor/canvas/say-node.ts';
import { NO_NAMES, namesOf, type Reader } from '../../editor/document/names.ts';
import { graphNames, graphOf } from '../../editor/document/graphs.ts';
import { shipped } from '../../playbooks/index.ts';

const fields = {
  params: { eventTitle: { type: 'string', label: { 'zh-CN': '活动名称', en: 'Name of the event' } } },
} as const;
const readerOf = (language: Reader['language'], more: Partial<Reader['names']> = {}): Reader => ({
  language,
  names: { ...NO_NAMES, fields, ...more },
});
const approval = {
  id: 'a',
  step: 'approval',
  config: {
    role: 'approver',
    title: {
      'zh-CN': '审批：{{ params.eventTitle }}，{{ params.T | when }}',
      en: 'Approve {{params.eventTitle}}',
    },
    due: { for: 'PT48H' },
  },
};

test('roles and placeholders are called by their names', () => {
  expect(sayNode(approval, readerOf('zh'))).toBe('审批人 · 审批：〔活动名称〕，〔T〕');
  expect(sayNode(approval, readerOf('en'))).toBe('Approver · Approve [Name of the event]');
});

test('what has no name is shown as it is written', () => {
  const config = {
    ...approval.config,
    role: 'referee',
    title: { 'zh-CN': '{% if x %}好{% endif %}{{ 1 }}' },
  };
  expect(sayNode({ ...approval, config }, readerOf('zh', { fields: {} }))).toBe(
    'referee · {% if x %}好{% endif %}〔…〕',
  );
});

test('ends, journeys, pages, events and lengths of time are called as operators call them', () => {
  const { playbook } = shipped['welcome']!;
  const said = (id: string): string => {
    const node = graphNames(playbook)
      .flatMap((graph) => graphOf(playbook, graph).nodes)
      .find((it) => it.id === id)!;
    return sayNode(node, { language: 'zh', names: namesOf(playbook) });
  };
  const ids = graphNames(playbook).flatMap((graph) => graphOf(playbook, graph).nodes.map(({ id }) => id));
  const all = ids.map(said).join('\n');
  expect(all).not.toMatch(/\[object/);
  expect(all).not.toMatch(/reviewed|abandoned|member\.|〔[a-z]/);
  expect(all).toContain('迎新两周');
  // A reason that somebody wrote in words is what they want to read.
  const end = { id: 'e', step: 'exit', config: { reason: '报名太少' } };
  expect(sayNode(end, readerOf('zh'))).toBe('报名太少');
});
