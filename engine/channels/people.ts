// Channels without an adapter: people post themselves, or the community is synthetic.
import { defineChannel, type Capabilities } from './kind.ts';
import { nothing } from './robot.ts';

const noSecret = { type: 'object', additionalProperties: false, properties: {}, maxProperties: 0 } as const;

const byPeople: Capabilities = {
  groupPost: true,
  dm: true,
  sends: 'person',
  readMessages: false,
  memberEvents: false,
  formats: ['text'],
  maxLength: { count: 20_000, unit: 'characters' },
  dedupes: false,
};

export const manual = defineChannel({
  label: { zh: '人工（复制粘贴）', en: 'By people (copy and paste)' },
  says: {
    zh: '由同事把文字贴到群里，例如微信群。',
    en: 'Colleagues paste the text, for instance into WeChat groups.',
  },
  config: nothing,
  fields: [],
  secret: noSecret,
  secretFields: [],
  capabilities: byPeople,
  names: { group: null, member: null },
  mention: null,
});

export const wecomCustomers = defineChannel({
  label: { zh: '企业微信群发（员工确认）', en: 'WeCom group send (confirmed by staff)' },
  says: {
    zh: '企业微信客户和客户群的群发：由员工在客户端确认后才发出，每个客户每月有条数上限。',
    en: 'Group sends to WeCom customers and customer groups: staff release each in the client, and each customer gets so many a month.',
  },
  config: nothing,
  fields: [],
  secret: noSecret,
  secretFields: [],
  capabilities: { ...byPeople, maxLength: { count: 4_000, unit: 'characters' } },
  names: { group: null, member: null },
  mention: null,
});

export const simulator = defineChannel({
  label: { zh: '模拟器', en: 'Simulator' },
  says: {
    zh: '虚拟成员会阅读、点击、回复、加入和退出，用来试用和演练。',
    en: 'Synthetic members read, click, reply, join and leave; for trying things out.',
  },
  config: nothing,
  fields: [],
  secret: noSecret,
  secretFields: [],
  capabilities: { ...byPeople, sends: 'auto', readMessages: true, memberEvents: true },
  names: { group: null, member: null },
  mention: null,
});
