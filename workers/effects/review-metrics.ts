// Numbers of a review as people read them: with what they are counted in, how many stand behind them, and their interval.
import { sayDuration } from '../../engine/calendar/say.ts';
import { healthOf, meaningOf } from '../../engine/metrics.ts';
import { sayMetric, type OwnNames } from '../../engine/metrics/say.ts';
import type { ReviewMetric } from './review.ts';
import type { Language } from './review-words.ts';

/** A metric's name, and over which time where somebody has said so. */
export function metricName(
  { metric, window }: Pick<ReviewMetric, 'metric' | 'window'>,
  language: Language,
  own: OwnNames = {},
): string {
  const name = sayMetric(metric, language, own);
  if (window === null) return name;
  return language === 'zh'
    ? `${name}（最近 ${sayDuration(window, 'zh-CN')}）`
    : `${name} (last ${sayDuration(window, 'en')})`;
}

/** One row: name, value, how many stand behind it, how it stands. */
export function metricRow(it: ReviewMetric, language: Language, own: OwnNames = {}): string[] {
  const { metric } = meaningOf(it.metric) ?? {};
  const health = healthOf(it.value ?? undefined, metric?.health);
  return [
    metricName(it, language, own),
    valueOf(it, language),
    String(it.n),
    health === null ? '' : LIGHTS[health],
  ];
}

const LIGHTS = { good: '🟢', fair: '🟡', alarm: '🔴' } as const;

function valueOf({ metric, value, low, high, cannot }: ReviewMetric, language: Language): string {
  const say = (zh: string, en: string): string => (language === 'zh' ? zh : en);
  if (cannot !== null) return say('没有这类数据', 'no such data');
  if (value === null) return say('样本不足', 'too few');
  const inUnit = (number: number): string => sayValue(metric, number, language);
  const interval = low === null || high === null ? '' : ` [${inUnit(low)} … ${inUnit(high)}]`;
  return `${inUnit(value)}${interval}`;
}

/** A number of a metric, with what it is counted in. */
export function sayValue(metric: string, number: number, language: Language): string {
  const say = (zh: string, en: string): string => (language === 'zh' ? zh : en);
  switch (meaningOf(metric)?.metric.unit) {
    case 'share':
      return `${rounded(number * 100, 1)} %`;
    case 'difference':
      return `${number > 0 ? '+' : ''}${rounded(number * 100, 1)} ${say('个百分点', 'points')}`;
    case 'minutes':
      return `${rounded(number, 1)} ${say('分钟', 'min')}`;
    case 'days':
      return `${rounded(number, 1)} ${say('天', 'days')}`;
    case 'members':
    case 'per-thousand':
    case 'ratio':
    case 'times':
    case undefined:
      return rounded(number, 2);
  }
}

const rounded = (value: number, digits: number): string => String(Number(value.toFixed(digits)));
