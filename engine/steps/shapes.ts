// Schemas and ports that several step types share: texts, conditions, durations, named exits.
// Conditions and rules of time bring their own, see language/rule.ts and calendar/time-rule.ts. Not the checks behind them (expressions, placeholders, rules of time): the compiler finds those through `fields`.
import { fixedWindowOf } from '../metrics.ts';
import type { Text } from '../document.ts';
import type { TimeRule } from '../calendar/time-rule.ts';
import { DAY, exactMsOf, HOUR, MINUTE } from '../instant.ts';
import { typed, type Json, type JsonObject } from '../json.ts';
import type { Field, Finding, Port } from '../step.ts';

/** A text per locale, Liquid inside. */
export const textSchema = typed<Text>({
  type: 'object',
  minProperties: 1,
  maxProperties: 20,
  propertyNames: { pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$' },
  additionalProperties: { type: 'string', maxLength: 4_000 },
});

/** An ISO 8601 duration that does not go back; calendar parts count in the playbook's zone. */
export const durationSchema = typed<string>({ type: 'string', format: 'duration', maxLength: 64 });

/** A time of day on the wall: `09:00`. */
export const localTimeSchema = typed<string>({ type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' });

/** The name of an exit, as edges refer to it. */
export const portSchema = typed<string>({ type: 'string', pattern: '^[a-z][a-z0-9-]{0,39}$' });

/** The name of a role, channel, tag, event, metric or the like. */
export const nameSchema = typed<string>({ type: 'string', minLength: 1, maxLength: 100 });

/** A window that is asked of a metric which has one of its own. */
export function windowFindings(
  { metric, window }: { readonly metric?: unknown; readonly window?: unknown },
  pointer = '',
): readonly Finding[] {
  const own = typeof metric === 'string' ? fixedWindowOf(metric) : undefined;
  if (window === undefined || own === undefined) return [];
  return [
    {
      code: 'E-METRIC-WINDOW',
      pointer: `${pointer}/window`,
      values: { metric: String(metric), window: own },
    },
  ];
}

/** One value of a member or of the run. */
export const scalarSchema = typed<Exclude<Json, readonly Json[] | JsonObject | null>>({
  type: ['string', 'number', 'boolean'],
});

/** A named exit of the operator's own, with the label that people read. */
export function ownPort(name: string, label?: Text): Port {
  const first = label === undefined ? undefined : Object.values(label)[0];
  return {
    name,
    label: { zh: label?.['zh-CN'] ?? first ?? name, en: label?.['en'] ?? first ?? name },
  };
}

/** The names without repetitions, in their first order. */
export const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

/** Findings for a list of rows with a `port`: a name used twice, or one that the step keeps for itself. */
export function portFindings(
  rows: readonly { readonly port: string }[],
  key: string,
  reserved: readonly string[],
): Finding[] {
  const seen = new Set<string>(reserved);
  return rows.flatMap(({ port }, index) => {
    if (!seen.has(port)) {
      seen.add(port);
      return [];
    }
    return [{ code: 'E-PORT-SAME', pointer: `/${key}/${index}/port`, values: { port } }];
  });
}

/** True for a duration that takes time at all. */
export function takesTime(duration: string): boolean {
  return exactMsOf(duration) !== 0;
}

/**
 * The usual tolerance of a wait of this length, in milliseconds: nobody minds an hour after days of waiting, nor a minute after
 * less; but a tenth of a short wait is all that goes unnoticed.
 */
export function usualTolerance(duration: string): number {
  const length = exactMsOf(duration) ?? DAY;
  return length >= DAY ? HOUR : Math.min(Math.ceil(length / 10), MINUTE);
}

/** {@link usualTolerance} of a rule of time: a time of day or a date is meant as it is written. */
export const toleranceOfRule = (rule: TimeRule): number => ('for' in rule ? usualTolerance(rule.for) : 0);

/** The label field of a row that names an exit. */
export const portFields: readonly Field[] = [
  { key: 'port', as: 'string', label: { zh: '出口名', en: 'Port name' } },
  { key: 'label', as: 'text', label: { zh: '出口的说法', en: 'Label' } },
];

/** The days of the week as choices. */
export const WEEKDAY_WORDS: Field['choices'] & object = {
  mon: { zh: '周一', en: 'Monday' },
  tue: { zh: '周二', en: 'Tuesday' },
  wed: { zh: '周三', en: 'Wednesday' },
  thu: { zh: '周四', en: 'Thursday' },
  fri: { zh: '周五', en: 'Friday' },
  sat: { zh: '周六', en: 'Saturday' },
  sun: { zh: '周日', en: 'Sunday' },
};
