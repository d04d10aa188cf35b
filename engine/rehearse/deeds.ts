// What the people of a rehearsal did, in the order in which they did it: for metrics that look at members and not at messages.
// Kept only where a playbook asks for such a metric.
import type { Instant } from '../instant.ts';
import { isActive } from '../metrics/facts.ts';

/** One thing that somebody did. */
export interface Deed {
  readonly at: Instant;
  readonly name: string;
  /** -1 for nobody who is known. */
  readonly person: number;
  readonly isActive: boolean;
}

/** Deeds as they come. */
export class Deeds {
  readonly #all: Deed[] = [];

  add(at: Instant, name: string, person: number, text?: unknown): void {
    this.#all.push({ at, name, person, isActive: isActive(name, text) });
  }

  get size(): number {
    return this.#all.length;
  }

  /** Those since an instant, earliest first. */
  *since(from: Instant): Iterable<Deed> {
    let low = 0;
    for (let high = this.#all.length; low < high;) {
      const middle = (low + high) >> 1;
      if (this.#all[middle]!.at < from) low = middle + 1;
      else high = middle;
    }
    for (let row = low; row < this.#all.length; row += 1) yield this.#all[row]!;
  }
}
