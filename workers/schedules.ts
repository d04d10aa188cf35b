// Playbooks that begin by the clock: each row of `schedule` has a Temporal Schedule of the same id, and each firing launches a run.
// Not the rows: the server writes them, and calls this after its commit.
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { launch } from './client.ts';
import { HOUR, MINUTE } from '../engine/instant.ts';
import type { Means } from './compute/may-start.ts';
import { FIRE_WORKFLOW, type Firing } from './contract.ts';
import { inTransaction, type Store } from './store/client.ts';
import { ensureLaunchMonth } from './store/launch.ts';
import { runOf } from './store/run.ts';
import { takeBack, tellRefused, tellWarned, type Start } from './store/refused-start.ts';
import { launchOrder, mayLaunch, NEWEST, ORDER, type StandingOrder } from './store/standing-order.ts';
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

/** So long after its time a start is still tried; Temporal does not catch up with older ones either. */
const TRIED_MS = HOUR;

/**
 * Launches the newest published version for a firing; the same firing finds the run that it has launched before.
 * @throws {ApplicationFailure} when it may not begin now and will be tried again: operators have been told.
 */
export async function launchScheduled(
  store: Store,
  temporal: Temporal,
  { schedule, at }: Firing,
  means: Means = { keyring: undefined },
): Promise<void> {
  const { rows } = await store.pool.query<StandingOrder>(
    `select ${ORDER} from schedule o ${NEWEST} where o.id = $1 and o.stopped_at is null`,
    [schedule],
  );
  const [order] = rows;
  if (order === undefined) return; // Stopped, or archived, between the firing and now.
  const now = Date.now();
  const verdict = await mayLaunch(store.pool, order, { at, now, means });
  const key = `schedule/${schedule}/${at}`;
  const start: Start = { team: order.team, playbook: order.playbook, by: 'schedule', key, at };
  if (verdict.plan === undefined) {
    const { problems } = verdict;
    await inTransaction(store.pool, (sql) =>
      tellRefused(sql, start, { reasons: problems, next: TRIES, now }),
    );
    if (now >= at + TRIED_MS) return;
    throw ApplicationFailure.create({
      message: `The schedule ${schedule} cannot launch: ${problems.map(({ code }) => code).join(', ')}.`,
      // Whoever can mend it has been told; the log need not be.
      category: ApplicationFailureCategory.BENIGN,
      nextRetryDelay: MINUTE,
    });
  }
  const { plan, warnings } = verdict;
  await ensureLaunchMonth(store.pool, now);
  const { run } = await inTransaction(store.pool, async (sql) => {
    const launched = await launchOrder(sql, order, plan, {
      key,
      by: `schedule/${schedule}`,
      startAt: at,
      seed: Math.floor(at / 1000) % 2 ** 31,
      now,
    });
    await takeBack(sql, start, now);
    // Once for each version, not each time.
    const warned = { ...start, key: `schedule/${schedule}/${order.number}/warned` };
    await tellWarned(sql, warned, { problems: warnings, run: launched.run, now });
    return launched;
  });
  const facts = await runOf(store.pool, run);
  if (facts !== undefined) await launch(temporal, facts);
}

const TRIES = {
  'zh-CN': '改好后一小时内会自动启动，过时就等下一次。',
  en: 'It is launched as soon as that is mended, for an hour; after that it waits for its next time.',
} as const;
