// `npm start` as people use it: from nothing to ready, every part killed and back, and an end that leaves nothing behind.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../../server/start/port.ts';
import { hasEnded, isAlive, signal } from '../../server/start/process.ts';
import { PARTS } from '../../server/start/state.ts';
import { freshDatabase } from '../support/database.ts';
import { installation } from '../support/installation.ts';
import { temporalOfThisRun } from '../support/temporal.ts';

const it = await installation();
const { url } = await freshDatabase();
const elsewhere = await installation({ DATABASE_URL: url, TEMPORAL_ADDRESS: temporalOfThisRun().address });
it.start();

test('everything comes up from nothing, and the terminal says where to go', async () => {
  await it.ready();
  expect(it.output()).toContain(`Open ${it.url}`);
  const response = await fetch(`${it.url}/healthz`);
  expect(await response.json()).toMatchObject({ status: 'ok' });
});

test('a second start on the same data says that it is already running', () => {
  const second = spawnSync(process.execPath, ['scripts/start.mjs'], {
    env: { ...process.env, ...it.env },
    encoding: 'utf8',
  });
  expect(second.status).toBe(1);
  expect(second.stdout).toContain(`Already running: ${it.url}`);
});

test('secrets in the data folder are readable by their owner alone', () => {
  const secrets = ['encryption-key', 'state.json', 'lock', path.join('postgres', 'password')];
  for (const name of secrets) expect(statSync(path.join(it.home, name)).mode & 0o077, name).toBe(0);
  for (const name of readdirSync(path.join(it.home, 'logs'))) {
    expect(statSync(path.join(it.home, 'logs', name)).mode & 0o077, name).toBe(0);
  }
});

test.each(PARTS)('%s is back within 15 seconds of a kill -9', async (part) => {
  const before = it.pids(part);
  expect(before.length).toBeGreaterThan(0);
  for (const pid of before) signal(pid, 'SIGKILL');
  await expect.poll(() => it.pids(part).some((pid) => before.includes(pid)), { timeout: 15_000 }).toBe(false);
  await it.ready(PARTS, 15_000);
  const response = await fetch(`${it.url}/healthz`);
  expect(response.status).toBe(200);
});

test('after a kill -9 of the start itself, the next one takes over what still runs', async () => {
  const [postgres] = it.pids('postgres');
  const workers = [...it.pids('worker'), ...it.pids('server')];
  await it.kill();
  for (const pid of workers) expect(await hasEnded(pid, 15_000)).toBe(true);
  it.start();
  await it.ready();
  expect(it.pids('postgres')).toEqual([postgres]);
});

test('Ctrl-C ends every process and says so', async () => {
  const pids = PARTS.flatMap((part) => it.pids(part));
  expect(pids).toHaveLength(4);
  expect(await it.stop()).toBe(0);
  await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  expect(it.output()).toContain('everything is saved');
});

test('closing the terminal ends every process too, although nobody hears it', async () => {
  it.start();
  await it.ready();
  const pids = PARTS.flatMap((part) => it.pids(part));
  expect(await it.hangUp()).toBe(0);
  await expect.poll(() => pids.filter(isAlive)).toEqual([]);
});

test('with DATABASE_URL and TEMPORAL_ADDRESS it starts neither, and stops neither', async () => {
  elsewhere.start();
  await elsewhere.ready();
  expect(elsewhere.pids('postgres')).toEqual([]);
  expect(elsewhere.pids('temporal')).toEqual([]);
  expect(readdirSync(elsewhere.home)).not.toContain('postgres');
  expect(await elsewhere.stop()).toBe(0);
});

test('a wrong setting is refused by its name before anything is started', () => {
  const env = { ...process.env, ...it.env, KINDLING_PORT: 'http' };
  const refused = spawnSync(process.execPath, ['scripts/start.mjs'], { env, encoding: 'utf8' });
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain(
    'KINDLING_PORT cannot be "http". Accepted: a whole number from 1 to 65535.',
  );
});

test('a port that somebody else uses is named, with the way out', async () => {
  const port = await freePort();
  const stranger = createServer().listen(port, '127.0.0.1');
  await once(stranger, 'listening');
  const env = { ...process.env, ...it.env, KINDLING_PORT: String(port) };
  // Not spawnSync: the stranger lives in this process and must be able to refuse.
  const child = spawn(process.execPath, ['scripts/start.mjs'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const output = child.stdout.toArray();
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(String(await output)).toContain(`Port ${port} on 127.0.0.1 is taken.`);
  stranger.close();
});
