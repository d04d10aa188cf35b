// How long to wait before a call is made again: exponential backoff with jitter.
// Not whether: that is the attempts of the node's policy, counted in results.ts.
import type { RetryPolicyMs } from '../plan.ts';

/**
 * Milliseconds before the next attempt when `attempts` have been made; `jitter` is in [0,1).
 * The jitter has five steps, so that a batch of hundreds that failed together comes back as five batches.
 */
export function backoffMs(policy: Required<RetryPolicyMs>, attempts: number, jitter: number): number {
  const exponential = Math.min(policy.maxMs, policy.firstMs * 2 ** (attempts - 1));
  return Math.max(1, Math.round(exponential * (0.8 + 0.1 * Math.floor(jitter * 5))));
}
