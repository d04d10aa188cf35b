// What group robots have in common: an address that is itself the credential, one group to post to, no member to write to.
// Not their differences: each robot's file says how long a text may be and what else it needs.
import { webAddress } from './web-address.ts';
import type { Field } from '../step.ts';
import type { Capabilities } from './kind.ts';

/** Abilities of a robot that posts into the one group it was added to. */
export const robot = {
  groupPost: true,
  dm: false,
  sends: 'auto',
  readMessages: false,
  memberEvents: false,
  formats: ['text', 'markdown'],
  dedupes: false,
} as const satisfies Omit<Capabilities, 'maxLength'>;

/** Whoever knows the address can post: it is kept like a password. */
export const hook = webAddress;

export const hookField: Field = {
  key: 'hook',
  as: 'url',
  label: { zh: 'Webhook 地址', en: 'Webhook address' },
  help: {
    zh: '机器人设置页里的完整地址。知道地址的人都能发消息，所以会加密保存，不再显示。',
    en: 'The whole address from the robot’s settings. Whoever knows it can post, so it is kept encrypted and never shown again.',
  },
};

const sign = { type: 'string', minLength: 1, maxLength: 500 } as const;

const signField: Field = {
  key: 'sign',
  as: 'string',
  label: { zh: '加签密钥', en: 'Signing secret' },
  help: {
    zh: '安全设置里选了“加签／签名校验”时填写。',
    en: 'Where the robot’s security settings ask for a signature.',
  },
};

/** Secrets of a robot whose settings may ask for signatures, by a key of its own. */
export const signed = {
  secret: {
    type: 'object',
    additionalProperties: false,
    required: ['hook'],
    properties: { hook, sign },
  },
  secretFields: [hookField, signField],
} as const;

/** An account that has nothing to set but its secrets. */
export const nothing = { type: 'object', additionalProperties: false, properties: {} } as const;
