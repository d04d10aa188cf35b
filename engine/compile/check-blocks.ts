// Block structure: every node stands in exactly one block path, and every edge that says otherwise is named.
// Edges are followed in the order of the document, so the one drawn last is blamed; a bad edge is not followed.
import type { ProblemCode } from '../problem.ts';
import { BlockPaths, type Element, type PathId } from './block-paths.ts';
import type { WiredEdge, Wiring } from './check-ports.ts';
import { edgePlace, placeOf, type DraftNode } from './draft.ts';
import type { Report } from './report.ts';

/** The block structure of one graph. */
export interface Blocks {
  readonly wiring: Wiring;
  readonly paths: BlockPaths;
  /** The path in which each node stands; undefined where nothing leads. */
  readonly pathOf: readonly (PathId | undefined)[];
  /** Edges that keep the structure, with the path they carry. */
  readonly followed: readonly FollowedEdge[];
  /** The join of a fork and the fork of a join. */
  readonly partner: ReadonlyMap<number, number>;
  /** The branches that arrive at each join. */
  readonly arrivals: ReadonlyMap<number, ReadonlySet<number>>;
}

/** An edge with the path it carries and what it does to the lap. */
export interface FollowedEdge extends WiredEdge {
  readonly path: PathId;
  readonly turn?: 'into' | 'back';
}

/** Finds the blocks of a graph. Undefined when a step that makes blocks has settings that cannot be read. */
export function checkBlocks(wiring: Wiring, report: Report): Blocks | undefined {
  if (wiring.nodes.some((node) => node.step?.block !== undefined && node.block === undefined))
    return undefined;
  const walk = new Walk(wiring, report);
  walk.run();
  checkReached(wiring, report);
  walk.nodes();
  return walk;
}

class Walk implements Blocks {
  readonly wiring: Wiring;
  readonly paths = new BlockPaths();
  readonly pathOf: (PathId | undefined)[];
  readonly followed: FollowedEdge[] = [];
  readonly partner = new Map<number, number>();
  readonly arrivals = new Map<number, Set<number>>();
  readonly #report: Report;
  /** The edge that gave a node its path. */
  readonly #reason = new Map<number, WiredEdge>();
  readonly #next: number[][];
  /** Numbers of the edges that leave a node. */
  readonly #leaving: number[][];
  readonly #blamed = new Set<number>();
  /** Where the ways back into each repeat come from. */
  readonly #back = new Map<number, number[]>();

  constructor(wiring: Wiring, report: Report) {
    this.wiring = wiring;
    this.#report = report;
    this.pathOf = wiring.nodes.map(() => undefined);
    this.#next = wiring.nodes.map(() => []);
    this.#leaving = wiring.nodes.map(() => []);
    wiring.edges.forEach(({ from }, number) => this.#leaving[from]!.push(number));
  }

  /** Follows every reachable edge, the first of the document first. */
  run(): void {
    const { edges, starts } = this.wiring;
    const waiting = new Uint8Array(edges.length);
    let cursor = 0;
    const open = (node: number): void => {
      for (const number of this.#leaving[node]!) {
        waiting[number] = 1;
        cursor = Math.min(cursor, number);
      }
    };
    for (const start of starts) {
      this.pathOf[start] = 0;
      open(start);
    }
    while (cursor < edges.length) {
      const edge = edges[cursor]!;
      if (waiting[cursor] === 0) cursor += 1;
      else {
        waiting[cursor] = 0;
        const isNew = this.pathOf[edge.to] === undefined;
        if (this.#follow(edge) && isNew) open(edge.to);
      }
    }
  }

  /** The path that an edge carries. */
  #carried({ from, port }: WiredEdge): PathId {
    const path = this.pathOf[from]!;
    const { block } = this.wiring.nodes[from]!;
    if (block?.kind === 'fork') return this.paths.enter(path, { kind: 'branch', node: from, branch: port });
    if (block?.kind === 'repeat' && this.wiring.names[from]![port] === block.each) {
      return this.paths.enter(path, { kind: 'round', node: from, branch: 0 });
    }
    return path;
  }

  #follow(edge: WiredEdge): boolean {
    const path = this.#carried(edge);
    const kind = this.wiring.nodes[edge.to]!.block?.kind;
    switch (kind) {
      case 'start':
        return this.#blame(edge, 'E-EDGE-INTO-START');
      case 'final':
        return this.#accept({ ...edge, path }, this.pathOf[edge.to] ?? path);
      case 'join':
        return this.#followIntoJoin(edge, path);
      case 'repeat':
        return this.#followIntoRepeat(edge, path);
      case 'fork':
      case undefined:
        return this.#followInto({ ...edge, path });
    }
  }

