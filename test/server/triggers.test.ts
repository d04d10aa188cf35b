// Playbooks that events launch: ordered with the event, launched once, in turn, however many workers there are and whoever is away.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../engine/json.ts';
import { sweep } from '../../workers/sweep.ts';
import { openTemporal } from '../../workers/temporal.ts';
import { launchWaiting, PATIENCE_MS } from '../../workers/triggers.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { playbook, type Sketch } from '../support/temporal-play.ts';
import { temporalOfThisRun } from '../support/temporal.ts';

const { url } = await freshDatabase();
const { program, store, temporal } = await stand(url, { taskQueue: `triggers-${Date.now()}` });
const owner = await program(['owner']);
const designer = await program(['designer']);
const HOUR = 3_600_000;

const made = async (path: string, body: object) => String((await owner('POST', path, body)).body['id']);
const community = await made('/api/communities', { name: '收纳社' });
const group = await made('/api/groups', { name: '一群', community });

let no = 0;
const eventName = () => `order.paid-${(no += 1)}`;
const sketchOf = (start: JsonObject, end = 'z'): Sketch => ({
  begin: ['start', start, { out: end }],
  [end]: ['end', {}],
});

/** Publishes a playbook whose start is this, as its next version where it exists already. */
async function publish(
  start: JsonObject,
  of?: { readonly id: string; readonly key: string; readonly revision: number },
) {
  const document = playbook(
    sketchOf(start, of === undefined ? 'z' : 'y'),
    of === undefined ? {} : { id: of.key },
  );
  const id = of?.id ?? (await made('/api/playbooks', { document }));
  if (of !== undefined) await owner('PUT', `/api/playbooks/${id}/draft`, { document, revision: of.revision });
  const revision = (of?.revision ?? 0) + 1;
  const { status } = await owner('POST', `/api/playbooks/${id}/publish`, { revision });
  expect(status).toBe(201);
  return { id, key: document.id, revision };
}

async function arm(start: JsonObject, more: object = { community }) {
  const published = await publish({ trigger: 'event', ...start });
  const { status, body } = await owner('POST', '/api/triggers', { playbook: published.id, ...more });
  expect([status, body['code']]).toEqual([201, undefined]);
  return { trigger: String(body['id']), published };
}

let number = 0;
const report = (name: string, events: readonly object[]) =>
  owner('POST', '/api/events', {
    events: events.map((event) => ({ name, source: 'shop', sourceId: String((number += 1)), ...event })),
  });

const launches = async (trigger: string) =>
  (await owner('GET', `/api/triggers/${trigger}/launches`)).body['launches'] as {
    readonly state: string;
    readonly run: string | null;
    readonly reason: string | null;
  }[];
const states = async (trigger: string) =>
  (await launches(trigger)).map(({ state, reason }) => reason ?? state).toSorted();

async function launchAll(now = Date.now()): Promise<void> {
  while (await launchWaiting(store, temporal, { now }));
}

test('each event that fits launches one run, which knows the event; one that comes again launches none', async () => {
  const event = eventName();
  const { trigger } = await arm({ event, where: { cel: 'event.amount > 100.0' } });
  const again = { sourceId: 'same', data: { amount: 500 } };
  await report(event, [again, { data: { amount: 50 } }, {}, { data: { amount: 200 } }]);
  await report(event, [again]);
  await report('another.event', [{ data: { amount: 500 } }]);
  expect(await states(trigger)).toEqual(['waiting', 'waiting']);
  await launchAll();
  await launchAll();
  const all = await launches(trigger);
  expect(all.map(({ state }) => state)).toEqual(['launched', 'launched']);
  const { rows } = await store.pool.query(
    `select r.launched_by as by, r.community_id as community, e.data from run r
     join subject s on s.run_id = r.id and s.graph = 0 join event e on e.id = s.event_id
     where r.id = any($1) order by e.id`,
    [all.map(({ run }) => run)],
  );
  const by = `trigger/${trigger}`;
  expect(rows).toEqual([
    { by, community, data: { amount: 500 } },
    { by, community, data: { amount: 200 } },
  ]);
});

