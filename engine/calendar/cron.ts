// Cron expressions in a zone, by croner with the reference given and the clock stopped.
// Not a scheduler: schedules belong to Temporal; this says when the next time would be, for forms, checks and rehearsals.
import { Cron } from 'croner';
import { DateTime } from 'luxon';
import type { Instant } from '../instant.ts';
import { isZone } from './zone.ts';

/**
 * The first instant strictly after `after` that a five-field cron expression names in a zone.
 * A day must fit both day fields where both are given, as in Temporal's schedules and unlike in Unix cron.
 * Undefined when the expression or zone is not valid or has no further time. Never throws.
 *
 * @example nextCron('0 9 * * 1', 'Asia/Shanghai', now) // next Monday at nine
 */
export function nextCron(expression: string, zone: string, after: Instant): Instant | undefined {
  const cron = readCron(expression, zone);
  const reference = DateTime.fromMillis(after, { zone: 'utc' });
  if (cron === undefined || !reference.isValid) return undefined;
  try {
    return cron.nextRun(reference.toJSDate())?.getTime();
  } catch {
    // Croner reports some expressions that never come by throwing.
    return undefined;
  }
}

/** True for a cron expression of five fields: minute, hour, day of month, month, day of week (0 and 7 are Sunday). */
export function isCron(expression: string): boolean {
  return readCron(expression, 'UTC') !== undefined;
}

// Only what Temporal reads as well: no nicknames, no `L`, `W`, `#`, `?`.
const FIELDS = /^[\d*,/-]+ [\d*,/-]+ [\d*,/-]+ [\dA-Z*,/-]+ [\dA-Z*,/-]+$/i;
const NAMES = /^(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)$/i;

function readCron(expression: string, zone: string): Cron | undefined {
  const words = expression.match(/[A-Z]+/gi) ?? [];
  if (expression.length > 200 || !FIELDS.test(expression) || !words.every((word) => NAMES.test(word)))
    return undefined;
  if (!isZone(zone)) return undefined;
  try {
    return new Cron(expression, { timezone: zone, paused: true, mode: '5-part', domAndDow: true });
  } catch {
    return undefined;
  }
}
