// Where and from what a run's rules of time count.
import { anchorsIn, type CalendarFacts } from '../../engine/effects/instant.ts';
import type { Sql } from '../store/client.ts';
import type { RunFacts } from '../store/run.ts';
import { limitsOf } from '../store/team-limits.ts';

/** Zone, anchors and quiet hours of a run, as they are now. */
export async function calendarOf(sql: Sql, run: RunFacts): Promise<CalendarFacts> {
  const { quiet } = await limitsOf(sql, run.team);
  return { zone: run.plan.zone, anchors: anchorsIn(run.params, run.plan.zone), quiet };
}
