// What somebody would write by hand: a workflow with three regular activities, one after the other.
// The reference of bench/three-steps-latency.ts and nothing else.
import { proxyActivities } from '@temporalio/workflow';

/** The activity of the reference: one row written, as the effect of a step writes one. */
export interface ThreeStepsActivities {
  readonly act: (run: string, step: number) => Promise<void>;
}

/** Three steps. */
export async function threeSteps(run: string): Promise<void> {
  const { act } = proxyActivities<ThreeStepsActivities>({ startToCloseTimeout: '1 minute' });
  await act(run, 1);
  await act(run, 2);
  await act(run, 3);
}
