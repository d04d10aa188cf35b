// Which subjects a run has: ranges of ordinals per graph, and for each subject the head of its list of tokens.
// Knows nothing of members: an ordinal's member is the database's affair.
import { NONE, roomFor, wider } from './tokens.ts';

/** Subjects that entered together: `first`, `first + 1`, … of a graph have the indices `base`, `base + 1`, … */
export interface Range {
  readonly graph: number;
  readonly first: number;
  count: number;
  readonly base: number;
}

/** The subjects of a run. An index never changes; a subject without tokens has ended. */
export class Subjects {
  /** First token of each subject. */
  head = new Int32Array(0);
  count = 0;
  /** By `base`. */
  readonly ranges: Range[] = [];
  // By `first`, for each graph.
  readonly #ofGraph = new Map<number, Range[]>();
  #last: Range | undefined;

  /** Adds the ordinals that are not there yet; returns the index of the first of them, the rest follow. */
  enter(graph: number, first: number, count: number): number {
    const begin = this.count;
    const end = first + count;
    for (let at = first; at < end;) {
      const ranges = this.#ofGraph.get(graph) ?? [];
      const position = upper(ranges, at, (range) => range.first);
      const before = ranges[position - 1];
      if (before !== undefined && at < before.first + before.count) {
        at = before.first + before.count;
        continue;
      }
      const until = Math.min(end, ranges[position]?.first ?? end);
      this.#append(graph, at, until - at);
      at = until;
    }
    return begin;
  }

  /** The index of a subject, or -1. */
  find(graph: number, ordinal: number): number {
    const ranges = this.#ofGraph.get(graph);
    if (ranges === undefined) return NONE;
    const range = ranges[upper(ranges, ordinal, (it) => it.first) - 1];
    return range !== undefined && ordinal < range.first + range.count
      ? range.base + ordinal - range.first
      : NONE;
  }

  /** The range in which a subject lies. */
  rangeOf(subject: number): Range {
    const last = this.#last;
    if (last !== undefined && subject >= last.base && subject < last.base + last.count) return last;
    const range = this.ranges[upper(this.ranges, subject, (it) => it.base) - 1]!;
    this.#last = range;
    return range;
  }

  /** The ordinal of a subject in its graph. */
  ordinal(subject: number): number {
    const range = this.rangeOf(subject);
    return range.first + subject - range.base;
  }

  #append(graph: number, first: number, count: number): void {
    const last = this.ranges.at(-1);
    if (last !== undefined && last.graph === graph && last.first + last.count === first) last.count += count;
    else this.#insert({ graph, first, count, base: this.count });
    const needed = this.count + count;
    if (needed > this.head.length) {
      this.head = wider(this.head, new Int32Array(roomFor(needed, this.count)));
    }
    this.head.fill(NONE, this.count, needed);
    this.count = needed;
  }

  #insert(range: Range): void {
    this.ranges.push(range);
    const ranges = this.#ofGraph.get(range.graph);
    if (ranges === undefined) this.#ofGraph.set(range.graph, [range]);
    else
      ranges.splice(
        upper(ranges, range.first, (it) => it.first),
        0,
        range,
      );
  }
}

// How many ranges, sorted by `key`, have a key that is at most `value`.
function upper(ranges: readonly Range[], value: number, key: (range: Range) => number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (key(ranges[middle]!) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
