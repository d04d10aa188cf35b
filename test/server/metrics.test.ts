// Community metrics through the server: the catalogue, a value with what it rests on, and the snapshot that proves it.
import { expect, test } from 'vitest';
import { metrics } from '../../engine/metrics.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { program, store, team } = await stand(url);
const operator = await program(['operator']);
const { rows } = await store.pool.query<{ id: number }>(
  `insert into team (name, created_at) values ('别的团队', now()) returning id`,
);
const foreigner = await program(['owner'], rows[0]!.id);

const make = async (path: string, body: object) => String((await operator('POST', path, body)).body['id']);
const community = await make('/api/communities', { name: '收纳社' });
const group = await make('/api/groups', { name: '一群', community });
await store.pool.query(
  `with m as (
     insert into member (id, team_id, display_name, joined_at)
     select gen_random_uuid(), $1, 'm', now() - interval '60 days' from generate_series(1, 40) returning id)
   insert into membership (id, team_id, member_id, group_id, joined_at)
   select gen_random_uuid(), $1, id, $2, now() - interval '60 days' from m`,
  [team, group],
);
const { rows: members } = await store.pool.query<{ id: string }>('select id from member where team_id = $1', [
  team,
]);
let no = 0;
const report = (count: number, more: object = {}) =>
  operator('POST', '/api/events', {
    events: members.slice(0, count).map(({ id }) => ({
      name: 'order.paid',
      source: 'shop',
      sourceId: String((no += 1)),
      member: id,
      ...more,
    })),
  });
const compute = (body: object, who = operator) =>
  who('POST', '/api/metrics/compute', body, { 'accept-language': 'en' });

test('the catalogue says of every metric what it is', async () => {
  const { body } = await operator('GET', '/api/metrics');
  const listed = body['metrics'] as { id: string; label: { zh: string }; scopes: string[] }[];
  expect(listed.map(({ id }) => id)).toEqual(Object.keys(metrics));
  expect(listed.find(({ id }) => id === 'active_rate_week')).toMatchObject({
    unit: 'share',
    window: { fixed: 'P7D' },
    scopes: ['run', 'group', 'community'],
    health: { alarm: { op: '<', value: 0.1 } },
  });
  expect(body['families']).toContainEqual(expect.objectContaining({ id: 'uplift', takes: 'node.event' }));
});

test('a value comes with how many stand behind it, how it stands, and a snapshot that gives it again', async () => {
  await report(6);
  const { status, body } = await compute({ metric: 'active_rate', community });
  expect([status, body]).toMatchObject([
    200,
    {
      value: 0.15,
      n: 40,
      hidden: null,
      unit: 'share',
      population: 40,
      facts: { part: 6, whole: 40 },
      health: null,
    },
  ]);
  await report(30);
  await store.pool.query('update membership set left_at = now() where group_id = $1 and member_id = $2', [
    group,
    members[0]!.id,
  ]);
  expect((await compute({ metric: 'active_rate', community })).body['value']).toBe(0.75);
  const again = await operator('GET', `/api/metrics/snapshots/${String(body['snapshot'])}`);
  expect(again.body).toMatchObject({
    metric: 'active_rate',
    kind: 'community',
    scope: community,
    value: 0.15,
    again: { value: 0.15, n: 40, hidden: null },
  });
  const listed = await operator('GET', `/api/metrics/snapshots?scope=${community}&metric=active_rate`);
  expect((listed.body['snapshots'] as object[]).length).toBe(2);
});

test('thresholds may be brought along', async () => {
  const health = { good: { op: '>=', value: 0.9 }, alarm: { op: '<', value: 0.8 } };
  expect((await compute({ metric: 'active_rate', group, health })).body['health']).toBe('alarm');
  expect((await compute({ metric: 'active_rate_week', group })).body['health']).toBe('good');
});

test('what cannot be told says why', async () => {
  const hidden = async (body: object) => (await compute(body)).body['hidden'];
  expect(await hidden({ metric: 'retention_d1', group })).toBe('nothing');
  expect(await hidden({ metric: 'active_rate', group, at: '2020-01-01T00:00:00Z' })).toBe('nothing');
  const other = await make('/api/groups', { name: '二群', community });
  await operator('POST', `/api/groups/${other}/members`, {
    members: members.slice(0, 19).map(({ id }) => id),
  });
  expect(await hidden({ metric: 'churn', group: other, window: 'PT1S' })).not.toBe('no-such-facts');
});

