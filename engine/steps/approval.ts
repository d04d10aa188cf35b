// Asks people for a yes or a no, and never takes silence for a yes.
// Not a task with outcomes of one's own: that is human-task.
import type { OpenTaskInput } from '../effects/task.ts';
import { call, defineStep } from '../step.ts';
import { nameSchema, textSchema } from './shapes.ts';
import { awaitAnswer, deadlineFields, deadlineSchemas, escalation } from './tasks.ts';

const ANSWERS = ['approved', 'rejected'] as const;

export const approval = defineStep({
  type: 'approval',
  family: 'human',
  scope: 'any',
  label: { zh: '审批', en: 'Approval' },
  says: {
    zh: '请人审批：同意或驳回。没有人答复时绝不自动通过。',
    en: 'Asks for approval. Silence never counts as a yes.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['role', 'title', 'due'],
    properties: {
      role: nameSchema,
      title: textSchema,
      script: textSchema,
      quorum: { type: 'integer', minimum: 1, maximum: 20 },
      evidence: { type: 'boolean' },
      ...deadlineSchemas,
    },
  },
  fields: [
    { key: 'role', as: 'role', label: { zh: '由谁审批', en: 'Approver' } },
    { key: 'title', as: 'text', label: { zh: '审批什么', en: 'What' } },
    { key: 'script', as: 'text', label: { zh: '请他看什么', en: 'What to look at' } },
    { key: 'quorum', as: 'integer', label: { zh: '需要几个人同意', en: 'How many must agree' } },
    { key: 'evidence', as: 'boolean', label: { zh: '需要凭证', en: 'Proof required' } },
    ...deadlineFields({ zh: '答复期限', en: 'Due' }),
  ],
  ports: () => [
    { name: 'approved', label: { zh: '同意', en: 'Approved' } },
    { name: 'rejected', label: { zh: '驳回', en: 'Rejected' } },
    { name: 'expired', label: { zh: '无人答复', en: 'No answer' } },
  ],
  skip: 'expired',
  waits: () => true,
  effects: {
    'open-task': (config): OpenTaskInput => ({
      kind: 'approval',
      role: config.role,
      title: config.title,
      outcomes: [
        { name: 'approved', label: { 'zh-CN': '同意', en: 'Approve' } },
        { name: 'rejected', label: { 'zh-CN': '驳回', en: 'Reject' } },
      ],
      due: config.due,
      quorum: config.quorum ?? 1,
      ...(config.script === undefined ? {} : { script: config.script }),
      ...(config.evidence === undefined ? {} : { evidence: config.evidence }),
      ...(config.remindBefore === undefined ? {} : { remindBefore: config.remindBefore }),
    }),
    'remind-task': () => ({}),
    'escalate-task': escalation,
  },
  topics: () => ANSWERS.map((answer) => ({ answer })),

  enter: () => call('open-task'),

  resume: ({ onTimeout = 'escalate' }, visit, event) => awaitAnswer(ANSWERS, onTimeout, visit, event),

  examples: [
    {
      says: { zh: '二十分钟后同意。', en: 'Approved after twenty minutes.' },
      config: { role: 'approver', title: { 'zh-CN': '活动方案' }, due: { for: 'PT48H' } },
      world: [
        { effect: 'open-task', answers: 'opened', until: 'PT48H' },
        { at: 'PT20M', arrives: 0 },
      ],
      leaves: 'approved',
      at: 'PT20M',
    },
    {
      says: {
        zh: '提醒之后还是没人答复，升级给主管，主管驳回。',
        en: 'Nobody answers after the reminder; it goes to the manager, who rejects it.',
      },
      config: {
        role: 'approver',
        title: { 'zh-CN': '活动方案' },
        due: { for: 'PT48H' },
        remindBefore: 'PT4H',
        escalateTo: 'owner',
        escalateWithin: 'PT24H',
      },
      world: [
        { effect: 'open-task', answers: 'remind', until: 'PT44H' },
        { effect: 'remind-task', answers: 'reminded', until: 'PT48H' },
        { effect: 'escalate-task', answers: 'escalated', until: 'PT72H' },
        { at: 'PT50H', arrives: 1 },
      ],
      leaves: 'rejected',
      at: 'PT50H',
    },
    {
      says: {
        zh: '到期没有答复，按约定当作没有批。',
        en: 'No answer in time, and it was agreed to go on without.',
      },
      config: { role: 'approver', title: { 'zh-CN': '加一条提醒' }, due: { for: 'PT2H' }, onTimeout: 'skip' },
      world: [{ effect: 'open-task', answers: 'opened', until: 'PT2H' }],
      leaves: 'expired',
      at: 'PT2H',
    },
  ],
});
