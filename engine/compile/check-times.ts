// Rules of time and durations: can they be read, do they name a date that exists, are they short enough.
import { isCron } from '../calendar/cron.ts';
import { checkTimeRule, type TimeRuleProblemCode } from '../calendar/time-rule.ts';
import { isZone } from '../calendar/zone.ts';
import { aboutDays, parseDuration } from '../instant.ts';
import { objectOf } from './draft.ts';
import { inside, shown } from './pointer.ts';
import { placeAt, type CheckValue, type Subject } from './subject.ts';

/** Longest wait, in days, and furthest from an anchor in either direction. */
const MOST_DAYS = 365;

const FAULTS: Readonly<Record<TimeRuleProblemCode, readonly [zh: string, en: string]>> = {
  'not-a-rule': ['没有说明什么时候', 'it does not say when'],
  'many-kinds': ['混用了几种写法', 'it mixes several kinds of rule'],
  'bad-time': ['时间写法不对', 'the time of day cannot be read'],
  'bad-duration': ['时长写法不对', 'the duration cannot be read'],
  'bad-date': ['没有这个日期', 'there is no such date'],
  'bad-days': ['星期写法不对', 'the days of the week cannot be read'],
  negative: ['时长不能是负数', 'the duration goes back'],
  'offset-with-time': ['写了几点，就不能再偏移几小时', 'with a time of day, the offset may have days only'],
  'empty-window': ['时段的开始和结束相同', 'the window begins when it ends'],
};

/** Checks a rule of time, and notes the anchor that it counts from. */
export const checkTime: CheckValue = (value, pointer, subject) => {
  for (const { code, pointer: at, value: got } of checkTimeRule(value)) {
    const [faultZh, faultEn] = FAULTS[code];
    subject.report.add('E-TIME', placeAt(subject, pointer + at), { faultZh, faultEn, got });
  }
  const rule = objectOf(value);
  for (const key of ['for', 'after', 'offset']) {
    const span = rule[key];
    if (typeof span === 'string') checkLength(span, inside(pointer, key), subject);
  }
  if (typeof rule['anchor'] === 'string') checkAnchor(rule['anchor'], inside(pointer, 'anchor'), subject);
};

function checkAnchor(anchor: string, pointer: string, subject: Subject): void {
  const { params, report, node, anchors } = subject;
  const declared = params.declared.get(anchor);
  params.used.add(anchor);
  if (declared === undefined) {
    const dates = [...params.declared.values()].flatMap(({ name, schema }) =>
      schema['format'] === 'date-time' ? [name] : [],
    );
    const values = { anchor: shown(anchor), nearest: report.suggest(anchor, dates) };
    return report.add('E-ANCHOR-UNKNOWN', placeAt(subject, pointer), values);
  }
  if (declared.schema['format'] !== 'date-time') {
    return report.add('E-ANCHOR-TYPE', placeAt(subject, pointer), { anchor });
  }
  if (node !== undefined) anchors.set(node, (anchors.get(node) ?? new Set()).add(anchor));
}

/** Checks a duration, exact or calendar. */
export const checkDuration: CheckValue = (value, pointer, subject) => {
  const duration = typeof value === 'string' ? parseDuration(value) : undefined;
  if (duration === undefined || typeof value !== 'string' || value.startsWith('-')) {
    subject.report.add('E-DURATION', placeAt(subject, pointer), { got: shown(value) });
  } else checkLength(value, pointer, subject);
};

function checkLength(value: string, pointer: string, subject: Subject): void {
  const duration = parseDuration(value);
  if (duration === undefined) return;
  if (Math.abs(aboutDays(duration)) <= MOST_DAYS) return;
  subject.report.add('E-LIMIT-WAIT', placeAt(subject, pointer), { got: value, limit: MOST_DAYS });
}

/** Checks a text by a test of its form. */
const byForm =
  (code: 'E-CRON' | 'E-ZONE', isRight: (text: string) => boolean): CheckValue =>
  (value, pointer, subject) => {
    if (typeof value === 'string' && isRight(value)) return;
    subject.report.add(code, placeAt(subject, pointer), { got: shown(value) });
  };

export const checkCron = byForm('E-CRON', isCron);
export const checkZone = byForm('E-ZONE', isZone);
