// Local time and instants: the only file that asks for the rules of a time zone (luxon's IANA zones, from the platform's ICU).
// Not the meaning of a rule, see resolve.ts; and never the zone of the machine: a zone is always given by name.
import { IANAZone } from 'luxon';
import { DAY, dayOfNumber, HOUR, isInstant, MINUTE, numberOfDay, type Instant } from '../instant.ts';

/**
 * A reading of calendar and clock on the wall of some zone: the milliseconds that the same reading in UTC would have.
 * Keeping it as one number makes days and weeks plain arithmetic.
 */
export type WallTime = number;

/** True for the name of a zone in the IANA database, such as `Asia/Shanghai` or `UTC`. */
export function isZone(name: unknown): name is string {
  return typeof name === 'string' && name.length <= 64 && zoneOf(name) !== undefined;
}

/** What the wall shows in a zone at an instant. Undefined for an unknown zone. */
export function wallAt(instant: Instant, zone: string): WallTime | undefined {
  const offset = offsetAt(instant, zone);
  return offset === undefined ? undefined : instant + offset;
}

/**
 * The instant at which the wall shows this reading.
 * A reading that the clocks skip moves forward to the first instant after the gap; one shown twice is its first time.
 * Undefined for an unknown zone and beyond the calendar.
 */
export function instantAt(wall: WallTime, zone: string): Instant | undefined {
  // No zone is more than a day from UTC, so both sides of any change near the reading are seen from here.
  const earlier = offsetAt(wall - 26 * HOUR, zone);
  const later = offsetAt(wall + 26 * HOUR, zone);
  if (earlier === undefined || later === undefined) return undefined;
  const readings = [wall - earlier, wall - later].filter((instant) => wallAt(instant, zone) === wall);
  if (readings.length > 0) return Math.min(...readings);
  return firstAfterGap(wall - later, wall - earlier, zone);
}

// The clocks jumped over the reading somewhere between these two instants: the jump is found by halving.
function firstAfterGap(before: Instant, notBefore: Instant, zone: string): Instant {
  const offset = offsetAt(before, zone);
  let low = before;
  let high = notBefore;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, zone) === offset) low = middle;
    else high = middle;
  }
  return high;
}

/** True when the zone has this day at all: Samoa has no 30 December 2011. */
export function hasDay(dayNumber: number, zone: string): boolean {
  const start = instantAt(dayNumber * DAY, zone);
  const wall = start === undefined ? undefined : wallAt(start, zone);
  return wall !== undefined && Math.floor(wall / DAY) === dayNumber;
}

/** The milliseconds after midnight of a local time `HH:MM`. */
export function timeOfDay(text: string): number {
  return Number(text.slice(0, 2)) * HOUR + Number(text.slice(3, 5)) * MINUTE;
}

/** Monday is 0, Sunday is 6, for a day counted from 1970-01-01, which was a Thursday. */
export function weekdayOf(dayNumber: number): number {
  return (((dayNumber + 3) % 7) + 7) % 7;
}

/** The day that lies so many months after another; 31 January + 1 month is the last day of February. */
export function addMonths(dayNumber: number, months: number): number {
  const { year, month, day } = dayOfNumber(dayNumber);
  const count = year * 12 + (month - 1) + months;
  const target = { year: Math.floor(count / 12), month: (((count % 12) + 12) % 12) + 1 };
  const first = numberOfDay({ ...target, day: 1 });
  const next = numberOfDay(
    target.month === 12
      ? { year: target.year + 1, month: 1, day: 1 }
      : { year: target.year, month: target.month + 1, day: 1 },
  );
  return Math.min(first + day - 1, next - 1);
}

function offsetAt(instant: Instant, name: string): number | undefined {
  const zone = isInstant(instant) ? zoneOf(name) : undefined;
  if (zone === undefined) return undefined;
  const day = Math.floor(instant / DAY);
  let offset = zone.offsets.get(day);
  if (offset === undefined) {
    const evening = readOffset(zone.rules, (day + 1) * DAY - 1);
    offset = readOffset(zone.rules, day * DAY) === evening ? evening : CHANGES;
    if (zone.offsets.size >= MAX_DAYS) zone.offsets.clear();
    zone.offsets.set(day, offset);
  }
  return Number.isNaN(offset) ? readOffset(zone.rules, instant) : offset;
}

// Before standard time the offsets have seconds, which luxon hands over as a fraction of a minute.
const readOffset = (rules: IANAZone, instant: Instant): number => Math.round(rules.offset(instant) * MINUTE);

/** A zone, and its offset on each day asked for: ICU takes microseconds, and a rehearsal asks a million times. */
interface KnownZone {
  readonly rules: IANAZone;
  readonly offsets: Map<number, number>;
}

// The offset of a day on which the clocks change.
const CHANGES = Number.NaN;
const MAX_DAYS = 10_000;
const zones = new Map<string, KnownZone>();

function zoneOf(name: string): KnownZone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const rules = IANAZone.create(name);
  if (!rules.isValid) return undefined;
  const zone = { rules, offsets: new Map<number, number>() };
  zones.set(name, zone);
  return zone;
}
