// What of a team counts for its playbooks: what they are checked against, and the limits that a rehearsal keeps.
import type { Registry } from '../engine/index.ts';
import type { RehearsalOptions } from '../engine/rehearse.ts';

/** What the team's playbooks are checked against besides the language itself. */
export type TeamRegistry = Partial<Pick<Registry, 'attributes' | 'channels' | 'isReachable'>> & TeamLimits;

/** What a rehearsal keeps of the team's limits besides the budgets of its channels. */
type TeamLimits = Partial<Pick<RehearsalOptions, 'caps' | 'quiet'>>;
