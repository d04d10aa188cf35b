// After a cancel: nothing more is sent, nothing stays open, whatever was under way when it came.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { nudge, summaryOf } from '../../../workers/client.ts';
import { command } from '../../../workers/store/control.ts';
import { graphOf, playbook, type Sketch } from '../../support/temporal-play.ts';
import { openStage } from '../../support/temporal-stage.ts';

const stage = await openStage({ allowPrivateAddresses: true });

/** A system of somebody else that takes its time. */
const other = { heard: [] as string[], delayMs: 0, url: '' };
let server: Server;
beforeAll(async () => {
  server = createServer((request, response) => {
    other.heard.push(String(request.headers['idempotency-key']));
    setTimeout(() => response.end(), other.delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  other.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());
beforeEach(() => {
  other.heard.length = 0;
  other.delayMs = 0;
});

/** A campaign whose members go through one journey. */
const cohort = (each: Sketch) =>
  playbook(
    {
      start: ['start', {}, { out: 'j' }],
      j: ['journey', { journey: 'each', wait: true, within: 'P1D' }, { done: 'z', expired: 'z', empty: 'z' }],
      z: ['end', { reason: 'finished' }],
    },
    { journeys: { each: { title: { 'zh-CN': '各人' }, graph: graphOf(each) } } },
  );

/** Cancels a run as the server does; returns when that is acknowledged. */
async function cancel(run: string): Promise<void> {
  const control = { do: 'cancel', reason: 'enough' } as const;
  const nudges = await command(stage.store.pool, { run, control, by: 'test', now: Date.now() });
  await nudge(stage.store, stage.temporal, nudges);
}

/** Requests of one batch that are under way at a time. */
const AT_ONCE = 8;

test('nothing is sent after a cancel was acknowledged, and what was not sent is not in doubt', async () => {
  other.delayMs = 40;
  const document = cohort({
    enter: ['enter', {}, { out: 'h' }],
    h: ['webhook', { url: other.url }, { ok: 'y', refused: 'y', failed: 'y' }],
    y: ['end', {}],
  });
  const run = await stage.launch(document, { members: 300 });
  await stage.until('some are sent', async () => other.heard.length > 30);
  await cancel(run);
  const acknowledged = other.heard.length;
  await stage.finished(run);
  expect(await stage.status(run)).toBe('cancelled');
  await new Promise((resolve) => setTimeout(resolve, 500));
  // Those that had begun before are on their way to the other side.
  expect(other.heard.length - acknowledged).toBeLessThanOrEqual(AT_ONCE);
  expect(other.heard.length).toBeLessThan(300);
  expect(new Set(other.heard).size).toBe(other.heard.length);
  const node = await stage.node(run, 'h');
  const calls = 'ledger where run_id = $1 and node = $2';
  expect(await stage.count(`${calls} and state = 'done'`, run, node)).toBe(other.heard.length);
  expect(await stage.count(`${calls} and state <> 'done'`, run, node)).toBe(0);
});

const asking: Sketch = {
  enter: ['enter', {}, { out: 'a' }],
  a: [
    'human-task',
    {
      role: 'operator',
      title: { 'zh-CN': '打个电话' },
      outcomes: [{ port: 'done' }],
      due: { for: 'P1D' },
      onTimeout: 'skip',
    },
    { done: 'f', expired: 'f' },
  ],
  f: ['end', {}],
};

async function nothingOpen(run: string): Promise<void> {
  expect(await stage.count(`task where run_id = $1 and closed_at is null`, run)).toBe(0);
  expect(await stage.count(`form where run_id = $1 and closed_at is null`, run)).toBe(0);
  expect(await stage.count(`listener where run_id = $1`, run)).toBe(0);
}

test('tasks that are being opened when the cancel comes are closed, or never open', async () => {
  const run = await stage.launch(cohort(asking), { members: 1_500 });
  await stage.until('the first are open', async () => (await stage.count('task where run_id = $1', run)) > 0);
  await cancel(run);
  await stage.finished(run);
  await nothingOpen(run);
  expect(await stage.count(`subject where run_id = $1 and ended_at is null`, run)).toBe(0);
});

test('tasks, forms and listeners of a run that waits are closed by its cancel', async () => {
  const branches = [{ port: 'task' }, { port: 'form' }, { port: 'event' }];
  const run = await stage.launch(
    playbook({
      start: ['start', {}, { out: 'fork' }],
      fork: ['parallel', { branches }, { task: 'a', form: 'b', event: 'c' }],
      a: [...asking['a']!.slice(0, 2), { done: 'z', expired: 'z' }] as unknown as Sketch[string],
      b: [
        'collect-form',
        {
          title: { 'zh-CN': '报名' },
          questions: [{ key: 'name', label: { 'zh-CN': '名字' }, type: 'text' }],
          until: { for: 'P1D' },
        },
        { submitted: 'z', expired: 'z' },
      ],
      c: [
        'wait-for-event',
        { topics: [{ event: 'order.paid', port: 'paid' }], within: 'P1D' },
        { paid: 'z', timeout: 'z' },
      ],
      z: ['end', {}],
    }),
  );
  const open = async () =>
    (await stage.count('task where run_id = $1', run)) +
    (await stage.count('form where run_id = $1', run)) +
    (await stage.count('listener where run_id = $1', run));
  await stage.until('all three wait', async () => (await open()) === 3);
  await cancel(run);
  await stage.finished(run);
  await nothingOpen(run);
});

test('a task that opens after its branch was abandoned is closed as well', async () => {
  const branches = [{ port: 'task' }, { port: 'tag' }];
  const document = cohort({
    enter: ['enter', {}, { out: 'fork' }],
    fork: ['parallel', { branches }, { task: 'a', tag: 'b' }],
    a: [...asking['a']!.slice(0, 2), { done: 'join', expired: 'join' }] as unknown as Sketch[string],
    b: ['tag', { add: ['quick'] }, { done: 'join' }],
    join: ['join', { need: 'any' }, { out: 'w' }],
    w: ['wait', { for: 'P1D' }, { done: 'y' }],
    y: ['end', {}],
  });
  const run = await stage.launch(document, { members: 2_000 });
  const node = await stage.node(run, 'join');
  const met = 'passed where run_id = $1 and node = $2';
  await stage.until('all have met', async () => (await stage.count(met, run, node)) === 2_000);
  const inFlight = async () => (await summaryOf(stage.temporal, { run, shard: 0 })).inFlight;
  await stage.until('nothing is under way', async () => (await inFlight()) === 0);
  expect(await stage.count('task where run_id = $1', run)).toBeGreaterThan(0);
  const open = 'task where run_id = $1 and closed_at is null';
  await stage.until('none is open', async () => (await stage.count(open, run)) === 0);
  await cancel(run);
  await stage.finished(run);
});
