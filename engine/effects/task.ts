// Work for a person: a task is opened, reminded of once, and escalated once.
// Not its outcome: that comes through the inbox as an answer to the visit.
import { resolve } from '../calendar/resolve.ts';
import type { TimeRule } from '../calendar/time-rule.ts';
import type { Text } from '../document.ts';
import { defineEffect } from '../effect.ts';
import { DAY, exactMsOf, type Instant } from '../instant.ts';
import type { CalendarFacts } from './instant.ts';

/** Everything that the person sees, and when it is due. */
export interface OpenTaskInput {
  readonly kind: string;
  readonly role: string;
  readonly title: Text;
  /** What to say or do, Liquid. */
  readonly script?: Text;
  /** The buttons, in the order of the node's answer topics. */
  readonly outcomes: readonly { readonly name: string; readonly label?: Text }[];
  readonly due: TimeRule;
  /** Exact duration before the deadline; absent: no reminder. */
  readonly remindBefore?: string;
  /** Asks for a file or link as proof. */
  readonly evidence?: boolean;
  /** How many people must give the same answer. Default 1. */
  readonly quorum?: number;
  /** Numbers to report; each becomes the metric `reported.<name>`. */
  readonly numbers?: readonly { readonly name: string; readonly label?: Text }[];
}

/**
 * Opens the task of the visit; when the visit has one already (an anchor moved), gives it the new deadline.
 * `remind`: until the reminder. `opened`: until the deadline, no reminder to come.
 */
export const openTask = defineEffect({
  name: 'open-task',
  cost: 'quick',
  codes: ['opened', 'remind'],
  decide: ({ due, remindBefore }: OpenTaskInput, facts: CalendarFacts, now) => {
    const deadline = deadlineOf(due, facts, now);
    if (deadline === undefined) return { code: 'failed', why: { rule: due, problem: 'no-deadline' } };
    const reminder = deadline - (remindBefore === undefined ? 0 : (exactMsOf(remindBefore) ?? 0));
    const why = { due: deadline };
    return reminder > now && reminder < deadline
      ? { code: 'remind', until: reminder, why }
      : { code: 'opened', until: deadline, why };
  },
});

/** What is known of the task that a visit has opened. */
export interface TaskFacts {
  readonly due: Instant;
}

/** Tells the role once more; `until` is the deadline. */
export const remindTask = defineEffect({
  name: 'remind-task',
  cost: 'quick',
  codes: ['reminded'],
  decide: (_input: Record<never, never>, { due }: TaskFacts, now) => ({
    code: 'reminded',
    until: Math.max(due, now),
    why: { due },
  }),
});

/** What happens to a task that nobody did in time. */
export interface EscalateTaskInput {
  /** `escalate`: another role gets it with a second deadline. `hold`: it stays where it is, marked overdue. */
  readonly policy: 'escalate' | 'hold';
  /** Default: the owner of the run. */
  readonly to?: string;
  /** The second deadline, from now. Default P1D. */
  readonly within?: string;
}

/** A task is escalated once: asked again (an anchor moved), the second deadline stays where it is. */
export interface EscalationFacts extends CalendarFacts {
  readonly escalatedAt?: Instant;
}

/** Even a held task has an end: no token waits longer. */
export const HOLD_MS = 365 * DAY;

export const escalateTask = defineEffect({
  name: 'escalate-task',
  cost: 'quick',
  codes: ['escalated'],
  decide: ({ policy, to, within }: EscalateTaskInput, facts: EscalationFacts, now) => {
    const why = { policy, ...(to === undefined ? {} : { to }) };
    const from = facts.escalatedAt ?? now;
    if (policy === 'hold') return { code: 'escalated', until: from + HOLD_MS, why };
    const until = deadlineOf({ for: within ?? 'P1D' }, facts, from);
    return until === undefined ? { code: 'failed', why } : { code: 'escalated', until, why };
  },
});

/** The deadline that a rule means, never earlier than now; undefined when the rule has no instant. */
export function deadlineOf(rule: TimeRule, facts: CalendarFacts, now: Instant): Instant | undefined {
  const resolved = resolve(rule, { ...facts, now });
  return 'problem' in resolved ? undefined : Math.max(resolved.at, now);
}
