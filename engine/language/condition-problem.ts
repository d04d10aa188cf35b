// What can be wrong with a condition, as data. The sentences for people are in engine/problem.ts.

/** What can be wrong with a condition. */
export type ConditionProblemCode =
  | 'shape' // neither a group of rules nor CEL text, or a key that does not belong there
  | 'empty' // a group without rules, or blank text
  | 'too-large'
  | 'syntax'
  | 'unknown-field'
  | 'unknown-operator'
  | 'wrong-operator' // known, but not for a field of this type
  | 'bad-value'
  | 'type'
  | 'unknown-function'
  | 'refused' // CEL that we do not take: matches, maps, null, bind, …
  | 'nested-macros'
  | 'too-costly'
  | 'not-boolean';

/** A finding about a condition. */
export interface ConditionProblem {
  readonly code: ConditionProblemCode;
  /** JSON pointer into the condition: `/cel`, `/rules/0/value`. */
  readonly pointer: string;
  /** In CEL text: the characters that are meant. */
  readonly start?: number;
  readonly end?: number;
  /** What was found there. */
  readonly what: string;
  /** What would be accepted. */
  readonly expected?: string | undefined;
  /** The known name that is most like it. */
  readonly suggestion?: string | undefined;
}
