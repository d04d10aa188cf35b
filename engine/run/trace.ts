// What a run leaves behind for people and programs: who passed what and when, what was posted, and how often.
// One shape for rehearsals and real runs, so that the two can be compared line by line. Not the interpreter's state.
import { isoOf, type Instant } from '../instant.ts';
import type { Plan } from '../plan.ts';
import type { Ended, Passed } from './protocol.ts';

/** One visit that was left. `at` is an ISO instant, `node` a node's id; `port` null: it ended or forked there. */
export interface TraceStep {
  readonly at: string;
  readonly node: string;
  readonly lap: number;
  readonly port: string | null;
}

/** The way of one subject: `campaign`, or `<journey>/<ordinal>`. `end` is its reason, null while under way. */
export interface Trace {
  readonly subject: string;
  readonly steps: readonly TraceStep[];
  readonly end: string | null;
}

/** A message as it was posted, to so many members or groups at once. */
export interface Posted {
  readonly at: string;
  readonly node: string;
  readonly channel: string;
  readonly text: string;
  readonly count: number;
}

/** What `rehearse --json` and `run --wait --json` print. */
export interface RunReport {
  /** Hash of the plan. */
  readonly plan: string;
  readonly seed: number;
  readonly started: string;
  /** Null while it is under way. */
  readonly ended: string | null;
  readonly traces: readonly Trace[];
  readonly calendar: readonly Posted[];
  /** Visits left, by node id and port; `*` counts those that ended or forked there. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Key of {@link RunReport.counts} for visits without a port. */
export const NO_PORT = '*';

/** What the report says besides what was recorded. */
export interface ReportHead {
  readonly seed: number;
  readonly started: Instant;
  readonly ended: Instant | null;
}

/** The name of a subject. */
export function subjectName(plan: Plan, graph: number, ordinal: number): string {
  return graph === 0 ? 'campaign' : `${plan.graphs[graph]?.id ?? graph}/${ordinal}`;
}

/** The parts of {@link Passed} and {@link Ended} that a trace is made of. */
export type PassedVisit = Pick<Passed, 'node' | 'ordinal' | 'lap' | 'at' | 'port'>;
export type EndedSubject = Pick<Ended, 'graph' | 'ordinal' | 'reason'>;

/** A message with its instant; the same text at the same instant from the same node adds up. */
export interface PostedNow {
  readonly at: Instant;
  readonly node: number;
  readonly channel: string;
  readonly text: string;
  readonly count: number;
}

type Counted = Omit<PostedNow, 'count'> & { count: number };

/** Rows are kept in columns: a million visits take tens of megabytes instead of hundreds. */
const FIRST_ROWS = 1_024;

/** Collects what happens, in any order, and makes the report of it. */
export class Recorder {
  readonly #plan: Plan;
  #rows = 0;
  #at = new Float64Array(FIRST_ROWS);
  #lap = new Float64Array(FIRST_ROWS);
  #ordinal = new Uint32Array(FIRST_ROWS);
  #node = new Uint16Array(FIRST_ROWS);
  /** Index into {@link Recorder.#ports}; 0 stands for none. */
  #port = new Uint16Array(FIRST_ROWS);
  readonly #ports: string[] = [];
  readonly #portIndex = new Map<string, number>();
  readonly #ends = new Map<string, string>();
  readonly #subjects = new Map<number, Set<number>>();
  readonly #posted = new Map<string, Counted>();
  /** Thousands of visits post the same in a row. */
  #lastPosted: Counted | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Number of visits so far. */
  get size(): number {
    return this.#rows;
  }

