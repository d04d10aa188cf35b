// How far a course of events has come, as far as anybody can know: by the last date among the parameters.
// Without such a date nobody knows, and there is no bar.
import { anchorsIn } from '../../engine/effects/instant.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Plan } from '../../engine/plan.ts';

/** Tells the share of the way, 0 to 1; undefined where the end is unknown. */
export function wayOf(plan: Plan, start: Instant): (now: Instant) => number | undefined {
  const last = Math.max(...Object.values(anchorsIn(plan.params, plan.zone)));
  return (now) => (last > start ? Math.min(1, Math.max(0, (now - start) / (last - start))) : undefined);
}
