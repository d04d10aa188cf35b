// A rehearsal as a screen shows it: what moved at each instant, in columns that a page can be sent and can wind back and forth.
// Not the rehearsal: it only watches one. Visits that leave one node by one port at one instant are one row.
import { wallAt } from '../calendar/zone.ts';
import { DAY, type Instant } from '../instant.ts';
import type { Plan, PlanNode } from '../plan.ts';
import type { Ended, Passed, VisitKey } from '../run/protocol.ts';
import type { Watcher } from './watch.ts';

/** Stands in the column of ports for what goes by no port. */
export const WAY = {
  /** Left by no port: it ended there, or forked. */
  none: -1,
  /** Was abandoned. */
  dropped: -2,
  /** Entered the graph that begins with this node. */
  entered: -3,
} as const;

/** What moved: rows by instant. `port` is the index of a node's port, or one of {@link WAY}. */
export interface Moves {
  readonly at: Float64Array;
  readonly node: Uint16Array;
  readonly port: Int16Array;
  readonly count: Uint32Array;
}

/** Messages that the gate did not let through, or not yet: of one node on one local day for one reason. */
export interface Collision {
  readonly node: string;
  /** The first of them. */
  readonly at: Instant;
  readonly go: 'defer' | 'skip' | 'expire';
  readonly reason: string;
  /** How often: a message that is put off twice counts twice. */
  readonly count: number;
}

/** How so many subjects of a graph ended. */
export interface Ending {
  readonly graph: string;
  readonly reason: string;
  readonly count: number;
}

type Counted = { -readonly [Key in keyof Collision]: Collision[Key] };

