// The operators' commands: pause, resume, cancel, retime, and retry, skip or end one visit.
// They may look at every token; a command that does not fit the state is ignored, because the server has checked it.
import type { Instant } from '../instant.ts';
import { die, leaveGraph } from './blocks.ts';
import { BY_CALL, keyOf, nodeOf, wakeOf, type Machine } from './machine.ts';
import { happen, hasHeard, roundUp, settle, takeEarly, waitUntil } from './outcomes.ts';
import type { Control, VisitKey } from './protocol.ts';
import { findVisit, inOrder, type Held } from './state.ts';
import { NONE, STATUS, type Waiting } from './tokens.ts';
import { isWaiting } from './wakes.ts';

/** The reason with which a visit ends that an operator ended. */
export const ENDED_BY_OPERATOR = 'operator';

/** Carries out a command that was given at `at`. */
export function obey(machine: Machine, control: Control, at: Instant): void {
  const { state } = machine;
  machine.due = at;
  switch (control.do) {
    case 'pause':
      state.pausedAt ??= at;
      return;
    case 'resume':
      resume(machine, control.policy, at);
      return;
    case 'cancel':
      cancel(machine, control.reason, at);
      return;
    case 'retime':
      retime(machine, control.anchors, at);
      return;
    case 'retry':
      withVisit(machine, control, (slot) => retry(machine, slot, at));
      return;
    case 'skip':
      withVisit(machine, control, (slot) => skip(machine, slot, at));
      return;
    case 'end':
      withVisit(machine, control, (slot) => {
        machine.dropped.push(keyOf(machine, slot));
        die(machine, slot, ENDED_BY_OPERATOR);
        settle(machine);
      });
  }
}

function withVisit(machine: Machine, key: VisitKey, act: (slot: number) => void): void {
  const node = machine.program.nodes[key.node];
  const slot = node === undefined ? NONE : findVisit(machine.state, node.graph, key);
  if (slot !== NONE) act(slot);
}

function resume(machine: Machine, policy: 'hold' | 'skip' | 'shift', at: Instant): void {
  const { state } = machine;
  if (state.pausedAt === null) return;
  const pause = Math.max(0, at - state.pausedAt);
  // While still paused: what it finds is held, and told in its turn with the rest.
  if (policy === 'shift') shiftDurations(machine, pause, at);
  state.pausedAt = null;
  const missed = policy === 'skip' ? missedUntil(machine, at) : [];
  for (const slot of inOrder(state, [...state.held.keys()])) {
    const held: Held | undefined = state.held.get(slot);
    if (held === undefined || state.tokens.status[slot] !== STATUS.ready) continue;
    state.held.delete(slot);
    happen(machine, slot, held.event, held.due);
  }
  for (const [slot, bucket] of missed) {
    if (isWaiting(state.tokens.status[slot]!) && state.tokens.aux[slot] === bucket) skip(machine, slot, at);
  }
}

// Instants that passed during the pause, of visits that slept or listened: the others are not the operator's.
// Who has heard something by then has missed nothing.
function missedUntil(machine: Machine, at: Instant): [slot: number, bucket: number][] {
  const { state } = machine;
  const { status } = state.tokens;
  const slots = state.wakes.until(at).flatMap((bucket) => state.wakes.waiting(bucket));
  const hasMissed = (slot: number): boolean =>
    status[slot] === STATUS.sleeping ||
    (status[slot] === STATUS.listening && !hasHeard(machine, slot, wakeOf(machine, slot)));
  return inOrder(state, slots.filter(hasMissed)).map((slot) => [slot, state.tokens.aux[slot]!]);
}

function shiftDurations(machine: Machine, pause: number, at: Instant): void {
  const { tokens } = machine.state;
  for (let slot = 0; slot < tokens.used; slot += 1) {
    const status = tokens.status[slot]!;
    if (status !== STATUS.sleeping && status !== STATUS.listening) continue;
    const { shifts, grainMs, hearsEvents } = nodeOf(machine, slot);
    if (!shifts) continue;
    const until = roundUp(wakeOf(machine, slot) + pause, grainMs);
    waitUntil(machine, slot, status as Waiting, until);
    if (status !== STATUS.listening) continue;
    // Their deadline has moved, which whoever matches events must know.
    if (hearsEvents) machine.listening.push(slot);
    // What came too late for the old deadline may be in time for the new one.
    const topic = takeEarly(machine, slot, until);
    if (topic !== undefined) happen(machine, slot, { kind: 'arrived', topic }, at);
  }
}

function cancel(machine: Machine, reason: string, at: Instant): void {
  const { state } = machine;
  state.cancelled = true;
  for (let subject = 0; subject < state.subjects.count; subject += 1) {
    if (state.subjects.head[subject] !== NONE) leaveGraph(machine, subject, { reason, at });
  }
}

function retime(machine: Machine, anchors: readonly string[], at: Instant): void {
  const { state, program } = machine;
  const { tokens, held, moved } = state;
  const follows = program.nodes.map((node) => node.anchors.some((anchor) => anchors.includes(anchor)));
  const asleep: number[] = [];
  for (let slot = 0; slot < tokens.used; slot += 1) {
    if (!follows[tokens.node[slot]!]) continue;
    const status = tokens.status[slot]!;
    const event = held.get(slot)?.event.kind;
    if (status === STATUS.sleeping || status === STATUS.listening) asleep.push(slot);
    // Its answer may still know the old date; it is asked again before it rests on it.
    else if (status === STATUS.calling || event === 'returned' || event === 'arrived') moved.add(slot);
  }
  for (const slot of inOrder(state, asleep)) {
    const { status } = state.tokens;
    if (status[slot] === STATUS.sleeping || status[slot] === STATUS.listening) {
      happen(machine, slot, { kind: 'retimed' }, at);
    }
  }
}

function retry(machine: Machine, slot: number, at: Instant): void {
  const { aux, status } = machine.state.tokens;
  if (status[slot] === STATUS.backoff) waitUntil(machine, slot, STATUS.backoff, at);
  else if (status[slot] === STATUS.stuck) {
    happen(machine, slot, { kind: 'retry', byCall: (aux[slot]! & BY_CALL) !== 0 }, at);
  }
}

function skip(machine: Machine, slot: number, at: Instant): void {
  machine.dropped.push(keyOf(machine, slot));
  happen(machine, slot, { kind: 'leave', port: nodeOf(machine, slot).skip, skipped: 'operator' }, at);
}
