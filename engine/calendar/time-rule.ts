// Time rules: how an operator says "when" in a step, as data with its JSON Schema and its checks.
// Not their evaluation: this file knows no zone and no library, so step files and the editor may import it.
import { isCivilDay, parseDuration, parseInstant, type Instant } from '../instant.ts';
import { typed } from '../json.ts';

/** A day of the week, Monday first. */
export type Weekday = (typeof WEEKDAYS)[number];
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** A stretch of each local day, `from` included, `to` not. `from` after `to` crosses midnight. */
export interface DayWindow {
  readonly from: string;
  readonly to: string;
}

/** Counted from a parameter of format date-time: T−3 days at 12:00. Moves when the parameter moves. */
export interface AnchoredRule {
  readonly anchor: string;
  /** ISO 8601, calendar parts in the zone. Default PT0S. */
  readonly offset?: string;
  /** Local time on the day reached; `offset` then has no time parts. */
  readonly at?: string;
  readonly window?: DayWindow;
}

/**
 * The next time the clock on the wall shows `at`, on an allowed day.
 * Without `after`: strictly later than now, so that a daily loop that is done within the second does not run twice.
 * With `after` (calendar arithmetic): at or after now + `after`; `PT0S` takes this very moment too.
 */
export interface ClockRule {
  readonly at: string;
  readonly days?: readonly Weekday[];
  readonly after?: string;
  readonly window?: DayWindow;
}

/** One moment: local to the zone (`2026-12-01T20:00`), or with `Z` or an offset. */
export interface DateRule {
  readonly date: string;
  readonly window?: DayWindow;
}

/** So long from now; calendar parts in the zone. */
export interface SpanRule {
  readonly for: string;
  readonly window?: DayWindow;
}

/**
 * When something shall happen. Exactly one of `anchor`, `date`, `for`, or else `at` alone.
 * `window` moves an instant that falls outside to the next start of the window.
 */
export type TimeRule = AnchoredRule | ClockRule | DateRule | SpanRule;

/** Named instants that rules count from: the values of date-time parameters. */
export type Anchors = Readonly<Record<string, Instant>>;

const TIME_PATTERN = '^([01]\\d|2[0-3]):[0-5]\\d$';
const DURATION_PATTERN =
  '^-?P(?=.)(\\d{1,9}Y)?(\\d{1,9}M)?(\\d{1,9}W)?(\\d{1,9}D)?(T(?=.)(\\d{1,9}H)?(\\d{1,9}M)?(\\d{1,9}([.,]\\d{1,3})?S)?)?$';
const DATE_PATTERN = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d)?(Z|[+-]\\d\\d:\\d\\d)?$';

const TIME = new RegExp(TIME_PATTERN);
const DATE = new RegExp(DATE_PATTERN);

/** JSON Schema of a stretch of the day, for windows and quiet hours. */
export const dayWindowSchema = typed<DayWindow>({
  type: 'object',
  additionalProperties: false,
  required: ['from', 'to'],
  properties: {
    from: { type: 'string', pattern: TIME_PATTERN },
    to: { type: 'string', pattern: TIME_PATTERN },
  },
});

/** JSON Schema of a time rule. What a schema cannot say (which keys go together) is said by `checkTimeRule`. */
export const timeRuleSchema = typed<TimeRule>({
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    anchor: { type: 'string', minLength: 1, maxLength: 64 },
    offset: { type: 'string', pattern: DURATION_PATTERN },
    at: { type: 'string', pattern: TIME_PATTERN },
    days: { type: 'array', minItems: 1, maxItems: 7, uniqueItems: true, items: { enum: [...WEEKDAYS] } },
    after: { type: 'string', pattern: DURATION_PATTERN },
    date: { type: 'string', pattern: DATE_PATTERN },
    for: { type: 'string', pattern: DURATION_PATTERN },
    window: dayWindowSchema,
  },
});

/** What can be wrong with a time rule. */
export type TimeRuleProblemCode =
  | 'not-a-rule' // no object, or none of anchor, at, date, for
  | 'many-kinds' // more than one of anchor, date, for; or a key of another kind
  | 'bad-time' // not HH:MM
  | 'bad-duration'
  | 'bad-date' // no such day or time
  | 'bad-days'
  | 'negative' // a duration from now that goes back
  | 'offset-with-time' // a local time is given, and hours or minutes besides
  | 'empty-window'; // from and to are the same time

