// A whole installation on a disk that is filled to the last byte while a run is under way: database, engine, logs and all.
// Runs wait and say so; when there is room again they go on by themselves. What was done is counted where it arrives.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { signal } from '../../server/start/process.ts';
import { installation } from '../support/installation.ts';
import { smallDisk } from '../support/small-disk.ts';
import { graphOf, playbook } from '../support/temporal-play.ts';

const MEMBERS = 800;

const heard = { first: [] as string[], second: [] as string[] };
const server = createServer((request, response) => {
  const key = String(request.headers['idempotency-key']);
  heard[request.url === '/second' ? 'second' : 'first'].push(key);
  response.end();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const disk = smallDisk(300);
const it = await installation(
  { KINDLING_PRIVATE_WEBHOOKS: '1' },
  ...('refused' in disk ? [] : [path.join(disk.folder, 'home')]),
);

const document = playbook(
  {
    start: ['start', {}, { out: 'j' }],
    j: ['journey', { journey: 'each', wait: true, within: 'P1D' }, { done: 'z', expired: 'x', empty: 'x' }],
    x: ['end', { reason: 'silence' }],
    z: ['end', { reason: 'finished' }],
  },
  {
    journeys: {
      each: {
        title: { 'zh-CN': '各人' },
        tolerance: 'PT0S',
        graph: graphOf({
          enter: ['enter', {}, { out: 'one' }],
          one: ['webhook', { url: `${url}/first` }, { ok: 'w', refused: 'y' }],
          w: ['wait', { for: 'PT5S' }, { done: 't' }],
          t: ['tag', { add: ['between'] }, { done: 'two' }],
          two: ['webhook', { url: `${url}/second` }, { ok: 'y', refused: 'y' }],
          y: ['end', {}],
        }),
      },
    },
  },
);

interface Health {
  readonly status: string;
  readonly parts: Readonly<Record<string, { readonly state: string; readonly says?: string }>>;
}
const health = async (): Promise<readonly [number, Health | undefined]> => {
  const answer = await fetch(`${it.url}/healthz`).catch(() => undefined);
  return answer === undefined ? [0, undefined] : [answer.status, (await answer.json()) as Health];
};

/** Everything of a request that must find new room; all or nothing of it is taken in. */
const bulky = {
  events: Array.from({ length: 90 }, (_, no) => ({
    name: 'member.replied',
    source: 'disk',
    sourceId: String(no),
    data: { noise: randomBytes(4_000).toString('hex') },
  })),
};

interface Overview {
  readonly status: string;
  readonly stuck: number;
}

test('a full disk: runs wait, it is said everywhere, and with room again nothing was lost or doubled', async ({
  skip,
}) => {
  if ('refused' in disk) return skip(disk.refused);
  it.start();
  await it.ready();
  const { id } = await it.ask<{ id: string }>('POST', '/api/playbooks', { document });
  await it.ask('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
  const { id: run } = await it.ask<{ id: string }>('POST', '/api/runs', { playbook: id, members: MEMBERS });
  await expect.poll(() => heard.first.length, { timeout: 60_000 }).toBeGreaterThan(MEMBERS / 4);

  disk.fill();
  await expect.poll(health, { timeout: 30_000 }).toEqual([503, expect.objectContaining({ status: 'full' })]);
  await expect.poll(() => it.output(), { timeout: 30_000 }).toContain('the disk of the database is full');
  await expect(it.ask('POST', '/api/events', bulky)).rejects.toThrow(/503/);
  // After a vacuum of its catalogue PostgreSQL lets nobody new in without room for what this file keeps of it.
  const data = path.join(it.home, 'postgres', 'data');
  for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('pg_internal.init')) rmSync(path.join(data, name));
  disk.fill();
  // A server that is killed meanwhile comes back: it needs no room to start again and say how things are.
  for (const pid of it.pids('server')) signal(pid, 'SIGKILL');
  // Long enough for every wait of the run to become due, and for every part to write into its log that it cannot.
  await sleep(5_000);
  await expect.poll(health, { timeout: 30_000 }).toEqual([503, expect.objectContaining({ status: 'full' })]);
  expect(heard.second.length).toBeLessThan(MEMBERS);

  disk.free();
  let decided = 0;
  const settled = async (): Promise<string> => {
    const { status, stuck } = await it.ask<Overview>('GET', `/api/runs/${run}`);
    decided += stuck;
    if (stuck > 0) await it.kindling('stuck', run, '--retry');
    return status;
  };
  await it.ready();
  await expect.poll(settled, { timeout: 90_000, interval: 1_000 }).toBe('completed');
  await expect.poll(health, { timeout: 30_000 }).toEqual([200, expect.objectContaining({ status: 'ok' })]);
  for (const keys of [heard.first, heard.second]) {
    expect(new Set(keys).size).toBe(MEMBERS);
    // Nobody hears twice but where a person had to decide.
    expect(keys.length - MEMBERS).toBeLessThanOrEqual(decided);
  }
  expect(await it.ask('POST', '/api/events', bulky)).toMatchObject({ accepted: 90, duplicates: 0 });
  const log = () => readFileSync(path.join(it.home, 'logs', 'server.log'), 'utf8');
  await expect.poll(log, { timeout: 30_000 }).toContain('has room again');
  expect(log()).toContain('the disk of the database is full');
  const { code, out } = await it.kindling('status');
  expect([code, out]).toEqual([0, expect.stringContaining('ready')]);
});
