// While a part is away: Temporal still being prepared, the database gone. What is said, and what waits.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openStore } from '../../workers/store/client.ts';
import { openTemporal } from '../../workers/temporal.ts';
import { buildApp } from '../../server/app.ts';
import { PUBLIC_URL, stand } from '../support/app.ts';
import { smallPlaybook } from '../support/small-playbook.ts';
import { openStage } from '../support/temporal-stage.ts';

const NOBODY = '127.0.0.1:1';
const stage = await openStage();

test('a run launched before Temporal answers waits, and begins by itself when it does', async () => {
  await stage.stopWorkers();
  const before = await stand(stage.databaseUrl, { address: NOBODY });
  const operator = await before.program(['owner']);
  const health = await before.stranger('GET', '/healthz');
  expect([health.status, health.body['status']]).toEqual([200, 'starting']);
  expect(health.body['parts']).toMatchObject({
    postgres: { state: 'ready' },
    temporal: { state: 'starting' },
  });

  const { body } = await operator('POST', '/api/playbooks', { document: smallPlaybook() });
  await operator('POST', `/api/playbooks/${String(body['id'])}/publish`, { revision: 1 });
  const began = performance.now();
  const launched = await operator('POST', '/api/runs', {
    playbook: body['id'],
    params: { T: '2027-01-10T20:00' },
    fast: true,
    start: '2027-01-02T09:00:00Z',
  });
  expect([launched.status, launched.body['status']]).toEqual([201, 'waiting']);
  expect(performance.now() - began).toBeLessThan(30_000);
  const status = async () =>
    (await operator('GET', `/api/runs/${String(launched.body['id'])}`)).body['status'];
  expect(await status()).toBe('waiting');
  expect((await operator('GET', '/api/runs?status=waiting')).body['runs']).toHaveLength(1);

  await stage.startWorkers();
  await expect.poll(status).toBe('completed');
});

test('a database that does not answer is told as such, in the one shape', async () => {
  const store = openStore('postgres://nobody@127.0.0.1:1/nothing', 1);
  const temporal = openTemporal({ address: NOBODY, namespace: 'default' }, 'none');
  const app = await buildApp({
    store,
    temporal,
    clock: Date.now,
    publicUrl: PUBLIC_URL,
    keyring: undefined,
    home: '/nowhere',
  });
  const headers = { authorization: 'Bearer kd_0123456789', 'accept-language': 'en' };
  const answer = await app.inject({ url: '/api/runs', headers });
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'unavailable']);
  const health = await app.inject({ url: '/healthz' });
  expect([health.statusCode, health.json<{ status: string }>().status]).toEqual([503, 'down']);
  // The SDK repeats what nobody has answered until the question's deadline, on a closed connection too.
  await sleep(3_000);
  await app.close();
  await temporal.close();
  await store.close();
});

test('an address that cannot be read is answered in the one shape', async () => {
  const { app } = await stand(stage.databaseUrl, { address: NOBODY });
  const answer = await app.inject({ url: '/api/%zz', headers: { 'accept-language': 'en' } });
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.json<{ code: string; message: string }>()).toMatchObject({ code: 'not-found' });
});