test('what is asked wrongly is refused by its place', async () => {
  const place = async (body: object) => {
    const answer = await compute(body);
    return [answer.status, answer.body['place']];
  };
  expect(await place({ metric: 'gmv', community })).toEqual([400, '/metric']);
  expect(await place({ metric: 'participation', community })).toEqual([400, '/metric']);
  expect(await place({ metric: 'active_rate' })).toEqual([400, '/']);
  expect(await place({ metric: 'active_rate', community, group })).toEqual([400, '/']);
  expect(await place({ metric: 'active_rate', community: group })).toEqual([422, '/community']);
  expect(await place({ metric: 'active_rate', community, window: 'a week' })).toEqual([400, '/window']);
  expect(await place({ metric: 'active_rate', community, window: 'P9999Y' })).toEqual([400, '/window']);
  expect(await place({ metric: 'active_rate_week', community, window: 'P1D' })).toEqual([400, '/window']);
  expect(await place({ metric: 'active_rate', community, at: '2100-01-01T00:00:00Z' })).toEqual([400, '/at']);
  expect(await place({ metric: 'active_rate', run: crypto.randomUUID() })).toEqual([404, null]);
  expect(await place({ metric: `event.${"x'; drop table event; --"}`, community })).toEqual([400, '/metric']);
});

test('of another team’s communities nothing can be asked, and their snapshots are not there', async () => {
  const { snapshot } = (await compute({ metric: 'members', community })).body;
  expect((await compute({ metric: 'members', community }, foreigner)).status).toBe(422);
  expect((await foreigner('GET', `/api/metrics/snapshots/${String(snapshot)}`)).status).toBe(404);
  const listed = await foreigner('GET', `/api/metrics/snapshots?scope=${community}`);
  expect(listed.body['snapshots']).toEqual([]);
});

test('messages that say which one they answer make chains, as one event and as a CloudEvent', async () => {
  const said = (no: number, member: number, replyTo?: string) => ({
    name: 'member.replied',
    source: 'chat',
    sourceId: `said-${no}`,
    member: members[member]!.id,
    data: { text: '今天收拾了书桌', ...(replyTo === undefined ? {} : { replyTo }) },
  });
  await operator('POST', '/api/events', {
    events: Array.from({ length: 24 }, (_, index) => said(index, 1 + (index % 12))),
  });
  // Nobody has said what they answer: that is no zero.
  expect((await compute({ metric: 'reply_share', community })).body).toMatchObject({
    value: null,
    hidden: 'nothing',
    facts: { part: 0, whole: 24, named: 0 },
  });
  const answer = await operator('POST', '/api/events', said(30, 5, 'said-3'));
  expect(answer.body).toMatchObject({ accepted: 1 });
  const cloud = {
    specversion: '1.0',
    id: 'said-31',
    source: 'chat',
    type: 'member.replied',
    memberid: members[6]!.id,
    data: { text: '好看', replyTo: 'said-30' },
  };
  expect((await operator('POST', '/api/events', said(32, 7, ''))).body).toMatchObject({
    place: '/data/replyTo',
  });
  // Two answers and the one that is answered first; another source's message of the same number is not.
  await operator('POST', '/api/events', { ...said(3, 8), source: 'forum' });
  const sent = await operator('POST', '/api/events', cloud, {
    'content-type': 'application/cloudevents+json',
  });
  expect([sent.status, sent.body]).toMatchObject([202, { accepted: 1 }]);
  const { body } = await compute({ metric: 'reply_share', community });
  expect(body).toMatchObject({ facts: { part: 3, whole: 27, named: 2 }, n: 27, value: 3 / 27 });
  const again = await operator('GET', `/api/metrics/snapshots/${String(body['snapshot'])}`);
  expect(again.body).toMatchObject({ again: { value: 3 / 27, n: 27 } });
});
