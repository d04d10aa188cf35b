// How an effect is defined: something done to the world, or learned from it, always through an activity.
// The file of an effect holds its name, codes and decision; who gathers the facts and acts is the worker or the rehearsal.
import type { Instant } from './instant.ts';

/** The answer of an effect to one visit: a code of its closed list, and an instant where the code needs one. */
export interface Answer<Code extends string = string> {
  readonly code: Code;
  readonly until?: Instant;
  /** Why, for people and for the timeline: `{ rule, values }`. Stored, never read by the interpreter. */
  readonly why?: Readonly<Record<string, unknown>>;
}

/** An effect. `Input` comes from the node's config (see the step's `effects`), `Facts` from the world. */
export interface EffectDefinition<Name extends string, Code extends string, Input, Facts> {
  readonly name: Name;
  /** Quick database work for few visits (local activity), or bulk and network work (regular activity). */
  readonly cost: 'quick' | 'bulk';
  /** Leaves no ledger row: the answer is a pure function of its facts and may be asked again. */
  readonly pure?: true;
  /** Done once more it bothers nobody: it looks, or tells of what is so. */
  readonly harmless?: true;
  /** Closed list; append only, the index is stored. */
  readonly codes: readonly Code[];
  /** Pure: what the answer is, given the facts at `now` (logical time of the visit). */
  readonly decide: (input: Input, facts: Facts, now: Instant) => Answer<Code | Universal>;
}

/** The universal answers that a decision may give by name. */
export type Universal = 'retry' | 'failed' | 'doubt';

/** Defines an effect; keeps the literal types of name and codes. */
export function defineEffect<const Name extends string, const Code extends string, Input, Facts>(
  effect: EffectDefinition<Name, Code, Input, Facts>,
): EffectDefinition<Name, Code, Input, Facts> {
  return effect;
}

/**
 * Codes that any effect may answer besides its own; they travel as numbers above every list.
 * `retry`: transient, try again by the node's policy. `failed`: final, leave by `failed` or be stuck.
 * `doubt`: the request went out and nobody knows its outcome; a person decides.
 * 128 + n: leave by port n at `until` (or now): forced by a script.
 */
export const UNIVERSAL = { retry: 255, failed: 254, doubt: 253, port: 128 } as const;

/** The number by which an answer travels: its index in the effect's list, or the universal one. Undefined if unknown. */
export function codeNumber(codes: readonly string[], code: string): number | undefined {
  const index = codes.indexOf(code);
  if (index >= 0) return index;
  return code === 'retry' || code === 'failed' || code === 'doubt' ? UNIVERSAL[code] : undefined;
}
