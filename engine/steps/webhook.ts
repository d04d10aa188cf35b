// Calls somebody else's system over HTTP and goes by its answer.
// Not the call: time limits, signatures and forbidden addresses are the worker's.
import type { WebhookInput } from '../effects/webhook.ts';
import { call, defineStep, go } from '../step.ts';
import { textSchema } from './shapes.ts';

// The names of the protocol are what people call them.
const METHOD_WORDS = Object.fromEntries(
  ['POST', 'PUT', 'GET', 'DELETE', 'PATCH'].map((method) => [method, { zh: method, en: method }]),
);

export const webhook = defineStep({
  type: 'webhook',
  family: 'flow',
  scope: 'any',
  label: { zh: '调用接口', en: 'Webhook' },
  says: {
    zh: '调用别的系统的接口；暂时出错会重试，对方明确拒绝走“被拒绝”。',
    en: 'Calls another system; passing trouble is tried again, a clear refusal leaves by “refused”.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: {
      url: { type: 'string', pattern: '^https?://[^\\s/]', maxLength: 2_000 },
      method: { enum: ['POST', 'PUT', 'GET', 'DELETE', 'PATCH'] },
      body: textSchema,
      headers: {
        type: 'array',
        maxItems: 20,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['name', 'value'],
          properties: {
            name: { type: 'string', pattern: '^[A-Za-z0-9-]{1,60}$' },
            value: { type: 'string', maxLength: 1_000, pattern: '^[^\\r\\n]*$' },
          },
        },
      },
    },
  },
  fields: [
    { key: 'url', as: 'url', label: { zh: '地址', en: 'Address' } },
    { key: 'method', as: 'choice', label: { zh: '方法', en: 'Method' }, choices: METHOD_WORDS },
    { key: 'body', as: 'text', label: { zh: '内容', en: 'Body' } },
    {
      key: 'headers',
      as: 'list',
      label: { zh: '请求头', en: 'Headers' },
      of: [
        { key: 'name', as: 'string', label: { zh: '名称', en: 'Name' } },
        { key: 'value', as: 'string', label: { zh: '值', en: 'Value' } },
      ],
    },
  ],
  ports: () => [
    { name: 'ok', label: { zh: '成功', en: 'OK' } },
    { name: 'refused', label: { zh: '被拒绝', en: 'Refused' }, open: 'first' },
    { name: 'failed', label: { zh: '失败', en: 'Failed' }, open: 'stuck' },
  ],
  skip: 'refused',
  waits: () => false,
  effects: {
    webhook: ({ url, method, body, headers }): WebhookInput => ({
      url,
      method: method ?? 'POST',
      ...(body === undefined ? {} : { body }),
      ...(headers === undefined ? {} : { headers }),
    }),
  },

  enter: () => call('webhook'),

  resume: (_config, _visit, event) => go(event.kind === 'returned' ? event.code : 'failed'),

  examples: [
    {
      says: { zh: '对方收下了。', en: 'The other side accepts.' },
      config: { url: 'https://example.com/hook', body: { 'zh-CN': '{"member":"{{ member.id }}"}' } },
      world: [{ effect: 'webhook', answers: 'ok' }],
      leaves: 'ok',
    },
    {
      says: { zh: '对方说没有这个地址。', en: 'The other side knows no such address.' },
      config: { url: 'https://example.com/gone' },
      world: [{ effect: 'webhook', answers: 'refused' }],
      leaves: 'refused',
    },
  ],
});