  /** A visit was left. */
  passed({ node, ordinal, lap, at, port }: PassedVisit): void {
    const row = this.#rows;
    if (row === this.#at.length) this.#grow();
    this.#at[row] = at;
    this.#lap[row] = lap;
    this.#ordinal[row] = ordinal;
    this.#node[row] = node;
    this.#port[row] = port === null ? 0 : this.#indexOf(port);
    this.#rows += 1;
  }

  /** Who left a node so far, in the order in which they did. */
  *passedAt(
    node: number,
  ): Iterable<{ readonly ordinal: number; readonly at: Instant; readonly port: string | null }> {
    for (let row = 0; row < this.#rows; row += 1) {
      if (this.#node[row] === node)
        yield { ordinal: this.#ordinal[row]!, at: this.#at[row]!, port: this.#portOf(row) };
    }
  }

  /** A subject entered a graph; it appears in the report even when it passes nothing. */
  entered(graph: number, first: number, count: number): void {
    const known = this.#subjects.get(graph) ?? new Set();
    for (let ordinal = first; ordinal < first + count; ordinal += 1) known.add(ordinal);
    this.#subjects.set(graph, known);
  }

  /** A subject left its graph. */
  ended({ graph, ordinal, reason }: EndedSubject): void {
    this.#ends.set(`${graph}/${ordinal}`, reason);
  }

  /** A message went out. */
  posted(message: PostedNow): void {
    const last = this.#lastPosted;
    if (last !== undefined && isSamePost(last, message)) {
      last.count += message.count;
      return;
    }
    const key = `${message.at}\n${message.node}\n${message.channel}\n${message.text}`;
    const known = this.#posted.get(key) ?? { ...message, count: 0 };
    known.count += message.count;
    this.#posted.set(key, known);
    this.#lastPosted = known;
  }

  /** Visits left, by node id and port. */
  counts(): Record<string, Record<string, number>> {
    const counts: Record<string, Record<string, number>> = {};
    for (const { id } of this.#plan.nodes) counts[id] = {};
    for (let row = 0; row < this.#rows; row += 1) {
      const ports = (counts[this.#idOf(row)] ??= {});
      const port = this.#portOf(row) ?? NO_PORT;
      ports[port] = (ports[port] ?? 0) + 1;
    }
    return counts;
  }

  /** What was posted, in the order of instant, node, channel and text. */
  calendar(): Posted[] {
    return [...this.#posted.values()]
      .map(({ at, node, ...rest }) => ({ at, node: this.#plan.nodes[node]?.id ?? String(node), ...rest }))
      .sort(
        (a, b) =>
          a.at - b.at || compare(a.node, b.node) || compare(a.channel, b.channel) || compare(a.text, b.text),
      )
      .map(({ at, ...rest }) => ({ at: isoOf(at), ...rest }));
  }

  /** The way of one subject. */
  trace(graph: number, ordinal: number): Trace {
    const rows: number[] = [];
    for (let row = 0; row < this.#rows; row += 1) {
      if (this.#ordinal[row] === ordinal && this.#graphOf(row) === graph) rows.push(row);
    }
    return this.#traceOf(graph, ordinal, rows);
  }

  /** Everything: subjects by graph and ordinal, their steps by instant, node and lap. */
  report({ seed, started, ended }: ReportHead): RunReport {
    return {
      plan: this.#plan.hash,
      seed,
      started: isoOf(started),
      ended: ended === null ? null : isoOf(ended),
      traces: this.#traces(),
      calendar: this.calendar(),
      counts: this.counts(),
    };
  }

  #traces(): Trace[] {
    const rowsOf = new Map<number, Map<number, number[]>>();
    const rowsIn = (graph: number, ordinal: number): number[] => {
      const graphRows = rowsOf.get(graph) ?? new Map<number, number[]>();
      rowsOf.set(graph, graphRows);
      const rows = graphRows.get(ordinal) ?? [];
      graphRows.set(ordinal, rows);
      return rows;
    };
    for (const [graph, ordinals] of this.#subjects) for (const ordinal of ordinals) rowsIn(graph, ordinal);
    for (let row = 0; row < this.#rows; row += 1) {
      rowsIn(this.#graphOf(row), this.#ordinal[row] ?? 0).push(row);
    }
    return [...rowsOf]
      .sort(([a], [b]) => a - b)
      .flatMap(([graph, byOrdinal]) =>
        [...byOrdinal]
          .sort(([a], [b]) => a - b)
          .map(([ordinal, rows]) => this.#traceOf(graph, ordinal, rows)),
      );
  }

  #traceOf(graph: number, ordinal: number, rows: number[]): Trace {
    const { at, lap } = { at: this.#at, lap: this.#lap };
    rows.sort(
      (a, b) =>
        (at[a] ?? 0) - (at[b] ?? 0) || compare(this.#idOf(a), this.#idOf(b)) || (lap[a] ?? 0) - (lap[b] ?? 0),
    );
    return {
      subject: subjectName(this.#plan, graph, ordinal),
      steps: rows.map((row) => ({
        at: isoOf(at[row] ?? 0),
        node: this.#idOf(row),
        lap: lap[row] ?? 0,
        port: this.#portOf(row),
      })),
      end: this.#ends.get(`${graph}/${ordinal}`) ?? null,
    };
  }

  #idOf(row: number): string {
    return this.#plan.nodes[this.#node[row] ?? 0]?.id ?? '';
  }

  #graphOf(row: number): number {
    return this.#plan.nodes[this.#node[row] ?? 0]?.graph ?? 0;
  }

  #portOf(row: number): string | null {
    const index = this.#port[row] ?? 0;
    return index === 0 ? null : (this.#ports[index - 1] ?? null);
  }

  #indexOf(port: string): number {
    const known = this.#portIndex.get(port);
    if (known !== undefined) return known;
    const index = this.#ports.push(port);
    this.#portIndex.set(port, index);
    return index;
  }

  #grow(): void {
    const rows = this.#at.length * 2;
    this.#at = copied(new Float64Array(rows), this.#at);
    this.#lap = copied(new Float64Array(rows), this.#lap);
    this.#ordinal = copied(new Uint32Array(rows), this.#ordinal);
    this.#node = copied(new Uint16Array(rows), this.#node);
    this.#port = copied(new Uint16Array(rows), this.#port);
  }
}

// Code units, not a locale's order: the same on every machine.
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const isSamePost = (a: Counted, b: PostedNow): boolean =>
  a.at === b.at && a.node === b.node && a.channel === b.channel && a.text === b.text;

function copied<Column extends { set(from: Column): void }>(larger: Column, column: Column): Column {
  larger.set(column);
  return larger;
}
