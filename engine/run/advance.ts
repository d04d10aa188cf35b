// The interpreter's door: begins a run, and moves it by what has happened. Pure but for the state it is given.
// Knows plan, state, tick and now; no clock, no dice, no data.
import { isInstant, type Instant } from '../instant.ts';
import type { Plan } from '../plan.ts';
import { formBatches, reissue } from './calls.ts';
import { obey } from './control.ts';
import { keyOf, machineFor, wakeOf, type Machine } from './machine.ts';
import { happen, roundUp, waitUntil } from './outcomes.ts';
import { programOf, type Program, type Steps } from './program.ts';
import type { Commands, Entry, Listen, Stuck, Tick, VisitKey } from './protocol.ts';
import { applyResults } from './results.ts';
import { addToken, emptyState, findVisit, inOrder, type State } from './state.ts';
import { NONE, STATUS } from './tokens.ts';
import { isWaiting } from './wakes.ts';

export type { State } from './state.ts';
export type { Steps } from './program.ts';

/** How a run begins. */
export interface Beginning {
  /** Of every chance in the run. A number and its text are the same seed. */
  readonly seed: number | string;
  readonly now: Instant;
  /** False for the shards that hold no campaign subject. Default true. */
  readonly campaign?: boolean;
}

/** Begins a run: the campaign's subject enters graph 0. */
export function start(
  plan: Plan,
  steps: Steps,
  { seed, now, campaign = true }: Beginning,
): { state: State; commands: Commands } {
  const state = emptyState(plan.hash, String(seed));
  const entries: Entry[] = campaign ? [{ kind: 'enter', at: now, graph: 0, first: 0, count: 1 }] : [];
  const machine = machineFor(programOf(plan, steps), state, now);
  for (const entry of entries) take(machine, entry);
  return { state, commands: commandsOf(machine) };
}

/**
 * Moves a run by what has happened, to its end at `now`: chronologically, each instant to its end before the next,
 * and inside one instant inbox, results, wakes. Changes `state`. Never throws for a compiled plan.
 */
export function advance(plan: Plan, steps: Steps, state: State, { tick, now }: Moment): Commands {
  const machine = machineFor(programOf(plan, steps), state, now);
  if (tick.reissue === true) reissue(machine);
  const entries = inTime(machine.program, tick.entries ?? [], now);
  let results = tick.results ?? [];
  for (let position = 0; ;) {
    const entry = entries[position];
    const wake = wakeUp(state);
    const isDue = wake !== null && wake <= now;
    if (entry !== undefined && !(isDue && wake < entry.at)) {
      take(machine, entry);
      position += 1;
    } else if (results.length > 0 && !(isDue && wake < now)) {
      applyResults(machine, results);
      results = [];
    } else if (isDue) fireNext(machine);
    else break;
  }
  return commandsOf(machine);
}

/** What a state that was put away still asks for: its wake-up, and nothing new. */
export const idle = (state: State): Commands => ({
  wake: wakeUp(state),
  calls: [],
  listens: [],
  dropped: [],
  stuck: [],
  passed: [],
  ended: [],
  done: state.tokens.live === 0,
});

const wakeUp = ({ pausedAt, wakes }: State): Instant | null => (pausedAt === null ? wakes.next() : null);

/** What has happened, and when it is now. */
export interface Moment {
  readonly tick: Tick;
  readonly now: Instant;
}

function fireNext(machine: Machine): void {
  const { state } = machine;
  const bucket = state.wakes.take();
  for (const slot of inOrder(state, state.wakes.waiting(bucket))) {
    const { aux, status } = state.tokens;
    // An earlier one may have cancelled it, or told it something else.
    if (isWaiting(status[slot]!) && aux[slot] === bucket.id)
      happen(machine, slot, { kind: 'woke' }, bucket.at);
  }
  state.wakes.release(bucket);
}

function take(machine: Machine, entry: Entry): void {
  switch (entry.kind) {
    case 'enter':
      enterSubjects(machine, entry);
      return;
    case 'arrived':
      deliver(machine, entry);
      return;
    case 'control':
      obey(machine, entry, entry.at);
  }
}