test('the filter knows the member, and the parameters of the order', async () => {
  const event = eventName();
  const document = {
    ...playbook(
      sketchOf({
        trigger: 'event',
        event,
        where: { cel: '"vip" in member.tags && event.amount >= params.least' },
      }),
    ),
    params: { type: 'object', properties: { least: { type: 'number' } }, required: ['least'] },
  };
  const playbookId = await made('/api/playbooks', { document });
  await owner('POST', `/api/playbooks/${playbookId}/publish`, { revision: 1 });
  const trigger = await made('/api/triggers', { playbook: playbookId, community, params: { least: 10 } });
  const vip = await made('/api/members', { name: '小雨', tags: ['vip'] });
  const other = await made('/api/members', { name: '小雪' });
  await report(event, [
    { member: vip, data: { amount: 10 } },
    { member: vip, data: { amount: 9 } },
    { member: other, data: { amount: 10 } },
    { data: { amount: 10 } },
  ]);
  expect(await states(trigger)).toEqual(['waiting']);
});

test('a date that counts from the launch counts from each event in the filter, and a fixed one is the playbook’s own', async () => {
  const event = eventName();
  const document = {
    ...playbook(sketchOf({ trigger: 'event', event, where: { cel: 'event.at <= params.T' } })),
    zone: 'Asia/Shanghai',
    params: {
      type: 'object',
      properties: { T: { type: 'string', format: 'date-time' } },
      required: ['T'],
    },
  };
  const playbookId = await made('/api/playbooks', { document });
  await owner('POST', `/api/playbooks/${playbookId}/publish`, { revision: 1 });
  const arming = (T: JsonObject | string) =>
    made('/api/triggers', { playbook: playbookId, community, params: { T } });
  const fromEach = await arming({ for: 'PT0S' });
  const ahead = await arming('2099-01-01T00:00');
  const passed = await arming('2020-01-01T00:00');
  const member = await made('/api/members', { name: '小雨' });
  // Later than the arming, and later than each other: a date kept from either would be too early for them.
  await report(event, [{ member }]);
  await report(event, [{ member }]);
  expect(await states(fromEach)).toEqual(['waiting', 'waiting']);
  expect(await states(ahead)).toEqual(['waiting', 'waiting']);
  expect(await states(passed)).toEqual([]);
});

test('always the newest version: its start says which event', async () => {
  const [first, second] = [eventName(), eventName()];
  const { trigger, published } = await arm({ event: first });
  await report(first, [{}]);
  const next = await publish({ trigger: 'event', event: second }, published);
  await report(first, [{}]);
  await report(second, [{}]);
  await launchAll();
  const all = await launches(trigger);
  expect(all.map(({ state }) => state)).toEqual(['launched', 'launched']);
  const { rows } = await store.pool.query<{ number: number }>(
    'select v.number from run r join playbook_version v on v.id = r.version_id where r.id = any($1)',
    [all.map(({ run }) => run)],
  );
  expect(rows.map((row) => row.number)).toEqual([2, 2]);
  await publish({ trigger: 'manual' }, next);
  await report(second, [{}]);
  expect(await launches(trigger)).toHaveLength(2);
});

test('no more are launched in an hour than the trigger allows, and what has waited for a day is given up', async () => {
  const event = eventName();
  const { trigger } = await arm({ event }, { community, perHour: 2 });
  await report(
    event,
    Array.from({ length: 7 }, () => ({})),
  );
  const now = Date.now();
  const launchedBy = async (at: number) => {
    await launchAll(at);
    return (await states(trigger)).filter((state) => state === 'launched').length;
  };
  expect(await launchedBy(now)).toBe(2);
  expect(await launchedBy(now + HOUR - 1_000)).toBe(2);
  expect(await launchedBy(now + HOUR + 1)).toBe(4);
  await launchAll(now + PATIENCE_MS + 60_000);
  expect(await states(trigger)).toEqual([
    'late',
    'late',
    'late',
    ...Array.from({ length: 4 }, () => 'launched'),
  ]);
  const { body } = await owner('GET', '/api/notices');
  expect(body['notices']).toMatchObject([{ kind: 'launch', detail: { by: 'trigger' } }]);
});

test('eight workers at once launch each once, within the bound', async () => {
  const event = eventName();
  const { trigger } = await arm({ event }, { community, perHour: 30 });
  await report(
    event,
    Array.from({ length: 40 }, () => ({})),
  );
  const now = Date.now();
  for (let round = 0; round < 6; round += 1)
    await Promise.all(Array.from({ length: 8 }, () => launchWaiting(store, temporal, { now })));
  const all = await launches(trigger);
  const runs = all.flatMap(({ run }) => (run === null ? [] : [run]));
  expect([runs.length, new Set(runs).size]).toEqual([30, 30]);
  const { rows } = await store.pool.query('select from run where launched_by = $1', [`trigger/${trigger}`]);
  expect(rows).toHaveLength(30);
});

