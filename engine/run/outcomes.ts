// Runs one token until it waits: asks its step, and does what the outcome says.
// Switches over outcomes and happenings only; never over the type of a step.
import { isInstant, type Instant } from '../instant.ts';
import type { Outcome, Resumption } from '../step.ts';
import { arrive, die, follow, isAtItsJoin, leaveGraph, openBranches } from './blocks.ts';
import { beginCall, callAgain, effectOf } from './calls.ts';
import { faceStep, logicalNow, nodeOf, park, pass, setStatus, type Machine } from './machine.ts';
import type { ProgramNode } from './program.ts';
import type { Passed } from './protocol.ts';
import type { Happening } from './state.ts';
import { STATUS, type Waiting } from './tokens.ts';
import { NO_BUCKET } from './wakes.ts';

/** Tells a token what happened at (planned) `due` and runs it, and all that follows from it, until everything waits. */
export function happen(machine: Machine, slot: number, event: Happening, due: Instant): void {
  if (machine.state.pausedAt !== null) {
    hold(machine, slot, event, due);
    return;
  }
  machine.due = due;
  act(machine, slot, event);
  settle(machine);
}

/** Runs the tokens that are on their way, until everything waits; while paused they become ready. */
export function settle(machine: Machine): void {
  const { tokens, pausedAt } = machine.state;
  for (let slot = machine.work.pop(); slot !== undefined; slot = machine.work.pop()) {
    // An earlier one may have cancelled it.
    if (tokens.status[slot] !== STATUS.entering) continue;
    if (pausedAt !== null) hold(machine, slot, { kind: 'enter' }, machine.due);
    else enter(machine, slot);
  }
}

function hold(machine: Machine, slot: number, event: Happening, due: Instant): void {
  setStatus(machine, slot, STATUS.ready);
  machine.state.held.set(slot, { due, event });
}

function act(machine: Machine, slot: number, event: Happening): void {
  const node = nodeOf(machine, slot);
  switch (event.kind) {
    case 'enter':
      setStatus(machine, slot, STATUS.entering);
      machine.work.push(slot);
      return;
    case 'leave':
      leave(machine, slot, event.port, event.skipped);
      return;
    case 'woke':
      wake(machine, slot);
      return;
    case 'retry':
      if (event.byCall) callAnew(machine, slot);
      else beginAnew(machine, slot);
      return;
    case 'returned': {
      const code = node.effects[effectOf(machine.state.tokens.tries[slot]!)]?.codes[event.code] ?? '';
      resume(machine, slot, { kind: 'returned', code, until: event.until });
      return;
    }
    case 'arrived':
    case 'retimed':
      resume(machine, slot, event);
  }
}

// Begins the visit again, however late it is.
function beginAnew(machine: Machine, slot: number): void {
  const { tokens, lateBy } = machine.state;
  const node = nodeOf(machine, slot);
  const now = logicalNow(machine, node);
  const lateMs = now - tokens.due[slot]!;
  if (lateMs > node.late.afterMs) lateBy.set(slot, lateMs);
  setStatus(machine, slot, STATUS.entering);
  begin(machine, slot, now);
}

// The ledger still knows the old answer of the call, so it is made under a new number.
function callAnew(machine: Machine, slot: number): void {
  const { tokens } = machine.state;
  tokens.call[slot]! += 1;
  machine.visit.now = logicalNow(machine, nodeOf(machine, slot));
  beginCall(machine, slot, effectOf(tokens.tries[slot]!), 1);
}

// What an instant means depends on what the token waited for.
function wake(machine: Machine, slot: number): void {
  const { tokens } = machine.state;
  const status = tokens.status[slot];
  if (status === STATUS.backoff) callAgain(machine, slot, logicalNow(machine, nodeOf(machine, slot)));
  else if (status === STATUS.leaving) leave(machine, slot, tokens.stage[slot]!);
  else resume(machine, slot, heard(machine, slot) ?? { kind: 'woke' });
}

