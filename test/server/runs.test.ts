// Runs through the server, on the real Temporal: launched, watched, answered, corrected, looked into.
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../engine/json.ts';
import { drainNow } from '../../workers/client.ts';
import { stand, type Speaker } from '../support/app.ts';
import { smallPlaybook } from '../support/small-playbook.ts';
import { openStage } from '../support/temporal-stage.ts';
import { journeyPlaybook } from '../workers/virtual-run.ts';

const stage = await openStage({ allowPrivateAddresses: true });
const { app, colleague, program, store } = await stand(stage.databaseUrl, {
  taskQueue: stage.temporal.taskQueue,
});
const owner = await colleague('owner@example.com', ['owner', 'designer', 'operator']);
const approver = await colleague('approver@example.com', ['approver']);
const operator = await program(['operator', 'designer']);

const published = new Map<string, string>();

/** The id of a published playbook. */
async function playbook(key = 'small', document: JsonObject = smallPlaybook(key)): Promise<string> {
  const known = published.get(key);
  if (known !== undefined) return known;
  const { body } = await operator('POST', '/api/playbooks', { document });
  const id = String(body['id']);
  const version = await operator('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
  expect([version.status, version.body['problems']]).toEqual([201, expect.any(Array)]);
  published.set(key, id);
  return id;
}

const params = { T: '2027-01-10T20:00' };
const cast = { approver: [approver.id] };

async function launch(who: Speaker, order: object = {}): Promise<string> {
  const { status, body } = await who('POST', '/api/runs', { playbook: await playbook(), params, ...order });
  expect([status, body]).toEqual([201, expect.objectContaining({ created: true })]);
  return String(body['id']);
}

const taskOf = async (run: string, who: Speaker = approver): Promise<string> => {
  const open = async () =>
    ((await who('GET', `/api/tasks?run=${run}`)).body['tasks'] as { id: string }[]).length;
  await expect.poll(open).toBe(1);
  return ((await who('GET', `/api/tasks?run=${run}`)).body['tasks'] as { id: string }[])[0]!.id;
};

const becomes = (run: string, status: string) =>
  expect.poll(async () => (await owner('GET', `/api/runs/${run}`)).body['status']).toBe(status);

describe('a launch', () => {
  test.each([
    ['a parameter that is missing', { params: {} }, 422, 'playbook-has-problems'],
    ['a parameter that does not fit', { params: { T: 'soon' } }, 422, 'playbook-has-problems'],
    ['a cast with nobody in a role', { roles: { someone: [] } }, 422, 'role-unfilled'],
    ['a colleague who is none', { roles: { approver: [crypto.randomUUID()] } }, 422, 'unknown-user'],
    ['a group of somebody else', { groups: [crypto.randomUUID()] }, 422, 'unknown-group'],
    ['too many members in compressed time', { fast: true, members: 10_001 }, 422, 'too-many-when-fast'],
    ['a script in real time', { script: [{ control: 'pause', at: 'PT1H' }] }, 422, 'only-when-fast'],
    ['a script that fits nothing', { fast: true, script: [{ node: 'x' }] }, 422, 'script-has-problems'],
    ['an unknown key', { speed: 9 }, 400, 'invalid-request'],
    ['a version that is not there', { version: 99 }, 404, 'not-found'],
  ])('is refused for %s', async (_name, order, status, code) => {
    const answer = await operator('POST', '/api/runs', { playbook: await playbook(), params, ...order });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    const { rows } = await store.pool.query('select from run');
    expect(rows).toEqual([]);
  });

  test('with the same key finds the run that it has launched before', async () => {
    const order = { playbook: await playbook(), params, roles: cast, key: 'once' };
    const first = await owner('POST', '/api/runs', order);
    const again = await owner('POST', '/api/runs', order);
    expect(again.body).toMatchObject({ id: first.body['id'], created: false });
    await owner('POST', `/api/runs/${String(first.body['id'])}/control`, { do: 'cancel', reason: 'test' });
  });
});

test('a launch after the moments of some steps names them, and goes on when that is meant', async () => {
  const order = { playbook: await playbook(), params: { T: '2026-01-10T20:00' }, roles: cast };
  const runs = async () => (await owner('GET', '/api/runs')).body['runs'] as { id: string }[];
  const before = await runs();
  const { status, body } = await owner('POST', '/api/runs', order);
  expect([status, body['code'], body['place']]).toEqual([409, 'dates-passed', '/confirm']);
  expect(body['past']).toEqual([{ node: 'eve', pointer: '/until', at: '2026-01-09T04:00:00.000Z' }]);
  expect(await runs()).toEqual(before);
  const run = await launch(owner, { ...order, confirm: true, key: 'late' });
  // A repeated order finds its run and asks nothing.
  expect((await owner('POST', '/api/runs', { ...order, key: 'late' })).body).toMatchObject({ id: run });
  await owner('POST', `/api/runs/${run}/control`, { do: 'cancel', reason: 'test' });
  // In compressed time it is tried out.
  await becomes(await launch(owner, { params: order.params, fast: true }), 'completed');
});

test('an approval blocks until the one who fills the role answers, and the trace tells it', async () => {
  const run = await launch(owner, { roles: cast });
  const task = await taskOf(run);
  expect((await owner('GET', `/api/tasks?run=${run}`)).body['tasks']).toEqual([]);
  expect((await owner('POST', `/api/tasks/${task}/decide`, { outcome: 'approved' })).status).toBe(404);
  expect((await operator('POST', `/api/tasks/${task}/decide`, { outcome: 'approved' })).status).toBe(404);
  expect((await approver('POST', `/api/tasks/${task}/accept`)).body).toMatchObject({ state: 'accepted' });
  const decide = (outcome: string) => approver('POST', `/api/tasks/${task}/decide`, { outcome, note: '好' });
  expect((await decide('perhaps')).body['code']).toBe('no-such-outcome');
  expect((await decide('rejected')).body).toEqual({ state: 'done', self: false });
  expect((await decide('approved')).body['code']).toBe('task-closed');
  await becomes(run, 'completed');
  const { body } = await owner('GET', `/api/runs/${run}/trace`);
  expect(body).toMatchObject({
    seed: 1,
    traces: [
      {
        subject: 'campaign',
        end: 'refused',
        steps: [
          { node: 'start', port: 'out' },
          { node: 'ok', port: 'rejected' },
          { node: 'refused', port: null },
        ],
      },
    ],
    counts: { ok: { rejected: 1 } },
  });
  const detail = await owner('GET', `/api/tasks/${task}`);
  expect(detail.body['decisions']).toMatchObject([{ by: approver.id, outcome: 'rejected', note: '好' }]);
});

test('when the one who fills a role is away, somebody else is named', async () => {
  const run = await launch(owner, { roles: cast });
  await taskOf(run);
  const name = (id: string) => owner('PUT', `/api/runs/${run}/roles`, { roles: { approver: [id] } });
  expect((await name(crypto.randomUUID())).body['code']).toBe('unknown-user');
  expect((await name(owner.id)).status).toBe(200);
  expect((await approver('GET', `/api/tasks?run=${run}`)).body['tasks']).toEqual([]);
  const task = await taskOf(run, owner);
  expect((await owner('POST', `/api/tasks/${task}/decide`, { outcome: 'rejected' })).status).toBe(200);
  await becomes(run, 'completed');
  expect((await name(owner.id)).body['code']).toBe('run-over');
});

test('who launched a run may approve it, and that is visible', async () => {
  const run = await launch(owner, { roles: { approver: [owner.id] } });
  const task = await taskOf(run, owner);
  const decided = await owner('POST', `/api/tasks/${task}/decide`, { outcome: 'rejected' });
  expect(decided.body).toEqual({ state: 'done', self: true });
  await becomes(run, 'completed');
});

test('moving the date shows what moves and what has become impossible, then moves what sleeps', async () => {
  const run = await launch(owner, { roles: cast });
  await approver('POST', `/api/tasks/${await taskOf(run)}/decide`, { outcome: 'approved' });
  const standing = async () =>
    ((await owner('GET', `/api/runs/${run}`)).body['nodes'] as { node: string; standing: number }[])
      .filter((it) => it.standing > 0)
      .map(({ node, standing: count }) => [node, count]);
  await expect.poll(standing).toEqual([['eve', 1]]);
  const wake = async () =>
    (
      (await owner('GET', `/api/runs/${run}/nodes/eve`)).body['visits'] as { wake: string; subject: string }[]
    )[0];
  // It stands there before the calendar has answered.
  await expect.poll(wake).toMatchObject({ subject: 'campaign', wake: '2027-01-09T04:00:00.000Z' });

  const preview = (order: object) => owner('POST', `/api/runs/${run}/control/preview`, order);
  const later = await preview({ do: 'retime', params: { T: '2027-02-10T20:00' } });
  expect(later.body).toMatchObject({
    touched: [
      {
        node: 'eve',
        standing: 1,
        instants: [
          { pointer: '/until', before: '2027-01-09T04:00:00.000Z', after: '2027-02-09T04:00:00.000Z' },
        ],
      },
    ],
    impossible: [],
  });
  expect((await preview({ do: 'retime', params: { T: '2020-02-10T20:00' } })).body['impossible']).toEqual([
    'eve',
  ]);
  for (const [order, code] of [
    [{ do: 'retime', params: { X: '2027-02-10T20:00' } }, 'unknown-param'],
    [{ do: 'set-param', params: { T: 7 } }, 'playbook-has-problems'],
    [{ do: 'retext', texts: { nobody: { 'zh-CN': 'x' } } }, 'unknown-node'],
    [{ do: 'retext', texts: { eve: { 'zh-CN': 'x' } } }, 'no-text'],
    [{ do: 'retext', texts: { hello: { 'zh-CN': '{{ params.nothing }}' } } }, 'playbook-has-problems'],
    [{ do: 'resume' }, 'not-now'],
    [{ do: 'retry', node: 'eve' }, 'visit-not-there'],
    [{ do: 'skip', node: 'hello' }, undefined],
    [{ do: 'dance' }, 'invalid-request'],
  ] as const) {
    const said = await preview(order);
    expect([order, said.body['code']]).toEqual([order, code]);
  }
  for (const word of ['retime', 'set-param']) {
    const order = { do: word, params: { T: '2020-02-10T20:00' } };
    const refused = await owner('POST', `/api/runs/${run}/control`, order);
    expect([refused.status, refused.body['code']]).toEqual([409, 'makes-impossible']);
    expect(refused.body).toMatchObject({ impossible: ['eve'], touched: [{ node: 'eve', standing: 1 }] });
  }
  expect(await wake()).toMatchObject({ wake: '2027-01-09T04:00:00.000Z' });
  const moved = await owner('POST', `/api/runs/${run}/control`, {
    do: 'retime',
    params: { T: '2027-02-10T20:00' },
  });
  expect(moved.status).toBe(202);
  await expect.poll(async () => (await wake())?.wake).toBe('2027-02-09T04:00:00.000Z');

  await owner('POST', `/api/runs/${run}/control`, { do: 'pause' });
  expect((await owner('GET', `/api/runs/${run}`)).body['status']).toBe('paused');
  expect((await owner('POST', `/api/runs/${run}/control`, { do: 'pause' })).body['code']).toBe('not-now');
  await owner('POST', `/api/runs/${run}/control`, { do: 'resume', policy: 'hold' });
  await owner('POST', `/api/runs/${run}/control`, { do: 'skip', node: 'eve' });
  await becomes(run, 'completed');
  const { body: audit } = await owner('GET', `/api/runs/${run}/audit`);
  expect((audit['entries'] as { action: string }[]).map(({ action }) => action)).toEqual([
    'run.launch',
    'run.retime',
    'run.pause',
    'run.resume',
    'run.skip',
  ]);
  const way = await owner('GET', `/api/runs/${run}/subjects/campaign/0`);
  expect(way.body).toMatchObject({ subject: 'campaign' });
  expect(way.text).toContain('"skipped":"operator"');
  expect((await owner('POST', `/api/runs/${run}/control`, { do: 'pause' })).body['code']).toBe('run-over');
});

test('a date is moved into the past when that is meant, and what is late does as it says', async () => {
  const run = await launch(owner, { roles: cast });
  await approver('POST', `/api/tasks/${await taskOf(run)}/decide`, { outcome: 'approved' });
  const standing = async () => (await owner('GET', `/api/runs/${run}/nodes/eve`)).body['visits'];
  await expect.poll(standing).toHaveLength(1);
  const order = { do: 'retime', params: { T: '2020-02-10T20:00' }, confirm: true };
  expect((await owner('POST', `/api/runs/${run}/control`, order)).status).toBe(202);
  await becomes(run, 'completed');
});

test('a compressed run leaves the trace of its rehearsal', async () => {
  const order = { params, start: '2027-01-02T09:00:00Z', seed: 7, members: 40 };
  const run = await launch(operator, { ...order, fast: true });
  await becomes(run, 'completed');
  const { body: real } = await operator('GET', `/api/runs/${run}/trace`);
  const { body } = await operator('POST', '/api/rehearse', { document: smallPlaybook(), ...order });
  const { done, stuck, ...rehearsed } = body;
  expect([done, stuck]).toEqual([true, 0]);
  expect(real).toEqual(rehearsed);
  const { body: deliveries } = await operator('GET', `/api/runs/${run}/deliveries`);
  expect(deliveries['deliveries']).toMatchObject([{ node: 'hello', channel: 'simulator', state: 'sent' }]);
});

test('in compressed time the clock waits for who was named for a role, and for nobody else', async () => {
  const order = { params, start: '2027-01-02T09:00:00Z', seed: 7, members: 40, fast: true, roles: cast };
  const run = await launch(operator, order);
  const shard = { run, shard: 0 };
  const task = await taskOf(run);
  // However often it looks, it is where it was, with two days to go to the deadline.
  for (let i = 0; i < 3; i += 1) {
    expect(await drainNow(stage.temporal, shard)).toMatchObject({
      now: Date.parse(order.start),
      done: false,
    });
  }
  expect((await owner('GET', `/api/runs/${run}`)).body['status']).toBe('running');
  await approver('POST', `/api/tasks/${task}/decide`, { outcome: 'approved' });
  await becomes(run, 'completed');
  const { body } = await owner('GET', `/api/runs/${run}/trace`);
  const { steps } = (body['traces'] as { steps: { at: string; node: string; port: string | null }[] }[])[0]!;
  expect(steps.map(({ at, node, port }) => `${at} ${node} ${port}`)).toEqual([
    '2027-01-02T09:00:00.000Z ok approved',
    '2027-01-02T09:00:00.000Z start out',
    '2027-01-09T04:00:00.000Z end null',
    '2027-01-09T04:00:00.000Z eve reached',
    '2027-01-09T04:00:00.000Z hello sent',
  ]);
  // A script that answers in their place is not waited for.
  const script = [{ node: 'ok', subject: 'campaign', port: 'rejected', after: 'PT20M' }];
  await becomes(await launch(operator, { ...order, script }), 'completed');
});

test('live progress comes as server-sent events, and goes on from the last one seen', async () => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const run = await launch(operator, { params, start: '2027-01-02T09:00:00Z', fast: true });
  const read = async (headers: Record<string, string>) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/runs/${run}/live`, {
      headers: { authorization: `Bearer ${operator.key}`, ...headers },
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching('event-stream'),
    ]);
    return answer.text();
  };
  const all = await read({});
  expect(all).toContain('event: status\ndata: {"status":"completed"}');
  expect(all).toMatch(/event: ended\n/);
  const ids = [...all.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  const rest = await read({ 'last-event-id': String(ids.at(-2)) });
  expect([...rest.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))).toEqual(ids.slice(-1));
  const stranger = await fetch(`http://127.0.0.1:${port}/api/runs/${run}/live`);
  expect(stranger.status).toBe(401);
});

