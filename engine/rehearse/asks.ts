// Whose answer a node waits for: the people who have to work for a playbook.
// Knows no step type: a node asks whoever its role names, if one of its topics is an answer.
import type { PlanNode } from '../plan.ts';
import type { StepDefinition } from '../step.ts';

/** The role that a node asks; undefined when it asks nobody. */
export function roleAsked(
  { step, config }: Pick<PlanNode, 'step' | 'config'>,
  steps: Readonly<Record<string, StepDefinition>>,
): string | undefined {
  const { role } = config;
  return typeof role === 'string' && answersTo({ step, config }, steps).length > 0 ? role : undefined;
}

/** The answers that a node waits for, in the order of its topics. */
export function answersTo(
  { step, config }: Pick<PlanNode, 'step' | 'config'>,
  steps: Readonly<Record<string, StepDefinition>>,
): readonly string[] {
  const definition = Object.hasOwn(steps, step) ? steps[step] : undefined;
  return (definition?.topics?.(config) ?? []).flatMap((topic) => ('answer' in topic ? [topic.answer] : []));
}
