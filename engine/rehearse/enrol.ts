// Launches journeys: who may enter now, in the order of their numbers, and as which subjects.
// Not those who come later, through events: see entering.ts.
import type { Answer } from '../effect.ts';
import { effects, type InputOf } from '../effects/index.ts';
import { admit, entranceRule } from '../entrance.ts';
import { evaluateCondition } from '../language/condition.ts';
import { nameOf } from '../simulate.ts';
import type { Calling } from './answers.ts';
import { openDoor } from './entering.ts';
import type { World } from './world.ts';

/** Performs `launch-journey` for one visit. */
export function launchJourney(world: World, input: InputOf<'launch-journey'>, visit: Calling): Answer {
  const decide = (facts: { eligible: number; door?: 'opened' | 'open' }): Answer =>
    effects['launch-journey'].decide(input, { ...world.calendar, ...facts }, visit.at);
  const graph = world.plan.graphs.findIndex(({ id }, index) => index > 0 && id === input.journey);
  if (graph < 0) return decide({ eligible: 0 });
  if (world.doors.entering.has(graph)) {
    const wouldBe = decide({ eligible: 0, door: 'opened' });
    return wouldBe.code === 'launched'
      ? decide({ eligible: 0, door: openDoor(world, graph, visit) })
      : wouldBe;
  }
  const people = eligible(world, graph, visit);
  const answer = decide({ eligible: people.length });
  if (answer.code !== 'launched') return answer;
  const { node, ordinal, lap, at } = visit;
  const launch = world.subjects.launch(graph, { node, ordinal, lap });
  for (const person of people) world.subjects.enter(graph, { person, key: '' }, { launch, at });
  const { first, count } = launch;
  world.agenda.plan(at, { kind: 'enter', graph, first, count });
  return answer;
}

function eligible(world: World, graph: number, { at: now }: Calling): number[] {
  const rule = entranceRule(world.plan.nodes[world.plan.graphs[graph]!.start]!.config);
  const { segment, from } = rule;
  const listed = new Set(rule.list);
  const before = world.subjects.entered(graph);
  const people: number[] = [];
  for (let no = 0; no < world.people.count; no += 1) {
    const qualifies =
      (from !== 'list' || listed.has(nameOf(no))) &&
      (segment === undefined || evaluateCondition(segment.cel, world.contextFor(no, now)) === true);
    const last = world.subjects.lastStay(graph, { person: no, key: '' });
    const candidate = { kind: 'member', qualifies, last } as const;
    if (admit(rule, candidate, { entered: before + people.length, now }) === 'enter') people.push(no);
  }
  return people;
}