test('a text that is corrected before its message goes out is what goes out', async () => {
  const run = await launch(owner, { roles: cast });
  const task = await taskOf(run);
  const order = { do: 'retext', texts: { hello: { 'zh-CN': '改到后天见！' } } };
  const { body } = await owner('POST', `/api/runs/${run}/control/preview`, order);
  expect(body['touched']).toMatchObject([{ node: 'hello', text: true, passed: 0 }]);
  expect((await owner('POST', `/api/runs/${run}/control`, order)).status).toBe(202);
  await approver('POST', `/api/tasks/${task}/decide`, { outcome: 'approved' });
  const standing = async () => (await owner('GET', `/api/runs/${run}/nodes/eve`)).body['visits'];
  await expect.poll(standing).toHaveLength(1);
  await owner('POST', `/api/runs/${run}/control`, { do: 'skip', node: 'eve' });
  await becomes(run, 'completed');
  const trace = await owner('GET', `/api/runs/${run}/trace`);
  expect(trace.body['calendar']).toMatchObject([{ node: 'hello', text: '改到后天见！' }]);
});

test('what a new version changes tells how many stand there', async () => {
  const id = await playbook('standing');
  const run = await launch(owner, { playbook: id, roles: cast });
  await taskOf(run);
  const document = smallPlaybook('standing');
  document.graph.nodes[1] = {
    id: 'ok',
    step: 'approval',
    config: { role: 'approver', title: { 'zh-CN': '可以吗？' }, due: { for: 'P3D' } },
  };
  await owner('PUT', `/api/playbooks/${id}/draft`, { document, revision: 1 });
  const { body } = await owner('GET', `/api/playbooks/${id}/changes`);
  expect(body['standing']).toEqual({ ok: 1 });
  expect((await owner('POST', `/api/playbooks/${id}/publish`, { revision: 2 })).status).toBe(201);
  expect((await owner('GET', `/api/runs/${run}`)).body['version']).toBe(1);
  await owner('POST', `/api/runs/${run}/control`, { do: 'cancel', reason: 'enough' });
  await becomes(run, 'cancelled');
  expect((await owner('GET', `/api/runs/${run}`)).body['openTasks']).toBe(0);
});

