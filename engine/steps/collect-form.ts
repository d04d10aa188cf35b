// Opens a form and waits: in a journey for this member's answers, in a campaign until the form closes.
// Not the page and not the counting: answers are stored where they come in; only the member's own is handed to the visit.
import { timeRuleSchema } from '../calendar/time-rule.ts';
import type { Text } from '../document.ts';
import type { OpenFormInput } from '../effects/form.ts';
import { call, defineStep, go, listen } from '../step.ts';
import { nameSchema, textSchema, toleranceOfRule } from './shapes.ts';

export const collectForm = defineStep({
  type: 'collect-form',
  family: 'member',
  scope: 'any',
  label: { zh: '收集表单', en: 'Collect form' },
  says: {
    zh: '发布一份表单：旅程里等这位成员填写，活动里收集到截止为止。',
    en: 'Publishes a form: a journey waits for the member’s answers, an activity collects until it closes.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['title', 'questions', 'until'],
    properties: {
      title: textSchema,
      questions: {
        type: 'array',
        minItems: 1,
        maxItems: 20,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['key', 'label', 'type'],
          properties: {
            key: nameSchema,
            label: textSchema,
            type: { enum: ['text', 'number', 'choice', 'yes-no', 'date'] },
            required: { type: 'boolean' },
            options: {
              type: 'array',
              minItems: 2,
              maxItems: 30,
              items: {
                type: 'object',
                additionalProperties: false,
                required: ['value', 'label'],
                properties: { value: nameSchema, label: textSchema },
              },
            },
          },
        },
      },
      until: timeRuleSchema,
      counts: nameSchema,
      consent: nameSchema,
      consentText: textSchema,
    },
  },
  fields: [
    { key: 'title', as: 'text', label: { zh: '标题', en: 'Title' } },
    {
      key: 'questions',
      as: 'list',
      label: { zh: '问题', en: 'Questions' },
      of: [
        { key: 'key', as: 'string', label: { zh: '名称', en: 'Name' } },
        { key: 'label', as: 'text', label: { zh: '问什么', en: 'Question' } },
        {
          key: 'type',
          as: 'choice',
          label: { zh: '答案类型', en: 'Kind of answer' },
          choices: {
            text: { zh: '文字', en: 'Text' },
            number: { zh: '数字', en: 'Number' },
            choice: { zh: '选择', en: 'Choice' },
            'yes-no': { zh: '是或否', en: 'Yes or no' },
            date: { zh: '日期', en: 'Date' },
          },
        },
        { key: 'required', as: 'boolean', label: { zh: '必填', en: 'Required' } },
        {
          key: 'options',
          as: 'list',
          label: { zh: '选项', en: 'Options' },
          of: [
            { key: 'value', as: 'string', label: { zh: '值', en: 'Value' } },
            { key: 'label', as: 'text', label: { zh: '说法', en: 'Label' } },
          ],
        },
      ],
    },
    { key: 'until', as: 'time', label: { zh: '什么时候截止', en: 'Closes' } },
    {
      key: 'counts',
      as: 'metric',
      label: { zh: '计入哪个数据', en: 'Counts as' },
      help: {
        zh: '每位成员的第一次提交加一，例如报名人数。',
        en: 'Each member’s first answer adds one, for instance to the sign-ups.',
      },
    },
    { key: 'consent', as: 'string', label: { zh: '同意的用途', en: 'Consent to' } },
    { key: 'consentText', as: 'text', label: { zh: '同意书的文字', en: 'Consent text' } },
  ],
  ports: () => [
    { name: 'submitted', label: { zh: '有人提交', en: 'Submitted' } },
    { name: 'expired', label: { zh: '截止无人提交', en: 'Closed without answers' } },
  ],
  skip: 'expired',
  page: true,
  waits: () => true,
  grainMs: ({ until }) => toleranceOfRule(until),
  effects: {
    'open-form': (config): OpenFormInput => ({
      title: config.title,
      fields: config.questions,
      until: config.until,
      ...(config.counts === undefined ? {} : { counts: config.counts }),
      ...(config.consent === undefined ? {} : { consent: config.consent }),
      ...(config.consentText === undefined ? {} : { consentText: config.consentText }),
    }),
    'close-form': () => ({}),
  },
  topics: () => [{ answer: 'submitted' }],
  lint: ({ questions, consent, consentText }) => [
    ...questions.flatMap(({ type, options }, index) =>
      type === 'choice' && options === undefined
        ? [{ code: 'E-MISSING', pointer: `/questions/${index}/options`, values: { key: 'options' } }]
        : [],
    ),
    ...(consent !== undefined && consentText === undefined
      ? [{ code: 'E-MISSING', pointer: '/consentText', values: { key: 'consentText' } }]
      : []),
  ],

  enter: () => call('open-form'),

  resume: (_config, _visit, event) => {
    if (event.kind === 'arrived') return go('submitted');
    if (event.kind === 'woke') return call('close-form');
    if (event.kind === 'retimed') return call('open-form');
    if (event.code === 'opened') return listen(event.until);
    return go(event.code === 'some' ? 'submitted' : 'expired');
  },

  examples: [
    {
      says: { zh: '成员一小时后填完。', en: 'The member answers after an hour.' },
      config: {
        title: { 'zh-CN': '活动满意度' },
        questions: [{ key: 'score', label: { 'zh-CN': '打几分？' } as Text, type: 'number' }],
        until: { for: 'P3D' },
      },
      world: [
        { effect: 'open-form', answers: 'opened', until: 'PT72H' },
        { at: 'PT1H', arrives: 0 },
      ],
      leaves: 'submitted',
      at: 'PT1H',
    },
    {
      says: {
        zh: '活动报名收到截止，有人报名。',
        en: 'An activity collects sign-ups until it closes, and has some.',
      },
      config: {
        title: { 'zh-CN': '活动报名' },
        questions: [{ key: 'name', label: { 'zh-CN': '怎么称呼？' } as Text, type: 'text' }],
        until: { anchor: 'T', offset: '-P1D' },
        counts: 'sign_ups',
      },
      world: [
        { effect: 'open-form', answers: 'opened', until: 'PT48H' },
        { effect: 'close-form', answers: 'some' },
      ],
      leaves: 'submitted',
      at: 'PT48H',
    },
    {
      says: { zh: '截止时没有人填。', en: 'Closed without a single answer.' },
      config: {
        title: { 'zh-CN': '活动满意度' },
        questions: [{ key: 'score', label: { 'zh-CN': '打几分？' } as Text, type: 'number' }],
        until: { for: 'PT24H' },
      },
      world: [
        { effect: 'open-form', answers: 'opened', until: 'PT24H' },
        { effect: 'close-form', answers: 'none' },
      ],
      leaves: 'expired',
      at: 'PT24H',
    },
  ],
});
