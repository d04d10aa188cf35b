// The 复盘: drafts the review of the run, opens the task to finish it, and waits until it is approved.
// Not the draft: the effect computes it. A run is not complete until its review is approved.
import { timeRuleSchema } from '../calendar/time-rule.ts';
import type { DraftReportInput } from '../effects/report.ts';
import { call, defineStep, go, listen } from '../step.ts';
import { durationSchema, nameSchema, windowFindings } from './shapes.ts';
import { escalation } from './tasks.ts';

const TO_DEADLINE = 1;
const TO_LAST = 2;

export const report = defineStep({
  type: 'report',
  family: 'report',
  scope: 'campaign',
  label: { zh: '复盘', en: 'Review report' },
  says: {
    zh: '自动起草复盘，交给人补充和批准；批准之前，这次活动不算完成。',
    en: 'Drafts the review and has people finish and approve it; until then the run is not complete.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['role'],
    properties: {
      role: nameSchema,
      due: timeRuleSchema,
      escalateTo: nameSchema,
      escalateWithin: durationSchema,
      metrics: {
        type: 'array',
        maxItems: 30,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['metric'],
          properties: { metric: nameSchema, window: durationSchema },
        },
      },
    },
  },
  fields: [
    { key: 'role', as: 'role', label: { zh: '由谁完成', en: 'Who finishes it' } },
    {
      key: 'due',
      as: 'time',
      label: { zh: '什么时候完成', en: 'Due' },
      help: { zh: '不填是 72 小时内。', en: 'Empty: within 72 hours.' },
    },
    { key: 'escalateTo', as: 'role', label: { zh: '逾期升级给谁', en: 'When overdue, escalate to' } },
    { key: 'escalateWithin', as: 'duration', label: { zh: '升级后再给多久', en: 'Then due within' } },
    {
      key: 'metrics',
      as: 'list',
      label: { zh: '写进复盘的指标', en: 'Metrics in the review' },
      of: [
        { key: 'metric', as: 'metric', label: { zh: '指标', en: 'Metric' } },
        {
          key: 'window',
          as: 'duration',
          label: { zh: '最近多久', en: 'Over the last' },
          help: {
            zh: '不填用指标自己的窗口（如激活率 7 天）；没有的从活动开始算起。',
            en: 'Empty: the window of the metric itself (7 days for activation); without one, since the activity began.',
          },
        },
      ],
    },
  ],
  ports: () => [
    { name: 'approved', label: { zh: '已批准', en: 'Approved' } },
    // Stuck: an unfinished review must not pass for an approved one.
    { name: 'overdue', label: { zh: '一直没有完成', en: 'Overdue' }, open: 'stuck' },
  ],
  skip: 'overdue',
  waits: () => true,
  effects: {
    'draft-report': ({ role, due, metrics }): DraftReportInput => ({
      role,
      due: due ?? { for: 'PT72H' },
      ...(metrics === undefined ? {} : { metrics }),
    }),
    'escalate-task': escalation,
  },
  topics: () => [{ answer: 'approved' }],
  lint: ({ metrics = [] }) => metrics.flatMap((it, index) => windowFindings(it, `/metrics/${index}`)),

  enter: () => call('draft-report'),

  resume: (_config, { stage }, event) => {
    switch (event.kind) {
      case 'arrived':
        return go('approved');
      case 'retimed':
        return stage === TO_LAST ? call('escalate-task') : call('draft-report');
      case 'returned':
        return listen(event.until, event.code === 'drafted' ? TO_DEADLINE : TO_LAST);
      case 'woke':
        return stage === TO_DEADLINE ? call('escalate-task') : go('overdue');
    }
  },

  examples: [
    {
      says: { zh: '一天后批准。', en: 'Approved after a day.' },
      config: { role: 'owner' },
      world: [
        { effect: 'draft-report', answers: 'drafted', until: 'PT72H' },
        { at: 'PT24H', arrives: 0 },
      ],
      leaves: 'approved',
      at: 'PT24H',
    },
    {
      says: { zh: '升级之后仍然没有完成。', en: 'Escalated, and still nobody finishes it.' },
      config: { role: 'owner', due: { for: 'P3D' }, escalateTo: 'manager', escalateWithin: 'P1D' },
      world: [
        { effect: 'draft-report', answers: 'drafted', until: 'PT72H' },
        { effect: 'escalate-task', answers: 'escalated', until: 'PT96H' },
      ],
      leaves: 'overdue',
      at: 'PT96H',
    },
  ],
});