test('a visit that has failed is shown, tried again, and skipped by an operator', async () => {
  const document = smallPlaybook('stuck');
  document.graph.nodes[1] = {
    id: 'ok',
    step: 'webhook',
    config: { url: 'http://127.0.0.1:1/', method: 'POST', body: { 'zh-CN': '{}' } },
    retry: { attempts: 1 },
  };
  document.graph.edges.splice(1, 3, { id: 'e2', from: 'ok', port: 'ok', to: 'eve' });
  document.graph.nodes.splice(5, 1);
  const id = await playbook('stuck', document);
  const run = await launch(owner, { playbook: id });
  const stuck = async () => (await owner('GET', `/api/runs/${run}/stuck`)).body['stuck'] as object[];
  await expect.poll(stuck).toMatchObject([{ node: 'ok', subject: 'campaign', reason: 'failed' }]);
  expect((await owner('GET', '/api/notices')).text).toContain(`"run":"${run}","kind":"stuck"`);
  const order = (what: string, more = {}) =>
    owner('POST', `/api/runs/${run}/control`, { do: what, node: 'ok', ...more });
  expect((await order('retry', { ordinal: 3 })).body['code']).toBe('visit-not-there');
  expect((await order('retry')).status).toBe(202);
  const parked = async () =>
    (
      (await owner('GET', `/api/runs/${run}/subjects/campaign/0`)).body['visits'] as {
        node: string;
        stuck: object[];
      }[]
    ).find(({ node }) => node === 'ok')?.stuck;
  await expect.poll(parked).toMatchObject([{ resolution: 'retry' }, { resolution: null }]);
  await order('skip');
  const standing = async () => (await owner('GET', `/api/runs/${run}/nodes/eve`)).body['visits'];
  await expect.poll(standing).toMatchObject([{ subject: 'campaign' }]);
  expect(await stuck()).toEqual([]);
  await owner('POST', `/api/runs/${run}/control`, { do: 'cancel', reason: 'enough' });
});

