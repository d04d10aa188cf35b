// Hands work to a person and waits for one of its outcomes.
// Not the person and not the list of tasks: the effects open, remind and escalate; the answer comes through the inbox.
import type { OpenTaskInput } from '../effects/task.ts';
import { call, defineStep } from '../step.ts';
import { nameSchema, ownPort, portFields, portFindings, portSchema, textSchema } from './shapes.ts';
import { awaitAnswer, deadlineFields, deadlineSchemas, escalation } from './tasks.ts';

/** Work that touches people so closely that only a person may decide it, and no deadline. */
export const SENSITIVE = ['comfort', 'mediate', 'apologise', 'remove-member', 'money'] as const;
const KINDS = [
  ...(['other', 'interview', '1v1', 'publish-content', 'hot-topic', 'ambassador-brief', 'adjust'] as const),
  ...(['review', 'coaching', 'host-brief', 'tech-check', 'ship', 'handover', 'page', 'reply'] as const),
  ...(['fact-check'] as const),
  ...SENSITIVE,
] as const;

const KIND_WORDS: Readonly<Record<(typeof KINDS)[number], { readonly zh: string; readonly en: string }>> = {
  other: { zh: '其他', en: 'Other' },
  interview: { zh: '访谈', en: 'Interview' },
  '1v1': { zh: '一对一沟通', en: 'One-to-one talk' },
  'publish-content': { zh: '发布内容', en: 'Publish content' },
  'hot-topic': { zh: '带话题', en: 'Start a topic' },
  'ambassador-brief': { zh: '给大使交底', en: 'Brief ambassadors' },
  adjust: { zh: '调整方案', en: 'Adjust the plan' },
  review: { zh: '复盘', en: 'Review' },
  coaching: { zh: '辅导', en: 'Coaching' },
  'host-brief': { zh: '给主持人交底', en: 'Brief the host' },
  'tech-check': { zh: '设备检查', en: 'Technical check' },
  ship: { zh: '发货', en: 'Ship' },
  handover: { zh: '交接', en: 'Hand over' },
  page: { zh: '叫人处理', en: 'Call somebody in' },
  reply: { zh: '回复', en: 'Reply' },
  'fact-check': { zh: '核实', en: 'Check the facts' },
  comfort: { zh: '安抚', en: 'Comfort' },
  mediate: { zh: '调解', en: 'Mediate' },
  apologise: { zh: '道歉', en: 'Apologise' },
  'remove-member': { zh: '移出成员', en: 'Remove a member' },
  money: { zh: '涉及钱', en: 'Money' },
};

