// What becomes of the answers of a batch: own codes go to the step, the others are failures, doubts and forced ports.
// A late answer (of a batch that is not awaited, or a visit that is gone) is ignored.
import { chance } from '../chance.ts';
import { UNIVERSAL } from '../effect.ts';
import { isInstant, type Instant } from '../instant.ts';
import { attemptsOf, effectOf } from './calls.ts';
import { keyOf, nodeOf, park, type Machine } from './machine.ts';
import { happen, waitUntil } from './outcomes.ts';
import type { BatchResult } from './protocol.ts';
import { backoffMs } from './retry.ts';
import { inOrder } from './state.ts';
import { STATUS } from './tokens.ts';

interface Answered {
  readonly batch: number;
  readonly code: number;
  readonly until: number;
}

/** Gives answers to the visits that await them, in the order of node, ordinal, lap. */
export function applyResults(machine: Machine, results: readonly BatchResult[]): void {
  const { state } = machine;
  const { aux, status } = state.tokens;
  const answers = new Map<number, Answered>();
  const awaits = (slot: number, batch: number): boolean =>
    slot >= 0 && status[slot] === STATUS.calling && aux[slot] === batch;
  for (const { batch, codes, untils } of results) {
    const slots = state.batches.get(batch)?.slots ?? [];
    state.batches.delete(batch);
    for (let index = 0; index < slots.length; index += 1) {
      const slot = slots[index]!;
      const answer = { batch, code: codes[index] ?? UNIVERSAL.failed, until: untils?.[index] ?? 0 };
      if (awaits(slot, batch)) answers.set(slot, answer);
    }
  }
  for (const slot of inOrder(state, [...answers.keys()])) {
    const answer = answers.get(slot)!;
    // The columns may have grown meanwhile, so they are asked for anew.
    const { tokens } = state;
    if (tokens.status[slot] === STATUS.calling && tokens.aux[slot] === answer.batch)
      apply(machine, slot, answer);
  }
}

function apply(machine: Machine, slot: number, { code, until }: Answered): void {
  const { now } = machine;
  const { tokens } = machine.state;
  machine.due = now;
  const node = nodeOf(machine, slot);
  const own = node.effects[effectOf(tokens.tries[slot]!)]?.codes.length ?? 0;
  const at = until === 0 ? now : until;
  if (code === UNIVERSAL.retry) repeatOrFail(machine, slot, until);
  else if (code === UNIVERSAL.doubt) park(machine, slot, 'doubt', true);
  else if (!isInstant(at)) fail(machine, slot);
  else if (Number.isInteger(code) && code >= 0 && code < Math.min(own, UNIVERSAL.port)) {
    tokens.call[slot]! += 1;
    happen(machine, slot, { kind: 'returned', code, until: at }, now);
  } else if (code >= UNIVERSAL.port && code - UNIVERSAL.port < node.ports.length) {
    leaveAt(machine, slot, code - UNIVERSAL.port, at);
  } else fail(machine, slot);
}

function leaveAt(machine: Machine, slot: number, port: number, at: Instant): void {
  if (at <= machine.now) happen(machine, slot, { kind: 'leave', port }, machine.now);
  else {
    machine.state.tokens.stage[slot] = port;
    waitUntil(machine, slot, STATUS.leaving, at);
  }
}

/** `until`: whoever was asked wants to be left alone until then; 0 when that was not said. */
function repeatOrFail(machine: Machine, slot: number, until: number): void {
  const { state, now } = machine;
  const attempts = attemptsOf(state.tokens.tries[slot]!);
  const { retry, graphId, id } = nodeOf(machine, slot);
  if (attempts >= retry.attempts) {
    fail(machine, slot);
    return;
  }
  const { ordinal, lap } = keyOf(machine, slot);
  const jitter = chance(state.seed, ordinal, graphId, id, lap, state.tokens.call[slot]!, attempts);
  const again = now + backoffMs(retry, attempts, jitter);
  waitUntil(machine, slot, STATUS.backoff, isInstant(until) ? Math.max(again, until) : again);
}

function fail(machine: Machine, slot: number): void {
  const { failed } = nodeOf(machine, slot);
  if (failed < 0) park(machine, slot, 'failed', true);
  else happen(machine, slot, { kind: 'leave', port: failed }, machine.now);
}
