// What people do by themselves while a visit waits for it, as the rehearsal's settings say: planned when it begins to listen.
import type { Listen } from '../run/protocol.ts';
import { doesMeanwhile } from '../simulate.ts';
import type { World } from './world.ts';

/** Plans what the person of a visit will do, once for each visit. */
export function planDeeds(world: World, visit: Listen): void {
  const person = world.personOf(visit);
  if (person < 0 || Object.keys(world.community.events).length === 0) return;
  if (world.awaited.get(visit) !== undefined) return;
  world.awaited.set(visit, true);
  for (const name of new Set(world.listeners.eventsOf(visit.node))) {
    const deed = doesMeanwhile(world.community, name, world.drawnFor(visit), person);
    if (deed === undefined) continue;
    world.agenda.plan(visit.since + deed.delayMs, { kind: 'event', name, person, data: deed.data });
  }
}
