// The compiled playbook: what workers execute. Flat, index-based, free of anything that is only drawn.
// Named by the hash of its own content; the same document and parameters always give the same bytes.
import type { Text } from './document.ts';
import type { JsonObject } from './json.ts';

/** The rules by which the interpreter reads a plan. Raised when an existing plan would run differently. */
export const SEMANTICS = 1;

/** A compiled playbook. `nodes` of all graphs lie in one array and refer to each other by index. */
export interface Plan {
  readonly semantics: number;
  /** sha256 (hex) of the plan without this field, as canonical JSON. */
  readonly hash: string;
  readonly playbook: string;
  readonly title: Text;
  readonly zone: string;
  readonly locales: readonly string[];
  /** The parameters as bound at launch; empty in a version that has not been launched. */
  readonly params: JsonObject;
  /** graphs[0] is the campaign; the others are journeys in the order of their ids. */
  readonly graphs: readonly PlanGraph[];
  readonly nodes: readonly PlanNode[];
  /** The result codes of each effect that the plan calls; a code travels as its index. */
  readonly effects: Readonly<Record<string, readonly string[]>>;
}

/** One graph: `campaign` or a journey. */
export interface PlanGraph {
  readonly id: string;
  /** Index of its start (campaign) or enter (journey) node. */
  readonly start: number;
}

/** One node. */
export interface PlanNode {
  readonly id: string;
  readonly graph: number;
  readonly step: string;
  readonly config: JsonObject;
  readonly phase?: string;
  readonly title?: Text;
  readonly off?: true;
  readonly ports: readonly PlanPort[];
  /** What the node is to the block structure; absent for ordinary nodes. */
  readonly block?: PlanBlock;
  readonly retry: Required<RetryPolicyMs>;
  readonly late: { readonly afterMs: number; readonly then: 'run' | 'skip' | 'ask' };
  /** Port by which the node is skipped (index). */
  readonly skip: number;
  /** Sleeps and deadlines are rounded up to a multiple of this many milliseconds, so that many are one; 0 is exact. */
  readonly grainMs: number;
  /** What arrives while it listens is taken up at the next multiple of this many milliseconds. Absent: at once. */
  readonly heedMs?: number;
  /** Names of the anchors that its instants follow; re-timed when one of them moves. */
  readonly anchors?: readonly string[];
  /** Its sleeps and deadlines are durations (may shift on resume) rather than absolute instants. */
  readonly shifts?: true;
}

/** The document's retry policy with exact milliseconds. */
export interface RetryPolicyMs {
  readonly attempts: number;
  readonly firstMs: number;
  readonly maxMs: number;
}

/** An exit of a node. */
export interface PlanPort {
  readonly name: string;
  /** Index of the node it leads to. -1: leads nowhere, so a token that leaves by it is stuck (`failed`). */
  readonly to: number;
  /** What the edge does to the lap; `into` and `back` are relative to the repeat it enters. Absent: nothing. */
  readonly turn?: 'into' | 'back';
}

/** Block structure, as the compiler found it. */
export type PlanBlock =
  /** Opens one branch per port. `join` is -1 when the branches never meet. */
  | { readonly kind: 'fork'; readonly join: number }
  /** Fires when `need` branches have arrived, or all that can; `all` waits for every live branch. */
  | { readonly kind: 'join'; readonly fork: number; readonly need: number | 'all' }
  /** Rounds 0..max-1. Its visits and its body carry lap = outer lap × (max + 1) + round. */
  | { readonly kind: 'repeat'; readonly max: number };
