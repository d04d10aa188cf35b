// Who may follow a run live, how often at once, and for how long. What is told is in runs.test.ts.
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { smallPlaybook } from '../support/small-playbook.ts';

const { url } = await freshDatabase();
let now = Date.now();
// Temporal does not answer, so the run waits, and its streams stay open.
const { app, program } = await stand(url, { clock: () => now, address: '127.0.0.1:1' });
const owner = await program(['owner']);
await app.listen({ host: '127.0.0.1', port: 0 });
const { port } = app.server.address() as AddressInfo;

const { body: begun } = await owner('POST', '/api/playbooks', { document: smallPlaybook() });
await owner('POST', `/api/playbooks/${String(begun['id'])}/publish`, { revision: 1 });
const params = { T: '2027-01-10T20:00' };
const fast = { fast: true, start: '2027-01-02T09:00:00Z' };
const { body: run } = await owner('POST', '/api/runs', { playbook: begun['id'], params, ...fast });

/** A stream of the run, open until the test ends. */
async function follow(key: string, method = 'GET'): Promise<Response> {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  return fetch(`http://127.0.0.1:${port}/api/runs/${String(run['id'])}/live`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.any([controller.signal, AbortSignal.timeout(10_000)]),
  });
}

test('the documentation tells what the stream is, and how it is refused', async () => {
  const spec = app.swagger() as { paths: Record<string, { get: { responses: Record<string, object> } }> };
  const { responses } = spec.paths['/api/runs/{id}/live']!.get;
  expect(Object.keys(responses)).toEqual(['200', 'default']);
  expect(responses['200']).toMatchObject({ content: { 'text/event-stream': {} } });
  expect(JSON.stringify(responses['default'])).toContain('schemas/Problem');
});

test('asking for the head of a stream gets an answer', async () => {
  expect((await follow(owner.key, 'HEAD')).status).toBe(404);
});

test('one caller follows ten at once, and may begin again when one of them has ended', async () => {
  const reader = await program(['operator']);
  const open = await Promise.all(Array.from({ length: 10 }, () => follow(reader.key)));
  expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
  const more = await follow(reader.key);
  expect([more.status, ((await more.json()) as { code: string }).code]).toEqual([429, 'too-many-streams']);
  expect((await follow(owner.key)).status).toBe(200);
  await open[0]?.body?.cancel();
  await expect.poll(async () => (await follow(reader.key)).status).toBe(200);
});
