// A database that refuses everybody for a minute, in the middle of batches, waits and launches. It is reached through a gate that
// the test closes, so that the database itself has nothing to recover. What was done is counted where it arrives.
import { once } from 'node:events';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { temporalOfThisRun } from '../support/temporal.ts';
import { graphOf, playbook, Stage } from '../support/temporal-play.ts';

/** Longer than a batch may be silent, and than the longest pause between two tries. */
const AWAY_MS = 60_000;
const MEMBERS = 400;

/** A way to a server that can be closed: who is on it is thrown out, who comes is refused. */
async function gateTo(target: URL) {
  const under = new Set<net.Socket>();
  const gate = net.createServer((socket) => {
    const onward = net.connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      under.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => under.delete(one) && other.destroy());
    }
  });
  const listen = async (port: number): Promise<void> => {
    gate.listen(port, '127.0.0.1');
    await once(gate, 'listening');
  };
  await listen(0);
  const { port } = gate.address() as AddressInfo;
  return {
    port,
    async close(): Promise<void> {
      const closed = once(gate, 'close');
      gate.close();
      for (const socket of under) socket.destroy();
      await closed;
    },
    open: () => listen(port),
  };
}

const database = await freshDatabase();
const gate = await gateTo(new URL(database.url));
const through = new URL(database.url);
through.port = String(gate.port);

const { taskQueue, ...temporal } = temporalOfThisRun();
const stage = new Stage({
  temporal,
  databaseUrl: through.href,
  taskQueue,
  sweepMs: 1_000,
  allowPrivateAddresses: true,
});
afterAll(() => stage.close());
await stage.startWorkers();
const { program, stranger } = await stand(through.href, { taskQueue });
const operator = await program(['operator', 'designer']);
afterAll(() => gate.close());

const heard: string[] = [];
const server = createServer((request, response) => {
  heard.push(String(request.headers['idempotency-key']));
  setTimeout(() => response.end(), 20);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

const document = playbook(
  {
    start: ['start', {}, { out: 'fork' }],
    fork: ['parallel', { branches: [{ port: 'left' }, { port: 'right' }] }, { left: 'j', right: 'w' }],
    j: [
      'journey',
      { journey: 'each', wait: true, within: 'P1D' },
      { done: 'join', expired: 'join', empty: 'join' },
    ],
    // Due while nobody can be reached.
    w: ['wait', { for: 'PT6S' }, { done: 't' }],
    t: ['tag', { add: ['woken'] }, { done: 'join' }],
    join: ['join', { need: 'all' }, { out: 'z' }],
    z: ['end', { reason: 'finished' }],
  },
  {
    journeys: {
      each: {
        title: { 'zh-CN': '各人' },
        graph: graphOf({
          enter: ['enter', {}, { out: 'h' }],
          h: ['webhook', { url }, { ok: 'y', refused: 'y' }],
          y: ['end', {}],
        }),
      },
    },
  },
);

test('a database that refuses connections for a minute: runs wait, and go on without a word lost or said twice', async () => {
  const { body } = await operator('POST', '/api/playbooks', { document });
  const id = String(body['id']);
  await operator('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
  const launched = await operator('POST', '/api/runs', { playbook: id, members: MEMBERS });
  const run = String(launched.body['id']);
  await expect.poll(() => heard.length, { timeout: 60_000, interval: 10 }).toBeGreaterThan(MEMBERS / 4);

  await gate.close();
  const closedAt = Date.now();
  const health = await stranger('GET', '/healthz');
  expect([health.status, health.body['status']]).toEqual([503, 'down']);
  const order = { playbook: id, members: 1, key: 'while-away' };
  const refused = await operator('POST', '/api/runs', order);
  expect([refused.status, refused.body['code']]).toEqual([503, 'unavailable']);
  await sleep(Math.max(0, closedAt + AWAY_MS - Date.now()));
  expect(heard.length).toBeLessThan(MEMBERS);
  await gate.open();

  const status = async () => (await operator('GET', `/api/runs/${run}`)).body['status'];
  await expect.poll(status, { timeout: 120_000 }).toBe('completed');
  // Whatever was under way has kept its outcome until it could be written: nothing is in doubt, nothing was repeated.
  expect(heard.toSorted()).toEqual(
    Array.from({ length: MEMBERS }, (_, ordinal) => `${run}/h/${ordinal}/0`).toSorted(),
  );
  expect(await stage.count('stuck_visit where run_id = $1', run)).toBe(0);
  expect(await stage.count(`passed where run_id = $1 and node = $2`, run, await stage.node(run, 't'))).toBe(
    1,
  );
  expect((await stranger('GET', '/healthz')).body['status']).toBe('ok');
  // The order that was refused is taken now, once however often it comes.
  const again = await Promise.all([
    operator('POST', '/api/runs', order),
    operator('POST', '/api/runs', order),
  ]);
  expect(new Set(again.map((it) => it.body['id'])).size).toBe(1);
  expect(await stage.count(`run where playbook_id = $1`, id)).toBe(2);
});
