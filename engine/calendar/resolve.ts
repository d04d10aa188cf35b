// From a time rule to its instant: calendar arithmetic in a zone, as the design's "meaning of time" says.
// Not the rule's own checks (time-rule.ts) and not what happens when the instant is past: that is the caller's affair.
import { DAY, isInstant, parseDuration, parseInstant, type Duration, type Instant } from '../instant.ts';
import { nextInWindow } from './day-window.ts';
import {
  isLocalTime,
  WEEKDAYS,
  type AnchoredRule,
  type Anchors,
  type ClockRule,
  type TimeRule,
} from './time-rule.ts';
import { addMonths, hasDay, instantAt, isZone, timeOfDay, wallAt, weekdayOf } from './zone.ts';

/** What a rule is resolved against. */
export interface Moment {
  readonly now: Instant;
  readonly zone: string;
  readonly anchors: Anchors;
}

/** Why a rule has no instant. */
export type ResolveProblem =
  | 'unknown-zone'
  | 'unknown-anchor' // the date-time parameter has no value
  | 'bad-rule' // the rule would not pass checkTimeRule
  | 'out-of-range'; // beyond the calendar

/** The instant of a rule, or why there is none. */
export type Resolved = { readonly at: Instant } | { readonly problem: ResolveProblem };

/**
 * The instant that a rule means. It may lie in the past: an anchored or absolute rule does not move with `now`.
 * Never throws.
 *
 * @example resolve({ anchor: 'T', offset: '-P3D', at: '12:00' }, { now, zone: 'Asia/Shanghai', anchors: { T } })
 */
export function resolve(rule: TimeRule, moment: Moment): Resolved {
  if (!isZone(moment.zone)) return { problem: 'unknown-zone' };
  const resolved = resolveKind(rule, moment);
  if ('problem' in resolved || rule.window === undefined) return resolved;
  if (!isLocalTime(rule.window.from) || !isLocalTime(rule.window.to)) return { problem: 'bad-rule' };
  return found(nextInWindow(resolved.at, rule.window, moment.zone));
}

function resolveKind(rule: TimeRule, moment: Moment): Resolved {
  if ('anchor' in rule) return resolveAnchored(rule, moment);
  if ('date' in rule) {
    const at = parseLocal(rule.date, moment.zone);
    return at === undefined ? { problem: 'bad-rule' } : { at };
  }
  if ('for' in rule) {
    const duration = parseDuration(rule.for);
    return duration === undefined ? { problem: 'bad-rule' } : found(plus(moment.now, duration, moment.zone));
  }
  return resolveClock(rule, moment);
}

function resolveAnchored(rule: AnchoredRule, { zone, anchors }: Moment): Resolved {
  const anchor = Object.hasOwn(anchors, rule.anchor) ? anchors[rule.anchor] : undefined;
  if (!isInstant(anchor)) return { problem: 'unknown-anchor' };
  const offset = parseDuration(rule.offset ?? 'PT0S');
  if (offset === undefined) return { problem: 'bad-rule' };
  if (rule.at === undefined) return found(plus(anchor, offset, zone));
  if (!isLocalTime(rule.at) || offset.ms !== 0) return { problem: 'bad-rule' };
  const wall = wallAt(anchor, zone);
  if (wall === undefined) return { problem: 'out-of-range' };
  const day = addDays(Math.floor(wall / DAY), offset);
  return found(instantAt(day * DAY + timeOfDay(rule.at), zone));
}

function resolveClock(rule: ClockRule, { now, zone }: Moment): Resolved {
  const span = parseDuration(rule.after ?? 'PT0S');
  if (!isLocalTime(rule.at) || span === undefined) return { problem: 'bad-rule' };
  const days = (rule.days ?? WEEKDAYS).map((day) => WEEKDAYS.indexOf(day)).filter((index) => index >= 0);
  if (days.length === 0) return { problem: 'bad-rule' };
  const earliest = plus(now, span, zone);
  if (earliest === undefined) return { problem: 'out-of-range' };
  return found(nextOnClock(rule.at, days, rule.after === undefined ? earliest + 1 : earliest, zone));
}

// From the day before, because a gap at midnight can push yesterday's reading into today; two weeks, because a zone may skip a day.
function nextOnClock(
  at: string,
  days: readonly number[],
  earliest: Instant,
  zone: string,
): Instant | undefined {
  const wall = wallAt(earliest, zone);
  if (wall === undefined) return undefined;
  const today = Math.floor(wall / DAY);
  for (let day = today - 1; day <= today + 14; day += 1) {
    if (!days.includes(weekdayOf(day)) || !hasDay(day, zone)) continue;
    const instant = instantAt(day * DAY + timeOfDay(at), zone);
    if (instant !== undefined && instant >= earliest) return instant;
  }
  return undefined;
}

/**
 * The instant a duration later (or earlier): years and months first, kept inside the month, then weeks and days,
 * all at the same local time; hours and less are then exact. Undefined for an unknown zone or beyond the calendar.
 */
export function plus(instant: Instant, duration: Duration, zone: string): Instant | undefined {
  const { years, months, weeks, days, ms } = duration;
  if (years === 0 && months === 0 && weeks === 0 && days === 0) return valid(instant + ms);
  const wall = wallAt(instant, zone);
  if (wall === undefined) return undefined;
  const day = Math.floor(wall / DAY);
  const moved = instantAt(addDays(day, duration) * DAY + (wall - day * DAY), zone);
  return moved === undefined ? undefined : valid(moved + ms);
}

/**
 * Reads a date and time as people write it: local to `zone` (`2026-12-01T20:00`, seconds optional), or with `Z` or an
 * offset. From 1970 to 9999: beyond that databases and clocks lose count of milliseconds, and nobody plans there.
 */
export function parseLocal(text: string, zone: string): Instant | undefined {
  const wall = parseInstant(`${text}Z`);
  const instant = parseInstant(text) ?? (wall === undefined ? undefined : instantAt(wall, zone));
  return instant !== undefined && instant >= 0 && instant <= LAST_PLANNED ? instant : undefined;
}

// The end of the year 9999.
const LAST_PLANNED: Instant = 253_402_300_799_999;

function addDays(day: number, { years, months, weeks, days }: Duration): number {
  return addMonths(day, years * 12 + months) + weeks * 7 + days;
}

const valid = (instant: Instant): Instant | undefined => (isInstant(instant) ? instant : undefined);

const found = (at: Instant | undefined): Resolved =>
  at === undefined ? { problem: 'out-of-range' } : { at };
