// Playbooks that begin by the clock: each row of `schedule` has a Temporal Schedule of the same id, and each firing launches a run.
// Not the rows: the server writes them, and calls this after its commit.
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import { launch } from './client.ts';
import { FIRE_WORKFLOW, type Firing } from './contract.ts';
import { inTransaction, type Store } from './store/client.ts';
import { ensureLaunchMonth, runOf } from './store/run.ts';
import { launchOrder, NEWEST, ORDER, planOfOrder, type StandingOrder } from './store/standing-order.ts';
import type { Temporal } from './temporal.ts';

/** When a playbook begins: a row of `schedule`. */
export interface Timetable {
  readonly id: string;
  /** Five fields, in the zone. */
  readonly cron: string;
  readonly zone: string;
}

const idOf = (schedule: string): string => `schedule-${schedule}`;

/** Sets a schedule going, or gives it new times. */
export async function keepSchedule(
  { client, taskQueue }: Temporal,
  { id, cron, zone }: Timetable,
): Promise<void> {
  const spec = { cronExpressions: [cron], timezone: zone };
  try {
    await client.schedule.create({
      scheduleId: idOf(id),
      spec,
      // An activity that should have begun longer ago is not begun at all: its own dates have passed with it.
      policies: { overlap: 'ALLOW_ALL', catchupWindow: '1 hour' },
      action: {
        type: 'startWorkflow',
        workflowType: FIRE_WORKFLOW,
        args: [id],
        taskQueue,
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(idOf(id)).update((current) => ({ ...current, spec }));
  }
}

/** Ends a schedule; runs that it has begun go on. */
export async function dropSchedule({ client }: Temporal, schedule: string): Promise<void> {
  try {
    await client.schedule.getHandle(idOf(schedule)).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** Launches the newest published version for a firing; the same firing finds the run that it has launched before. */
export async function launchScheduled(
  store: Store,
  temporal: Temporal,
  { schedule, at }: Firing,
): Promise<void> {
  const { rows } = await store.pool.query<StandingOrder>(
    `select ${ORDER} from schedule o ${NEWEST} where o.id = $1 and o.stopped_at is null`,
    [schedule],
  );
  const [order] = rows;
  if (order === undefined) return; // Stopped, or archived, between the firing and now.
  const bound = await planOfOrder(store.pool, order, at);
  // Retried until somebody has repaired the parameters: a run that cannot begin must not pass unnoticed.
  if ('problems' in bound)
    throw new Error(`The schedule ${schedule} cannot launch its playbook: ${bound.problems.join(', ')}.`);
  const now = Date.now();
  await ensureLaunchMonth(store.pool, now);
  const { run } = await inTransaction(store.pool, (sql) =>
    launchOrder(sql, order, bound.plan, {
      key: `schedule/${schedule}/${at}`,
      by: `schedule/${schedule}`,
      startAt: at,
      seed: Math.floor(at / 1000) % 2 ** 31,
      now,
    }),
  );
  const facts = await runOf(store.pool, run);
  if (facts !== undefined) await launch(temporal, facts);
}
