// Instants and exact durations: UTC milliseconds, ISO 8601 texts, and the proleptic Gregorian calendar by arithmetic.
// Not zones, not daylight saving, not "now": what needs a zone is in calendar/, and the time is always an argument.

/** A moment: UTC milliseconds since 1970-01-01T00:00:00Z, always a whole number. */
export type Instant = number;

/** An ISO 8601 duration, taken apart. All parts have the same sign. */
export interface Duration {
  readonly years: number;
  readonly months: number;
  readonly weeks: number;
  readonly days: number;
  /** Hours, minutes, seconds and fractions together, in milliseconds: the part that is the same in every zone. */
  readonly ms: number;
}

/** A day of the calendar, without a zone. Months count from 1. */
export interface CivilDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The furthest instant from 1970 that every JavaScript engine can show, in either direction. */
export const LAST_INSTANT = 8_640_000_000_000_000;

/** True for a whole number of milliseconds that is within the calendar. */
export function isInstant(value: unknown): value is Instant {
  return Number.isSafeInteger(value) && Math.abs(value as number) <= LAST_INSTANT;
}

// Nine digits keep every sum below 2^53.
const DURATION =
  /^(-)?P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,](\d{1,3}))?S)?)?$/;

/**
 * Reads an ISO 8601 duration: `P3DT4H`, `-PT30M`, `PT48H`, `P2W`, `PT0.5S`.
 * Undefined for anything else: lower case, fractions of anything but seconds or finer than a millisecond, mixed signs.
 */
export function parseDuration(text: string): Duration | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const sign = match[1] === '-' ? -1 : 1;
  // Adding zero turns -0 into 0.
  const part = (index: number) => sign * Number(match[index] ?? 0) + 0;
  const fraction = sign * Number((match[9] ?? '').padEnd(3, '0'));
  return {
    years: part(2),
    months: part(3),
    weeks: part(4),
    days: part(5),
    ms: part(6) * HOUR + part(7) * MINUTE + part(8) * SECOND + fraction + 0,
  };
}

/** The length of a duration that has only time parts; undefined where days or longer make it depend on a calendar. */
export function exactMs(duration: Duration): number | undefined {
  const { years, months, weeks, days, ms } = duration;
  return years === 0 && months === 0 && weeks === 0 && days === 0 ? ms : undefined;
}

/** About how many days a duration takes: twelve months are a year, a year is 365 days. Negative for one that goes back. */
export function aboutDays({ years, months, weeks, days, ms }: Duration): number {
  return ((years * 12 + months) * 365) / 12 + weeks * 7 + days + ms / DAY;
}

/** The milliseconds of an exact ISO 8601 duration (`PT48H`); undefined for calendar ones and for anything else. */
export function exactMsOf(text: string): number | undefined {
  const known = exact.get(text);
  if (known !== undefined) return known;
  const duration = parseDuration(text);
  const ms = duration === undefined ? undefined : exactMs(duration);
  if (ms === undefined) return undefined;
  if (exact.size >= 1_000) exact.clear();
  exact.set(text, ms);
  return ms;
}

// A plan has few durations, and each is asked for at every visit.
const exact = new Map<string, number>();

/**
 * The instant an exact duration later: `after(now, 'PT48H')`.
 * Invariant: `iso` is an exact duration. The compiler has proved it for a plan; anything else is a RangeError.
 */
export function after(instant: Instant, iso: string): Instant {
  const ms = exactMsOf(iso);
  if (ms === undefined) throw new RangeError(`Not an exact ISO 8601 duration such as PT48H: ${iso}`);
  return instant + ms;
}

/** The instant as `2026-12-01T12:00:00.000Z`, as `Date.prototype.toISOString` writes it. */
export function isoOf(instant: Instant): string {
  if (!isInstant(instant)) throw new RangeError(`Not an instant: ${String(instant)}`);
  const days = Math.floor(instant / DAY);
  const { year, month, day } = dayOfNumber(days);
  const clock = clockOf(instant - days * DAY);
  return `${yearText(year)}-${two(month)}-${two(day)}T${clock}Z`;
}

const ISO_INSTANT =
  /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * Reads an RFC 3339 date-time, which carries `Z` or an offset: `2026-12-01T20:00+08:00`.
 * Seconds may be absent; digits beyond the millisecond are cut off. Undefined for anything else.
 */
export function parseInstant(iso: string): Instant | undefined {
  const match = ISO_INSTANT.exec(iso);
  if (match === null || match[1] === '-000000') return undefined;
  const number = (index: number) => Number(match[index] ?? 0);
  const civil = { year: number(1), month: number(2), day: number(3) };
  if (!isCivilDay(civil) || number(4) > 23 || number(5) > 59 || number(6) > 59) return undefined;
  if (number(9) > 23 || number(10) > 59) return undefined;
  const offset = (match[8] === '-' ? -1 : 1) * (number(9) * HOUR + number(10) * MINUTE);
  const ms = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const instant =
    numberOfDay(civil) * DAY + number(4) * HOUR + number(5) * MINUTE + number(6) * SECOND + ms - offset;
  return isInstant(instant) ? instant : undefined;
}

/** Days since 1970-01-01 of a day of the calendar. */
export function numberOfDay({ year, month, day }: CivilDay): number {
  // Years that begin in March put the leap day last; eras of 400 years repeat exactly.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The day of the calendar that lies so many days after 1970-01-01. */
export function dayOfNumber(number: number): CivilDay {
  const shifted = number + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** The number of days in a month of the calendar. */
export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** True for a day that the calendar has. */
export function isCivilDay({ year, month, day }: CivilDay): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

function clockOf(ms: number): string {
  const hours = Math.floor(ms / HOUR);
  const minutes = Math.floor((ms % HOUR) / MINUTE);
  const seconds = Math.floor((ms % MINUTE) / SECOND);
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${String(ms % SECOND).padStart(3, '0')}`;
}

function yearText(year: number): string {
  if (year >= 0 && year <= 9_999) return String(year).padStart(4, '0');
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`;
}

const two = (value: number): string => String(value).padStart(2, '0');
