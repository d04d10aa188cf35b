// Cron expressions in a zone, by croner with the reference given and the clock stopped.
// Not a scheduler: schedules belong to Temporal; this says when the next time would be, for forms, checks and rehearsals.
import { Cron } from 'croner';
import { DateTime } from 'luxon';
import type { Instant } from '../instant.ts';
import { isZone } from './zone.ts';

/**
 * The first instant strictly after `after` that a five-field cron expression names in a zone.
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
    // Croner gives up by throwing when an expression has no time within its horizon.
    return undefined;
  }
}

/** True for a cron expression of five fields (minute, hour, day of month, month, day of week). */
export function isCron(expression: string): boolean {
  return readCron(expression, 'UTC') !== undefined;
}

function readCron(expression: string, zone: string): Cron | undefined {
  if (expression.length > 200 || !isZone(zone)) return undefined;
  try {
    return new Cron(expression, { timezone: zone, paused: true, mode: '5-part' });
  } catch {
    return undefined;
  }
}
