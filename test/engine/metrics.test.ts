// Metrics: formulas over counts, and silence where too few stand behind a rate.
import { describe, expect, test } from 'vitest';
import { sayMetric } from '../../engine/metrics/say.ts';
import { healthOf, isMetric, measureMetric, metrics, metricsIn, type Counts } from '../../engine/metrics.ts';
import { isActive, type FactKind, type FactKinds } from '../../engine/metrics/facts.ts';
import { families } from '../../engine/metrics/families.ts';
import { difference } from '../../engine/metrics/formulas.ts';
import type { Metric } from '../../engine/metrics/metric.ts';

const counts = (more: Partial<Counts> = {}): Counts => ({
  signUps: 0,
  reached: 0,
  marketing: 0,
  optOuts: 0,
  complaints: 0,
  delivered: 0,
  failed: 0,
  reported: {},
  ...more,
});

test.each<[string, Partial<Counts>, number | undefined, number]>([
  ['sign_ups', { signUps: 12 }, 12, 12],
  ['reach', { reached: 340 }, 340, 340],
  ['complaints', {}, 0, 0],
  ['sign_up_rate', { signUps: 8, reached: 100 }, 0.08, 100],
  ['sign_up_rate', { signUps: 8, reached: 19 }, undefined, 19],
  ['opt_out', { optOuts: 1, marketing: 200 }, 0.005, 200],
  ['opt_out', { optOuts: 1, delivered: 200 }, undefined, 0],
  ['error_rate', { failed: 5, delivered: 95 }, 0.05, 100],
  ['error_rate', { failed: 0, delivered: 20 }, 0, 20],
  ['reported.heads', { reported: { heads: 42 } }, 42, 1],
  ['reported.heads', {}, undefined, 0],
  ['reported.constructor', {}, undefined, 0],
  ['constructor', {}, undefined, 0],
])('%s of %j is %s', (name, some, value, n) => {
  expect(measureMetric(name, counts(some))).toEqual(value === undefined ? { n } : { value, n });
});

test('metrics are those that are computed, those of an event or a split, and those that people report', () => {
  const known = [
    'sign_ups',
    'reported.heads',
    'conversion.order.paid',
    'uplift.halves.order.paid',
    'event.x',
    'followed.member.applied.to.member.joined',
    'churn_day.0',
    'tag_active_rate.KOL',
    'growth.5',
    'activation_of.has-buddy',
    'activation_gap.has-buddy.by.member.introduced',
    'activation_from.poster-7.by.order.paid',
  ];
  expect(known.map(isMetric)).toEqual(known.map(() => true));
  const unknown = [
    'reported.',
    'gmv',
    'toString',
    '',
    'conversion',
    'conversion.',
    'uplift.order',
    'uplift.a.',
    'event.a b',
    'followed.order.paid',
    'followed..to.order.paid',
    'followed.order.paid.to.',
    'churn_day.x',
    'churn_day.-1',
    'growth.1000',
    'activation_of.',
    'activation_of.x.by.',
    'activation_from..by.order.paid',
  ];
  expect(unknown.map(isMetric)).toEqual(unknown.map(() => false));
});

test.each([
  ['activation_rate', '激活率（72 小时内有行为 ÷ 新成员）'],
  ['activation_of.has-buddy', '有标签的新成员激活率 · has-buddy'],
  ['activation_of.has-buddy.by.member.introduced', '有标签的新成员激活率 · has-buddy → 成员自我介绍了'],
  ['activation_from.poster-7', '某来源的新成员激活率 · poster-7'],
  ['followed.member.applied.to.member.joined', '前后转化率（先 A 后 B ÷ A） · 有人申请加入 → 成员入群了'],
  ['uplift.halves.order.paid', '增量（实验组 − 对照组，95% 置信区间） · halves → 成员付款了'],
  ['churn_day.3', '入群第 N 天的流失率 · 3'],
  ['retention_d7', '第 7 天留存'],
  ['reported.heads', '填报：heads'],
  ['nonsense', 'nonsense'],
])('%s is called %s', (name, called) => {
  expect(sayMetric(name, 'zh')).toBe(called);
});

describe.each(Object.entries<Metric>({ ...metrics, ...families }))('%s', (_name, metric) => {
  test('is said in both languages, down to its denominator', () => {
    const { label, top, bottom, frozen } = metric;
    for (const words of [label, top, bottom, frozen]) {
      if (words === undefined) continue;
      expect(words.zh).toMatch(/\p{Script=Han}/u);
      expect(words.en).toMatch(/^[\x20-\x7e÷×−’]+$/);
    }
    const isRate = ['share', 'per-thousand', 'difference'].includes(metric.unit);
    expect(isRate && bottom === undefined).toBe(false);
  });

  test('shows nothing of nobody, and no rate of fewer than twenty', () => {
    const ask = { kind: metric.kind, ...metric.about };
    const nothing = metric.measure(factsOf(metric.kind, 0) as never, ask);
    expect(nothing.value ?? 0).toBe(0);
    const few = metric.measure(factsOf(metric.kind, 7) as never, ask);
    if (['share', 'per-thousand', 'difference'].includes(metric.unit)) expect(few.value).toBeUndefined();
    const many = metric.measure(factsOf(metric.kind, 40) as never, ask);
    expect(Number.isFinite(many.value)).toBe(true);
    expect(many.n).toBeGreaterThan(0);
  });
});