  #followInto(edge: FollowedEdge): boolean {
    const stands = this.pathOf[edge.to];
    if (stands === undefined || stands === edge.path) return this.#accept(edge, edge.path);
    const { left, right } = this.paths.parting(edge.path, stands);
    if (left === undefined && right !== undefined) return this.#blame(edge, INTO[right.kind], right);
    if (right === undefined) return this.#blameLeaving(edge, edge.path);
    if (left!.node === right.node) return this.#blame(edge, 'E-BRANCHES-MEET', right);
    return this.#blame(edge, 'E-INTERLEAVE', left, right.node);
  }

  #followIntoRepeat(edge: WiredEdge, path: PathId): boolean {
    const top = this.paths.top(path);
    if (top?.kind === 'round' && top.node === edge.to) {
      return this.#accept({ ...edge, path, turn: 'back' }, this.paths.parent(path));
    }
    const isInside = [...this.paths.outwards(path)].some((it) => it.kind === 'round' && it.node === edge.to);
    if (isInside) return this.#blameLeaving(edge, path);
    return this.#followInto({ ...edge, path, turn: 'into' });
  }

  #followIntoJoin(edge: WiredEdge, path: PathId): boolean {
    const top = this.paths.top(path);
    const around = [...this.paths.outwards(path)];
    if (top === undefined || !around.some(({ kind }) => kind === 'branch'))
      return this.#blame(edge, 'E-JOIN-ALONE');
    if (top.kind === 'round') return this.#blameLeaving(edge, path);
    const fork = this.partner.get(edge.to);
    if (fork === undefined) {
      const join = this.partner.get(top.node);
      if (join !== undefined) return this.#blame(edge, 'E-SECOND-JOIN', top, join);
    } else if (fork !== top.node) {
      if (around.some(({ node }) => node === fork)) return this.#blameLeaving(edge, path);
      const nested = [...this.paths.outwards(this.pathOf[fork]!)].some(({ node }) => node === top.node);
      return this.#blame(edge, nested ? 'E-INTERLEAVE' : 'E-JOIN-TWO', top, fork);
    }
    if (!this.#accept({ ...edge, path }, this.paths.parent(path))) return false;
    this.partner.set(edge.to, top.node).set(top.node, edge.to);
    const arrived = this.arrivals.get(edge.to) ?? new Set();
    this.arrivals.set(edge.to, arrived.add(top.branch));
    return true;
  }

  #accept(edge: FollowedEdge, stands: PathId): boolean {
    const isNew = this.pathOf[edge.to] === undefined;
    if (edge.turn === 'back') this.#back.set(edge.to, [...(this.#back.get(edge.to) ?? []), edge.from]);
    else {
      // A node that nothing led to before leads nowhere yet, so it closes no cycle.
      if (!isNew && this.#leadsTo(edge.to, edge.from)) return this.#blame(edge, 'E-CYCLE');
      this.#next[edge.from]!.push(edge.to);
    }
    if (isNew) {
      this.pathOf[edge.to] = stands;
      this.#reason.set(edge.to, edge);
    }
    this.followed.push(edge);
    return true;
  }

  #leadsTo(from: number, target: number): boolean {
    const seen = new Set([from]);
    const stack = [from];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at === target) return true;
      for (const next of this.#next[at]!) {
        if (seen.has(next)) continue;
        seen.add(next);
        stack.push(next);
      }
    }
    return false;
  }

  #blameLeaving(edge: WiredEdge, path: PathId): boolean {
    const top = this.paths.top(path)!;
    return this.#blame(edge, OUT_OF[top.kind], top);
  }

  #blame(wired: WiredEdge, code: BlockCode, block?: Element, other?: number): false {
    const { edge, from, to } = wired;
    const name = (number: number | undefined): string => this.wiring.nodes[number ?? -1]?.name ?? '';
    const values = {
      edge: edge.id,
      step: name(to),
      block: name(block?.node),
      other: name(other),
      otherEdge: this.#reason.get(to)?.edge.id ?? '',
    };
    this.#report.add(code, edgePlace(edge), values);
    this.wiring.broken.add(from);
    this.#blamed.add(to);
    return false;
  }

  /** What is wrong with blocks as wholes. What a reported edge would explain is not reported again. */
  nodes(): void {
    const explained = this.#explained();
    this.wiring.nodes.forEach((node, number) => {
      if (this.pathOf[number] === undefined) return;
      if (node.block?.kind === 'join') this.#checkJoin(node, number, node.block.need);
      else if (node.block?.kind === 'repeat') this.#checkRepeat(node, number, explained);
      const isSink = this.#leaving[number]!.length === 0 && node.block?.kind !== 'final';
      if (isSink && node.ports !== undefined && !this.wiring.broken.has(number)) {
        this.#report.add('E-NO-EXIT', placeOf(node), { step: node.name });
      }
    });
  }

  #checkJoin(node: DraftNode, number: number, need: number | 'all'): void {
    if (this.#blamed.has(number)) return;
    const can = this.arrivals.get(number)?.size ?? 0;
    if (need !== 'all' && need > can)
      this.#report.add('E-JOIN-NEED', placeOf(node), { step: node.name, need, can });
    else if (can === 1) this.#report.add('W-JOIN-ONE', placeOf(node), { step: node.name });
  }

  #checkRepeat(node: DraftNode, number: number, explained: ReadonlySet<number>): void {
    const back = this.#back.get(number) ?? [];
    if (back.includes(number)) {
      this.#report.add('E-REPEAT-EMPTY', placeOf(node), { step: node.name });
    }
    if (back.length > 0 || this.#blamed.has(number) || explained.has(number)) return;
    this.#report.add('E-REPEAT-NO-RETURN', placeOf(node), { step: node.name });
  }

  /** The nodes at which something is wrong, and the blocks around them. */
  #explained(): ReadonlySet<number> {
    const explained = new Set(this.wiring.broken);
    for (const number of this.wiring.broken) {
      for (const { node } of this.paths.outwards(this.pathOf[number] ?? 0)) explained.add(node);
    }
    return explained;
  }
}

