// Where and from what a run's rules of time count, and the team's limits beside them.
import type { DayWindow } from '../../engine/calendar/time-rule.ts';
import { isZone } from '../../engine/calendar/zone.ts';
import { anchorsIn, type CalendarFacts } from '../../engine/effects/instant.ts';
import { DEFAULT_CAPS, DEFAULT_QUIET, type Caps } from '../../engine/effects/send-gate.ts';
import type { Sql } from '../store/client.ts';
import type { RunFacts } from '../store/run.ts';

/** A team's limits for messages, defaults filled in. */
export interface TeamLimits {
  readonly quiet: DayWindow;
  readonly caps: Caps;
  /** Of recipients without one of their own. */
  readonly zone: string;
}

/** Reads a team's limits. */
export async function limitsOf(sql: Sql, team: number): Promise<TeamLimits> {
  const { rows } = await sql.query<{ quiet: DayWindow | null; caps: Partial<Caps>; zone: string }>(
    'select quiet, caps, zone from team where id = $1',
    [team],
  );
  const [row] = rows;
  return {
    quiet: row?.quiet ?? DEFAULT_QUIET,
    caps: { ...DEFAULT_CAPS, ...row?.caps },
    zone: isZone(row?.zone) ? row.zone : 'UTC',
  };
}

/** Zone, anchors and quiet hours of a run, as they are now. */
export async function calendarOf(sql: Sql, run: RunFacts): Promise<CalendarFacts> {
  const { quiet } = await limitsOf(sql, run.team);
  return { zone: run.plan.zone, anchors: anchorsIn(run.params, run.plan.zone), quiet };
}
