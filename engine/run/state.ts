// Everything a run must remember between two advances. Opaque to drivers: they pack it, unpack it and inspect it.
// Values (answers, counts, texts) are not in it; they live in the database, written by the effect that learned them.
import type { Instant } from '../instant.ts';
import { Subjects } from './subjects.ts';
import { NONE, STATUS, Tokens } from './tokens.ts';
import { isWaiting, Wakes } from './wakes.ts';

/** What a token is told when it may go on. `code` is the index of an effect's answer. */
export type Happening =
  | { readonly kind: 'enter' }
  | { readonly kind: 'woke' }
  | { readonly kind: 'retimed' }
  | { readonly kind: 'arrived'; readonly topic: number }
  | { readonly kind: 'returned'; readonly code: number; readonly until: Instant }
  /** An operator tries again: the same call under a new number, or the whole visit. */
  | { readonly kind: 'retry'; readonly byCall: boolean }
  | { readonly kind: 'leave'; readonly port: number; readonly skipped?: 'operator' };

/** A happening of a paused run, with the instant for which it was planned. */
export interface Held {
  readonly due: Instant;
  readonly event: Happening;
}

/** An entry that came while its visit did not listen yet. */
export interface Early {
  readonly at: Instant;
  readonly topic: number;
}

/** Calls that are under way; a slot means nothing unless its token still waits for this batch. */
export interface Batch {
  readonly node: number;
  /** Which of the node's effects. */
  readonly effect: number;
  readonly stage: number;
  readonly slots: Int32Array;
}

/** The state of a run, or of one shard of it. */
export interface State {
  /** Hash of the plan that it belongs to. */
  readonly plan: string;
  readonly seed: string;
  readonly tokens: Tokens;
  readonly subjects: Subjects;
  readonly wakes: Wakes;
  readonly batches: Map<number, Batch>;
  /** Invariant: never repeats within a run, so a late result is recognised. */
  nextBatch: number;
  pausedAt: Instant | null;
  /** Nobody enters any more. */
  cancelled: boolean;
  /** What ready tokens will be told. */
  readonly held: Map<number, Held>;
  /** Entries for visits that do not listen yet, in the order in which they came. */
  readonly early: Map<number, Early[]>;
  /** By how many milliseconds a visit began late, where it did. */
  readonly lateBy: Map<number, number>;
  /** Visits whose anchor moved while their call was under way. */
  readonly moved: Set<number>;
}

/** A state without subjects. */
export function emptyState(plan: string, seed: string): State {
  const tokens = new Tokens();
  return {
    plan,
    seed,
    tokens,
    subjects: new Subjects(),
    wakes: new Wakes(tokens),
    batches: new Map(),
    nextBatch: 1,
    pausedAt: null,
    cancelled: false,
    held: new Map(),
    early: new Map(),
    lateBy: new Map(),
    moved: new Set(),
  };
}

/** A new token at the head of its subject's list. */
export function addToken(state: State, subject: number, parent: number): number {
  const slot = state.tokens.add(subject, parent);
  state.tokens.next[slot] = state.subjects.head[subject]!;
  state.subjects.head[subject] = slot;
  return slot;
}

/** Takes a token out of the state, with everything that is remembered about it. */
export function removeToken(state: State, slot: number): void {
  const { tokens, subjects } = state;
  const subject = tokens.subject[slot]!;
  const after = tokens.next[slot]!;
  let before = subjects.head[subject]!;
  if (before === slot) subjects.head[subject] = after;
  else {
    while (tokens.next[before] !== slot) before = tokens.next[before]!;
    tokens.next[before] = after;
  }
  unwait(state, slot);
  forgetVisit(state, slot);
  tokens.remove(slot);
}

/** Takes a token from the bucket in which it waits, if it does. */
export function unwait({ tokens, wakes }: State, slot: number): void {
  if (isWaiting(tokens.status[slot]!)) wakes.leave(slot);
}

/** Forgets what belonged to the present visit of a token. */
export function forgetVisit({ held, early, lateBy, moved }: State, slot: number): void {
  if (held.size > 0) held.delete(slot);
  if (early.size > 0) early.delete(slot);
  if (lateBy.size > 0) lateBy.delete(slot);
  if (moved.size > 0) moved.delete(slot);
}

/** True while a token stands in a visit that the world may address. */
export function isLiveVisit({ tokens, held }: State, slot: number): boolean {
  const status = tokens.status[slot]!;
  if (status === STATUS.ready) return held.get(slot)?.event.kind !== 'enter';
  return status >= STATUS.calling && status !== STATUS.forked;
}

/** The live visit with this key, or -1. `graph` is the node's. */
export function findVisit(
  state: State,
  graph: number,
  { node, ordinal, lap }: { readonly node: number; readonly ordinal: number; readonly lap: number },
): number {
  const { tokens, subjects } = state;
  const subject = subjects.find(graph, ordinal);
  if (subject === NONE) return NONE;
  let slot = subjects.head[subject]!;
  while (slot !== NONE) {
    if (tokens.node[slot] === node && tokens.lap[slot] === lap && isLiveVisit(state, slot)) return slot;
    slot = tokens.next[slot]!;
  }
  return NONE;
}

/** Slots in the order of node, ordinal, lap: whatever the order in which they were found. */
export function inOrder(state: State, slots: number[]): number[] {
  for (let index = 1; index < slots.length; index += 1) {
    if (compareTokens(state, slots[index - 1]!, slots[index]!) > 0) {
      return slots.sort((a, b) => compareTokens(state, a, b));
    }
  }
  return slots;
}

/** Negative when token `a` comes before `b`: by node, ordinal, lap. */
export function compareTokens({ tokens, subjects }: State, a: number, b: number): number {
  const byNode = tokens.node[a]! - tokens.node[b]!;
  if (byNode !== 0) return byNode;
  const one = tokens.subject[a]!;
  const other = tokens.subject[b]!;
  // Branches of one subject may stand at the same end, with the same key.
  if (one === other) return tokens.lap[a]! - tokens.lap[b]! || tokens.due[a]! - tokens.due[b]!;
  return subjects.ordinal(one) - subjects.ordinal(other);
}
