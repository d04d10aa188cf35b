// The entrance of a journey: its rules as data, and the one decision that lets somebody in or turns them away.
// Pure; shared by rehearsals and workers. Not the gathering of candidates, and not the numbers that subjects get.
import { DAY, type Instant } from './instant.ts';
import type { CelCondition } from './language/rule.ts';

/**
 * How often somebody may enter. run: once in each run. once: once ever, over all runs and versions of the playbook.
 * after-exit: again when they are through. after: that, and some days after they last entered.
 */
export type Again = 'run' | 'once' | 'after-exit' | 'after';

/** The rules of an entrance, with what is left out filled in. */
export interface EntranceRule {
  readonly segment?: CelCondition;
  readonly capacity?: number;
  readonly again: Again;
  /** Days of 24 hours, for `after`. */
  readonly days: number;
}

/** The rules as an `enter` step is configured. Invariant: conditions of a plan are CEL. */
export function entranceRule(config: {
  readonly segment?: unknown;
  readonly capacity?: number;
}): EntranceRule {
  const { segment, capacity } = config;
  return {
    ...(segment === undefined ? {} : { segment: segment as CelCondition }),
    ...(capacity === undefined ? {} : { capacity }),
    again: 'run',
    days: 0,
  };
}

/** Why somebody is not let in, in the order in which it is asked. */
export const REFUSALS = ['staff', 'test', 'audience', 'segment', 'again', 'full'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Somebody at the entrance. */
export interface Candidate {
  readonly kind: 'member' | 'staff' | 'test';
  /** Belongs to those the run is for. */
  readonly inAudience: boolean;
  /** The segment and what the event must be like. */
  readonly qualifies: boolean;
  /** Their last stay under the same key; `inside` while it lasts. */
  readonly last?: { readonly at: Instant; readonly inside: boolean } | undefined;
}

/** Lets somebody in, or says why not. `entered`: how many have come in so far. */
export function admit(
  rule: EntranceRule,
  { kind, inAudience, qualifies, last }: Candidate,
  { entered, now }: { readonly entered: number; readonly now: Instant },
): 'enter' | Refusal {
  if (kind !== 'member') return kind;
  if (!inAudience) return 'audience';
  if (!qualifies) return 'segment';
  if (last !== undefined && !mayReturn(rule, last, now)) return 'again';
  if (rule.capacity !== undefined && entered >= rule.capacity) return 'full';
  return 'enter';
}

function mayReturn(
  { again, days }: EntranceRule,
  { at, inside }: NonNullable<Candidate['last']>,
  now: Instant,
): boolean {
  if (again === 'run' || again === 'once' || inside) return false;
  return again === 'after-exit' || at + days * DAY <= now;
}
