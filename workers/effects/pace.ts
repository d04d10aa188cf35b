// How fast the requests of one batch may follow each other: fewer at a time for a provider that asks for patience, none for one that is down.
// It lives as long as one attempt at the batch, so the next one finds out anew.
import { setTimeout as sleep } from 'node:timers/promises';
import { UNIVERSAL } from '../../engine/effect.ts';
import type { Settled } from './answers.ts';

/** Requests of one batch that are under way at a time: as many are in doubt when the worker is killed. */
const AT_ONCE = 8;
/** After so many good answers in a row one more may be under way. */
const WIDENS_AFTER = 10;
/** Trouble in a row that closes the way for the rest of the batch; a request in doubt weighs more, for a person must look at it. */
const TROUBLE = { limit: 10, retry: 1, doubt: 3 } as const;

/** The pace of one batch. */
export class Pace {
  #width = AT_ONCE;
  #fine = 0;
  #trouble = 0;
  #pause: Promise<void> | undefined;

  /** The other side does not answer as it should: nothing more is asked of it in this batch. */
  get isClosed(): boolean {
    return this.#trouble >= TROUBLE.limit;
  }

  /** Runs `one` for each of a queue that may grow meanwhile, until it is empty or `isHalted`. */
  async run<T>(queue: T[], one: (it: T) => Promise<void>, isHalted: () => boolean): Promise<void> {
    const flying = new Set<Promise<void>>();
    while ((queue.length > 0 && !isHalted()) || flying.size > 0) {
      const mayStart = queue.length > 0 && !isHalted() && this.#pause === undefined;
      if (mayStart && flying.size < this.#width) {
        const flight: Promise<void> = one(queue.shift()!).finally(() => flying.delete(flight));
        flying.add(flight);
      } else await Promise.race([...flying, ...(this.#pause === undefined ? [] : [this.#pause])]);
    }
  }

  /** Takes note of an answer; `waitMs` is the patience that it asks for. */
  heard({ code }: Settled, waitMs: number): void {
    if (waitMs > 0) this.#wait(waitMs);
    else if (code === UNIVERSAL.retry) this.#trouble += TROUBLE.retry;
    else if (code === UNIVERSAL.doubt) this.#trouble += TROUBLE.doubt;
    else {
      this.#trouble = 0;
      this.#fine += 1;
      if (this.#fine % WIDENS_AFTER === 0) this.#width = Math.min(AT_ONCE, this.#width + 1);
    }
  }

  #wait(ms: number): void {
    this.#fine = 0;
    this.#width = Math.max(1, Math.floor(this.#width / 2));
    const pause: Promise<void> = sleep(ms).then(() => {
      if (this.#pause === pause) this.#pause = undefined;
    });
    this.#pause = pause;
  }
}