test('while Temporal is away nothing is lost: the run is made, and begins when it is back', async () => {
  const event = eventName();
  const { trigger } = await arm({ event });
  await report(event, [{}]);
  const { taskQueue, ...address } = temporalOfThisRun();
  const away = openTemporal({ ...address, address: '127.0.0.1:1' }, taskQueue);
  expect(await launchWaiting(store, away, { now: Date.now() })).toBe(true);
  await away.close();
  const run = (await launches(trigger))[0]!.run!;
  const stateNow = () =>
    temporal.client.workflow
      .getHandle(`run-${run}/0`)
      .describe()
      .then(({ status }) => status.name)
      .catch(() => 'unknown');
  expect(await stateNow()).toBe('unknown');
  await sweep(store, temporal, Date.now() + 60_000);
  expect(await stateNow()).toBe('RUNNING');
});

test('without an audience of its own it is for where the event happened, and for nobody when that is nowhere', async () => {
  const event = eventName();
  const { trigger } = await arm({ event }, {});
  await report(event, [{ group }, { community }, {}]);
  await launchAll();
  const [nowhere, inCommunity, inGroup] = await launches(trigger);
  expect(nowhere).toMatchObject({ state: 'refused', reason: 'audience' });
  const audience = async (run: string | null | undefined) =>
    (await store.pool.query('select community_id as community, groups from run where id = $1', [run]))
      .rows[0];
  expect(await audience(inCommunity?.run)).toEqual({ community, groups: [] });
  expect(await audience(inGroup?.run)).toEqual({ community, groups: [group] });
});

test('what happens inside of a run launches nothing', async () => {
  const event = eventName();
  const { trigger } = await arm({ event });
  const { rows } = await store.pool.query<{ id: string }>('select id from run limit 1');
  const { ingest } = await import('../../workers/store/event.ts');
  const [team] = (await store.pool.query<{ team: number }>('select team_id as team from run limit 1')).rows;
  const inside = { name: event, source: 'run/x', sourceId: '1', at: Date.now(), run: rows[0]!.id };
  await ingest(store, team!.team, [inside], Date.now());
  expect(await launches(trigger)).toEqual([]);
});

test('disarmed, it launches nothing more, not even what waits', async () => {
  const event = eventName();
  const { trigger } = await arm({ event });
  await report(event, [{}]);
  expect((await designer('DELETE', `/api/triggers/${trigger}`)).status).toBe(404);
  expect((await owner('DELETE', `/api/triggers/${trigger}`)).status).toBe(200);
  await report(event, [{}]);
  await launchAll();
  expect(await states(trigger)).toEqual(['stopped']);
  const { body } = await owner('GET', '/api/triggers');
  const listed = (body['triggers'] as { id: string }[]).find(({ id }) => id === trigger);
  expect(listed).toMatchObject({ waiting: 0, launched: 0, refused: 1, perHour: 60 });
});

test('only a playbook whose start waits for an event can be armed, with what its launch needs', async () => {
  const manual = await publish({ trigger: 'manual' });
  const event = await publish({ trigger: 'event', event: eventName() });
  const refused = async (body: object) => {
    const answer = await owner('POST', '/api/triggers', body);
    return [answer.status, answer.body['place']];
  };
  expect(await refused({ playbook: manual.id })).toEqual([400, '/playbook']);
  expect(await refused({ playbook: crypto.randomUUID() })).toEqual([404, null]);
  expect(await refused({ playbook: event.id, groups: [crypto.randomUUID()] })).toEqual([422, '/groups/0']);
  expect(await refused({ playbook: event.id, perHour: 0 })).toEqual([400, '/perHour']);
  expect(await refused({ playbook: event.id, roles: { x: [crypto.randomUUID()] } })).toEqual([422, '/roles']);
  const { problems } = (
    await owner('POST', '/api/check', { document: playbook(sketchOf({ trigger: 'event' })) })
  ).body as { problems: { code: string }[] };
  expect(problems.map(({ code }) => code)).toContain('E-MISSING');
});
