// A team's channel accounts, as far as a playbook is checked against them: names, kinds, budgets, and what is against them.
// Not the accounts themselves: no setting and nothing secret of theirs is here.
import type { Limits } from './limits.ts';

/** A channel that the team's playbooks may name. */
export interface TeamChannel {
  readonly name: string;
  readonly kind: string;
  /** What it may hand over in a calendar period. */
  readonly budgets: Limits['budgets'];
  /** Why nothing goes out by it at present, a code of reasons.ts; null when nothing is known against it. */
  readonly trouble: string | null;
}
