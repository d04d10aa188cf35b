// 企业微信: the robot of an internal group (群机器人, now called 消息推送).
import { defineChannel } from './kind.ts';
import { hook, hookField, nothing, robot } from './robot.ts';

export const wecom = defineChannel({
  label: { zh: '企业微信群机器人', en: 'WeCom group robot' },
  says: {
    zh: '企业微信内部群里的机器人，自动发到它所在的群；客户群里没有机器人。',
    en: 'The robot of an internal WeCom group; posts into that group by itself. Customer groups have no robots.',
  },
  config: nothing,
  fields: [],
  secret: { type: 'object', additionalProperties: false, required: ['hook'], properties: { hook } },
  secretFields: [hookField],
  // Markdown may have twice as many; one figure for both keeps a text valid in either format.
  capabilities: { ...robot, maxLength: { count: 2_048, unit: 'bytes' } },
  names: { group: null, member: null },
  mention: {
    label: { zh: '企业微信成员账号', en: 'WeCom user id' },
    pattern: '^[\\w.@-]{1,64}$',
    example: 'zhangsan',
  },
});
