// The 复盘: drafts the review from what the run recorded, and opens the task to finish it.
// Not the draft's contents: the worker computes them from the ledger.
import type { TimeRule } from '../calendar/time-rule.ts';
import { defineEffect } from '../effect.ts';
import type { CalendarFacts } from './instant.ts';
import { deadlineOf } from './task.ts';

/** Who finishes the review, and by when. */
export interface DraftReportInput {
  readonly role: string;
  readonly due: TimeRule;
  /** Which numbers the draft holds besides goal and guardrails; `window` is an exact duration. */
  readonly metrics?: readonly { readonly metric: string; readonly window?: string }[];
}

/** Drafts once per visit; asked again (an anchor moved), it only moves the deadline. */
export const draftReport = defineEffect({
  name: 'draft-report',
  cost: 'quick',
  codes: ['drafted'],
  decide: ({ due }: DraftReportInput, facts: CalendarFacts, now) => {
    const until = deadlineOf(due, facts, now);
    return until === undefined
      ? { code: 'failed', why: { rule: due, problem: 'no-deadline' } }
      : { code: 'drafted', until, why: { due: until } };
  },
});
