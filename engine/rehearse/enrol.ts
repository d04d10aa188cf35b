// Launches journeys: who may enter now, in the order of their numbers, and as which subjects.
// Entering by event belongs to playbooks that stay open; here everybody who qualifies enters at the launch.
import type { Answer } from '../effect.ts';
import { effects, type InputOf } from '../effects/index.ts';
import { evaluateCondition } from '../language/condition.ts';
import type { Calling } from './answers.ts';
import type { World } from './world.ts';

/** Performs `launch-journey` for one visit. */
export function launchJourney(world: World, input: InputOf<'launch-journey'>, visit: Calling): Answer {
  const graph = world.plan.graphs.findIndex(({ id }, index) => index > 0 && id === input.journey);
  const people = graph < 0 ? [] : eligible(world, graph, visit);
  const facts = { ...world.calendar, eligible: people.length };
  const answer = effects['launch-journey'].decide(input, facts, visit.at);
  if (answer.code !== 'launched') return answer;
  const { node, ordinal, lap, at } = visit;
  const { first, count } = world.subjects.enrol(graph, people, { node, ordinal, lap });
  world.agenda.plan(at, { kind: 'enter', graph, first, count });
  return answer;
}

function eligible(world: World, graph: number, { at }: Calling): number[] {
  const { config } = world.plan.nodes[world.plan.graphs[graph]!.start]!;
  const { segment, capacity } = config as { segment?: { cel: string }; capacity?: number };
  const room = capacity === undefined ? Infinity : capacity - world.subjects.entered(graph);
  const people: number[] = [];
  for (let no = 0; no < world.people.count && people.length < room; no += 1) {
    // A member enters a journey of a run once.
    if (world.subjects.has(graph, no)) continue;
    const isIn = segment === undefined || evaluateCondition(segment.cel, world.contextFor(no, at)) === true;
    if (isIn) people.push(no);
  }
  return people;
}
