// The instants at which tokens wake: a heap of distinct instants, each with a bucket of slots.
// Entries are dropped lazily: whoever takes a bucket checks every slot again.
import type { Instant } from '../instant.ts';
import { roomFor, STATUS, wider, type Tokens } from './tokens.ts';

/** The tokens of one instant. Slots may be stale, or appear twice. */
export interface Bucket {
  readonly id: number;
  readonly at: Instant;
  slots: Int32Array;
  length: number;
  /** Entries that are not stale. */
  live: number;
}

/** In `aux`: waits, but its instant is in no bucket yet. */
export const NO_BUCKET = 0xffff_ffff;

/** True for a token that waits for an instant. */
export function isWaiting(status: number): boolean {
  return status >= STATUS.sleeping && status <= STATUS.leaving;
}

/** Wake-ups. Invariant: a waiting token's `aux` is the id of the bucket of its instant, or NO_BUCKET. */
export class Wakes {
  readonly #tokens: Tokens;
  readonly #heap: Instant[] = [];
  readonly #at = new Map<Instant, Bucket>();
  readonly #buckets: (Bucket | undefined)[] = [];
  readonly #unused: number[] = [];

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /** Has a token wake at an instant, and points its `aux` there. */
  add(slot: number, at: Instant): void {
    const bucket = this.#at.get(at) ?? this.#open(at);
    if (bucket.length === bucket.slots.length) this.#widen(bucket);
    bucket.slots[bucket.length++] = slot;
    bucket.live += 1;
    this.#tokens.aux[slot] = bucket.id;
  }

  /** The instant of a waiting token. */
  of(slot: number): Instant {
    return this.#buckets[this.#tokens.aux[slot]!]!.at;
  }

  /** Tells that a waiting token no longer waits. */
  leave(slot: number): void {
    this.#buckets[this.#tokens.aux[slot]!]!.live -= 1;
  }

  /** The earliest instant for which a token waits. */
  next(): Instant | null {
    for (let at = this.#heap[0]; at !== undefined; at = this.#heap[0]) {
      const bucket = this.#at.get(at)!;
      if (bucket.live > 0) return at;
      this.#pop();
      this.release(bucket);
    }
    return null;
  }

  /** Takes the earliest bucket out of the heap; to be released when its tokens have run. */
  take(): Bucket {
    const bucket = this.#at.get(this.#heap[0]!)!;
    this.#pop();
    return bucket;
  }

  /** Forgets a bucket that was taken. */
  release(bucket: Bucket): void {
    this.#buckets[bucket.id] = undefined;
    this.#unused.push(bucket.id);
  }

  /** The slots of a bucket that still wait for it, each once, in no order. */
  waiting(bucket: Bucket): number[] {
    const { aux, status } = this.#tokens;
    const slots: number[] = [];
    for (let index = 0; index < bucket.length; index += 1) {
      const slot = bucket.slots[index]!;
      if (aux[slot] === bucket.id && isWaiting(status[slot]!)) slots.push(slot);
    }
    return slots.length === bucket.live ? slots : [...new Set(slots)];
  }

  /** The buckets that are due, without taking them. */
  until(at: Instant): Bucket[] {
    return this.#heap.filter((instant) => instant <= at).map((instant) => this.#at.get(instant)!);
  }

  /** Bytes of the buckets. */
  get bytes(): number {
    return this.#buckets.reduce((sum, bucket) => sum + (bucket?.slots.byteLength ?? 0) + 64, 0);
  }

  #open(at: Instant): Bucket {
    const id = this.#unused.pop() ?? this.#buckets.length;
    const bucket = { id, at, slots: new Int32Array(2), length: 0, live: 0 };
    this.#buckets[id] = bucket;
    this.#at.set(at, bucket);
    this.#push(at);
    return bucket;
  }

  // Stale entries go first.
  #widen(bucket: Bucket): void {
    if (bucket.live < bucket.length / 2) {
      const slots = this.waiting(bucket);
      bucket.slots.set(slots);
      bucket.length = slots.length;
      return;
    }
    bucket.slots = wider(bucket.slots, new Int32Array(roomFor(bucket.length + 1, bucket.length)));
  }

  #push(at: Instant): void {
    const heap = this.#heap;
    let index = heap.push(at) - 1;
    while (index > 0) {
      const up = (index - 1) >>> 1;
      if (heap[up]! <= at) break;
      heap[index] = heap[up]!;
      index = up;
    }
    heap[index] = at;
  }

  #pop(): void {
    const heap = this.#heap;
    this.#at.delete(heap[0]!);
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let down = 2 * index + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && heap[down + 1]! < heap[down]!) down += 1;
      if (heap[down]! >= last) break;
      heap[index] = heap[down]!;
      index = down;
    }
    heap[index] = last;
  }
}
