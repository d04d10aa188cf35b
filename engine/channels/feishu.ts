// 飞书 / Lark: the custom robot of a group.
import { defineChannel } from './kind.ts';
import { nothing, robot, signed } from './robot.ts';

export const feishu = defineChannel({
  label: { zh: '飞书群机器人', en: 'Feishu group robot' },
  says: {
    zh: '飞书群里的自定义机器人，自动发到它所在的群。',
    en: 'The custom robot of a Feishu or Lark group; posts into that group by itself.',
  },
  config: nothing,
  fields: [],
  ...signed,
  // The body has at most 20 KB; the rest of it needs some room.
  capabilities: { ...robot, maxLength: { count: 19_000, unit: 'bytes' } },
  names: { group: null, member: null },
  mention: {
    label: { zh: '飞书用户 ID', en: 'Feishu user id' },
    pattern: '^[\\w-]{1,100}$',
    example: 'ou_18eac85d35a26f989317ad4f02e8bbbb',
  },
});
