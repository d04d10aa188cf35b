// Telegram: a bot, which writes to groups it was added to and to people who have started it.
import { webAddress } from './web-address.ts';
import { defineChannel } from './kind.ts';
import { robot } from './robot.ts';

export const telegram = defineChannel({
  label: { zh: 'Telegram 机器人', en: 'Telegram bot' },
  says: {
    zh: '发到机器人所在的群，或先和它说过话的成员。',
    en: 'Posts into groups that the bot belongs to, and writes to members who have started it.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    properties: { api: webAddress },
  },
  fields: [
    {
      key: 'api',
      as: 'url',
      label: { zh: 'Bot API 地址', en: 'Bot API address' },
      help: {
        zh: '自己架设 Bot API 服务器时填写；默认是 https://api.telegram.org。',
        en: 'Of a Bot API server of your own; https://api.telegram.org otherwise.',
      },
    },
  ],
  secret: {
    type: 'object',
    additionalProperties: false,
    required: ['token'],
    properties: { token: { type: 'string', pattern: '^[\\w:-]{10,200}$' } },
  },
  secretFields: [
    {
      key: 'token',
      as: 'string',
      label: { zh: '机器人令牌', en: 'Bot token' },
      help: { zh: 'BotFather 给的令牌。', en: 'The token that BotFather gave.' },
    },
  ],
  capabilities: { ...robot, dm: true, formats: ['text'], maxLength: { count: 4_096, unit: 'utf16' } },
  names: {
    group: {
      label: { zh: '群的 chat id', en: 'Chat id of the group' },
      pattern: '^(-?\\d{1,20}|@\\w{4,40})$',
      example: '-1001234567890',
    },
    member: {
      label: { zh: '成员的 chat id', en: 'Chat id of the member' },
      pattern: '^\\d{1,20}$',
      example: '123456789',
    },
  },
  mention: null,
});
