// A form for members: opened until an instant, closed with or without answers.
// Not the page that shows it, and not the counting: answers come through the inbox or add to a metric.
import type { TimeRule } from '../calendar/time-rule.ts';
import type { Text } from '../document.ts';
import { defineEffect } from '../effect.ts';
import type { JsonObject } from '../json.ts';
import type { CalendarFacts } from './instant.ts';
import { deadlineOf } from './task.ts';

/** One question. */
export interface FormField {
  readonly key: string;
  readonly label: Text;
  readonly type: 'text' | 'number' | 'choice' | 'yes-no' | 'date';
  readonly required?: boolean;
  readonly options?: readonly { readonly value: string; readonly label: Text }[];
}

/**
 * What an answer says to the steps that follow: numbers, choices and yes or no. What people wrote in their own words stays
 * with the answer.
 */
export function saidIn(fields: readonly FormField[], values: JsonObject): JsonObject {
  const said = fields.flatMap(({ key, type }) => {
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    const isKept =
      (type === 'number' && typeof value === 'number') ||
      (type === 'choice' && typeof value === 'string') ||
      (type === 'yes-no' && typeof value === 'boolean');
    return isKept ? [[key, value] as const] : [];
  });
  return Object.fromEntries(said);
}

/** What is asked, until when, and what the answers are for. */
export interface OpenFormInput {
  readonly title: Text;
  readonly fields: readonly FormField[];
  readonly until: TimeRule;
  /** Name of the metric that each member's first answer adds one to. */
  readonly counts?: string;
  /** Purpose to which the member agrees by ticking a box of the form; stored as evidence with the text shown. */
  readonly consent?: string;
  readonly consentText?: Text;
}

/** Opens the form of the visit, or gives an open one its new end. */
export const openForm = defineEffect({
  name: 'open-form',
  cost: 'quick',
  codes: ['opened'],
  decide: ({ until: rule }: OpenFormInput, facts: CalendarFacts, now) => {
    const until = deadlineOf(rule, facts, now);
    return until === undefined
      ? { code: 'failed', why: { rule, problem: 'no-deadline' } }
      : { code: 'opened', until, why: { rule } };
  },
});

/** How many answers came. */
export interface FormFacts {
  readonly submissions: number;
}

export const closeForm = defineEffect({
  name: 'close-form',
  cost: 'quick',
  codes: ['some', 'none'],
  decide: (_input: Record<never, never>, { submissions }: FormFacts) => ({
    code: submissions > 0 ? 'some' : 'none',
    why: { submissions },
  }),
});
