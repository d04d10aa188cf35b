// Families of metrics: about whatever event or split the playbook or the team names, behind a dot.
import type { FactKind } from './facts.ts';
import { count, difference, rate } from './formulas.ts';
import { ANYWHERE, AT_START, REACHED, RUN, type Family } from './metric.ts';

const family = <const Kind extends FactKind>(definition: Family<Kind>): Family<Kind> => definition;

/** Metrics of whatever the playbook or the team names. */
export const families = {
  event: family({
    takes: 'event',
    kind: 'event',
    unit: 'times',
    label: { zh: '事件次数', en: 'Events' },
    top: { zh: '这个事件发生的次数', en: 'how often the event happened' },
    scopes: ANYWHERE,
    measure: ({ count: times }) => count(times),
  }),
  event_members: family({
    takes: 'event',
    kind: 'event',
    unit: 'members',
    label: { zh: '事件人数', en: 'Members with the event' },
    top: { zh: '有过这个事件的成员，每人一次', en: 'members with the event, each once' },
    scopes: ANYWHERE,
    measure: ({ members }) => count(members),
  }),
  conversion: family({
    takes: 'event',
    kind: 'response',
    unit: 'share',
    label: { zh: '转化率（事件 ÷ 触达）', en: 'Conversion (event ÷ reached)' },
    top: {
      zh: '之后有过这个事件的成员，每人一次',
      en: 'of these, those with the event afterwards, each once',
    },
    bottom: REACHED,
    frozen: { zh: '名单记下后不变', en: 'noted by name' },
    scopes: RUN,
    measure: ({ part, whole }) => rate(part, whole),
  }),
  show_rate: family({
    takes: 'event',
    kind: 'followed',
    unit: 'share',
    label: { zh: '到场率（事件 ÷ 报名）', en: 'Show rate (event ÷ sign-ups)' },
    top: {
      zh: '报名之后有过这个事件的，每人一次',
      en: 'of these, those with the event after they had signed up, each once',
    },
    bottom: { zh: '报名的成员', en: 'members who signed up' },
    frozen: { zh: '名单记下后不变', en: 'noted by name' },
    scopes: ANYWHERE,
    measure: ({ part, whole }) => rate(part, whole),
  }),
  active_by: family({
    takes: 'event',
    kind: 'activity',
    unit: 'share',
    label: { zh: '事件渗透率（有过事件 ÷ 成员）', en: 'Members with the event ÷ members' },
    top: { zh: '有过这个事件的成员，每人一次', en: 'members with the event, each once' },
    bottom: { zh: '成员', en: 'members' },
    frozen: AT_START,
    window: { default: 'P7D' },
    scopes: ANYWHERE,
    measure: ({ part, whole }) => rate(part, whole),
  }),
  activation_by: family({
    takes: 'event',
    kind: 'activation',
    unit: 'share',
    label: { zh: '激活率（72 小时内有过事件 ÷ 新成员）', en: 'Joined and had the event within 72 hours' },
    top: { zh: '入群后 72 小时内有过这个事件的', en: 'of these, those with the event within 72 hours' },
    bottom: { zh: '新成员', en: 'members who joined' },
    window: { default: 'P7D' },
    scopes: ANYWHERE,
    measure: ({ part, whole }) => rate(part, whole),
  }),
  uplift: family({
    takes: 'node.event',
    kind: 'split',
    unit: 'difference',
    label: { zh: '增量（实验组 − 对照组，95% 置信区间）', en: 'Uplift (treated − control, 95 % interval)' },
    top: { zh: '实验组的发生率', en: 'the rate of those treated' },
    bottom: {
      zh: '减去对照组（出口 control，没有就是最后一个出口）的发生率',
      en: 'minus the rate of the control (port control, otherwise the last)',
    },
    frozen: { zh: '分流时进入各组的成员', en: 'members as the split divided them' },
    scopes: RUN,
    measure: ({ treated, control }) => difference(treated, control),
  }),
} as const;
