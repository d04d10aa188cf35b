// What will happen in the rehearsed world, in the order of its instants; at one instant in the order it was planned.
// Not the interpreter's own wake-ups: those are in its state.
import type { Instant } from '../instant.ts';
import type { JsonObject } from '../json.ts';
import type { Control, VisitKey } from '../run/protocol.ts';
import type { ScriptedControl } from '../script.ts';

/** Something due. */
export type Due =
  /** A person does something; -1: it happens to the run. */
  | { readonly kind: 'event'; readonly name: string; readonly person: number; readonly data: JsonObject }
  /** Staff answer the task of a visit, or a journey it waits for is done. */
  | ({
      readonly kind: 'answer';
      readonly answer: string;
      readonly values: Readonly<Record<string, number>>;
    } & VisitKey)
  /** A person fills in the form of a visit. */
  | ({ readonly kind: 'submit'; readonly person: number; readonly values: JsonObject } & VisitKey)
  /** Subjects enter a journey. */
  | { readonly kind: 'enter'; readonly graph: number; readonly first: number; readonly count: number }
  /** The run commands itself. */
  | { readonly kind: 'command'; readonly control: Control }
  /** An operator's command out of a script. */
  | { readonly kind: 'control'; readonly control: ScriptedControl };

interface Planned {
  readonly at: Instant;
  readonly no: number;
  readonly due: Due;
}

/** A binary heap by instant and order of planning. */
export class Agenda {
  readonly #heap: Planned[] = [];
  #no = 0;

  /** The next instant at which something is due. */
  get next(): Instant | null {
    return this.#heap[0]?.at ?? null;
  }

  plan(at: Instant, due: Due): void {
    const heap = this.#heap;
    const planned = { at, no: this.#no++, due };
    let hole = heap.length;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (isBefore(heap[parent]!, planned)) break;
      heap[hole] = heap[parent]!;
      hole = parent;
    }
    heap[hole] = planned;
  }

  /** Takes the first thing that is due by `now`. */
  take(now: Instant): { readonly at: Instant; readonly due: Due } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > now) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(planned: Planned): void {
    const heap = this.#heap;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (isBefore(planned, heap[child]!)) break;
      heap[hole] = heap[child]!;
      hole = child;
    }
    heap[hole] = planned;
  }
}

const isBefore = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.no < b.no);