function enterSubjects(
  machine: Machine,
  { graph, first, count, at }: Extract<Entry, { kind: 'enter' }>,
): void {
  const { state, program } = machine;
  if (state.cancelled) return;
  const { tokens, subjects } = state;
  const begin = subjects.enter(graph, first, count);
  const end = subjects.count;
  tokens.reserve(end - begin);
  for (let subject = begin; subject < end; subject += 1) {
    const slot = addToken(state, subject, NONE);
    tokens.node[slot] = program.plan.graphs[graph]!.start;
    happen(machine, slot, { kind: 'enter' }, at);
  }
}

// To a listening visit at once or at its next tick; for a live one that does not listen yet it is kept, for any other
// it is too late.
function deliver(
  machine: Machine,
  { at, topic, node, ordinal, lap }: Extract<Entry, { kind: 'arrived' }>,
): void {
  const { state, program } = machine;
  const { graph, topics, heedMs } = program.nodes[node]!;
  const slot = topic < topics ? findVisit(state, graph, { node, ordinal, lap }) : NONE;
  if (slot === NONE) return;
  const isHeard = state.tokens.status[slot] === STATUS.listening && at <= wakeOf(machine, slot);
  if (isHeard && roundUp(at, heedMs) === at) {
    happen(machine, slot, { kind: 'arrived', topic }, at);
    return;
  }
  const kept = state.early.get(slot);
  if (kept === undefined) state.early.set(slot, [{ at, topic }]);
  else kept.push({ at, topic });
  const tick = roundUp(at, heedMs);
  if (isHeard && tick < wakeOf(machine, slot)) waitUntil(machine, slot, STATUS.listening, tick);
}

const CLASS = { control: 0, enter: 1, arrived: 2 } as const;

// Refuses what cannot be meant, and sorts by instant; within one: controls, enters, arrivals by node, ordinal, lap.
function inTime(program: Program, entries: readonly Entry[], now: Instant): Entry[] {
  return entries
    .filter((entry) => isSound(program, entry))
    .map((entry) => (entry.at > now ? { ...entry, at: now } : entry))
    .sort((a, b) => a.at - b.at || CLASS[a.kind] - CLASS[b.kind] || byKey(a, b));
}

function byKey(a: Entry, b: Entry): number {
  if (a.kind !== 'arrived' || b.kind !== 'arrived') return 0;
  return a.node - b.node || a.ordinal - b.ordinal || a.lap - b.lap;
}

function isSound({ plan, nodes }: Program, entry: Entry): boolean {
  if (!isInstant(entry.at)) return false;
  if (entry.kind === 'arrived') return isCount(entry.topic) && isKey(nodes, entry);
  if (entry.kind === 'control') return !('node' in entry) || isKey(nodes, entry);
  const { graph, first, count } = entry;
  return graph > 0 && plan.graphs[graph] !== undefined && isCount(first) && isCount(count);
}

function isKey(nodes: Program['nodes'], { node, ordinal, lap }: VisitKey): boolean {
  return nodes[node] !== undefined && isCount(ordinal) && isCount(lap);
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

function commandsOf(machine: Machine): Commands {
  const { state, overdue, dropped, passed, ended } = machine;
  const listens = listensOf(machine);
  for (const [slot, at] of overdue) state.wakes.add(slot, at);
  const calls = formBatches(machine);
  const stuck = stuckOf(machine);
  state.tokens.recycle();
  return {
    wake: wakeUp(state),
    calls,
    listens,
    dropped: dropped.sort(byVisit),
    stuck,
    passed,
    ended,
    done: state.tokens.live === 0,
  };
}

function listensOf(machine: Machine): Listen[] {
  const { state, listening } = machine;
  const slots = [...new Set(listening)].filter((slot) => state.tokens.status[slot] === STATUS.listening);
  return inOrder(state, slots).map((slot) => ({
    ...keyOf(machine, slot),
    since: state.tokens.since(slot),
    until: wakeOf(machine, slot),
  }));
}

// A visit may have been parked, tried again and parked for another reason: the last one counts.
function stuckOf(machine: Machine): Stuck[] {
  const { state, parked } = machine;
  const last = new Map(parked.map((it) => [it.slot, it]));
  const slots = [...last.keys()].filter((slot) => state.tokens.status[slot] === STATUS.stuck);
  return inOrder(state, slots).map((slot) => {
    const { at, reason } = last.get(slot)!;
    return { ...keyOf(machine, slot), at, reason };
  });
}

function byVisit(a: VisitKey, b: VisitKey): number {
  return a.node - b.node || a.ordinal - b.ordinal || a.lap - b.lap;
}
