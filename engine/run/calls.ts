// Calls: from the moment a step asks for one to the batches that go out at the end of an advance.
// What becomes of the answers is in results.ts.
import { nodeOf, park, setStatus, type Machine } from './machine.ts';
import type { Call, CallVisit } from './protocol.ts';
import { compareTokens, type Batch } from './state.ts';
import { STATUS } from './tokens.ts';

/** Visits of one batch at most: what one activity does in reasonable time. */
export const BATCH = 2_000;

// Call numbers have 16 bits; this one is never issued.
const LAST_CALL = 0xffff;

/** Which of its node's effects a token calls. */
export const effectOf = (tries: number): number => tries >>> 5;

/** How often its present call was tried. */
export const attemptsOf = (tries: number): number => tries & 31;

/** Has the world do something for a visit: the first attempt, or the next one of the same call. */
export function beginCall(machine: Machine, slot: number, effect: number, attempt: number): void {
  const { tokens } = machine.state;
  if (tokens.call[slot] === LAST_CALL) {
    park(machine, slot, 'calls', false);
    return;
  }
  setStatus(machine, slot, STATUS.calling);
  tokens.aux[slot] = 0;
  tokens.tries[slot] = (effect << 5) | Math.min(attempt, 31);
  tokens.setSince(slot, machine.visit.now);
  machine.called.push(slot);
}

/** Makes the next attempt at the call of a visit. */
export function callAgain(machine: Machine, slot: number, now: number): void {
  const tries = machine.state.tokens.tries[slot]!;
  machine.visit.now = now;
  beginCall(machine, slot, effectOf(tries), attemptsOf(tries) + 1);
}

/** Has every call that is under way go out again: under its own number, in a batch of a new one. */
export function reissue({ state, called }: Machine): void {
  const { tokens, batches } = state;
  for (let slot = 0; slot < tokens.used; slot += 1) {
    if (tokens.status[slot] !== STATUS.calling) continue;
    tokens.aux[slot] = 0;
    called.push(slot);
  }
  batches.clear();
}

/** Groups the calls that have begun by node, effect and stage, and gives each batch its number. */
export function formBatches(machine: Machine): Call[] {
  const { state } = machine;
  const { tokens } = state;
  // A token may have been cancelled since, or be here twice.
  const open = (slot: number): boolean => tokens.status[slot] === STATUS.calling && tokens.aux[slot] === 0;
  const slots = sortCalls(machine, [...new Set(machine.called)].filter(open));
  const calls: Call[] = [];
  for (let first = 0; first < slots.length;) {
    let end = first + 1;
    while (
      end < slots.length &&
      end - first < BATCH &&
      compareCalls(machine, slots[first]!, slots[end]!) === 0
    )
      end += 1;
    calls.push(issue(machine, slots.slice(first, end)));
    first = end;
  }
  return calls;
}

function issue(machine: Machine, slots: readonly number[]): Call {
  const { state } = machine;
  const { tokens } = state;
  const number = state.nextBatch++;
  const lead = slots[0]!;
  const effect = effectOf(tokens.tries[lead]!);
  const batch: Batch = {
    node: tokens.node[lead]!,
    effect,
    stage: tokens.stage[lead]!,
    slots: Int32Array.from(slots),
  };
  for (const slot of slots) tokens.aux[slot] = number;
  state.batches.set(number, batch);
  const name = nodeOf(machine, lead).effects[effect]!.name;
  const visits = slots.map((slot) => visitOf(machine, slot));
  return { batch: number, node: batch.node, effect: name, stage: batch.stage, visits };
}

function visitOf(machine: Machine, slot: number): CallVisit {
  const { tokens, subjects } = machine.state;
  const visit = {
    ordinal: subjects.ordinal(tokens.subject[slot]!),
    lap: tokens.lap[slot]!,
    call: tokens.call[slot]!,
    due: tokens.due[slot]!,
    at: tokens.since(slot),
  };
  const isLast = attemptsOf(tokens.tries[slot]!) >= nodeOf(machine, slot).retry.attempts;
  return isLast ? { ...visit, last: true } : visit;
}

function sortCalls(machine: Machine, slots: number[]): number[] {
  const compare = (a: number, b: number): number =>
    compareCalls(machine, a, b) || compareTokens(machine.state, a, b);
  for (let index = 1; index < slots.length; index += 1) {
    if (compare(slots[index - 1]!, slots[index]!) > 0) return slots.sort(compare);
  }
  return slots;
}

// Zero for two calls that may share a batch.
function compareCalls({ state: { tokens } }: Machine, a: number, b: number): number {
  return (
    tokens.node[a]! - tokens.node[b]! ||
    effectOf(tokens.tries[a]!) - effectOf(tokens.tries[b]!) ||
    tokens.stage[a]! - tokens.stage[b]!
  );
}
