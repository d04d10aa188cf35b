// Metrics of who is there, who is active and who stays.
import type { LastMessage } from './facts.ts';
import { count, gini, quotient, rate } from './formulas.ts';
import {
  ACTIVE,
  ANYWHERE,
  AT_START,
  FIRST_72_HOURS,
  metric,
  type Health,
  type Metric,
  type Words,
} from './metric.ts';

const KEPT = {
  active: {
    label: (day: number) => ({ zh: `第 ${day} 天留存`, en: `Retention, day ${day}` }),
    top: (day: number) => ({
      zh: `其中第 ${day} 天（当地日历）有有效行为的`,
      en: `of these, those with a qualified action on day ${day} of the local calendar`,
    }),
  },
  later: {
    label: (day: number) => ({
      zh: `第 ${day} 天起留存（滚动）`,
      en: `Retention from day ${day} on (rolling)`,
    }),
    top: (day: number) => ({
      zh: `其中第 ${day} 天或之后有有效行为的`,
      en: `of these, those with a qualified action on day ${day} or later`,
    }),
  },
  still: {
    label: (day: number) => ({ zh: `第 ${day} 天仍在群`, en: `Still a member after day ${day}` }),
    top: (day: number) => ({
      zh: `其中第 ${day} 天结束时仍在群里的`,
      en: `of these, those who were still members at the end of day ${day}`,
    }),
  },
} as const;

