// What operators and staff do to a running campaign: answer, move the date, retry, skip, end, correct.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Playbook } from '../../../engine/document.ts';
import type { JsonObject } from '../../../engine/json.ts';
import { nudge } from '../../../workers/client.ts';
import { inTransaction } from '../../../workers/store/client.ts';
import { overrideRun } from '../../../workers/store/run.ts';
import { answerTask } from '../../../workers/store/task.ts';
import { playbook, type Sketch } from '../../support/temporal-play.ts';
import { openStage } from '../../support/temporal-stage.ts';

const stage = await openStage({ allowPrivateAddresses: true });
const text = (words: string) => ({ 'zh-CN': words });

/** A system of somebody else that answers as it is told to. */
const other = { status: 200, bodies: [] as string[], url: '' };
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      other.bodies.push(body);
      response.writeHead(other.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  other.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());

async function taskOf(run: string): Promise<string> {
  const find = async () =>
    (await stage.store.pool.query<{ id: string }>('select id from task where run_id = $1', [run])).rows[0]
      ?.id;
  await stage.until('a task is open', async () => (await find()) !== undefined);
  return (await find())!;
}

const asking = (due: string): Sketch => ({
  start: ['start', {}, { out: 'a' }],
  a: [
    'human-task',
    {
      role: 'operator',
      title: text('看一下海报'),
      outcomes: [{ port: 'good' }, { port: 'bad' }],
      due: { for: due },
      onTimeout: 'skip',
    },
    { good: 'x', bad: 'y', expired: 'z' },
  ],
  x: ['end', { reason: 'good' }],
  y: ['end', { reason: 'bad' }],
  z: ['end', { reason: 'nobody' }],
});

test('a person’s answer moves the run at once', async () => {
  const run = await stage.launch(playbook(asking('P1D')));
  const task = await taskOf(run);
  const now = Date.now();
  const answered = await answerTask(stage.store, {
    team: await stage.team(),
    task,
    by: 'u1',
    outcome: 'bad',
    now,
  });
  await nudge(stage.store, stage.temporal, 'nudges' in answered ? answered.nudges : []);
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'a:bad', 'y']);
});

test('a task that nobody answers ends at its due instant, and is closed', async () => {
  const run = await stage.launch(playbook(asking('PT2S')));
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'a:expired', 'z']);
  expect(await stage.count(`task where run_id = $1 and state = 'expired'`, run)).toBe(1);
});

const anchored: Partial<Playbook> = {
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['T'],
    properties: { T: { type: 'string', format: 'date-time', title: '开始' } },
  },
};

const countdown: Sketch = {
  start: ['start', {}, { out: 'a' }],
  a: ['wait-until', { until: { anchor: 'T' } }, { reached: 'z', past: 'y' }],
  y: ['end', { reason: 'too late' }],
  z: ['end', { reason: 'on the day' }],
};

/** Waits until a run sleeps in its second step. */
async function sleeping(run: string): Promise<void> {
  await stage.until(
    'it sleeps',
    async () => (await stage.count('shard where run_id = $1 and wake is not null', run)) === 1,
  );
}

test('moving the date moves who sleeps on it', async () => {
  const far = new Date(Date.now() + 86_400_000).toISOString();
  const run = await stage.launch(playbook(countdown, anchored), { params: { T: far } });
  await sleeping(run);
  const soon = Date.now() + 1_500;
  await stage.command(run, { do: 'retime', anchors: ['T'] }, { params: { T: new Date(soon).toISOString() } });
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'a:reached', 'z']);
  expect((await stage.steps(run))[1]?.at).toBe(soon);
});

test('moving the date into the past leaves by the port for it', async () => {
  const far = new Date(Date.now() + 86_400_000).toISOString();
  const run = await stage.launch(playbook(countdown, anchored), { params: { T: far } });
  await sleeping(run);
  const past = new Date(Date.now() - 3_600_000).toISOString();
  await stage.command(run, { do: 'retime', anchors: ['T'] }, { params: { T: past } });
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'a:past', 'y']);
});

const calling = (body?: JsonObject): Sketch => ({
  start: ['start', {}, { out: 'w' }],
  w: ['wait', { for: 'PT1S' }, { done: 'x' }],
  x: ['webhook', { url: other.url, ...(body === undefined ? {} : { body }) }, { ok: 'z', refused: 'y' }],
  y: ['end', { reason: 'refused' }],
  z: ['end', { reason: 'accepted' }],
});

/** A run whose webhook has failed for good: retries are used up, and no port is wired for it. */
async function stuck(): Promise<{ run: string; visit: { node: number; ordinal: 0; lap: 0 } }> {
  other.status = 500;
  const document = playbook(calling());
  const nodes = document.graph.nodes.map((node) =>
    node.id === 'x' ? { ...node, retry: { attempts: 2, first: 'PT0.1S', max: 'PT0.1S' } } : node,
  );
  const run = await stage.launch({ ...document, graph: { ...document.graph, nodes } });
  const parked = `stuck_visit where run_id = $1 and resolved_at is null`;
  await stage.until('it is parked', async () => (await stage.count(parked, run)) === 1);
  other.status = 200;
  return { run, visit: { node: await stage.node(run, 'x'), ordinal: 0, lap: 0 } };
}

test('a visit that failed for good is parked, and retried when a person says so', async () => {
  const { run, visit } = await stuck();
  expect(await stage.status(run)).toBe('running');
  await stage.command(run, { do: 'retry', ...visit });
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'w:done', 'x:ok', 'z']);
});

test('a parked visit is skipped by its port, and the row says who did it', async () => {
  const { run, visit } = await stuck();
  await stage.command(run, { do: 'skip', ...visit });
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'w:done', 'x:refused', 'y']);
  expect(await stage.count(`passed where run_id = $1 and skipped = 'operator'`, run)).toBe(1);
  expect(await stage.count(`stuck_visit where run_id = $1 and resolution = 'skip'`, run)).toBe(1);
});

test('a parked visit is ended, and its run with it', async () => {
  const { run, visit } = await stuck();
  await stage.command(run, { do: 'end', ...visit });
  await stage.finished(run);
  expect(await stage.status(run)).toBe('completed');
  expect(await stage.count('subject where run_id = $1 and end_reason is not null', run)).toBe(1);
});

test('a text corrected before its time is the one that goes out', async () => {
  const run = await stage.launch(playbook(calling(text('原来的话'))));
  await inTransaction(stage.store.pool, (sql) => overrideRun(sql, run, { texts: { x: text('改过的话') } }));
  await stage.finished(run);
  expect(other.bodies.at(-1)).toBe('改过的话');
});

test('a parameter corrected before its time is the one that counts', async () => {
  const params: Partial<Playbook> = {
    params: {
      type: 'object',
      additionalProperties: false,
      required: ['greeting'],
      properties: { greeting: { type: 'string', title: '问候' } },
    },
  };
  const body = text('{{ params.greeting }}！');
  const run = await stage.launch(playbook(calling(body), params), { params: { greeting: '早' } });
  await inTransaction(stage.store.pool, (sql) => overrideRun(sql, run, { params: { greeting: '晚安' } }));
  await stage.finished(run);
  expect(other.bodies.at(-1)).toBe('晚安！');
});
