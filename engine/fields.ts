// The fields that conditions and texts of every playbook may name, besides those that a playbook declares itself.
// Not their values: the worker and the rehearsal's world gather them under these names.
import type { FieldDeclaration, FieldSchema, FieldType } from './language/rule.ts';
import { metrics } from './metrics.ts';

const field = (type: FieldType, zh: string, en: string): FieldDeclaration => ({
  type,
  label: { 'zh-CN': zh, en },
});

/** Fields that are always there, by root. An event's own data may hold more; these are the ones that have a meaning. */
export const BUILT_IN_FIELDS: FieldSchema = {
  member: {
    id: field('string', '编号', 'Id'),
    name: field('string', '称呼', 'Name'),
    tags: field('strings', '标签', 'Tags'),
    consent: field('boolean', '同意接收营销消息', 'Agreed to marketing'),
    joinedAt: field('instant', '加入时间', 'Joined at'),
    days: field('number', '加入天数', 'Days since joining'),
    locale: field('string', '语言', 'Language'),
    zone: field('string', '时区', 'Time zone'),
    groups: field('strings', '所在的群', 'Groups'),
    formerGroups: field('strings', '退出过的群', 'Groups left'),
    channels: field('strings', '有账号的渠道', 'Channels with an account'),
    consents: field('strings', '同意的用途', 'Purposes agreed to'),
    optOuts: field('strings', '退订范围', 'Opted out of'),
    lastActiveAt: field('instant', '最近活跃时间', 'Last active at'),
    idleDays: field('number', '未活跃天数', 'Days without activity'),
    recentEvents: field('strings', '近 30 天的行为', 'Events of the last 30 days'),
  },
  event: {
    name: field('string', '事件', 'Event'),
    at: field('instant', '发生时间', 'Happened at'),
    text: field('string', '内容', 'Text'),
    link: field('string', '链接', 'Link'),
    source: field('string', '来源', 'Source'),
    state: field('string', '渠道参数', 'State'),
    class: field('string', '消息类别', 'Class of messages'),
    item: field('string', '对象', 'Item'),
    answer: field('string', '答案', 'Answer'),
    amount: field('number', '数额', 'Amount'),
    count: field('number', '数量', 'Count'),
    score: field('number', '分数', 'Score'),
  },
  run: {
    id: field('string', '运行编号', 'Run'),
    name: field('string', '剧本名称', 'Playbook'),
    tags: field('strings', '活动标签', 'Tags of the activity'),
    startedAt: field('instant', '启动时间', 'Started at'),
    day: field('number', '第几天', 'Day of the run'),
  },
  metrics: Object.fromEntries(
    Object.entries(metrics).map(([name, { label }]) => [name, field('number', label.zh, label.en)]),
  ),
};

/** The field under which a number that people report is known: `reported.attendees` is `metrics.reported_attendees`. */
export const reportedField = (name: string): string => `reported_${name}`;