/** Records a film. Its rows come out in the order of their instants. */
export class Film implements Watcher {
  readonly #plan: Plan;
  readonly #ports: readonly ReadonlyMap<string, number>[];
  readonly #rows: { at: Instant; node: number; port: number; count: number }[] = [];
  // Of the instant that is being recorded: rows by node and port.
  readonly #present = new Map<number, { at: Instant; node: number; port: number; count: number }>();
  #at: Instant = Number.NaN;
  readonly #collisions = new Map<string, Counted>();
  readonly #ends = new Map<string, { -readonly [Key in keyof Ending]: Ending[Key] }>();

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#ports = plan.nodes.map(({ ports }) => new Map(ports.map(({ name }, index) => [name, index])));
  }

  readonly entered = (graph: number, count: number, at: Instant): void => {
    const start = this.#plan.graphs[graph]?.start;
    if (start !== undefined && count > 0) this.#add(at, start, WAY.entered, count);
  };

  readonly passed = ({ at, node, port, skipped }: Passed): void => {
    const way = port === null ? WAY.none : (this.#ports[node]?.get(port) ?? WAY.none);
    // Whoever is skipped by an operator is told of as abandoned too.
    if (skipped === 'operator') this.#add(at, node, WAY.dropped, -1);
    this.#add(at, node, way, 1);
  };

  readonly dropped = ({ node }: VisitKey, at: Instant): void => {
    this.#add(at, node, WAY.dropped, 1);
  };

  readonly judged: Watcher['judged'] = (node, at, verdict) => {
    if (verdict.go === 'send' || verdict.go === 'ask') return;
    const { zone, nodes } = this.#plan;
    const day = Math.floor((wallAt(at, zone) ?? at) / DAY);
    const key = `${node}/${day}/${verdict.go}/${verdict.reason}`;
    const known = this.#collisions.get(key);
    if (known !== undefined) known.count += 1;
    else {
      const { id } = nodes[node]!;
      this.#collisions.set(key, { node: id, at, go: verdict.go, reason: verdict.reason, count: 1 });
    }
  };

  readonly ended = ({ graph, reason }: Pick<Ended, 'graph' | 'reason'>): void => {
    const key = `${graph}/${reason}`;
    const known = this.#ends.get(key);
    if (known !== undefined) known.count += 1;
    else this.#ends.set(key, { graph: this.#plan.graphs[graph]?.id ?? '', reason, count: 1 });
  };

  /** How subjects have ended so far, the most frequent way first. */
  ends(): Ending[] {
    return [...this.#ends.values()].toSorted((a, b) => b.count - a.count);
  }

  /** What moved so far. */
  moves(): Moves {
    this.#close();
    const rows = this.#rows.toSorted((a, b) => a.at - b.at);
    return {
      at: Float64Array.from(rows, ({ at }) => at),
      node: Uint16Array.from(rows, ({ node }) => node),
      port: Int16Array.from(rows, ({ port }) => port),
      count: Uint32Array.from(rows, ({ count }) => count),
    };
  }

  /** What the gate held back so far, by instant. */
  collisions(): Collision[] {
    return [...this.#collisions.values()].toSorted((a, b) => a.at - b.at);
  }

  #add(at: Instant, node: number, port: number, count: number): void {
    if (at !== this.#at) this.#close();
    this.#at = at;
    const key = node * 256 + port + 3;
    const known = this.#present.get(key);
    if (known !== undefined) known.count += count;
    else this.#present.set(key, { at, node, port, count });
  }

  #close(): void {
    for (const row of this.#present.values()) if (row.count !== 0) this.#rows.push(row);
    this.#present.clear();
  }
}

/** A node as a film is read: where its ports lead, and whether leaving by none opens all of them. */
export interface FilmedNode {
  readonly id: string;
  readonly graph: string;
  readonly ports: readonly { readonly name: string; readonly to: number }[];
  readonly forks: boolean;
  /** Nobody stands there: who arrives waits with the fork. */
  readonly joins: boolean;
}

/** The nodes of a plan, in its order. */
export const filmedNodes = ({ nodes, graphs }: Plan): readonly FilmedNode[] =>
  nodes.map(({ id, graph, ports, block }: PlanNode): FilmedNode => ({
    id,
    graph: graphs[graph]?.id ?? '',
    ports: ports.map(({ name, to }) => ({ name, to })),
    forks: block?.kind === 'fork',
    joins: block?.kind === 'join',
  }));

/**
 * Reads a film: how many stand on each node at an instant, and how many have left it by which way.
 * Winding costs as much as moved in between, whichever way one winds.
 */
export class Playhead {
  readonly #nodes: readonly FilmedNode[];
  readonly #moves: Moves;
  #row = 0;
  /** How many stand on each node now. */
  readonly standing: Int32Array;
  /** How many have left each node so far, whichever way. */
  readonly left: Int32Array;
  readonly #through: readonly Int32Array[];

  constructor(nodes: readonly FilmedNode[], moves: Moves) {
    this.#nodes = nodes;
    this.#moves = moves;
    this.standing = new Int32Array(nodes.length);
    this.left = new Int32Array(nodes.length);
    this.#through = nodes.map(({ ports }) => new Int32Array(ports.length));
  }

  /** How many have gone through a port so far. */
  through(node: number, port: number): number {
    return this.#through[node]?.[port] ?? 0;
  }

  /** Winds to an instant; everything of it has happened. Hears of each move on the way forth. */
  seek(at: Instant, moved?: (node: number, port: number, count: number) => void): void {
    const { at: instants, node, port, count } = this.#moves;
    for (; this.#row < instants.length && instants[this.#row]! <= at; this.#row += 1) {
      const row = this.#row;
      this.#turn(node[row]!, port[row]!, count[row]!);
      moved?.(node[row]!, port[row]!, count[row]!);
    }
    for (; this.#row > 0 && instants[this.#row - 1]! > at; this.#row -= 1) {
      const row = this.#row - 1;
      this.#turn(node[row]!, port[row]!, -count[row]!);
    }
  }

  /** The next instant at which something moves; undefined at the end. */
  get next(): Instant | undefined {
    return this.#moves.at[this.#row];
  }

  /** The last instant before the present one at which something moved. */
  get previous(): Instant | undefined {
    const { at } = this.#moves;
    let row = this.#row - 1;
    const present = at[row];
    while (row >= 0 && at[row] === present) row -= 1;
    return at[row];
  }

  #turn(index: number, port: number, count: number): void {
    const node = this.#nodes[index];
    if (node === undefined) return;
    if (port === WAY.entered) {
      this.standing[index]! += count;
      return;
    }
    this.standing[index]! -= node.joins ? 0 : count;
    if (port === WAY.dropped) return;
    this.left[index]! += count;
    if (port >= 0) this.#go(index, port, count);
    else if (node.forks)
      for (let branch = 0; branch < node.ports.length; branch += 1) this.#go(index, branch, count);
  }

  #go(from: number, port: number, count: number): void {
    this.#through[from]![port]! += count;
    const to = this.#nodes[from]!.ports[port]!.to;
    if (to >= 0 && !this.#nodes[to]!.joins) this.standing[to]! += count;
  }
}
