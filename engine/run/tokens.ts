// The tokens of a run as packed columns: where each stands and what it waits for.
// Knows slots and numbers only; what they mean for a plan is decided in outcomes.ts and blocks.ts.
import type { Instant } from '../instant.ts';

/** No slot. */
export const NONE = -1;

/** What a token is doing. The numbers are packed into checkpoints: append only. */
export const STATUS = {
  /** The slot is empty. */
  free: 0,
  /** On its way into a node, within this advance. */
  entering: 1,
  /** Would run, but the run is paused: see `State.held`. */
  ready: 2,
  /** In a batch; `aux` is its number, 0 until the advance ends. */
  calling: 3,
  /** `aux` is the bucket of its instant, as for the next three. */
  sleeping: 4,
  listening: 5,
  /** Waits to repeat its call. */
  backoff: 6,
  /** Leaves by port `stage` at its instant: forced by a script. */
  leaving: 7,
  /** Parked while its branches run; `aux` counts them, see {@link Tokens.branches}. */
  forked: 8,
  /** Parked for a person; `aux` says why. */
  stuck: 9,
} as const;

/** One of the statuses. */
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** The statuses in which a token waits for an instant. */
export type Waiting = (typeof STATUS)['sleeping' | 'listening' | 'backoff' | 'leaving'];

/** Names of the statuses, by number. */
export const STATUS_NAMES = Object.keys(STATUS) as readonly (keyof typeof STATUS)[];

// Offsets beyond 49 days do not fit the column and go to a map.
const FAR = 0xffff_ffff;

/** Columns of tokens; 39 bytes a slot. A slot is reused only after `recycle`. */
export class Tokens {
  /** Index of the subject, see subjects.ts. */
  subject = new Uint32Array(0);
  /** Next token of the same subject, or of the free list. */
  next = new Int32Array(0);
  /** The forked token whose branch this is. */
  parent = new Int32Array(0);
  lap = new Uint32Array(0);
  node = new Uint16Array(0);
  /** Number of the visit's next or present call. */
  call = new Uint16Array(0);
  status = new Uint8Array(0);
  stage = new Uint8Array(0);
  /** Attempts at the present call (5 bits) and which of its node's effects it is (3 bits). */
  tries = new Uint8Array(0);
  /** Planned instant of the visit. */
  due = new Float64Array(0);
  aux = new Uint32Array(0);
  /** How many tokens live. */
  live = 0;
  /** Slots below this have been in use. */
  used = 0;

  // The issue of the last call, or the start of the visit: as an offset to `due`.
  #since = new Uint32Array(0);
  readonly #far = new Map<number, Instant>();
  #free = NONE;
  #freed: number[] = [];

  /** Makes room for `count` more tokens. */
  reserve(count: number): void {
    const needed = this.used + count;
    if (needed > this.node.length) this.#resize(roomFor(needed, this.used));
  }

  /** A new token that is about to enter a node. */
  add(subject: number, parent: number): number {
    const slot = this.#take();
    this.subject[slot] = subject;
    this.next[slot] = NONE;
    this.parent[slot] = parent;
    this.lap[slot] = 0;
    this.node[slot] = 0;
    this.call[slot] = 0;
    this.status[slot] = STATUS.entering;
    this.stage[slot] = 0;
    this.tries[slot] = 0;
    this.due[slot] = 0;
    this.aux[slot] = 0;
    this.live += 1;
    return slot;
  }

  /** Ends a token. Its slot stays empty until `recycle`, so that lists made earlier cannot mean another token. */
  remove(slot: number): void {
    this.status[slot] = STATUS.free;
    this.#far.delete(slot);
    this.#freed.push(slot);
    this.live -= 1;
  }

  /** Lets the slots of ended tokens be used again. */
  recycle(): void {
    for (const slot of this.#freed) {
      this.next[slot] = this.#free;
      this.#free = slot;
    }
    if (this.#freed.length > 0) this.#freed = [];
  }

  /** Notes the issue of the last call, or the start of the visit. Must follow a change of `due`. */
  setSince(slot: number, since: Instant): void {
    const offset = Math.max(0, since - this.due[slot]!);
    if (this.#far.size > 0) this.#far.delete(slot);
    this.#since[slot] = offset < FAR ? offset : FAR;
    if (offset >= FAR) this.#far.set(slot, since);
  }

  /** The issue of the last call, or the start of the visit. */
  since(slot: number): Instant {
    const offset = this.#since[slot]!;
    return offset === FAR ? this.#far.get(slot)! : this.due[slot]! + offset;
  }

  /** Live branches of a forked token. */
  branches(slot: number): number {
    return this.aux[slot]! & 0xffff;
  }

  /** Branches of a forked token that have reached its join. */
  arrived(slot: number): number {
    return this.aux[slot]! >>> 16;
  }

  /** Bytes of the columns. */
  get bytes(): number {
    return this.node.length * 39;
  }

  #take(): number {
    const slot = this.#free;
    if (slot !== NONE) {
      this.#free = this.next[slot]!;
      return slot;
    }
    if (this.used === this.node.length) this.#resize(roomFor(this.used + 1, this.used));
    return this.used++;
  }

  #resize(capacity: number): void {
    this.subject = wider(this.subject, new Uint32Array(capacity));
    this.next = wider(this.next, new Int32Array(capacity));
    this.parent = wider(this.parent, new Int32Array(capacity));
    this.lap = wider(this.lap, new Uint32Array(capacity));
    this.node = wider(this.node, new Uint16Array(capacity));
    this.call = wider(this.call, new Uint16Array(capacity));
    this.status = wider(this.status, new Uint8Array(capacity));
    this.stage = wider(this.stage, new Uint8Array(capacity));
    this.tries = wider(this.tries, new Uint8Array(capacity));
    this.due = wider(this.due, new Float64Array(capacity));
    this.aux = wider(this.aux, new Uint32Array(capacity));
    this.#since = wider(this.#since, new Uint32Array(capacity));
  }
}

/** How large a column of `used` places becomes when it needs more: an eighth to spare, because most never grow again. */
export function roomFor(needed: number, used: number): number {
  return Math.max(needed, used + (used >> 3) + (used > 0 ? 8 : 0));
}

/** `to`, beginning with what `from` holds. */
export function wider<Column extends { set(from: Column): void }>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
