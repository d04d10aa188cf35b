// Block structure at run time: which way a token goes, forks, joins, deaths and laps.
// Runs no step: it only puts tokens on their way and counts branches.
import type { PlanPort } from '../plan.ts';
import { abandon, discard, logicalNow, nodeOf, place, type Machine } from './machine.ts';
import type { ProgramNode } from './program.ts';
import type { Ended } from './protocol.ts';
import { addToken, forgetVisit } from './state.ts';
import { NONE, STATUS } from './tokens.ts';

/** Leaves a node by a port that leads somewhere; the visit was recorded as passed. */
export function follow(machine: Machine, slot: number, port: number): void {
  const { tokens } = machine.state;
  const node = nodeOf(machine, slot);
  const lap = tokens.lap[slot]!;
  const outer = port === node.done ? Math.floor(lap / node.radix) : lap;
  const way = node.ports[port]!;
  place(machine, slot, way.to, turned(machine, way, outer));
}

/** Parks a token and puts one branch on its way for each port given; all exist before the first one runs. */
export function openBranches(machine: Machine, slot: number, ports: readonly PlanPort[]): void {
  const { state, work } = machine;
  const { tokens } = state;
  const lap = tokens.lap[slot]!;
  tokens.status[slot] = STATUS.forked;
  tokens.aux[slot] = ports.length;
  forgetVisit(state, slot);
  const first = work.length;
  for (const port of ports) {
    const branch = addToken(state, tokens.subject[slot]!, slot);
    place(machine, branch, port.to, turned(machine, port, lap));
  }
  // The last one on the pile goes first.
  reverseFrom(work, first);
}

/** True for a branch that stands before the join of its own fork. */
export function isAtItsJoin({ state: { tokens } }: Machine, slot: number, node: ProgramNode): boolean {
  const parent = tokens.parent[slot]!;
  return node.block?.kind === 'join' && parent !== NONE && tokens.node[parent] === node.block.fork;
}

/** A branch has reached its join: it is absorbed, and the join fires if it may. */
export function arrive(machine: Machine, slot: number): void {
  const { tokens } = machine.state;
  const parent = tokens.parent[slot]!;
  discard(machine, slot);
  tokens.aux[parent]! += 0xffff;
  settleBlock(machine, parent);
}

/** A token is finished. Its death counts at every enclosing block; the last one ends the subject. */
export function die(machine: Machine, slot: number, reason: string): void {
  const { tokens } = machine.state;
  const at = logicalNow(machine, nodeOf(machine, slot));
  for (let dying = slot; ;) {
    const parent = tokens.parent[dying]!;
    const subject = tokens.subject[dying]!;
    discard(machine, dying);
    if (parent === NONE) {
      endSubject(machine, subject, { reason, at });
      return;
    }
    tokens.aux[parent]! -= 1;
    if (settleBlock(machine, parent) || tokens.branches(parent) > 0) return;
    dying = parent;
  }
}

/** A subject leaves its graph with all its tokens. */
export function leaveGraph(machine: Machine, subject: number, how: Pick<Ended, 'reason' | 'at'>): void {
  const { head } = machine.state.subjects;
  while (head[subject] !== NONE) abandon(machine, head[subject]!);
  endSubject(machine, subject, how);
}

// Fires the join when enough branches have arrived, or all that can. True when it fired.
function settleBlock(machine: Machine, parent: number): boolean {
  const { tokens } = machine.state;
  const { block } = nodeOf(machine, parent);
  const join = block?.kind === 'fork' ? block.join : NONE;
  const meets = machine.program.nodes[join]?.block;
  if (meets?.kind !== 'join' || tokens.arrived(parent) === 0) return false;
  const enough = meets.need !== 'all' && tokens.arrived(parent) >= meets.need;
  if (!enough && tokens.branches(parent) > 0) return false;
  if (tokens.branches(parent) > 0) cancelBranches(machine, parent);
  tokens.aux[parent] = 0;
  place(machine, parent, join, tokens.lap[parent]!);
  return true;
}

function cancelBranches(machine: Machine, fork: number): void {
  const { tokens, subjects } = machine.state;
  const inside = (slot: number): boolean => {
    const parent = tokens.parent[slot]!;
    return parent !== NONE && (parent === fork || inside(parent));
  };
  // All are found before the first one goes, because the way up leads over tokens that go too.
  const branches: number[] = [];
  let slot = subjects.head[tokens.subject[fork]!]!;
  while (slot !== NONE) {
    if (inside(slot)) branches.push(slot);
    slot = tokens.next[slot]!;
  }
  for (const branch of branches) abandon(machine, branch);
}

function endSubject(machine: Machine, subject: number, { reason, at }: Pick<Ended, 'reason' | 'at'>): void {
  const { subjects } = machine.state;
  const { graph } = subjects.rangeOf(subject);
  machine.ended.push({ graph, ordinal: subjects.ordinal(subject), at, reason });
}

// The lap behind an edge: radix max + 1, because the visit that leaves by `done` is one more than the rounds.
function turned(machine: Machine, { to, turn }: Pick<PlanPort, 'to' | 'turn'>, lap: number): number {
  if (turn === undefined) return lap;
  if (turn === 'back') return lap + 1;
  const block = machine.program.nodes[to]?.block;
  return block?.kind === 'repeat' ? lap * (block.max + 1) : lap;
}

function reverseFrom(list: number[], first: number): void {
  for (let low = first, high = list.length - 1; low < high; low += 1, high -= 1) {
    const held = list[low]!;
    list[low] = list[high]!;
    list[high] = held;
  }
}
