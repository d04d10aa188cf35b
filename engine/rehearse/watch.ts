// Who watches a rehearsal while it runs: what goes past the recorder as well, and what no report keeps.
// Watching changes nothing; without a watcher nothing is spent on it.
import type { Verdict } from '../effects/send-gate.ts';
import type { Instant } from '../instant.ts';
import type { Ended, Passed, VisitKey } from '../run/protocol.ts';

/** Hears of everything that moves, in the order in which it does. */
export interface Watcher {
  /** Subjects have entered a graph. */
  readonly entered: (graph: number, count: number, at: Instant) => void;
  readonly passed: (visit: Passed) => void;
  /** A subject has left its graph. */
  readonly ended: (subject: Ended) => void;
  /** A visit was abandoned. */
  readonly dropped: (visit: VisitKey, at: Instant) => void;
  /** The gate did not let a message through to somebody, or not yet. */
  readonly judged: (node: number, at: Instant, verdict: Verdict) => void;
}