type BlockCode = Extract<
  ProblemCode,
  | 'E-EDGE-INTO-START'
  | 'E-INTO-PARALLEL'
  | 'E-INTO-REPEAT'
  | 'E-OUT-OF-PARALLEL'
  | 'E-OUT-OF-REPEAT'
  | 'E-BRANCHES-MEET'
  | 'E-INTERLEAVE'
  | 'E-JOIN-ALONE'
  | 'E-JOIN-TWO'
  | 'E-SECOND-JOIN'
  | 'E-CYCLE'
>;

const INTO = { branch: 'E-INTO-PARALLEL', round: 'E-INTO-REPEAT' } as const;
const OUT_OF = { branch: 'E-OUT-OF-PARALLEL', round: 'E-OUT-OF-REPEAT' } as const;

/** Reports what no path of edges leads to, good or bad: what lies behind a bad edge is explained by that edge. */
function checkReached({ nodes, starts, graph }: Wiring, report: Report): void {
  if (starts.length === 0) return;
  const next = new Map<string, string[]>();
  for (const { from, to } of graph.edges) {
    const known = next.get(from);
    if (known === undefined) next.set(from, [to]);
    else known.push(to);
  }
  const stack = starts.map((start) => nodes[start]!.id);
  const reached = new Set(stack);
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const to of next.get(at) ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      stack.push(to);
    }
  }
  for (const node of nodes) {
    if (!reached.has(node.id)) report.add('E-UNREACHABLE', placeOf(node), { step: node.name });
  }
}