export const memberMetrics = {
  activation_rate: metric({
    kind: 'activation',
    unit: 'share',
    label: { zh: '激活率（72 小时内有行为 ÷ 新成员）', en: 'Activation (active within 72 hours ÷ joined)' },
    top: {
      zh: '入群后 72 小时内有过有效行为的',
      en: 'of these, those with a qualified action within 72 hours',
    },
    bottom: { zh: '新成员', en: 'members who joined' },
    frozen: FIRST_72_HOURS,
    window: { default: 'P7D' },
    scopes: ANYWHERE,
    measure: ({ part, whole }) => rate(part, whole),
  }),
  active_members: metric({
    kind: 'activity',
    unit: 'members',
    label: { zh: '活跃人数', en: 'Active members' },
    top: ACTIVE,
    frozen: AT_START,
    scopes: ANYWHERE,
    measure: ({ part }) => count(part),
  }),
  active_rate: activeRate({ zh: '活跃率', en: 'Active rate' }, { default: 'P7D' }),
  active_rate_day: activeRate(
    { zh: '日活跃率', en: 'Active rate, day' },
    { fixed: 'P1D' },
    { good: { op: '>=', value: 0.05 } },
  ),
  active_rate_week: activeRate(
    { zh: '周活跃率', en: 'Active rate, week' },
    { fixed: 'P7D' },
    { good: { op: '>=', value: 0.15 }, alarm: { op: '<', value: 0.1 } },
  ),
  active_rate_month: activeRate({ zh: '月活跃率', en: 'Active rate, month' }, { fixed: 'P30D' }),
  silent_share: metric({
    kind: 'activity',
    unit: 'share',
    label: { zh: '沉默占比', en: 'Silent share' },
    top: { zh: '没有有效行为的成员', en: 'members without a qualified action' },
    bottom: { zh: '成员', en: 'members' },
    frozen: AT_START,
    window: { default: 'P7D' },
    scopes: ANYWHERE,
    health: { alarm: { op: '>', value: 0.7 } },
    measure: ({ part, whole }) => rate(whole - part, whole),
  }),
  stickiness: metric({
    kind: 'recency',
    unit: 'share',
    label: { zh: '粘性（日活 ÷ 月活）', en: 'Stickiness (daily ÷ monthly active)' },
    top: { zh: '最近一天活跃的成员', en: 'members active in the last day' },
    bottom: { zh: '最近三十天活跃的成员', en: 'members active in the last 30 days' },
    frozen: AT_START,
    window: { fixed: 'P30D' },
    scopes: ANYWHERE,
    measure: ({ part, whole }) => rate(part, whole),
  }),
  engagement_score: metric({
    kind: 'engagement',
    unit: 'ratio',
    label: { zh: '成员健康分（人均）', en: 'Engagement score, mean' },
    top: {
      zh: '有效行为的权重之和：下单 10、报名 6、打卡 5、填表 4、回复 3、投票 2、点击 1；每过 14 天减半',
      en: 'weights of qualified actions: order 10, sign-up 6, check-in 5, form 4, reply 3, vote 2, click 1; halved every 14 days',
    },
    bottom: { zh: '成员', en: 'members' },
    frozen: AT_START,
    window: { default: 'P90D' },
    scopes: ANYWHERE,
    measure: ({ points, members }) => quotient(points, members, members),
  }),
  top_share: metric({
    kind: 'voices',
    unit: 'share',
    label: { zh: '发言集中度（最活跃的一成）', en: 'Messages of the most talkative tenth' },
    top: { zh: '发言最多的一成成员的消息', en: 'messages of the tenth of speakers who said most' },
    bottom: { zh: '全部成员消息', en: 'all messages of members' },
    frozen: AT_START,
    window: { default: 'P7D' },
    scopes: ANYWHERE,
    measure: ({ part, whole }) => rate(part, whole),
  }),
  message_gini: metric({
    kind: 'voices',
    unit: 'ratio',
    label: { zh: '发言的基尼系数', en: 'Gini of messages' },
    top: {
      zh: '说过话的成员之间消息数的基尼系数：0 是人人一样多，1 是都由一个人说',
      en: 'Gini of the messages of those who spoke: 0 when all say as much, 1 when one says all',
    },
    frozen: AT_START,
    window: { default: 'P7D' },
    scopes: ANYWHERE,
    measure: gini,
  }),
  reply_share: metric({
    kind: 'chains',
    unit: 'share',
    label: { zh: '互动深度（回复链中的消息 ÷ 消息）', en: 'Interaction depth (in reply chains ÷ messages)' },
    top: {
      zh: '回复了别的消息、或被人回复的成员消息（来源要报 replyTo，一条都没报就不给数）',
      en: 'messages of members that answer another, or are answered (sources tell by replyTo; no value where none does)',
    },
    bottom: { zh: '全部成员消息', en: 'all messages of members' },
    frozen: AT_START,
    window: { default: 'P7D' },
    scopes: ANYWHERE,
    measure: ({ part, whole, named }) => (named === 0 ? { n: 0 } : rate(part, whole)),
  }),
  checkin_recall: metric({
    kind: 'recall',
    unit: 'share',
    label: { zh: '打卡召回率（断后 3 天内回来 ÷ 中断）', en: 'Recall (back within 3 days ÷ interrupted)' },
    top: { zh: '其中断后 3 天内又打卡的', en: 'of these, those after which a check-in came within 3 days' },
    bottom: {
      zh: '中断：前一天打了卡，这一天（当地日历）没打',
      en: 'interruptions: a day of the local calendar without a check-in, after one with',
    },
    frozen: {
      zh: '窗口整体前移 4 天，人人都有足够的时间；窗口开始时的成员，名单记下后不变',
      en: 'the window ends 4 days ago, so that everybody has had the time; the members at its beginning, noted by name',
    },
    window: { default: 'P30D' },
    scopes: ANYWHERE,
    measure: ({ part, whole }) => rate(part, whole),
  }),
  members: metric({
    kind: 'flow',
    unit: 'members',
    label: { zh: '成员数', en: 'Members' },
    top: { zh: '此刻在群里的成员', en: 'members at this moment' },
    scopes: ANYWHERE,
    measure: ({ after }) => count(after),
  }),
  new_members: metric({
    kind: 'flow',
    unit: 'members',
    label: { zh: '新增', en: 'New members' },
    top: { zh: '窗口开始时不在、之后入群的成员', en: 'members who were not there before and joined' },
    scopes: ANYWHERE,
    measure: ({ joined }) => count(joined),
  }),
  leaves: metric({
    kind: 'flow',
    unit: 'members',
    label: { zh: '退群人数', en: 'Members who left' },
    top: { zh: '窗口内退群、此刻不在的成员', en: 'members who left and are not there now' },
    scopes: ANYWHERE,
    measure: ({ left }) => count(left),
  }),
  net_growth: metric({
    kind: 'flow',
    unit: 'members',
    label: { zh: '净增', en: 'Net growth' },
    top: { zh: '此刻的成员 − 窗口开始时的成员', en: 'members now − members at the beginning' },
    scopes: ANYWHERE,
    measure: ({ before, after }) => ({ value: after - before, n: after }),
  }),
  churn: metric({
    kind: 'flow',
    unit: 'share',
    label: { zh: '流失率', en: 'Churn' },
    top: { zh: '其中此刻已不在的', en: 'of these, those who are not there any more' },
    bottom: { zh: '窗口开始时的成员', en: 'members at the beginning of the window' },
    frozen: AT_START,
    window: { default: 'P30D' },
    scopes: ANYWHERE,
    measure: ({ leavers, before }) => rate(leavers, before),
  }),
  churn_after_marketing: churnAfter('marketing', {
    zh: { label: '流失率（最后一条是营销消息）', last: '最后收到的是营销消息' },
    en: { label: 'Churn after a marketing message', last: 'whose last message was marketing' },
  }),
  churn_after_service: churnAfter('service', {
    zh: { label: '流失率（最后一条是服务消息）', last: '最后收到的是服务消息' },
    en: { label: 'Churn after a service message', last: 'whose last message was of service' },
  }),
  churn_after_none: churnAfter('none', {
    zh: { label: '流失率（没收到过消息）', last: '三十天里没收到消息' },
    en: { label: 'Churn without a message', last: 'who got no message for 30 days' },
  }),
  retention_d1: retention(1, 'active'),
  retention_d7: retention(7, 'active'),
  retention_d30: retention(30, 'active'),
  retention_rolling_d1: retention(1, 'later'),
  retention_rolling_d7: retention(7, 'later'),
  retention_rolling_d30: retention(30, 'later'),
  stay_d1: retention(1, 'still'),
  stay_d7: retention(7, 'still'),
  stay_d30: retention(30, 'still'),
} as const;