// What came while it listened, and was to be taken up at this instant.
function heard(machine: Machine, slot: number): Resumption | undefined {
  const topic = takeEarly(machine, slot, machine.due);
  return topic === undefined ? undefined : { kind: 'arrived', topic };
}

function enter(machine: Machine, slot: number): void {
  const node = nodeOf(machine, slot);
  if (isAtItsJoin(machine, slot, node)) {
    arrive(machine, slot);
    return;
  }
  const { tokens, lateBy } = machine.state;
  tokens.due[slot] = machine.due;
  tokens.call[slot] = 0;
  tokens.tries[slot] = 0;
  const lateMs = machine.now - machine.due;
  const isLate = lateMs > node.late.afterMs;
  if (node.off) leave(machine, slot, firstPort(node), 'off');
  else if (isLate && node.late.then === 'skip') {
    lateBy.set(slot, lateMs);
    leave(machine, slot, node.skip, 'late');
  } else if (isLate && node.late.then === 'ask') park(machine, slot, 'late', false);
  else {
    if (isLate) lateBy.set(slot, lateMs);
    begin(machine, slot, isLate ? machine.now : machine.due);
  }
}

function begin(machine: Machine, slot: number, now: Instant): void {
  const { step, config } = nodeOf(machine, slot);
  const { tokens } = machine.state;
  tokens.stage[slot] = 0;
  tokens.setSince(slot, now);
  perform(machine, slot, step.enter(config, faceStep(machine, slot, now)));
}

function resume(machine: Machine, slot: number, event: Resumption): void {
  const node = nodeOf(machine, slot);
  setStatus(machine, slot, STATUS.entering);
  perform(machine, slot, ask(machine, slot, event, logicalNow(machine, node)));
}

function ask(machine: Machine, slot: number, event: Resumption, now: Instant): Outcome {
  const { step, config, ports } = nodeOf(machine, slot);
  const visit = faceStep(machine, slot, now);
  return step.resume?.(config, visit, event) ?? { kind: 'go', port: ports[0]?.name ?? '' };
}

function perform(machine: Machine, slot: number, first: Outcome): void {
  // What is already known when a token begins to wait is told at once, and gives the next outcome.
  for (let outcome: Outcome | undefined = first; outcome !== undefined;) {
    outcome = apply(machine, slot, outcome);
  }
}

function apply(machine: Machine, slot: number, outcome: Outcome): Outcome | undefined {
  const node = nodeOf(machine, slot);
  switch (outcome.kind) {
    case 'go':
      leave(machine, slot, node.portOf.get(outcome.port) ?? -1);
      return undefined;
    case 'sleep':
      return rest(machine, slot, STATUS.sleeping, outcome);
    case 'listen':
      return rest(machine, slot, STATUS.listening, outcome);
    case 'call':
      call(machine, slot, outcome);
      return undefined;
    case 'fork':
      fork(machine, slot);
      return undefined;
    case 'again':
      leave(machine, slot, node.each);
      return undefined;
    case 'exit':
      exit(machine, slot, outcome.reason);
      return undefined;
    case 'end':
      pass(machine, slot, null);
      die(machine, slot, outcome.reason);
      return undefined;
  }
}

function call(machine: Machine, slot: number, { effect, stage }: { effect: string; stage: number }): void {
  const which = nodeOf(machine, slot).effects.findIndex(({ name }) => name === effect);
  machine.state.tokens.stage[slot] = stage;
  if (which < 0) park(machine, slot, 'failed', false);
  else beginCall(machine, slot, which, 1);
}

function exit(machine: Machine, slot: number, reason: string): void {
  const { subject } = machine.state.tokens;
  const at = logicalNow(machine, nodeOf(machine, slot));
  pass(machine, slot, null);
  leaveGraph(machine, subject[slot]!, { reason, at });
}

/**
 * Leaves a visit by a port. A repeat at its bound leaves by `done`; a fork lets one branch through;
 * a port that leads nowhere parks the token.
 */
