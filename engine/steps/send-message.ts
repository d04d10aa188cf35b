// Sends a message to groups, to members, or to the member of the journey, as far as the send gate lets it.
// Not the gate: consent, quiet hours and caps are decided by the effect `send`, each time anew.
import type { Text } from '../document.ts';
import type { Audience, SendInput } from '../effects/send.ts';
import { promotingWords, scarceWords } from '../honesty-words.ts';
import { typed } from '../json.ts';
import { conditionSchema } from '../language/rule.ts';
import { call, defineStep, go, listen, sleep, type Finding } from '../step.ts';
import { durationSchema, nameSchema, textSchema } from './shapes.ts';

// The topic of a confirmation, and what the visit waits for.
const DONE = 0;
const WAITING = 0;
const DEFERRED = 1;

export const sendMessage = defineStep({
  type: 'send-message',
  family: 'message',
  scope: 'any',
  label: { zh: '发消息', en: 'Send message' },
  says: {
    zh: '给群或成员发一条消息：尊重同意、退订、静默时段和频次上限，过期不发。',
    en: 'Sends a message to groups or members, within consent, quiet hours and caps, and never after its expiry.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['channel', 'audience', 'text', 'class'],
    properties: {
      channel: nameSchema,
      audience: typed<Audience>({
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
        properties: {
          group: nameSchema,
          groups: {
            anyOf: [{ const: 'all' }, { type: 'array', minItems: 1, maxItems: 1_000, items: nameSchema }],
          },
          segment: conditionSchema,
          subject: { const: true },
        },
      }),
      text: textSchema,
      optOut: textSchema,
      class: { enum: ['service', 'marketing'] },
      mode: { enum: ['auto', 'confirm', 'humanCopy'] },
      expires: durationSchema,
      role: nameSchema,
      priority: { enum: ['digest', 'campaign', 'reply', 'transactional', 'incident'] },
    },
  },
  fields: [
    { key: 'channel', as: 'channel', label: { zh: '渠道', en: 'Channel' } },
    { key: 'audience', as: 'audience', label: { zh: '发给谁', en: 'To' } },
    { key: 'text', as: 'text', label: { zh: '内容', en: 'Text' } },
    {
      key: 'class',
      as: 'choice',
      label: { zh: '消息类别', en: 'Class' },
      choices: { service: { zh: '服务消息', en: 'Service' }, marketing: { zh: '营销消息', en: 'Marketing' } },
      help: {
        zh: '营销消息要有同意和退订方式，受静默时段和频次上限约束。',
        en: 'Marketing needs consent and a way to opt out, and obeys quiet hours and caps.',
      },
    },
    {
      key: 'optOut',
      as: 'text',
      label: { zh: '怎么退订', en: 'How to opt out' },
      help: {
        zh: '附在内容后面，例如“不想再收到请回复 T”。',
        en: 'Added to the text, such as “Reply T to stop”.',
      },
    },
    {
      key: 'mode',
      as: 'choice',
      label: { zh: '怎么发', en: 'Delivery' },
      choices: {
        auto: { zh: '自动发送', en: 'By the channel itself' },
        confirm: { zh: '由同事确认', en: 'Released by a colleague' },
        humanCopy: { zh: '由同事复制粘贴', en: 'Pasted by a colleague' },
      },
      help: {
        zh: '自动发送；由同事在渠道里确认；或由同事复制粘贴。',
        en: 'By the channel itself, released by a colleague, or copied and pasted by a colleague.',
      },
    },
    { key: 'expires', as: 'duration', label: { zh: '多久后不再发', en: 'Expires after' } },
    { key: 'role', as: 'role', label: { zh: '由谁确认或粘贴', en: 'Confirmed or pasted by' } },
    {
      key: 'priority',
      as: 'choice',
      label: { zh: '优先级', en: 'Priority' },
      choices: {
        digest: { zh: '汇总', en: 'Digest' },
        campaign: { zh: '活动', en: 'Campaign' },
        reply: { zh: '回复', en: 'Reply' },
        transactional: { zh: '事务', en: 'Transactional' },
        incident: { zh: '突发', en: 'Incident' },
      },
      help: {
        zh: '上限或额度不够时谁先发：已排定的更紧急的消息占住名额，其他消息改期或不发。不填时，服务消息为“事务”，营销消息为“活动”。',
        en: 'Who goes first where a cap or limit has no room for both: a more urgent message that is planned keeps its place. Service is transactional and marketing is campaign unless you say otherwise.',
      },
    },
  ],
  ports: () => [
    { name: 'sent', label: { zh: '已发送', en: 'Sent' } },
    { name: 'partial', label: { zh: '部分发送', en: 'Partly sent' }, open: 'first' },
    { name: 'skipped', label: { zh: '没有发', en: 'Not sent' }, open: 'first' },
    { name: 'expired', label: { zh: '过期', en: 'Expired' }, open: 'first' },
    { name: 'failed', label: { zh: '发送失败', en: 'Failed' }, open: 'stuck' },
  ],
  skip: 'skipped',
  waits: () => false,
  effects: {
    send: (config): SendInput => ({
      channel: config.channel,
      audience: config.audience,
      text: config.text,
      class: config.class,
      mode: config.mode ?? 'auto',
      ...(config.optOut === undefined ? {} : { optOut: config.optOut }),
      ...(config.expires === undefined ? {} : { expires: config.expires }),
      ...(config.role === undefined ? {} : { role: config.role }),
      ...(config.priority === undefined ? {} : { priority: config.priority }),
    }),
  },
  // Invariant: the order is that of the answers of a confirmation task.
  topics: ({ mode }) =>
    mode === undefined || mode === 'auto' ? [] : [{ answer: 'done' }, { answer: 'skip' }],
  lint: ({ text, optOut, class: kind, audience }) => [
    ...(kind === 'marketing' && optOut === undefined ? [{ code: 'E-NO-OPTOUT', pointer: '/optOut' }] : []),
    ...(kind === 'marketing' && 'segment' in audience && !/consent/i.test(JSON.stringify(audience.segment))
      ? [{ code: 'E-NO-CONSENT', pointer: '/audience/segment' }]
      : []),
    ...scarcity(text),
    ...(kind === 'service' ? promotion(text) : []),
  ],

  enter: () => call('send'),

  resume: (_config, { stage }, event) => {
    if (event.kind === 'arrived') return event.topic === DONE ? call('send') : go('skipped');
    if (event.kind !== 'returned') return stage === DEFERRED ? call('send') : go('expired');
    if (event.code === 'deferred') return sleep(event.until, DEFERRED);
    return event.code === 'waiting' ? listen(event.until, WAITING) : go(event.code);
  },

  examples: [
    {
      says: { zh: '马上发出。', en: 'It goes out at once.' },
      config: {
        channel: 'simulator',
        audience: { groups: 'all' },
        text: { 'zh-CN': '开始啦！', en: 'We are live!' },
        class: 'service',
      },
      world: [{ effect: 'send', answers: 'sent' }],
      leaves: 'sent',
    },
    {
      says: {
        zh: '夜里不打扰：早上再过一次闸口才发。',
        en: 'Not at night: in the morning the gate is asked again, and lets it through.',
      },
      config: {
        channel: 'simulator',
        audience: { subject: true },
        text: { 'zh-CN': '明天见！', en: 'See you tomorrow!' },
        optOut: { 'zh-CN': '不想再收到请回复 T。', en: 'Reply T to stop.' },
        class: 'marketing',
        expires: 'PT12H',
      },
      world: [
        { effect: 'send', answers: 'deferred', until: 'PT9H' },
        { effect: 'send', answers: 'sent' },
      ],
      leaves: 'sent',
      at: 'PT9H',
    },
    {
      says: {
        zh: '同事二十分钟后确认已粘贴。',
        en: 'A colleague pastes it and says so after twenty minutes.',
      },
      config: {
        channel: 'wechat-group',
        audience: { groups: 'all' },
        text: { 'zh-CN': '谢谢大家！' },
        class: 'service',
        mode: 'humanCopy',
        role: 'operator',
      },
      world: [
        { effect: 'send', answers: 'waiting', until: 'PT6H' },
        { at: 'PT20M', arrives: 0 },
        { effect: 'send', answers: 'sent' },
      ],
      leaves: 'sent',
      at: 'PT20M',
    },
    {
      says: { zh: '没有人确认，到期作废。', en: 'Nobody confirms, and it expires.' },
      config: {
        channel: 'wecom',
        audience: { groups: 'all' },
        text: { 'zh-CN': '谢谢大家！' },
        class: 'service',
        mode: 'confirm',
        role: 'operator',
      },
      world: [{ effect: 'send', answers: 'waiting', until: 'PT6H' }],
      leaves: 'expired',
      at: 'PT6H',
    },
    {
      says: { zh: '已达上限，今天不再打扰。', en: 'The cap is reached: nothing more today.' },
      config: {
        channel: 'simulator',
        audience: { subject: true },
        text: { 'zh-CN': '还差一步。' },
        optOut: { 'zh-CN': '不想再收到请回复 T。' },
        class: 'marketing',
      },
      world: [{ effect: 'send', answers: 'skipped' }],
      leaves: 'skipped',
    },
  ],
});

/** What is sold may be refused: a message that offers it is marketing, whatever it calls itself. */
const promotion = (text: Text): Finding[] =>
  Object.entries(text).flatMap(([locale, words]) => {
    const value = promotingWords(words);
    return value === undefined ? [] : [{ code: 'W-CLASS', pointer: `/text/${locale}`, values: { value } }];
  });

function scarcity(text: Text): Finding[] {
  return Object.entries(text).flatMap(([locale, words]) => {
    const found = scarceWords(words);
    return found === undefined
      ? []
      : [{ code: 'E-SCARCITY-UNBOUND', pointer: `/text/${locale}`, values: { value: found } }];
  });
}
