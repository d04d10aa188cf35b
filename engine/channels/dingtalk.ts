// 钉钉: the custom robot of a group.
import { defineChannel } from './kind.ts';
import { nothing, robot, signed } from './robot.ts';

export const dingtalk = defineChannel({
  label: { zh: '钉钉群机器人', en: 'DingTalk group robot' },
  says: {
    zh: '钉钉群里的自定义机器人，自动发到它所在的群。',
    en: 'The custom robot of a DingTalk group; posts into that group by itself.',
  },
  config: nothing,
  fields: [],
  ...signed,
  // A message has at most 20,000 bytes; the rest of it needs some room.
  capabilities: { ...robot, maxLength: { count: 19_000, unit: 'bytes' } },
  names: { group: null, member: null },
  mention: {
    label: { zh: '手机号', en: 'Mobile number' },
    pattern: '^\\+?[\\d-]{5,20}$',
    example: '13800000000',
  },
});
