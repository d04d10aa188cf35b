// When Temporal forgets, or a workflow fails, a run goes on from what PostgreSQL knows; and runs that begin by the clock.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { drainNow, nudge } from '../../../workers/client.ts';
import { workflowId } from '../../../workers/contract.ts';
import { audit } from '../../../workers/store/audit/audit.ts';
import { ingest } from '../../../workers/store/event.ts';
import { answerTask } from '../../../workers/store/task.ts';
import { dropSchedule, keepSchedule } from '../../../workers/schedules.ts';
import { newId } from '../../../workers/store/id.ts';
import { planOf, playbook, type Sketch } from '../../support/temporal-play.ts';
import { openStage } from '../../support/temporal-stage.ts';

const stage = await openStage({ allowPrivateAddresses: true });

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
  const [, before, wait] = await stage.steps(run);
  expect(wait!.at - before!.at).toBe(4_000);
});

const asking: Sketch = {
  start: ['start', {}, { out: 'a' }],
  a: ['human-task', task('看一下海报'), { done: 't', expired: 'x' }],
  t: ['tag', { add: ['seen'] }, { done: 'w' }],
  w: [
    'wait-for-event',
    { topics: [{ event: 'order.paid', port: 'paid' }], within: 'P1D' },
    { paid: 'b', timeout: 'x' },
  ],
  b: ['human-task', task('发货'), { done: 'z', expired: 'x' }],
  x: ['end', { reason: 'silence' }],
  z: ['end', { reason: 'finished' }],
};

function task(title: string) {
  const outcomes = [{ port: 'done' }];
  return { role: 'operator', title: { 'zh-CN': title }, outcomes, due: { for: 'P1D' }, onTimeout: 'skip' };
}

/** Waits until a run's task at a node is open, and answers it. */
async function answer(run: string, id: string): Promise<void> {
  const node = await stage.node(run, id);
  const open = async () =>
    (
      await stage.store.pool.query<{ id: string }>(
        `select id from task where run_id = $1 and node = $2 and state = 'open'`,
        [run, node],
      )
    ).rows[0]?.id;
  await stage.until(`the task of ${id} is open`, async () => (await open()) !== undefined);
  const team = await stage.team();
  const given = { team, task: (await open())!, by: 'u1', outcome: 'done', now: Date.now() };
  const answered = await answerTask(stage.store, given);
  await nudge(stage.store, stage.temporal, 'nudges' in answered ? answered.nudges : []);
}

async function pay(run: string): Promise<void> {
  await stage.until('it listens', async () => (await stage.count('listener where run_id = $1', run)) === 1);
  const at = Date.now();
  const event = { name: 'order.paid', source: 'shop', sourceId: run, at };
  const { nudges } = await ingest(stage.store, await stage.team(), [event], at);
  await nudge(stage.store, stage.temporal, nudges);
}

/** A run that stands at its last task: what brought it there was recorded after its checkpoint. */
async function atLastTask(): Promise<string> {
  const run = await stage.launch(playbook(asking));
  const asleep = 'shard where run_id = $1 and wake is not null';
  await stage.until('it rests', async () => (await stage.count(asleep, run)) === 1);
  await drainNow(stage.temporal, { run, shard: 0 });
  await answer(run, 'a');
  await pay(run);
  const last = await stage.node(run, 'b');
  const open = 'task where run_id = $1 and node = $2';
  await stage.until('the last task is open', async () => (await stage.count(open, run, last)) === 1);
  await drainNow(stage.temporal, { run, shard: 0 });
  return run;
}

const forget = (run: string) =>
  stage.temporal.client.workflow.getHandle(workflowId(run, 0)).terminate('forgotten');

async function finishes(run: string): Promise<void> {
  await forget(run);
  await answer(run, 'b');
  await stage.until('it has ended', async () => (await stage.status(run)) === 'completed');
  expect(await stage.path(run)).toEqual(['start:out', 'a:done', 't:done', 'w:paid', 'b:done', 'z']);
  expect(await stage.count('task where run_id = $1', run)).toBe(2);
  expect(await stage.count('listener where run_id = $1', run)).toBe(0);
  expect(await stage.count('shard_tick where run_id = $1', run)).toBe(0);
  // The counts are those of a run that was never lost.
  expect((await audit(stage.store, null)).breaches).toEqual([]);
}

test('what was answered since the checkpoint of a lost run is not asked again', async () => {
  const run = await atLastTask();
  expect(await stage.count('shard_checkpoint where run_id = $1', run)).toBe(1);
  await finishes(run);
});

test('a lost run that has no checkpoint goes on from its beginning to where it stood', async () => {
  // As when it never comes to rest.
  await stage.store.pool.query(
    `create function keep_none() returns trigger language plpgsql as 'begin return null; end';
     create trigger keep_none before insert on shard_checkpoint for each row execute function keep_none()`,
  );
  const run = await atLastTask();
  expect(await stage.count('shard_checkpoint where run_id = $1', run)).toBe(0);
  await stage.store.pool.query('drop function keep_none cascade');
  await finishes(run);
});

test('a run that is lost while a request is out is found, and goes on with its answer without asking again', async () => {
  const heard: string[] = [];
  let answer = (): void => {};
  const server = createServer((request, response) => {
    heard.push(String(request.headers['idempotency-key']));
    answer = () => void response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const branches = [{ port: 'call' }, { port: 'sleep' }];
  const run = await stage.launch(
    playbook({
      start: ['start', {}, { out: 'fork' }],
      fork: ['parallel', { branches }, { call: 'h', sleep: 'w' }],
      h: ['webhook', { url }, { ok: 'j', refused: 'x', failed: 'x' }],
      // Nothing else wakes it for long.
      w: ['wait', { for: 'P9D' }, { done: 'j' }],
      j: ['join', { need: 'any' }, { out: 'z' }],
      x: ['end', { reason: 'refused' }],
      z: ['end', { reason: 'finished' }],
    }),
  );
  await stage.until('the request is out', async () => heard.length === 1);
  await forget(run);
  answer();
  await stage.until('it has ended', async () => (await stage.status(run)) === 'completed');
  expect(await stage.path(run)).toEqual(['fork', 'start:out', 'h:ok', 'j:out', 'z']);
  expect(heard).toEqual([`${run}/h/0/0`]);
  server.close();
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