/** Facts in which everything that is counted is `n`, and everything that is typical 5. */
function factsOf(kind: FactKind, n: number): object {
  const share = { part: n / 2, whole: n };
  const facts: { readonly [Kind in FactKind]: FactKinds[Kind] } = {
    counts: {
      signUps: n,
      reached: n,
      marketing: n,
      optOuts: n,
      complaints: n,
      delivered: n,
      failed: n,
      reported: {},
    },
    deliveries: { ...share, withheld: {} },
    confirmations: { ...share, minutes: 5 },
    approvals: { ...share, answered: n, minutes50: 5, minutes90: 5 },
    engagement: { points: n, members: n, top: [] },
    activity: share,
    recency: share,
    voices: { ...share, speakers: n, ranked: n },
    chains: { ...share, named: n },
    penetration: share,
    recall: share,
    repeated: share,
    afterwards: share,
    tagged: { ...share, members: n },
    departures: share,
    lastMessages: { marketing: share, service: share, none: share },
    staffing: { groups: n, people: n },
    flow: { before: n, after: n, joined: n, left: n, leavers: n },
    activation: share,
    activationGap: { holders: share, others: share },
    retention: { joined: n, active: n, later: n, still: n },
    invites: { members: n, inviters: n, invited: n, qualified: n / 2, days: 5 },
    entries: share,
    event: { count: n, members: n },
    response: share,
    followed: share,
    work: {
      tasks: n,
      first50: 5,
      first90: 5,
      closed: n,
      closed50: 5,
      closed90: 5,
      people: n,
      days: 1,
    },
    punctuality: share,
    split: { treated: share, control: share },
  };
  return facts[kind];
}

test('the difference of two rates has the interval of the literature', () => {
  // Newcombe 1998, table II, (a): 56/70 − 48/80.
  const { value, low, high, n } = difference({ part: 56, whole: 70 }, { part: 48, whole: 80 });
  expect(value).toBeCloseTo(0.2, 10);
  expect([low, high].map((it) => Number(it!.toFixed(4)))).toEqual([0.0524, 0.3339]);
  expect(n).toBe(70);
  // (h): 10/10 − 0/10 would be hidden here; with larger groups the bounds stay within −1 and 1.
  const sure = difference({ part: 50, whole: 50 }, { part: 0, whole: 50 });
  expect([sure.low! > 0.85, sure.high]).toEqual([true, 1]);
});

test('what makes a member active, and how short a reply may be', () => {
  expect(isActive('member.replied', '好')).toBe(false);
  expect(isActive('member.replied', '好的,收到')).toBe(true);
  expect(isActive('member.replied', undefined)).toBe(true);
  expect(
    ['order.paid', 'counted.heads', 'member.read', 'member.joined'].map((name) => isActive(name, undefined)),
  ).toEqual([true, true, false, false]);
});

test('growth by invitation goes by K: to a limit below 1, without end from there on', () => {
  const invites = (qualified: number) => ({ members: 100, inviters: 9, invited: 99, qualified, days: null });
  // 100 seeds and K 0.4: 166 after five cycles, 167 in the end.
  expect(Math.round(measureMetric('growth.5', invites(40)).value!)).toBe(166);
  expect(Math.round(measureMetric('growth_limit', invites(40)).value!)).toBe(167);
  expect(measureMetric('growth.5', invites(100))).toEqual({ value: 600, n: 100 });
  expect(measureMetric('growth_limit', invites(100))).toEqual({ n: 100 });
  expect(measureMetric('growth.999', invites(10_000))).toEqual({ n: 100 });
});

test('Gini of messages is 0 when all say as much, and near 1 when one says nearly all', () => {
  const said = (numbers: readonly number[]) => {
    const whole = numbers.reduce((sum, one) => sum + one, 0);
    const ranked = numbers.reduce((sum, one, place) => sum + one * (place + 1), 0);
    return measureMetric('message_gini', { part: 0, whole, speakers: numbers.length, ranked }).value!;
  };
  expect(said(Array.from({ length: 30 }, () => 4))).toBeCloseTo(0, 12);
  expect(said([...Array.from({ length: 99 }, () => 1), 9_901])).toBeCloseTo(0.98, 2);
});

test('no chain is told of where no message says what it answers', () => {
  expect(measureMetric('reply_share', { part: 0, whole: 50, named: 0 })).toEqual({ n: 0 });
  expect(measureMetric('reply_share', { part: 20, whole: 50, named: 12 })).toEqual({ value: 0.4, n: 50 });
});

test('thresholds say how a value stands; without any, nothing is said', () => {
  const health = metrics.active_rate_week.health!;
  expect([0.2, 0.12, 0.05].map((value) => healthOf(value, health))).toEqual(['good', 'fair', 'alarm']);
  expect(healthOf(undefined, health)).toBeNull();
  expect(healthOf(0.5, undefined)).toBeNull();
  expect([0.6, 0.8].map((value) => healthOf(value, metrics.silent_share.health))).toEqual(['good', 'alarm']);
});

test('conditions and texts are searched for whole names', () => {
  expect(metricsIn([{ cel: 'metrics.reach > 3.0' }, '{{ metrics.active_rate }} metrics.reach_'])).toEqual([
    'reach',
    'active_rate',
  ]);
});
