// Times in people's words, zh-CN and en: an instant on the local calendar, and a time rule as an operator reads it.
// The words are written out here rather than taken from ICU, so that every machine says the same.
import { DAY, dayOfNumber, HOUR, MINUTE, parseDuration, SECOND, type Instant } from '../instant.ts';
import { WEEKDAYS, type DayWindow, type TimeRule, type Weekday } from './time-rule.ts';
import { wallAt, weekdayOf } from './zone.ts';

/** How much of an instant is shown. */
export type WhenStyle = 'full' | 'date' | 'time' | 'year';

/**
 * An instant on the local calendar: `12月5日 周六 20:00`, `Sat 5 Dec, 20:00`.
 * `date` and `time` show one half, `year` adds the year. Undefined for an unknown zone.
 */
export function sayInstant(
  instant: Instant,
  zone: string,
  locale: string,
  style: WhenStyle = 'full',
): string | undefined {
  const wall = wallAt(instant, zone);
  if (wall === undefined) return undefined;
  const number = Math.floor(wall / DAY);
  const { year, month, day } = dayOfNumber(number);
  const clock = clockText(wall - number * DAY);
  if (style === 'time') return clock;
  const weekday = WEEKDAYS[weekdayOf(number)] ?? 'mon';
  if (isChinese(locale)) {
    const date = `${style === 'year' ? `${year}年` : ''}${month}月${day}日 ${WEEKDAY_ZH[weekday]}`;
    return style === 'date' ? date : `${date} ${clock}`;
  }
  const date = `${WEEKDAY_EN[weekday]} ${day} ${MONTH_EN[month - 1]}${style === 'year' ? ` ${year}` : ''}`;
  return style === 'date' ? date : `${date}, ${clock}`;
}

/** A time rule in a few words: `T−3天 12:00`, `T−3d 12:00`. Says something for every rule, also for a broken one. */
export function sayTimeRule(rule: TimeRule, locale: string): string {
  const words = isChinese(locale) ? sayRuleZh(rule) : sayRuleEn(rule);
  return rule.window === undefined ? words : `${words}${sayWindow(rule.window, locale)}`;
}

function sayRuleZh(rule: TimeRule): string {
  if ('anchor' in rule) return sayAnchored(rule.anchor, rule.offset, rule.at, UNITS_ZH);
  if ('date' in rule) return rule.date.replace('T', ' ');
  if ('for' in rule) return `${sayDuration(rule.for, 'zh-CN')}后`;
  const days = rule.days === undefined ? '' : `${rule.days.map((day) => WEEKDAY_ZH[day]).join('、')} `;
  const from = rule.after === undefined ? '' : `${sayDuration(rule.after, 'zh-CN')}后的`;
  return `${from}下一个 ${days}${rule.at}`;
}

function sayRuleEn(rule: TimeRule): string {
  if ('anchor' in rule) return sayAnchored(rule.anchor, rule.offset, rule.at, UNITS_EN_SHORT);
  if ('date' in rule) return rule.date.replace('T', ' ');
  if ('for' in rule) return `after ${sayDuration(rule.for, 'en')}`;
  const days = rule.days === undefined ? '' : ` on ${rule.days.map((day) => WEEKDAY_EN[day]).join(', ')}`;
  const from = rule.after === undefined ? '' : `, at least ${sayDuration(rule.after, 'en')} from now`;
  return `next ${rule.at}${days}${from}`;
}

function sayAnchored(
  anchor: string,
  offset: string | undefined,
  at: string | undefined,
  units: Units,
): string {
  const text = offset ?? 'PT0S';
  const parts = partsOf(text);
  const sign = text.startsWith('-') ? '−' : '+';
  const moved =
    parts.length === 0
      ? anchor
      : `${anchor}${sign}${parts.map(([n, unit]) => `${n}${units[unit]}`).join('')}`;
  return at === undefined ? moved : `${moved} ${at}`;
}

/** A duration in words: `1天2小时`, `1 day 2 hours`. An unreadable one is shown as it stands. */
export function sayDuration(iso: string, locale: string): string {
  if (parseDuration(iso) === undefined) return iso;
  const parts = partsOf(iso);
  if (parts.length === 0) return isChinese(locale) ? '0秒' : '0 seconds';
  if (isChinese(locale)) return parts.map(([n, unit]) => `${n}${UNITS_ZH[unit]}`).join('');
  return parts.map(([n, unit]) => `${n} ${UNITS_EN[unit]}${n === 1 ? '' : 's'}`).join(' ');
}

function sayWindow({ from, to }: DayWindow, locale: string): string {
  return isChinese(locale) ? `（限 ${from}–${to}）` : ` (only ${from}–${to})`;
}

type Unit = 'years' | 'months' | 'weeks' | 'days' | 'hours' | 'minutes' | 'seconds';
type Units = Readonly<Record<Unit, string>>;

function partsOf(iso: string): readonly (readonly [number, Unit])[] {
  const duration = parseDuration(iso);
  if (duration === undefined) return [];
  const ms = Math.abs(duration.ms);
  const parts: readonly (readonly [number, Unit])[] = [
    [Math.abs(duration.years), 'years'],
    [Math.abs(duration.months), 'months'],
    [Math.abs(duration.weeks), 'weeks'],
    [Math.abs(duration.days), 'days'],
    [Math.floor(ms / HOUR), 'hours'],
    [Math.floor((ms % HOUR) / MINUTE), 'minutes'],
    [(ms % MINUTE) / SECOND, 'seconds'],
  ];
  return parts.filter(([count]) => count !== 0);
}

function clockText(ms: number): string {
  return `${String(Math.floor(ms / HOUR)).padStart(2, '0')}:${String(Math.floor((ms % HOUR) / MINUTE)).padStart(2, '0')}`;
}

const isChinese = (locale: string): boolean => locale.toLowerCase().startsWith('zh');

const UNITS_ZH: Units = {
  years: '年',
  months: '个月',
  weeks: '周',
  days: '天',
  hours: '小时',
  minutes: '分钟',
  seconds: '秒',
};
const UNITS_EN: Units = {
  years: 'year',
  months: 'month',
  weeks: 'week',
  days: 'day',
  hours: 'hour',
  minutes: 'minute',
  seconds: 'second',
};
const UNITS_EN_SHORT: Units = {
  years: 'y',
  months: 'mo',
  weeks: 'w',
  days: 'd',
  hours: 'h',
  minutes: 'min',
  seconds: 's',
};
const WEEKDAY_ZH: Readonly<Record<Weekday, string>> = {
  mon: '周一',
  tue: '周二',
  wed: '周三',
  thu: '周四',
  fri: '周五',
  sat: '周六',
  sun: '周日',
};
const WEEKDAY_EN: Readonly<Record<Weekday, string>> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};
const MONTH_EN = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
] as const;
