// What a node listens for, asked of its step: topics and their numbers, as inbox entries carry them.
import type { Plan } from '../../engine/plan.ts';
import type { Topic } from '../../engine/step.ts';
import { steps } from '../../engine/steps/index.ts';

/** The topics of a node; the index of each is its number. */
export function topicsOf(plan: Plan, node: number): readonly Topic[] {
  const { step, config } = plan.nodes[node]!;
  return steps[step as keyof typeof steps].topics?.(config) ?? [];
}

/** The number of the topic by which an answer reaches a node; -1 when it does not wait for such an answer. */
export function answerTopic(plan: Plan, node: number, answer: string): number {
  return topicsOf(plan, node).findIndex((topic) => 'answer' in topic && topic.answer === answer);
}
