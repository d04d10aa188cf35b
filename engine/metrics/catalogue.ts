// The community metrics as data: what each is, what it divides by what, over which stretch of time, and its formula.
// Not the counting, see facts.ts for what is counted. Definitions after domain practice; thresholds are parameters.
import { growthMetrics } from './of-growth.ts';
import { memberMetrics } from './of-members.ts';
import { messageMetrics } from './of-messages.ts';
import { workMetrics } from './of-work.ts';

/** By name. Besides these there are the families and `reported.<name>`. */
export const metrics = { ...messageMetrics, ...memberMetrics, ...growthMetrics, ...workMetrics } as const;
