// What somebody would write by hand for a journey: one workflow for each member, with an activity for each action.
// The reference of bench/cohort.ts and nothing else.
import { proxyActivities, sleep } from '@temporalio/workflow';

/** The activity of the reference: one row written, as the effect of a step writes one. */
export interface MemberJourneyActivities {
  readonly act: (member: number, step: number) => Promise<void>;
}

/** Three actions and two waits. */
export async function memberJourney(member: number, pauseMs: number): Promise<void> {
  const { act } = proxyActivities<MemberJourneyActivities>({ startToCloseTimeout: '1 minute' });
  await act(member, 1);
  await sleep(pauseMs);
  await act(member, 2);
  await sleep(pauseMs);
  await act(member, 3);
}
