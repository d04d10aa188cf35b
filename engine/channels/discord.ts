// Discord: a webhook of one channel.
import { defineChannel } from './kind.ts';
import { hook, hookField, nothing, robot } from './robot.ts';

export const discord = defineChannel({
  label: { zh: 'Discord 频道', en: 'Discord channel' },
  says: {
    zh: 'Discord 频道的 Webhook，自动发到这个频道。',
    en: 'The webhook of a Discord channel; posts into that channel.',
  },
  config: nothing,
  fields: [],
  secret: { type: 'object', additionalProperties: false, required: ['hook'], properties: { hook } },
  secretFields: [hookField],
  capabilities: { ...robot, maxLength: { count: 2_000, unit: 'utf16' } },
  names: { group: null, member: null },
  mention: {
    label: { zh: 'Discord 用户 ID', en: 'Discord user id' },
    pattern: '^\\d{15,21}$',
    example: '80351110224678912',
  },
});
