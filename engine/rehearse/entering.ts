// Who comes to a journey later, by what they do: its door opens with the launch, lets in whoever may, and closes.
// Not the rules: see engine/entrance.ts. Not the launch of those who enter at once: see enrol.ts.
import { deadlineOf } from '../effects/task.ts';
import { admit, entranceRule, stayKey } from '../entrance.ts';
import type { Instant } from '../instant.ts';
import { evaluateCondition } from '../language/condition.ts';
import type { Entry } from '../run/protocol.ts';
import { entersBy } from '../simulate.ts';
import type { Calling } from './answers.ts';
import type { World } from './world.ts';

/** Opens the door of a journey, and plans who will come: everybody by themselves, as the rehearsal's settings say. */
export function openDoor(world: World, graph: number, visit: Calling): 'opened' | 'open' {
  const { doors, plan, calendar, subjects } = world;
  if (doors.open.has(graph)) return 'open';
  const { id, start } = plan.graphs[graph]!;
  const { node, ordinal, lap, at } = visit;
  const rule = entranceRule(plan.nodes[start]!.config);
  const until = rule.open === undefined ? undefined : deadlineOf({ for: rule.open }, calendar, at);
  const launch = subjects.launch(graph, { node, ordinal, lap }, true);
  doors.open.set(graph, { graph, rule, opened: at, until, launch });
  if (until !== undefined) world.agenda.plan(until, { kind: 'close', graph, launch });
  for (let person = 0; person < world.people.count; person += 1) {
    const deed = entersBy(world.community, { event: rule.event, journey: id, lap }, person);
    if (deed === undefined) continue;
    const { delayMs, data } = deed;
    world.agenda.plan(at + delayMs, { kind: 'event', name: rule.event, person, data });
  }
  return 'opened';
}

/** Closes a door, if it is still that of this launch; tells the visit that waits when everybody is through. */
export function closeDoor(world: World, graph: number, launch: object, at: Instant): void {
  const door = world.doors.open.get(graph);
  if (door === undefined || door.launch !== launch) return;
  world.doors.open.delete(graph);
  door.launch.isOpen = false;
  if (door.launch.left > 0) return;
  world.agenda.plan(at, { kind: 'answer', ...door.launch.visit, answer: 'done', values: {} });
}

/** What a person does leads through the doors that are open for it. */
export function enterBy(
  world: World,
  { name, person, about }: { readonly name: string; readonly person: number; readonly about: About },
  at: Instant,
): Entry[] {
  const entries: Entry[] = [];
  if (person < 0) return entries;
  for (const door of world.doors.open.values()) {
    const { graph, rule, opened, until, launch } = door;
    if (rule.event !== name || at < opened || (until !== undefined && at >= until)) continue;
    const context = world.contextFor(person, at, about);
    const { where, segment } = rule;
    if (where !== undefined && evaluateCondition(where.cel, context) !== true) continue;
    const qualifies = segment === undefined || evaluateCondition(segment.cel, context) === true;
    const key = stayKey(rule, about);
    const last = world.subjects.lastStay(graph, { person, key });
    const entered = world.subjects.entered(graph);
    if (admit(rule, { kind: 'member', qualifies, last }, { entered, now: at }) !== 'enter') continue;
    const first = world.subjects.enter(graph, { person, key }, { launch, at });
    world.subjects.heard(graph, first, about);
    world.recorder.entered(graph, first, 1);
    world.watcher?.entered(graph, 1, at);
    entries.push({ kind: 'enter', at, graph, first, count: 1 });
  }
  return entries;
}

type About = Readonly<Record<string, unknown>>;
