// A team's limits for messages: the night, and how much members and groups may get. Defaults filled in.
import type { DayWindow } from '../../engine/calendar/time-rule.ts';
import { isZone } from '../../engine/calendar/zone.ts';
import { DEFAULT_CAPS, DEFAULT_QUIET, type Caps } from '../../engine/effects/send-gate.ts';
import type { Sql } from './client.ts';

/** A team's limits. */
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
