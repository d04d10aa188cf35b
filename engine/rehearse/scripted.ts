// Events that a script lets happen, counted from the start of a visit.
// Not scripted answers: those take the place of an effect's or of people's, see answers.ts.
import type { Instant } from '../instant.ts';
import type { VisitKey } from '../run/protocol.ts';
import { eventsFor } from '../script.ts';
import type { World } from './world.ts';

/** Plans the events that the script lets happen after the start of a visit: once, however often it calls or listens. */
export function planScripted(world: World, visit: VisitKey, start: Instant): void {
  if (world.script.events.size === 0) return;
  if (world.begun.get(visit) !== undefined) return;
  world.begun.set(visit, true);
  for (const { event: name, afterMs, data } of eventsFor(world.script, world.scripted(visit))) {
    world.agenda.plan(start + afterMs, { kind: 'event', name, person: world.personOf(visit), data });
  }
}
