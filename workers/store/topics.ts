// What a node listens for, asked of its step: topics and their numbers, as inbox entries carry them.
import { entryEvents } from '../../engine/entrance.ts';
import type { Plan } from '../../engine/plan.ts';
import type { Topic } from '../../engine/step.ts';
import { steps } from '../../engine/steps/index.ts';

const asked = new WeakMap<Plan, readonly (readonly Topic[])[]>();

/** The topics of a node; the index of each is its number. */
export function topicsOf(plan: Plan, node: number): readonly Topic[] {
  // Asked for each visit that was passed, and always answered the same.
  let topics = asked.get(plan);
  if (topics === undefined) {
    topics = plan.nodes.map(({ step, config }) => steps[step as keyof typeof steps].topics?.(config) ?? []);
    asked.set(plan, topics);
  }
  return topics[node]!;
}

/** The names of the events for which visits of a plan may ever wait, or by which its journeys may be entered. */
export const eventNames = (plan: Plan): string[] => [
  ...new Set([
    ...entryEvents(plan).values(),
    ...plan.nodes.flatMap((_node, index) =>
      topicsOf(plan, index).flatMap((topic) => ('event' in topic ? [topic.event] : [])),
    ),
  ]),
];

/** The number of the topic by which an answer reaches a node; -1 when it does not wait for such an answer. */
export function answerTopic(plan: Plan, node: number, answer: string): number {
  return topicsOf(plan, node).findIndex((topic) => 'answer' in topic && topic.answer === answer);
}
