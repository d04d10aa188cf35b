// The first rule that holds for the subject, as things are now.
// Not the language: see language/condition.ts. A rule that cannot be answered (a value is missing) does not hold.
import { defineEffect } from '../effect.ts';
import { evaluateCondition, type ConditionContext } from '../language/condition.ts';
import type { CelCondition } from '../language/rule.ts';

/** Invariant: the conditions of a plan are CEL; the compiler has turned rule trees into it and checked both. */
export interface ChooseInput {
  readonly rules: readonly CelCondition[];
}

/** What the rules speak about: member, event, run, params, metrics. */
export interface ChooseFacts {
  readonly context: ConditionContext;
}

/** The most rules that one choice may have. */
export const MOST_RULES = 25;

export const choose = defineEffect({
  name: 'choose',
  cost: 'quick',
  harmless: true,
  codes: [...Array.from({ length: MOST_RULES }, (_, index) => String(index)), 'else'],
  decide: ({ rules }: ChooseInput, { context }: ChooseFacts) => {
    const unanswered: Record<string, string> = {};
    for (const [index, { cel }] of rules.entries()) {
      const answer = evaluateCondition(cel, context);
      if (answer === true) return { code: String(index), why: { rule: cel, ...missing(unanswered) } };
      if (answer !== false) unanswered[cel] = answer.problem.what;
    }
    return { code: 'else', why: missing(unanswered) };
  },
});

const missing = (unanswered: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> =>
  Object.keys(unanswered).length === 0 ? {} : { unanswered };