test('an event from outside wakes the run that waits for it', async () => {
  const document = smallPlaybook('listens');
  document.graph.nodes[1] = {
    id: 'ok',
    step: 'wait-for-event',
    config: {
      topics: [{ event: 'order.paid', port: 'paid', where: { cel: 'event.amount >= 100.0' } }],
      within: 'P1D',
    },
  };
  document.graph.edges.splice(
    1,
    3,
    { id: 'e2', from: 'ok', port: 'paid', to: 'eve' },
    { id: 'e3', from: 'ok', port: 'timeout', to: 'refused' },
  );
  const run = await launch(owner, { playbook: await playbook('listens', document) });
  const at = async (node: string) =>
    ((await owner('GET', `/api/runs/${run}/nodes/${node}`)).body['visits'] as { listens: string[] }[])[0];
  await expect.poll(async () => (await at('ok'))?.listens).toEqual(['order.paid']);
  const report = (sourceId: string, amount: number) =>
    operator('POST', '/api/events', { name: 'order.paid', source: 'shop', sourceId, data: { amount } });
  await report('1', 5);
  await report('2', 500);
  await expect.poll(async () => (await at('eve')) !== undefined).toBe(true);
  await owner('POST', `/api/runs/${run}/control`, { do: 'cancel', reason: 'enough' });
});

