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
  | ({
      readonly kind: 'submit';
      readonly person: number;
      readonly values: JsonObject;
      readonly isForAll: boolean;
    } & VisitKey)
  /** Subjects enter a journey. */
  | { readonly kind: 'enter'; readonly graph: number; readonly first: number; readonly count: number }
  /** The door of a journey closes, if it is still that of this launch. */
  | { readonly kind: 'close'; readonly graph: number; readonly launch: object }
  /** The run commands itself. */
  | { readonly kind: 'command'; readonly control: Control }
  /** An operator's command out of a script. */
  | { readonly kind: 'control'; readonly control: ScriptedControl };

interface Planned {
  readonly at: Instant;
  readonly no: number;
  readonly due: Due;
}

// No event has an empty name.
const OTHERS = '';

/** A binary heap by instant and order of planning. */
export class Agenda {
  readonly #heap: Planned[] = [];
  /** How many things are due by kind, and how many deeds of people by the name of their event. */
  readonly #pending = new Map<string, number>();
  #no = 0;

  /** The next instant at which something is due. */
  get next(): Instant | null {
    return this.#heap[0]?.at ?? null;
  }

  /** Something is due that would go on without anybody who moves: anything but a deed that lets nobody in. */
  isExpecting(entering: Iterable<string>): boolean {
    for (const name of entering) if ((this.#pending.get(name) ?? 0) > 0) return true;
    return (this.#pending.get(OTHERS) ?? 0) > 0;
  }

  plan(at: Instant, due: Due): void {
    const heap = this.#heap;
    this.#count(due, 1);
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
    this.#count(first.due, -1);
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #count(due: Due, change: number): void {
    // What happens to the run itself lets nobody in, and wakes nobody when nobody waits.
    if (due.kind === 'event' && due.person < 0) return;
    // Of a form that is for everybody the single answers wake nobody either.
    if (due.kind === 'submit' && due.isForAll) return;
    const name = due.kind === 'event' ? due.name : OTHERS;
    this.#pending.set(name, (this.#pending.get(name) ?? 0) + change);
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
