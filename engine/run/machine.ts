// One advance in progress: plan, state, the instant, and what has come of it so far.
// Holds the small moves that every part of the interpreter shares; the rules are in outcomes.ts and blocks.ts.
import { chance } from '../chance.ts';
import type { Instant } from '../instant.ts';
import type { Program, ProgramNode } from './program.ts';
import type { Ended, Passed, Stuck, VisitKey } from './protocol.ts';
import { forgetVisit, isLiveVisit, removeToken, unwait, type State } from './state.ts';
import { NONE, STATUS, type Status } from './tokens.ts';

/** One advance in progress. */
export interface Machine {
  readonly program: Program;
  readonly state: State;
  /** The real instant. */
  readonly now: Instant;
  /** The instant for which the present happening was planned. */
  due: Instant;
  /** Tokens on their way into a node; the last one goes first. */
  readonly work: number[];
  /** The token that the step is asked about. */
  visiting: number;
  /** What the step is told; one object for all visits, because steps are pure and keep nothing. */
  readonly visit: { now: Instant; round: number; stage: number; chance: () => number };
  /** Deadlines of listeners that have passed before anybody could be told that they listen. */
  readonly overdue: Map<number, Instant>;
  readonly called: number[];
  readonly listening: number[];
  readonly parked: (Omit<Stuck, keyof VisitKey> & { readonly slot: number })[];
  readonly dropped: VisitKey[];
  readonly passed: Passed[];
  readonly ended: Ended[];
}

/** Why a visit is stuck, in the order in which the reasons are packed: append only. */
export const STUCK = ['failed', 'doubt', 'late', 'calls'] as const satisfies readonly Stuck['reason'][];

/** Set in a stuck token's `aux` when a retry repeats its call; otherwise a retry enters the node again. */
export const BY_CALL = 8;

/** A machine that has done nothing yet. */
export function machineFor(program: Program, state: State, now: Instant): Machine {
  const machine: Machine = {
    program,
    state,
    now,
    due: now,
    work: [],
    visiting: NONE,
    visit: { now, round: 0, stage: 0, chance: () => visitChance(machine, machine.visiting) },
    overdue: new Map(),
    called: [],
    listening: [],
    parked: [],
    dropped: [],
    passed: [],
    ended: [],
  };
  return machine;
}

/** The node at which a token stands. */
export function nodeOf({ program, state }: Machine, slot: number): ProgramNode {
  return program.nodes[state.tokens.node[slot]!]!;
}

/** The key of the visit in which a token stands. */
export function keyOf({ state: { tokens, subjects } }: Machine, slot: number): VisitKey {
  return {
    node: tokens.node[slot]!,
    ordinal: subjects.ordinal(tokens.subject[slot]!),
    lap: tokens.lap[slot]!,
  };
}

/** The planned instant of what happens now while it is within the node's tolerance, the real one beyond. */
export function logicalNow({ now, due }: Machine, node: ProgramNode): Instant {
  return now - due <= node.late.afterMs ? due : now;
}

/** Tells the step where it is: what it gets as `visit`. */
export function faceStep(machine: Machine, slot: number, now: Instant): Machine['visit'] {
  const { visit, state } = machine;
  const { radix } = nodeOf(machine, slot);
  machine.visiting = slot;
  visit.now = now;
  visit.round = radix > 0 ? state.tokens.lap[slot]! % radix : 0;
  visit.stage = state.tokens.stage[slot]!;
  return visit;
}

/** Records that a visit was left: by a port, or (null) that it ended there or forked. */
export function pass(machine: Machine, slot: number, port: string | null, skipped?: Passed['skipped']): void {
  const node = nodeOf(machine, slot);
  const at = logicalNow(machine, node);
  const lateMs = machine.state.lateBy.get(slot) ?? 0;
  const { ordinal, lap } = keyOf(machine, slot);
  const passed = { node: node.index, ordinal, lap, at, port, lateMs };
  machine.passed.push(skipped === undefined ? passed : { ...passed, skipped });
}

/** Parks a visit until a person decides. */
export function park(machine: Machine, slot: number, reason: Stuck['reason'], byCall: boolean): void {
  const { state } = machine;
  setStatus(machine, slot, STATUS.stuck);
  state.tokens.aux[slot] = STUCK.indexOf(reason) | (byCall ? BY_CALL : 0);
  machine.parked.push({ slot, reason, at: logicalNow(machine, nodeOf(machine, slot)) });
}

/** Gives a token another status, taking it from where it waited. */
export function setStatus({ state, overdue }: Machine, slot: number, status: Status): void {
  if (!overdue.delete(slot)) unwait(state, slot);
  state.tokens.status[slot] = status;
}

/** The instant for which a token waits. */
export function wakeOf({ state, overdue }: Machine, slot: number): Instant {
  return overdue.get(slot) ?? state.wakes.of(slot);
}

/** Puts a token on its way into a node. */
export function place(machine: Machine, slot: number, node: number, lap: number): void {
  const { tokens } = machine.state;
  setStatus(machine, slot, STATUS.entering);
  forgetVisit(machine.state, slot);
  tokens.node[slot] = node;
  tokens.lap[slot] = lap;
  machine.work.push(slot);
}

/** Ends a token; a visit that the world knows of is told to be abandoned. */
export function abandon(machine: Machine, slot: number): void {
  if (isLiveVisit(machine.state, slot)) machine.dropped.push(keyOf(machine, slot));
  discard(machine, slot);
}

/** Ends a token without a word. */
export function discard(machine: Machine, slot: number): void {
  setStatus(machine, slot, STATUS.entering);
  removeToken(machine.state, slot);
}

// Sticky: a subject takes the same turn at a node in every round.
function visitChance({ program, state }: Machine, slot: number): number {
  const node = program.nodes[state.tokens.node[slot]!]!;
  return chance(state.seed, state.subjects.ordinal(state.tokens.subject[slot]!), node.graphId, node.id);
}
