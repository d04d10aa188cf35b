// Stretches of the local day: when something may happen (a window) and when it may not (quiet hours).
import { DAY, type Instant } from '../instant.ts';
import type { DayWindow } from './time-rule.ts';
import { instantAt, timeOfDay, wallAt } from './zone.ts';

/**
 * The instant itself when it lies inside the window, otherwise the next start of the window.
 * `from` belongs to the window, `to` does not; equal times mean the whole day. Undefined for an unknown zone.
 */
export function nextInWindow(instant: Instant, window: DayWindow, zone: string): Instant | undefined {
  const wall = wallAt(instant, zone);
  if (wall === undefined) return undefined;
  if (window.from === window.to) return instant;
  const today = Math.floor(wall / DAY);
  // From the day before, whose window may reach past midnight; a window that lies wholly in a gap does not open that day.
  for (let day = today - 1; day <= today + 14; day += 1) {
    const opens = instantAt(day * DAY + timeOfDay(window.from), zone);
    const closes = instantAt((window.from < window.to ? day : day + 1) * DAY + timeOfDay(window.to), zone);
    if (opens === undefined || closes === undefined) return undefined;
    if (instant < closes && opens < closes) return Math.max(instant, opens);
  }
  return undefined;
}

/**
 * The instant itself when it is outside quiet hours, otherwise their end.
 * `quiet.from` is quiet, `quiet.to` is not; `{ from: '22:00', to: '08:00' }` crosses midnight; equal times mean no quiet hours.
 */
export function nextAllowed(instant: Instant, quiet: DayWindow, zone: string): Instant | undefined {
  return nextInWindow(instant, { from: quiet.to, to: quiet.from }, zone);
}
