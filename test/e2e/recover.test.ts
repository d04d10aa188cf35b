// A whole installation after the worst: a worker killed in the middle of a thousand requests, and all of Temporal's data gone.
// What was done is counted where it arrives; what is in doubt is shown and decided by the command line, as people do it.
import { readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { signal } from '../../server/start/process.ts';
import { installation } from '../support/installation.ts';
import { graphOf, playbook } from '../support/temporal-play.ts';

const MEMBERS = 1_000;
/** Requests of one batch that are under way at a time. */
const AT_ONCE = 8;

/** Somebody else's system; it takes its time. */
const heard: string[] = [];
const server = createServer((request, response) => {
  heard.push(String(request.headers['idempotency-key']));
  setTimeout(() => response.end(), 15);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

const it = await installation({ KINDLING_PRIVATE_WEBHOOKS: '1' });
it.start();

const { ask, kindling } = it;

interface Overview {
  readonly status: string;
  readonly stuck: number;
  readonly openTasks: number;
}

const document = playbook(
  {
    start: ['start', {}, { out: 'j' }],
    j: ['journey', { journey: 'each', wait: true, within: 'P1D' }, { done: 'a', expired: 'x', empty: 'x' }],
    a: [
      'human-task',
      {
        role: 'operator',
        title: { 'zh-CN': '看看结果' },
        outcomes: [{ port: 'done' }],
        due: { for: 'P1D' },
        onTimeout: 'skip',
      },
      { done: 'z', expired: 'x' },
    ],
    x: ['end', { reason: 'silence' }],
    z: ['end', { reason: 'finished' }],
  },
  {
    journeys: {
      each: {
        title: { 'zh-CN': '各人' },
        graph: graphOf({
          enter: ['enter', {}, { out: 'hook' }],
          hook: ['webhook', { url }, { ok: 'y', refused: 'y' }],
          y: ['end', {}],
        }),
      },
    },
  },
);

let run = '';
const overview = () => ask<Overview>('GET', `/api/runs/${run}`);

test('a worker killed in the middle of a thousand requests: nobody twice, and the few in doubt are shown and decided', async () => {
  await it.ready();
  const { id } = await ask<{ id: string }>('POST', '/api/playbooks', { document });
  await ask('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
  ({ id: run } = await ask<{ id: string }>('POST', '/api/runs', { playbook: id, members: MEMBERS }));
  await expect.poll(() => heard.length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(MEMBERS / 4);
  for (const pid of it.pids('worker')) signal(pid, 'SIGKILL');
  // Whoever is not in doubt is served by the worker that comes back.
  await expect.poll(async () => (await overview()).stuck, { timeout: 90_000 }).toBeGreaterThan(0);
  const doubtful = (await overview()).stuck;
  expect(doubtful).toBeLessThanOrEqual(AT_ONCE);
  expect(new Set(heard).size).toBe(heard.length);

  const listed = await kindling('stuck', run, '--json');
  const { stuck } = JSON.parse(listed.out) as { stuck: { node: string; reason: string; ordinal: number }[] };
  expect([listed.code, stuck.length]).toEqual([1, doubtful]);
  expect(new Set(stuck.map(({ node, reason }) => `${node} ${reason}`))).toEqual(new Set(['hook doubt']));
  const inDoubt = new Set(stuck.map(({ ordinal }) => `${run}/hook/${ordinal}/0`));
  const decided = await kindling('stuck', run, '--which', 'doubt', '--retry', '--json');
  expect(JSON.parse(decided.out)).toEqual({ decided: doubtful });

  await expect.poll(async () => (await overview()).openTasks, { timeout: 60_000 }).toBe(1);
  expect(new Set(heard).size).toBe(MEMBERS);
  const twice = heard.filter((key, index) => heard.indexOf(key) !== index);
  // With its own key each: a provider that tells repetitions has served everybody once.
  expect(twice.filter((key) => !inDoubt.has(key))).toEqual([]);
  expect(new Set(twice).size).toBe(twice.length);
  expect((await kindling('stuck', run)).code).toBe(0);
});

test('all of Temporal’s data is gone: `kindling recover` has the run go on where it stood', async () => {
  const before = heard.length;
  expect(await it.stop()).toBe(0);
  expect(readdirSync(it.home)).toContain('temporal');
  rmSync(path.join(it.home, 'temporal'), { recursive: true });
  it.start();
  await it.ready();
  const recovered = await kindling('recover', run);
  expect(recovered).toEqual({ code: 0, out: `${run}  goes on from the database\n` });
  expect((await kindling('recover', '--all')).out).toContain(`${run}  still runs\n`);

  const { tasks } = await ask<{ tasks: { id: string; run: string }[] }>('GET', '/api/tasks');
  const task = tasks.find((open) => open.run === run);
  await ask('POST', `/api/tasks/${task?.id}/decide`, { outcome: 'done' });
  await expect.poll(async () => (await overview()).status, { timeout: 30_000 }).toBe('completed');
  expect(heard).toHaveLength(before);
  const { traces } = await ask<{ traces: { subject: string; end: string }[] }>(
    'GET',
    `/api/runs/${run}/trace`,
  );
  expect(traces).toHaveLength(MEMBERS + 1);
  expect(traces.find(({ subject }) => subject === 'campaign')?.end).toBe('finished');
});
