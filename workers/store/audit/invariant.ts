// What an invariant is, as a question to the database.
// Not its enforcement: that is done by keys, checks and triggers, and by whoever writes. This looks whether it was enough.

/** Sentences for people. */
export interface Says {
  readonly zh: string;
  readonly en: string;
}

/** One invariant. */
export interface Invariant {
  /** Never changes its meaning. */
  readonly id: string;
  /** What holds. */
  readonly says: Says;
  /** The rows that break it as a column `what`, a few words each; $1 is a team, null for all of them. */
  readonly sql: string;
}

/** A row that breaks an invariant. */
export interface Breach extends Pick<Invariant, 'says'> {
  readonly invariant: string;
  readonly what: string;
}

/** That a row of `alias` is looked at. */
export const of = (alias: string): string => `($1::int is null or ${alias}.team_id = $1)`;

/** States of a message that the gate has let through, and that was not taken back. */
export const LET_THROUGH = `('gated', 'requested', 'sent', 'unknown')`;