/** A finding of `checkTimeRule`, with the JSON pointer into the rule and the value found there. */
export interface TimeRuleProblem {
  readonly code: TimeRuleProblemCode;
  readonly pointer: string;
  readonly value: string;
}

const KEYS = {
  anchor: ['anchor', 'offset', 'at', 'window'],
  date: ['date', 'window'],
  for: ['for', 'window'],
  at: ['at', 'days', 'after', 'window'],
} as const;

/** The kind of a rule: by which of its keys it is governed. Undefined when none is there. */
export function kindOfRule(rule: object): keyof typeof KEYS | undefined {
  return (['anchor', 'date', 'for', 'at'] as const).find((key) => Object.hasOwn(rule, key));
}

/** Everything that is wrong with a value that ought to be a time rule. Never throws; empty for a good rule. */
export function checkTimeRule(value: unknown): TimeRuleProblem[] {
  if (!isRecord(value)) return [{ code: 'not-a-rule', pointer: '', value: shown(value) }];
  const kind = kindOfRule(value);
  if (kind === undefined) return [{ code: 'not-a-rule', pointer: '', value: shown(value) }];
  const problems: TimeRuleProblem[] = [];
  const report = (code: TimeRuleProblemCode, pointer: string, found: unknown): void => {
    problems.push({ code, pointer, value: shown(found) });
  };
  const allowed: readonly string[] = KEYS[kind];
  for (const key of Object.keys(value)) {
    if (!allowed.includes(key)) report('many-kinds', `/${escapePointer(key)}`, value[key]);
  }
  checkParts(value, kind, report);
  if (Object.hasOwn(value, 'window')) checkWindow(value['window'], report);
  return problems;
}

type Report = (code: TimeRuleProblemCode, pointer: string, found: unknown) => void;

function checkParts(rule: Readonly<Record<string, unknown>>, kind: keyof typeof KEYS, report: Report): void {
  const has = (key: string): boolean =>
    Object.hasOwn(rule, key) && (KEYS[kind] as readonly string[]).includes(key);
  if (kind === 'anchor' && (typeof rule['anchor'] !== 'string' || rule['anchor'] === '')) {
    report('not-a-rule', '/anchor', rule['anchor']);
  }
  if (has('at') && !isLocalTime(rule['at'])) report('bad-time', '/at', rule['at']);
  if (has('date') && !isDateText(rule['date'])) report('bad-date', '/date', rule['date']);
  if (has('days') && !isDayList(rule['days'])) report('bad-days', '/days', rule['days']);
  for (const key of ['offset', 'after', 'for'] as const) {
    if (!has(key)) continue;
    const text = rule[key];
    const duration = typeof text === 'string' ? parseDuration(text) : undefined;
    if (duration === undefined) report('bad-duration', `/${key}`, text);
    else if (key !== 'offset' && String(text).startsWith('-')) report('negative', `/${key}`, text);
    else if (key === 'offset' && has('at') && duration.ms !== 0) report('offset-with-time', '/offset', text);
  }
}

function checkWindow(window: unknown, report: Report): void {
  if (!isRecord(window)) return report('bad-time', '/window', window);
  for (const key of ['from', 'to'] as const) {
    if (!isLocalTime(window[key])) report('bad-time', `/window/${key}`, window[key]);
  }
  if (isLocalTime(window['from']) && window['from'] === window['to'])
    report('empty-window', '/window', window['from']);
}

/** The anchors that a rule counts from: none or one. */
export function anchorsOf(rule: TimeRule): readonly string[] {
  return 'anchor' in rule ? [rule.anchor] : [];
}

/** True when the instant does not depend on when the visit began, so that it stays where it is after a pause. */
export function isAbsolute(rule: TimeRule): boolean {
  return !('for' in rule);
}

/** True for a local time of day as rules write it: `09:00`. */
export function isLocalTime(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value);
}

function isDayList(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  const days: readonly unknown[] = value;
  return new Set(days).size === days.length && days.every((day) => WEEKDAYS.some((known) => known === day));
}

function isDateText(value: unknown): boolean {
  if (typeof value !== 'string' || !DATE.test(value)) return false;
  if (/(Z|[+-]\d\d:\d\d)$/.test(value.slice(10))) return parseInstant(value) !== undefined;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = (value.match(/\d+/g) ?? []).map(
    Number,
  );
  return isCivilDay({ year, month, day }) && hours < 24 && minutes < 60 && seconds < 60;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

function shown(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 100);
  return value === null || typeof value !== 'object' ? String(value) : Array.isArray(value) ? '[…]' : '{…}';
}
