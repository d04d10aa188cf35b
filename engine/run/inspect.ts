// Looks into a state without changing it: for run pages, tests and recovery.
// Not for drivers' decisions: what is to be done stands in the commands.
import type { Instant } from '../instant.ts';
import type { VisitKey } from './protocol.ts';
import { compareTokens, type State } from './state.ts';
import { NONE, STATUS, STATUS_NAMES } from './tokens.ts';
import { isWaiting } from './wakes.ts';

/** A status by its name. */
export type StatusName = Exclude<(typeof STATUS_NAMES)[number], 'free' | 'entering'>;

/** Where a token stands. */
export interface LiveVisit extends VisitKey {
  readonly status: StatusName;
  readonly stage: number;
  /** Number of the visit's next or present call. */
  readonly call: number;
  /** Planned instant of the visit. */
  readonly due: Instant;
  /** When it began: later than planned where it came late. */
  readonly since: Instant;
  /** When it wakes, where it waits for an instant. */
  readonly wake: Instant | null;
}

/** A batch whose results have not come yet. */
export interface BatchInFlight {
  readonly batch: number;
  readonly node: number;
  /** Which of the node's effects, in the order of its step. */
  readonly effect: number;
  readonly stage: number;
  /** Visits that still await it. */
  readonly visits: number;
}

/** How many tokens stand on each node, by status; nodes without any are left out. */
export function countTokens({ tokens }: State): Map<number, Partial<Record<StatusName, number>>> {
  const counts = new Map<number, Partial<Record<StatusName, number>>>();
  for (let slot = 0; slot < tokens.used; slot += 1) {
    if (tokens.status[slot] === STATUS.free) continue;
    const node = tokens.node[slot]!;
    const name = nameOf(tokens.status[slot]!);
    const count = counts.get(node) ?? {};
    count[name] = (count[name] ?? 0) + 1;
    counts.set(node, count);
  }
  return counts;
}

/**
 * How many tokens stand on each node, by its index; a forked one stands nowhere, its branches do. One pass over a column,
 * so that nothing has to be kept: less than a tenth of a millisecond for ten thousand tokens.
 */
export function standing({ tokens }: State): Record<number, number> {
  const { node, status, used } = tokens;
  const counts = new Uint32Array(nodesIn(node, used));
  for (let slot = 0; slot < used; slot += 1) {
    if (status[slot] !== STATUS.free && status[slot] !== STATUS.forked) counts[node[slot]!]! += 1;
  }
  const standing: Record<number, number> = {};
  counts.forEach((count, at) => {
    if (count > 0) standing[at] = count;
  });
  return standing;
}

function nodesIn(node: Uint16Array, used: number): number {
  let highest = -1;
  for (let slot = 0; slot < used; slot += 1) if (node[slot]! > highest) highest = node[slot]!;
  return highest + 1;
}

/** The tokens on a node, by ordinal and lap; at most `limit`. */
export function visitsOn(state: State, node: number, limit = Infinity): LiveVisit[] {
  const { tokens } = state;
  const slots: number[] = [];
  for (let slot = 0; slot < tokens.used; slot += 1) {
    if (tokens.node[slot] === node && tokens.status[slot] !== STATUS.free) slots.push(slot);
  }
  return slots
    .sort((a, b) => compareTokens(state, a, b))
    .slice(0, limit)
    .map((slot) => describe(state, slot));
}

/** The tokens of one subject, by node and lap; none when it has ended or never entered. */
export function visitsOf(state: State, graph: number, ordinal: number): LiveVisit[] {
  const { subjects, tokens } = state;
  const subject = subjects.find(graph, ordinal);
  const slots: number[] = [];
  for (let slot = subjects.head[subject] ?? NONE; slot !== NONE; slot = tokens.next[slot]!) slots.push(slot);
  return slots.sort((a, b) => compareTokens(state, a, b)).map((slot) => describe(state, slot));
}

/** The instant for which something waits, paused or not; null when nothing does. */
export function nextWake({ wakes }: State): Instant | null {
  return wakes.next();
}

/** The batches whose results have not come yet, by number. */
export function batchesInFlight({ batches, tokens }: State): BatchInFlight[] {
  return [...batches]
    .sort(([a], [b]) => a - b)
    .map(([batch, { node, effect, stage, slots }]) => {
      const visits = slots.filter(
        (slot) => slot !== NONE && tokens.status[slot] === STATUS.calling && tokens.aux[slot] === batch,
      ).length;
      return { batch, node, effect, stage, visits };
    });
}

/** Bytes that the state keeps in columns and indexes. */
export function memoryOf({ tokens, subjects, wakes, batches }: State): number {
  const inBatches = [...batches.values()].reduce((sum, { slots }) => sum + slots.byteLength, 0);
  return tokens.bytes + subjects.head.byteLength + wakes.bytes + inBatches;
}

function describe(state: State, slot: number): LiveVisit {
  const { tokens, subjects, wakes } = state;
  const status = tokens.status[slot]!;
  return {
    node: tokens.node[slot]!,
    ordinal: subjects.ordinal(tokens.subject[slot]!),
    lap: tokens.lap[slot]!,
    status: nameOf(status),
    stage: tokens.stage[slot]!,
    call: tokens.call[slot]!,
    due: tokens.due[slot]!,
    since: tokens.due[slot]! + (state.lateBy.get(slot) ?? 0),
    wake: isWaiting(status) ? wakes.of(slot) : null,
  };
}

// Between two advances no token is on its way, and empty slots are never described.
const nameOf = (status: number): StatusName => STATUS_NAMES[status] as StatusName;
