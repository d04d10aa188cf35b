// The few words that a step says of itself on the drawing are the operator's, not the file's.
import { expect, test } from 'vitest';
import { sayNode } from '../../editor/canvas/say-node.ts';

const fields = {
  params: { eventTitle: { type: 'string', label: { 'zh-CN': '活动名称', en: 'Name of the event' } } },
} as const;
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
  expect(sayNode(approval, 'zh', fields)).toBe('审批人 · 审批：〔活动名称〕，〔T〕');
  expect(sayNode(approval, 'en', fields)).toBe('Approver · Approve 〔Name of the event〕');
});

test('what has no name is shown as it is written', () => {
  const config = {
    ...approval.config,
    role: 'referee',
    title: { 'zh-CN': '{% if x %}好{% endif %}{{ 1 }}' },
  };
  expect(sayNode({ ...approval, config }, 'zh', {})).toBe('referee · {% if x %}好{% endif %}〔…〕');
});
