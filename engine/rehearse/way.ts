// How far a course of events has come, as far as anybody can know: by its goal's deadline and the dates among its parameters.
// Without either nobody knows, and there is no bar.
import { resolve } from '../calendar/resolve.ts';
import { anchorsIn } from '../effects/instant.ts';
import type { Playbook } from '../document.ts';
import type { Instant } from '../instant.ts';
import type { Plan } from '../plan.ts';

/** What is under way after the last date that anybody named still takes some time. */
const ALMOST = 0.99;

/** Tells the share of the way, 0 to 1; undefined where the end is unknown. */
export function wayOf({
  document,
  plan,
  start,
}: {
  readonly document: Pick<Playbook, 'goal'>;
  readonly plan: Plan;
  readonly start: Instant;
}): (now: Instant) => number | undefined {
  const { zone } = plan;
  const anchors = anchorsIn(plan.params, zone);
  const deadline = document.goal && resolve(document.goal.deadline, { now: start, zone, anchors });
  const ends = deadline !== undefined && 'at' in deadline ? [deadline.at] : [];
  const last = Math.max(...Object.values(anchors), ...ends);
  if (!(last > start)) return () => undefined;
  return (now) => Math.min(ALMOST, Math.max(0, (now - start) / (last - start)));
}
