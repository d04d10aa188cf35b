// The circuit breaker of a channel account: after failures in a row it rests, longer each time, and then tries one message.
// Not a node's breaker, which pauses a run: this one only lets messages wait, within their expiry.
import { MINUTE, SECOND, type Instant } from '../instant.ts';

/** How an account fares. */
export interface Circuit {
  /** Failures in a row that are the account's own. */
  readonly failures: number;
  /** How often in a row it has had to rest. */
  readonly opened: number;
  /** Nothing is handed over before. */
  readonly closedUntil: Instant | null;
  readonly closedBy: 'circuit' | 'rate' | null;
}

/** An account of which nothing is known. */
export const FRESH: Circuit = { failures: 0, opened: 0, closedUntil: null, closedBy: null };

const FAILURES = 5;
const REST_MS = 30 * SECOND;
const LONGEST_MS = 10 * MINUTE;
/** While one message tries whether the account is well again, the others wait that long. */
const TRIAL_MS = 15 * SECOND;

/** How many messages may be handed over now, and from when on the others should ask again. */
export function roomIn(
  { failures, closedUntil, closedBy }: Circuit,
  now: Instant,
): { readonly count: number; readonly until: Instant; readonly by: 'circuit' | 'rate' } {
  if (closedUntil !== null && closedUntil > now)
    return { count: 0, until: closedUntil, by: closedBy ?? 'circuit' };
  return { count: failures >= FAILURES ? 1 : Infinity, until: now + TRIAL_MS, by: 'circuit' };
}

/** Something went through. */
export const succeeded = (circuit: Circuit): Circuit => ({
  ...circuit,
  failures: 0,
  opened: 0,
  ...(circuit.closedBy === 'circuit' ? { closedUntil: null, closedBy: null } : {}),
});

/** The account failed, `times` in a row. */
export function failed(circuit: Circuit, now: Instant, times = 1): Circuit {
  const failures = circuit.failures + times;
  const isResting = circuit.closedUntil !== null && circuit.closedUntil > now;
  if (failures < FAILURES || isResting) return { ...circuit, failures };
  const restMs = Math.min(REST_MS * 2 ** circuit.opened, LONGEST_MS);
  return { failures, opened: circuit.opened + 1, closedUntil: now + restMs, closedBy: 'circuit' };
}

/** The provider takes nothing before `until`. */
export const limited = (circuit: Circuit, until: Instant): Circuit =>
  circuit.closedUntil !== null && circuit.closedUntil >= until
    ? circuit
    : { ...circuit, closedUntil: until, closedBy: 'rate' };