test('another team learns nothing of a run', async () => {
  const run = await launch(operator, { params, fast: true, start: '2027-01-02T09:00:00Z' });
  const { rows } = await store.pool.query<{ id: number }>(
    `insert into team (name, created_at) values ('别的团队', now()) returning id`,
  );
  const other = await program(['owner'], rows[0]!.id);
  for (const path of [
    '',
    '/trace',
    '/stuck',
    '/deliveries',
    '/audit',
    '/live',
    '/forms',
    '/reports',
    '/subjects/campaign/0',
    '/nodes/ok',
  ]) {
    expect([path, (await other('GET', `/api/runs/${run}${path}`)).status]).toEqual([path, 404]);
  }
  for (const path of ['/control', '/control/preview']) {
    expect((await other('POST', `/api/runs/${run}${path}`, { do: 'pause' })).status).toBe(404);
  }
  expect((await other('POST', '/api/runs', { playbook: await playbook(), params })).status).toBe(404);
  expect((await other('GET', '/api/runs')).body['runs']).toEqual([]);
  const { body } = await operator('GET', '/api/runs?limit=1');
  expect(body['runs']).toMatchObject([{ id: run }]);
  expect(body['next']).toBe(run);
});

test('who came to the entrance of a journey and was not let in is told, with the reason, page by page', async () => {
  const document = journeyPlaybook(
    { in: ['enter', { capacity: 2 }, { out: 'bye' }], bye: ['end', {}] },
    { id: 'room-for-two' },
  ) as unknown as JsonObject;
  const order = { playbook: await playbook('room-for-two', document), params: {}, members: 5, fast: true };
  const { body } = await owner('POST', '/api/runs', order);
  const run = String(body['id']);
  await becomes(run, 'completed');
  const page = `/api/runs/${run}/turned-away?journey=all&reason=full&limit=2`;
  const first = await owner('GET', page);
  const told = (person: number) => ({ journey: 'all', person, reason: 'full', times: 1 });
  expect(first.body['members']).toMatchObject([told(2), told(3)]);
  const second = await owner('GET', `${page}&after=${encodeURIComponent(String(first.body['next']))}`);
  expect(second.body).toMatchObject({ members: [told(4)], next: null });
  expect((await owner('GET', `/api/runs/${run}/turned-away?reason=staff`)).body['members']).toEqual([]);
  expect((await owner('GET', `/api/runs/${run}/turned-away?journey=none`)).body['members']).toEqual([]);
});