interface Spoken {
  readonly label: string;
  readonly last: string;
}

function churnAfter(
  last: LastMessage,
  { zh, en }: { readonly zh: Spoken; readonly en: Spoken },
): Metric<'lastMessages'> {
  return {
    kind: 'lastMessages',
    unit: 'share',
    label: { zh: zh.label, en: en.label },
    top: { zh: '其中此刻已不在的', en: 'of these, those who are not there any more' },
    bottom: {
      zh: `窗口开始时的成员中，退群前（没退的到窗口结束）${zh.last}的`,
      en: `members at the beginning of the window ${en.last} before they left, or until its end`,
    },
    frozen: AT_START,
    window: { default: 'P30D' },
    scopes: ANYWHERE,
    measure: ({ [last]: { part, whole } }) => rate(part, whole),
  };
}

function activeRate(
  label: Words,
  window: NonNullable<Metric['window']>,
  health?: Health,
): Metric<'activity'> {
  return {
    kind: 'activity',
    unit: 'share',
    label,
    top: ACTIVE,
    bottom: { zh: '成员', en: 'members' },
    frozen: AT_START,
    window,
    scopes: ANYWHERE,
    ...(health === undefined ? {} : { health }),
    measure: ({ part, whole }) => rate(part, whole),
  };
}

function retention(day: number, which: keyof typeof KEPT): Metric<'retention'> {
  return {
    kind: 'retention',
    about: { day },
    unit: 'share',
    label: KEPT[which].label(day),
    top: KEPT[which].top(day),
    bottom: { zh: '第 0 天入群的成员', en: 'members who joined on day 0' },
    frozen: {
      zh: `只算第 ${day} 天已经过完的入群日；名单记下后不变`,
      en: `only days of joining whose day ${day} is over; noted by name`,
    },
    window: { default: 'P7D' },
    scopes: ANYWHERE,
    measure: (facts) => rate(facts[which], facts.joined),
  };
}
