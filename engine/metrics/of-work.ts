// Metrics of people's work, and of the punctuality of runs.
import { rate, typical } from './formulas.ts';
import { ANYWHERE, metric, type Metric, type Words } from './metric.ts';

export const workMetrics = {
  first_response_p50: work('first50', 'tasks', {
    zh: '首响（中位数，分钟）',
    en: 'First response, median minutes',
  }),
  first_response_p90: work('first90', 'tasks', {
    zh: '首响（九成，分钟）',
    en: 'First response, 90th percentile',
  }),
  resolution_p50: work('closed50', 'closed', {
    zh: '解决时长（中位数，分钟）',
    en: 'Resolution, median minutes',
  }),
  resolution_p90: work('closed90', 'closed', {
    zh: '解决时长（九成，分钟）',
    en: 'Resolution, 90th percentile',
  }),
  gate_pass: metric({
    kind: 'approvals',
    unit: 'share',
    label: { zh: '门槛通过率（审批通过 ÷ 已了结）', en: 'Gate passed (approved ÷ settled)' },
    top: { zh: '通过的审批', en: 'approvals that were given' },
    bottom: {
      zh: '已有结果或过期的审批',
      en: 'approvals that were answered, or whose time was up',
    },
    window: { default: 'P30D' },
    scopes: ANYWHERE,
    measure: ({ part, whole }) => rate(part, whole),
  }),
  gate_latency_p50: gate('minutes50', { zh: '审批时长（中位数，分钟）', en: 'Approval, median minutes' }),
  gate_latency_p90: gate('minutes90', { zh: '审批时长（九成，分钟）', en: 'Approval, 90th percentile' }),
  human_load: metric({
    kind: 'work',
    unit: 'ratio',
    label: { zh: '人均工作量（每人每天完成的任务）', en: 'Tasks closed by each person and day' },
    top: { zh: '完成的任务', en: 'tasks closed' },
    bottom: { zh: '完成过任务的人 × 天数', en: 'people who closed any × days' },
    window: { default: 'P7D' },
    scopes: ANYWHERE,
    health: { alarm: { op: '>', value: 20 } },
    measure: ({ closed, people, days }) =>
      people === 0 ? { n: 0 } : { value: closed / (people * Math.max(1, days)), n: people },
  }),
  groups_per_operator: metric({
    kind: 'staffing',
    unit: 'ratio',
    label: { zh: '人均群数', en: 'Groups for each person' },
    top: { zh: '此刻有活动在跑的群', en: 'groups that activities run for at this moment' },
    bottom: { zh: '这些活动里担任角色的人', en: 'people who fill a role of these activities' },
    scopes: ANYWHERE,
    health: { alarm: { op: '>', value: 3 } },
    measure: ({ groups, people }) => (people === 0 ? { n: 0 } : { value: groups / people, n: people }),
  }),
  on_time: metric({
    kind: 'punctuality',
    unit: 'share',
    label: { zh: '准时率', en: 'On time' },
    top: { zh: '在容许的延迟之内执行的步骤', en: 'steps executed within their tolerance' },
    bottom: { zh: '执行过的步骤', en: 'steps executed' },
    scopes: ANYWHERE,
    measure: ({ part, whole }) => rate(part, whole),
  }),
} as const;

function work(
  which: 'first50' | 'first90' | 'closed50' | 'closed90',
  of: 'tasks' | 'closed',
  label: Words,
): Metric<'work'> {
  const isFirst = which.startsWith('first');
  return {
    kind: 'work',
    unit: 'minutes',
    label,
    top: isFirst
      ? {
          zh: '从打开到有人接手或答复的分钟数',
          en: 'minutes from opening until somebody took it up or answered',
        }
      : { zh: '从打开到关闭的分钟数', en: 'minutes from opening to closing' },
    window: { default: 'P7D' },
    scopes: ANYWHERE,
    measure: (facts) => typical(facts[which], facts[of]),
  };
}

function gate(which: 'minutes50' | 'minutes90', label: Words): Metric<'approvals'> {
  return {
    kind: 'approvals',
    unit: 'minutes',
    label,
    top: { zh: '从打开到有结果的分钟数', en: 'minutes from opening until it was answered' },
    window: { default: 'P30D' },
    scopes: ANYWHERE,
    measure: (facts) => typical(facts[which], facts.answered),
  };
}
