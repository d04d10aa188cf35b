// What a Temporal Schedule starts: one activity that launches a run. A schedule can only start workflows, so this is one.
// Nothing of the run happens here.
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { FiringActivities } from '../contract.ts';

/** Launches the run of a schedule's firing. The same firing never launches twice. */
export async function fire(schedule: string): Promise<void> {
  const { launchScheduled } = proxyActivities<FiringActivities>({
    startToCloseTimeout: '1 minute',
    retry: { maximumInterval: '30 seconds' },
  });
  const { startTime, searchAttributes } = workflowInfo();
  // The planned instant, also when the firing was caught up with later.
  const planned = searchAttributes['TemporalScheduledStartTime']?.[0];
  const at = planned instanceof Date ? planned.getTime() : startTime.getTime();
  await launchScheduled({ schedule, at });
}
