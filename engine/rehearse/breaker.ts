// The circuit breaker: a node at which too much fails pauses the run, as a real run would pause itself.
// Not the retries before: only calls that have failed for good count.
import type { Instant } from '../instant.ts';
import type { Agenda } from './agenda.ts';

/** Share of failed visits at which a node breaks the circuit, and the visits from which on it is counted. */
export const BREAKS_AT = { share: 0.1, visits: 20 } as const;

interface Count {
  failed: number;
  /** Visits with an answer, and visits that were left: whichever are more have come through. */
  answered: number;
  passed: number;
  broken: boolean;
}

/** Counts visits and failures by node. */
export class Breaker {
  readonly #counts: Count[];

  constructor(nodes: number) {
    this.#counts = Array.from({ length: nodes }, () => ({
      failed: 0,
      answered: 0,
      passed: 0,
      broken: false,
    }));
  }

  /** Somebody has had the run go on: from now on it is counted anew. */
  resumed(): void {
    for (const count of this.#counts) if (count.broken) Object.assign(count, { failed: 0, broken: false });
  }

  passed(node: number): void {
    this.#counts[node]!.passed += 1;
  }

  /** A batch is done. When its failures are the ones that break the circuit, the run is told to pause. */
  batch(
    node: number,
    { failed, answered, at }: { readonly failed: number; readonly answered: number; readonly at: Instant },
    agenda: Agenda,
  ): void {
    const count = this.#counts[node]!;
    count.failed += failed;
    count.answered += answered;
    if (failed === 0 || count.broken) return;
    const visits = count.failed + Math.max(count.answered, count.passed);
    if (visits < BREAKS_AT.visits || count.failed <= visits * BREAKS_AT.share) return;
    count.broken = true;
    agenda.plan(at, { kind: 'command', control: { do: 'pause' } });
  }
}
