// E-mail by SMTP, from one verified address.
import { defineChannel } from './kind.ts';

const address = {
  type: 'string',
  maxLength: 254,
  pattern: '^[^\\s@<>"\\u0000-\\u001f]{1,64}@[A-Za-z0-9.-]{1,190}$',
} as const;
/** One line of a header. */
const line = {
  type: 'string',
  minLength: 1,
  maxLength: 100,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
} as const;

const naming = {
  label: { zh: '邮箱地址', en: 'E-mail address' },
  pattern: address.pattern,
  example: 'lan@example.com',
};

/** What of an account is not secret. */
export const emailConfig = {
  type: 'object',
  additionalProperties: false,
  required: ['host', 'from'],
  // A password never goes out in the clear.
  not: { required: ['user', 'security'], properties: { security: { const: 'none' } } },
  properties: {
    host: { type: 'string', pattern: '^[A-Za-z0-9.:-]{1,253}$' },
    port: { type: 'integer', minimum: 1, maximum: 65_535 },
    security: { enum: ['tls', 'starttls', 'none'] },
    user: { type: 'string', minLength: 1, maxLength: 254 },
    from: address,
    fromName: line,
    replyTo: address,
    ca: { type: 'string', pattern: '^-----BEGIN CERTIFICATE-----', maxLength: 20_000 },
  },
} as const;

export const email = defineChannel({
  label: { zh: '电子邮件', en: 'E-mail' },
  says: {
    zh: '通过 SMTP 服务器发邮件，带一键退订。',
    en: 'Sends mail by an SMTP server, with one-click unsubscription.',
  },
  config: emailConfig,
  fields: [
    { key: 'host', as: 'string', label: { zh: 'SMTP 服务器', en: 'SMTP server' } },
    {
      key: 'port',
      as: 'integer',
      label: { zh: '端口', en: 'Port' },
      help: { zh: '默认 465（TLS）或 587（STARTTLS）。', en: '465 with TLS or 587 with STARTTLS otherwise.' },
    },
    {
      key: 'security',
      as: 'choice',
      label: { zh: '加密', en: 'Encryption' },
      help: {
        zh: '默认 tls；starttls 先明文连接再升级，升级不了就不发；none 只适合本机。',
        en: 'tls unless set; starttls connects first and sends nothing unless it can encrypt; none suits this machine only.',
      },
    },
    { key: 'user', as: 'string', label: { zh: '用户名', en: 'User name' } },
    { key: 'from', as: 'string', label: { zh: '发件地址', en: 'From' } },
    { key: 'fromName', as: 'string', label: { zh: '发件人名称', en: 'Sender’s name' } },
    { key: 'replyTo', as: 'string', label: { zh: '回复到', en: 'Reply to' } },
    {
      key: 'ca',
      as: 'string',
      label: { zh: '证书颁发者（PEM）', en: 'Who signs its certificate (PEM)' },
      help: {
        zh: '服务器用自己签发的证书时填写；证书总会校验。',
        en: 'For a server whose certificate is your own; certificates are always checked.',
      },
    },
  ],
  secret: {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    properties: { password: { type: 'string', minLength: 1, maxLength: 500 } },
  },
  secretFields: [{ key: 'password', as: 'string', label: { zh: '密码', en: 'Password' } }],
  capabilities: {
    groupPost: true,
    dm: true,
    sends: 'auto',
    readMessages: false,
    memberEvents: false,
    formats: ['text'],
    maxLength: { count: 100_000, unit: 'characters' },
    dedupes: false,
  },
  names: {
    group: { ...naming, label: { zh: '邮件列表地址', en: 'Address of a mailing list' } },
    member: naming,
  },
  mention: null,
});
