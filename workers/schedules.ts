// Playbooks that begin by the clock: each row of `schedule` has a Temporal Schedule of the same id, and each firing launches a run.
// Not the rows: the server writes them, and calls this after its commit.
import { ScheduleAlreadyRunning, ScheduleNotFoundError } from '@temporalio/client';
import { canonicalJson } from '../engine/compile/hash.ts';
import type { Playbook } from '../engine/document.ts';
import { compile } from '../engine/index.ts';
import type { JsonObject } from '../engine/json.ts';
import { launch } from './client.ts';
import { FIRE_WORKFLOW, type Firing } from './contract.ts';
import { productOf } from './store/attributes.ts';
import type { Store } from './store/client.ts';
import { storePlan } from './store/plan.ts';
import { createRun, runOf } from './store/run.ts';
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

interface Row {
  readonly team: number;
  readonly playbook: string;
  readonly version: string;
  readonly document: Playbook;
  readonly params: JsonObject;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly audience: { readonly community?: string; readonly groups?: readonly string[] };
}

/** Launches the newest published version for a firing; the same firing finds the run that it has launched before. */
export async function launchScheduled(
  store: Store,
  temporal: Temporal,
  { schedule, at }: Firing,
): Promise<void> {
  const row = await newestVersion(store, schedule);
  if (row === undefined) return; // Stopped, or archived, between the firing and now.
  const { plan, problems } = compile(row.document, row.params, await productOf(store.pool, row.team));
  if (plan === undefined) {
    // Retried until somebody has repaired the parameters: a run that cannot begin must not pass unnoticed.
    const codes = problems.flatMap(({ code, severity }) => (severity === 'error' ? [code] : []));
    throw new Error(`The schedule ${schedule} cannot launch its playbook: ${codes.join(', ')}.`);
  }
  const now = Date.now();
  await storePlan(store.pool, { team: row.team, plan, bytes: canonicalJson(plan), now });
  const { run } = await createRun(store, {
    team: row.team,
    playbook: row.playbook,
    version: row.version,
    planHash: plan.hash,
    params: plan.params,
    roles: row.roles,
    ...row.audience,
    seed: Math.floor(at / 1000) % 2 ** 31,
    mode: 'real',
    startAt: at,
    now,
    key: `schedule/${schedule}/${at}`,
  });
  const facts = await runOf(store.pool, run);
  if (facts !== undefined) await launch(temporal, facts);
}

async function newestVersion({ pool }: Store, schedule: string): Promise<Row | undefined> {
  const { rows } = await pool.query<Row>(
    `select s.team_id as team, s.playbook_id as playbook, v.id as version, v.document, s.params, s.roles, s.audience
     from schedule s
     join playbook p on p.id = s.playbook_id and p.archived_at is null
     join playbook_version v on v.playbook_id = s.playbook_id
     where s.id = $1 and s.stopped_at is null order by v.number desc limit 1`,
    [schedule],
  );
  return rows[0];
}
