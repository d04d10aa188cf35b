// Slack: an incoming webhook of one conversation.
import { defineChannel } from './kind.ts';
import { hook, hookField, nothing, robot } from './robot.ts';

export const slack = defineChannel({
  label: { zh: 'Slack 频道', en: 'Slack channel' },
  says: {
    zh: 'Slack 的 Incoming Webhook，自动发到它绑定的频道。',
    en: 'An incoming webhook of Slack; posts into the channel that it belongs to.',
  },
  config: nothing,
  fields: [],
  secret: { type: 'object', additionalProperties: false, required: ['hook'], properties: { hook } },
  secretFields: [hookField],
  // Longer ones are accepted and shown folded or cut.
  capabilities: { ...robot, maxLength: { count: 4_000, unit: 'characters' } },
  names: { group: null, member: null },
  mention: {
    label: { zh: 'Slack 成员 ID', en: 'Slack member id' },
    pattern: '^[UW][A-Z0-9]{2,20}$',
    example: 'U012AB3CD',
  },
});
