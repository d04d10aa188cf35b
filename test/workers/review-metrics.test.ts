// Numbers of a review in words: which metric, about what and over which time, and in what it is counted.
import { expect, test } from 'vitest';
import { metricName, metricRow, sayValue } from '../../workers/effects/review-metrics.ts';

const row = {
  metric: 'activation_gap.has-buddy.by.member.introduced',
  window: 'P30D',
  value: 0.175,
  n: 30,
  low: -0.0312,
  high: 0.36,
  cannot: null,
  snapshot: 's',
};

test('a number says about what it is and over which time, with its interval', () => {
  expect(metricRow(row, 'zh')).toEqual([
    '新成员激活率之差（有标签 − 没有标签，95% 置信区间） · has-buddy → 成员自我介绍了（最近 30天）',
    '+17.5 个百分点 [-3.1 个百分点 … +36 个百分点]',
    '30',
    '',
  ]);
  expect(metricName({ metric: 'sign_ups', window: null }, 'en')).not.toContain('(');
  expect(metricName({ metric: 'active_rate', window: 'P7D' }, 'en')).toMatch(/\(last 7 days\)$/);
});

test('what a form counts is called as the playbook calls the form', () => {
  const own = { rules_acks: { 'zh-CN': '确认群规', en: 'Confirm the rules' } };
  const metric = 'followed.member.joined.to.counted.rules_acks';
  expect(metricName({ metric, window: null }, 'zh', own)).toMatch(/ · 成员入群了 → 确认群规$/);
  expect(metricName({ metric, window: null }, 'en', own)).toMatch(/ · Member joined → Confirm the rules$/);
  expect(metricName({ metric, window: null }, 'en')).toMatch(/ → counted\.rules_acks$/);
});

test('a goal is shown in what its metric is counted in, whole or not', () => {
  expect(sayValue('activation_rate', 1, 'zh')).toBe('100 %');
  expect(sayValue('activation_rate', 0.4, 'en')).toBe('40 %');
  expect(sayValue('invites_per_inviter', 1.25, 'en')).toBe('1.25');
  expect(sayValue('sign_ups', 40, 'zh')).toBe('40');
});

test('too few, and what nobody can know, are told apart', () => {
  expect(metricRow({ ...row, value: null, low: null, high: null }, 'en')[1]).toBe('too few');
  expect(metricRow({ ...row, value: null, cannot: 'activationGap' }, 'zh')[1]).toBe('没有这类数据');
});
