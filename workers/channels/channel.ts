// What a channel is to the product: it posts what the send gate has let through, and says what became of it.
// Not the gate, and not a provider: one file per provider stands beside this one.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../store/client.ts';
import type { RunFacts } from '../store/run.ts';

/** One person or group behind a post. */
export interface Addressee {
  /** group/<id>, member/<id>, or person/<n> of a synthetic community. */
  readonly recipient: string;
  readonly kind: 'member' | 'group';
  /** Of the team's own tables, where there is a row. */
  readonly groupId: string | null;
  readonly memberId: string | null;
  /** Number in a synthetic community: of the person, or of the group. */
  readonly number: number | null;
  readonly heads: number;
}

/** A message of one visit to those whom the gate has admitted. */
export interface Post {
  /** The same at every attempt: made of run, node, visit and call. */
  readonly key: string;
  readonly node: string;
  readonly ordinal: number;
  readonly lap: number;
  readonly text: string;
  readonly at: Instant;
  readonly to: readonly Addressee[];
}

/** What became of a post, per addressee. */
export interface PostOutcome {
  readonly failed: ReadonlySet<string>;
}

/**
 * A channel within the database: posting is part of the transaction that records it, so nothing can be in doubt.
 * Invariant: posts nothing that is not in `to`; a repeated key changes nothing.
 */
export interface Channel {
  readonly capabilities: {
    /** Posts by itself; otherwise a person releases or pastes. */
    readonly auto: boolean;
    readonly maxChars: number;
  };
  readonly post: (sql: Sql, run: RunFacts, posts: readonly Post[]) => Promise<readonly PostOutcome[]>;
}
