// kill -9 of each process, while a run waits and while it acts: nothing is lost, nothing is doubled, and it goes on by itself.
// What was done is counted where it arrives: at a web server of the test, and in the rows that an effect has written.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hasEnded } from '../../server/start/process.ts';
import { OwnServers } from '../support/temporal-own.ts';
import { playbook, Stage, type Sketch } from '../support/temporal-play.ts';
import '../support/bundle.ts';

/** Within so many milliseconds of its return everything goes on. */
const GOES_ON_MS = 15_000;

let servers: OwnServers;
let stage: Stage;
let worker: ChildProcess;

beforeAll(async () => {
  servers = await OwnServers.start();
  stage = new Stage({ temporal: servers.temporal, databaseUrl: servers.databaseUrl, taskQueue: 'kindling' });
  worker = await startWorker();
});

afterAll(async () => {
  worker.kill('SIGKILL');
  await stage.close();
  await servers.stop();
});

/** The worker as production runs it, in a process of its own. */
async function startWorker(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [path.resolve('bin/kindling.mjs'), 'worker'], {
    env: {
      ...process.env,
      KINDLING_HOME: path.join(servers.folder, 'home'),
      DATABASE_URL: servers.databaseUrl,
      TEMPORAL_ADDRESS: servers.temporal.address,
      KINDLING_ALLOW_PRIVATE: '1',
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

/** What arrived at the test's own web server, by idempotency key; it answers when it is told to. */
class Receiver {
  readonly requests: string[] = [];
  #server: Server | undefined;
  #delayMs = 0;
  url = '';

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.requests.push(String(request.headers['idempotency-key'] ?? ''));
      setTimeout(() => response.end('{}'), this.#delayMs);
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  answerAfter(ms: number): void {
    this.#delayMs = ms;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

const receiver = new Receiver();
beforeAll(() => receiver.start());
afterAll(() => receiver.stop());
beforeEach(() => {
  receiver.requests.length = 0;
  receiver.answerAfter(0);
});

const waiting: Sketch = {
  start: ['start', {}, { out: 'a' }],
  a: ['tag', { add: ['before'] }, { done: 'w' }],
  w: ['wait', { for: 'PT4S' }, { done: 'b' }],
  b: ['tag', { add: ['after'] }, { done: 'z' }],
  z: ['end', { reason: 'finished' }],
};

const kills = {
  worker: {
    async kill() {
      worker.kill('SIGKILL');
      await hasEnded(worker.pid ?? 0, 10_000);
    },
    async restart() {
      worker = await startWorker();
    },
  },
  temporal: { kill: () => servers.kill('temporal'), restart: () => servers.restart('temporal') },
  postgres: { kill: () => servers.kill('postgres'), restart: () => servers.restart('postgres') },
};

async function expectedOnce(run: string, path: readonly string[], calls: number): Promise<void> {
  expect(await stage.path(run)).toEqual(path);
  expect(await stage.count('ledger where run_id = $1', run)).toBe(calls);
  expect(await stage.count(`ledger where run_id = $1 and state = 'done'`, run)).toBe(calls);
  expect(await stage.status(run)).toBe('completed');
}

for (const [name, { kill, restart }] of Object.entries(kills)) {
  test(`${name} is killed while a run waits`, async () => {
    const run = await stage.launch(playbook(waiting));
    await stage.until('it waits', async () => (await stage.count('passed where run_id = $1', run)) === 2);
    await kill();
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await restart();
    const back = Date.now();
    await stage.until('it has ended', async () => (await stage.status(run)) === 'completed', GOES_ON_MS);
    expect(Date.now() - back).toBeLessThan(GOES_ON_MS);
    await expectedOnce(run, ['start:out', 'a:done', 'w:done', 'b:done', 'z'], 2);
  });
}
