// A system of the team's own, which gets each message as a signed HTTP request.
import { webAddress } from './web-address.ts';
import { defineChannel } from './kind.ts';

const naming = {
  label: { zh: '对方系统里的名字', en: 'Name in the other system' },
  pattern: '^[^\\u0000-\\u001f]{1,200}$',
  example: 'user-42',
};

export const webhook = defineChannel({
  label: { zh: '自有系统（Webhook）', en: 'Own system (webhook)' },
  says: {
    zh: '把每条消息作为带签名的 HTTP 请求发给自己的系统，由它送达。',
    en: 'Hands each message to a system of your own as a signed HTTP request; that system delivers it.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    properties: { url: webAddress, answersStatus: { type: 'boolean' } },
  },
  fields: [
    { key: 'url', as: 'url', label: { zh: '地址', en: 'Address' } },
    {
      key: 'answersStatus',
      as: 'boolean',
      label: { zh: '可以查询送达结果', en: 'Can be asked what arrived' },
      help: {
        zh: '发出后没有应答的消息，先向同一地址发 GET 查询，再决定补发还是算作送达；关着就停下等人判断。对方系统要先照 docs/webhook.md 支持查询。',
        en: 'A message that got no answer is asked about by GET at the same address before it is sent again or counted as sent; otherwise it waits for a person. The other system must support this first: docs/webhook.md.',
      },
    },
  ],
  secret: {
    type: 'object',
    additionalProperties: false,
    required: ['key'],
    properties: {
      key: { type: 'string', pattern: '^(whsec_)?[A-Za-z0-9+/]{32,}={0,2}$', maxLength: 200 },
    },
  },
  secretFields: [
    {
      key: 'key',
      as: 'string',
      label: { zh: '签名密钥', en: 'Signing key' },
      help: {
        zh: '24 字节以上的 base64，例如 openssl rand -base64 32。签名遵循 Standard Webhooks：webhook-id、webhook-timestamp、webhook-signature。',
        en: '24 bytes or more in base64, such as `openssl rand -base64 32`. Signed as Standard Webhooks says: webhook-id, webhook-timestamp, webhook-signature.',
      },
    },
  ],
  capabilities: {
    groupPost: true,
    dm: true,
    sends: 'auto',
    readMessages: false,
    memberEvents: false,
    formats: ['text', 'markdown'],
    maxLength: { count: 100_000, unit: 'characters' },
    dedupes: false,
  },
  names: { group: naming, member: naming },
  answers: ({ answersStatus }) => answersStatus === true,
  mention: null,
});
