// What is known while the database is away lives in this process alone: it is written again and again until the database is back.
// Not for work that may simply be begun anew: Temporal does that.
import { setTimeout as sleep } from 'node:timers/promises';

/** How long it goes on, and the pauses between two tries, which double. All in ms. */
export interface Patience {
  readonly firstMs: number;
  readonly longestMs: number;
  /** Whether to give up after so many tries and so long a time, or because of what the database has said. */
  readonly isEnough: (so: {
    readonly tries: number;
    readonly ms: number;
    readonly error: unknown;
  }) => boolean;
}

/** Does something until it succeeds. Throws the last error when it is enough. */
export async function insist<T>(
  act: () => Promise<T>,
  { firstMs, longestMs, isEnough }: Patience,
): Promise<T> {
  const began = performance.now();
  for (let tries = 1, pauseMs = firstMs; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (isEnough({ tries, ms: performance.now() - began, error })) throw error;
      await sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestMs);
    }
  }
}