export const humanTask = defineStep({
  type: 'human-task',
  family: 'human',
  scope: 'any',
  label: { zh: '人工任务', en: 'Human task' },
  says: {
    zh: '交给人做一件事，等他选出结果；到点提醒一次，逾期按约定处理。',
    en: 'Hands work to a person and waits for the outcome; reminds once, and does what was agreed when it is overdue.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['role', 'title', 'outcomes', 'due'],
    properties: {
      kind: { enum: KINDS },
      role: nameSchema,
      title: textSchema,
      script: textSchema,
      outcomes: {
        type: 'array',
        minItems: 1,
        maxItems: 10,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['port'],
          properties: { port: portSchema, label: textSchema },
        },
      },
      numbers: {
        type: 'array',
        minItems: 1,
        maxItems: 10,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['name'],
          properties: { name: nameSchema, label: textSchema },
        },
      },
      evidence: { type: 'boolean' },
      ...deadlineSchemas,
    },
  },
  fields: [
    { key: 'kind', as: 'choice', label: { zh: '任务类型', en: 'Kind' }, choices: KIND_WORDS },
    { key: 'role', as: 'role', label: { zh: '由谁做', en: 'Who' } },
    { key: 'title', as: 'text', label: { zh: '任务标题', en: 'Title' } },
    { key: 'script', as: 'text', label: { zh: '怎么做、话术', en: 'What to do and say' } },
    { key: 'outcomes', as: 'list', label: { zh: '结果', en: 'Outcomes' }, of: portFields },
    {
      key: 'numbers',
      as: 'list',
      label: { zh: '请填的数字', en: 'Numbers to report' },
      help: {
        zh: '机器读不到的数据由人上报，例如微信群人数；之后可用“看数据”判断。',
        en: 'What no machine can read, such as the head count of a group; branches by metric can use it.',
      },
      of: [
        { key: 'name', as: 'string', label: { zh: '名称', en: 'Name' } },
        { key: 'label', as: 'text', label: { zh: '说明', en: 'Label' } },
      ],
    },
    { key: 'evidence', as: 'boolean', label: { zh: '需要凭证', en: 'Proof required' } },
    ...deadlineFields({ zh: '什么时候做完', en: 'Due' }),
  ],
  ports: ({ outcomes }) => [
    ...outcomes.map(({ port, label }) => ownPort(port, label)),
    { name: 'expired', label: { zh: '逾期', en: 'Expired' } },
  ],
  skip: 'expired',
  waits: () => true,
  effects: {
    'open-task': (config): OpenTaskInput => ({
      kind: config.kind ?? 'other',
      role: config.role,
      title: config.title,
      outcomes: config.outcomes.map(({ port, label }) => ({
        name: port,
        ...(label === undefined ? {} : { label }),
      })),
      due: config.due,
      ...(config.script === undefined ? {} : { script: config.script }),
      ...(config.numbers === undefined ? {} : { numbers: config.numbers }),
      ...(config.evidence === undefined ? {} : { evidence: config.evidence }),
      ...(config.remindBefore === undefined ? {} : { remindBefore: config.remindBefore }),
    }),
    'remind-task': () => ({}),
    'escalate-task': escalation,
  },
  topics: ({ outcomes }) => outcomes.map(({ port }) => ({ answer: port })),
  lint: ({ kind, outcomes, onTimeout }) => [
    ...portFindings(outcomes, 'outcomes', ['expired']),
    // Passing over it when time is up would be a decision that no person took.
    ...(SENSITIVE.some((it) => it === kind) && onTimeout === 'skip'
      ? [{ code: 'E-HUMAN-ONLY', pointer: '/onTimeout', values: { value: kind ?? '' } }]
      : []),
  ],

  enter: () => call('open-task'),

  resume: ({ outcomes, onTimeout = 'escalate' }, visit, event) =>
    awaitAnswer(
      outcomes.map(({ port }) => port),
      onTimeout,
      visit,
      event,
    ),

  examples: [
    {
      says: { zh: '两小时后做完。', en: 'Done after two hours.' },
      config: {
        role: 'operator',
        title: { 'zh-CN': '约三位老成员提问题' },
        outcomes: [{ port: 'done' }, { port: 'too-few' }],
        due: { for: 'PT24H' },
      },
      world: [
        { effect: 'open-task', answers: 'opened', until: 'PT24H' },
        { at: 'PT2H', arrives: 0 },
      ],
      leaves: 'done',
      at: 'PT2H',
    },
    {
      says: {
        zh: '提醒一次，到期升级，第二个期限也过了。',
        en: 'Reminded once, escalated at the deadline, and the second deadline passes too.',
      },
      config: {
        role: 'operator',
        title: { 'zh-CN': '安抚投诉的成员' },
        kind: 'comfort',
        outcomes: [{ port: 'done' }],
        due: { for: 'PT4H' },
        remindBefore: 'PT1H',
        escalateTo: 'owner',
        escalateWithin: 'PT2H',
      },
      world: [
        { effect: 'open-task', answers: 'remind', until: 'PT3H' },
        { effect: 'remind-task', answers: 'reminded', until: 'PT4H' },
        { effect: 'escalate-task', answers: 'escalated', until: 'PT6H' },
      ],
      leaves: 'expired',
      at: 'PT6H',
    },
    {
      says: {
        zh: '可做可不做：到期就走“逾期”。',
        en: 'Nice to have: at the deadline it leaves by “expired”.',
      },
      config: {
        role: 'operator',
        title: { 'zh-CN': '要不要加一场答疑' },
        outcomes: [{ port: 'extra' }],
        due: { for: 'PT30M' },
        onTimeout: 'skip',
      },
      world: [{ effect: 'open-task', answers: 'opened', until: 'PT30M' }],
      leaves: 'expired',
      at: 'PT30M',
    },
  ],
});