function leave(machine: Machine, slot: number, port: number, skipped?: Passed['skipped']): void {
  const node = nodeOf(machine, slot);
  const way = port === node.each && !hasRoundLeft(machine, slot, node) ? node.done : port;
  const exitPort = node.ports[way];
  if (exitPort === undefined || exitPort.to < 0) {
    park(machine, slot, 'failed', false);
    return;
  }
  pass(machine, slot, exitPort.name, skipped);
  if (node.block?.kind === 'fork') openBranches(machine, slot, [exitPort]);
  else follow(machine, slot, way);
}

function fork(machine: Machine, slot: number): void {
  const open = nodeOf(machine, slot).ports.filter(({ to }) => to >= 0);
  if (open.length === 0) {
    park(machine, slot, 'failed', false);
    return;
  }
  pass(machine, slot, null);
  openBranches(machine, slot, open);
}

function hasRoundLeft({ state }: Machine, slot: number, { block, radix }: ProgramNode): boolean {
  return block?.kind !== 'repeat' || state.tokens.lap[slot]! % radix < block.max;
}

// A repeat that is switched off has no rounds.
const firstPort = ({ block, done }: ProgramNode): number => (block?.kind === 'repeat' ? done : 0);

/** Begins to sleep or listen. What came early, or moved meanwhile, is told at once: the result is the next outcome. */
function rest(
  machine: Machine,
  slot: number,
  status: (typeof STATUS)['sleeping' | 'listening'],
  { until, stage }: { readonly until: Instant; readonly stage: number },
): Outcome | undefined {
  const { state, visit } = machine;
  const node = nodeOf(machine, slot);
  if (!isInstant(until)) {
    park(machine, slot, 'failed', false);
    return undefined;
  }
  state.tokens.stage[slot] = stage;
  const at = roundUp(Math.max(until, visit.now), node.grainMs);
  const topic = status === STATUS.listening ? takeEarly(machine, slot, at) : undefined;
  if (topic !== undefined) return ask(machine, slot, { kind: 'arrived', topic }, visit.now);
  if (state.moved.delete(slot)) return ask(machine, slot, { kind: 'retimed' }, visit.now);
  if (status === STATUS.listening && node.hearsEvents) listen(machine, slot, at);
  else waitUntil(machine, slot, status, at);
  return undefined;
}

// Whoever matches events has to be told before the deadline can pass: what came earlier wins over it.
function listen(machine: Machine, slot: number, until: Instant): void {
  machine.listening.push(slot);
  if (until > machine.now) {
    waitUntil(machine, slot, STATUS.listening, until);
    return;
  }
  setStatus(machine, slot, STATUS.listening);
  machine.state.tokens.aux[slot] = NO_BUCKET;
  machine.overdue.set(slot, until);
}

/** Has a token wait for an instant. */
export function waitUntil(machine: Machine, slot: number, status: Waiting, at: Instant): void {
  setStatus(machine, slot, status);
  machine.state.wakes.add(slot, at);
}

/** Milliseconds rounded up to a grain; 0 is exact. */
export function roundUp(at: Instant, grainMs: number): Instant {
  return grainMs > 0 ? Math.ceil(at / grainMs) * grainMs : at;
}

/** Whether an entry is kept that came before the deadline. */
export const hasHeard = ({ state: { early } }: Machine, slot: number, deadline: Instant): boolean =>
  early.get(slot)?.some(({ at }) => at <= deadline) ?? false;

/** Takes the first kept entry that came before the deadline: its topic. */
export function takeEarly(
  { state: { early } }: Machine,
  slot: number,
  deadline: Instant,
): number | undefined {
  const entries = early.get(slot);
  const index = entries?.findIndex(({ at }) => at <= deadline) ?? -1;
  if (entries === undefined || index < 0) return undefined;
  const [entry] = entries.splice(index, 1);
  if (entries.length === 0) early.delete(slot);
  return entry?.topic;
}
