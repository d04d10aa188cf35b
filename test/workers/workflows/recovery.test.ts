// When Temporal forgets, or a workflow fails, a run goes on from what PostgreSQL knows; and runs that begin by the clock.
import { expect, test } from 'vitest';
import { workflowId } from '../../../workers/contract.ts';
import { dropSchedule, keepSchedule } from '../../../workers/schedules.ts';
import { newId } from '../../../workers/store/id.ts';
import { planOf, playbook, type Sketch } from '../../support/temporal-play.ts';
import { openStage } from '../../support/temporal-stage.ts';

const stage = await openStage();

const waiting = (span: string): Sketch => ({
  start: ['start', {}, { out: 'a' }],
  a: ['tag', { add: ['before'] }, { done: 'w' }],
  w: ['wait', { for: span }, { done: 'x' }],
  x: ['tag', { add: ['after'] }, { done: 'z' }],
  z: ['end', { reason: 'finished' }],
});

const whole = ['start:out', 'a:done', 'w:done', 'x:done', 'z'];

test('a run whose workflow is lost goes on from its checkpoint, and does nothing twice', async () => {
  const run = await stage.launch(playbook(waiting('PT4S')));
  await stage.until(
    'it is written down',
    async () => (await stage.count('shard_checkpoint where run_id = $1', run)) === 1,
  );
  await stage.temporal.client.workflow.getHandle(workflowId(run, 0)).terminate('forgotten');
  await stage.until('it has ended', async () => (await stage.status(run)) === 'completed');
  expect(await stage.path(run)).toEqual(whole);
  expect(await stage.count('ledger where run_id = $1', run)).toBe(2);
  const [start, , wait] = await stage.steps(run);
  expect(wait!.at - start!.at).toBeLessThan(4_500);
});

test('a run that was written but never begun is begun', async () => {
  const { run } = await stage.prepare(playbook(waiting('PT0.2S')));
  await stage.until('it has ended', async () => (await stage.status(run)) === 'completed');
  expect(await stage.path(run)).toEqual(whole);
});

test('a schedule launches its playbook, once for each firing', async () => {
  const document = playbook(waiting('PT0.1S'));
  const { plan } = await stage.prepare(document); // Publishes it.
  expect(plan).toEqual(planOf(document));
  const { pool } = stage.store;
  const id = newId();
  await pool.query(
    `insert into schedule (id, team_id, playbook_id, cron, zone, created_at)
     select $1, team_id, id, '0 9 * * *', 'Asia/Shanghai', now() from playbook where key = $2`,
    [id, document.id],
  );
  await keepSchedule(stage.temporal, { id, cron: '0 9 * * *', zone: 'Asia/Shanghai' });
  await keepSchedule(stage.temporal, { id, cron: '0 10 * * *', zone: 'Asia/Shanghai' });
  const handle = stage.temporal.client.schedule.getHandle(`schedule-${id}`);
  const { spec, info } = await handle.describe();
  expect(spec.timezone).toBe('Asia/Shanghai');
  expect(info.nextActionTimes[0]?.getUTCHours()).toBe(2);
  await handle.trigger();
  const launched = `run where launch_key like $1`;
  const key = `schedule/${id}/%`;
  await stage.until('it has launched', async () => (await stage.count(launched, key)) === 1);
  const { rows } = await pool.query<{ id: string }>(`select id from run where launch_key like $1`, [key]);
  await stage.until('it has ended', async () => (await stage.status(rows[0]!.id)) === 'completed');
  await dropSchedule(stage.temporal, id);
  await dropSchedule(stage.temporal, id);
  await expect(handle.describe()).rejects.toThrow();
});
