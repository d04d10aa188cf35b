// Members, groups, consents and the events that are reported about them: counted once, answered one by one.
import { describe, expect, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { app, program, store } = await stand(url);
const operator = await program(['operator']);
const { rows } = await store.pool.query<{ id: number }>(
  `insert into team (name, created_at) values ('别的团队', now()) returning id`,
);
const foreigner = await program(['owner'], rows[0]!.id);

const make = async (path: string, body: object) => String((await operator('POST', path, body)).body['id']);
for (const [key, type] of [
  ['city', 'text'],
  ['level', 'number'],
] as const)
  await operator('PUT', `/api/attributes/${key}`, { type });
const member = await make('/api/members', { name: '小雨', tags: ['vip'], attributes: { city: '上海' } });
const community = await make('/api/communities', { name: '收纳社', purpose: 'knowledge' });
const group = await make('/api/groups', { name: '一群', community, heads: 120 });

describe('events', () => {
  const event = { name: 'member.replied', source: 'wecom', sourceId: 'm-1', member, data: { text: '好' } };
  const report = (body: object, who = operator) =>
    who('POST', '/api/events', body, { 'accept-language': 'en' });
  const stored = async () =>
    (await store.pool.query<{ source_id: string }>('select source_id from event order by id')).rows.map(
      (row) => row.source_id,
    );

  test('count once, however often and in whatever company they come', async () => {
    expect((await report(event)).body).toMatchObject({ accepted: 1, duplicates: 0 });
    expect((await report(event)).body).toMatchObject({ accepted: 0, duplicates: 1 });
    const { status, body } = await report({
      events: [
        event,
        { ...event, sourceId: 'm-2' },
        { ...event, sourceId: 'm-2' },
        { ...event, source: 'shop' },
      ],
    });
    expect([status, body['accepted'], body['duplicates']]).toEqual([202, 2, 2]);
    expect((body['items'] as { status: string }[]).map((it) => it.status)).toEqual([
      'duplicate',
      'accepted',
      'duplicate',
      'accepted',
    ]);
    expect((await stored()).toSorted((a, b) => a.localeCompare(b))).toEqual(['m-1', 'm-1', 'm-2']);
  });

  test('sent by twenty at once are stored once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => report({ ...event, sourceId: 'at-once' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    expect((await stored()).filter((id) => id === 'at-once')).toHaveLength(1);
  });

  test('a bad one is told why and does not keep the others out', async () => {
    const bad = [
      { ...event, sourceId: 'b1', name: 'with space' },
      { ...event, sourceId: 'b2', member: '01980000-0000-7000-8000-000000000000' },
      { ...event, sourceId: 'b3', at: '2100-01-01T00:00:00Z' },
      { ...event, sourceId: 'b4', data: { text: 'x'.repeat(20_000) } },
      { ...event, sourceId: 'b5', data: { text: 'a\u0000b' } },
      { ...event, sourceId: 'b6', source: 'run/somebody' },
      { name: 'member.replied' },
      'nothing',
      null,
    ];
    const good = { ...event, sourceId: 'good' };
    const { body } = await report({ events: [...bad, good] });
    expect(body).toMatchObject({ accepted: 1, refused: bad.length });
    const items = body['items'] as { status: string; place: string; message: string }[];
    expect(items.map(({ place }) => place)).toEqual([
      '/name',
      '/member',
      '/at',
      '/data',
      '/',
      '/source',
      '/source',
      '/',
      '/',
      undefined,
    ]);
    expect(items.slice(0, bad.length).every(({ message }) => message.length > 5)).toBe(true);
    expect((await stored()).at(-1)).toBe('good');
  });

  test('of a thousand go in at once, and more are refused', async () => {
    const events = Array.from({ length: 1_001 }, (_, i) => ({ ...event, sourceId: `bulk-${i}` }));
    expect((await report({ events })).status).toBe(400);
    expect((await report({ events: events.slice(1) })).body).toMatchObject({ accepted: 1_000, refused: 0 });
  });

  test('change what is known of a member: who opts out is left alone', async () => {
    await report({ ...event, name: 'member.opted-out', sourceId: 'o-1' });
    const { body } = await operator('GET', `/api/members/${member}`);
    expect(body['optOuts']).toMatchObject([{ scope: 'all', source: 'wecom' }]);
    expect(body['lastActiveAt']).not.toBeNull();
  });

  test('about another team’s member are refused', async () => {
    const { body } = await report({ events: [{ ...event, sourceId: 'f-1' }] }, foreigner);
    expect(body).toMatchObject({ accepted: 0, refused: 1 });
  });
});

describe('members and groups', () => {
  test('are found by tag and group, and changed in part', async () => {
    expect((await operator('POST', `/api/groups/${group}/members`, { members: [member] })).body).toEqual({
      joined: 1,
    });
    expect((await operator('POST', `/api/groups/${group}/members`, { members: [member] })).body).toEqual({
      joined: 0,
    });
    await operator('PATCH', `/api/members/${member}`, { attributes: { city: null, level: 3 } });
    const found = await operator('GET', `/api/members?tag=vip&group=${group}`);
    expect(found.body['members']).toMatchObject([{ id: member, attributes: { level: 3 } }]);
    expect((await operator('GET', '/api/members?tag=none')).body['members']).toEqual([]);
    expect((await operator('GET', '/api/groups')).body['groups']).toMatchObject([{ heads: 120, members: 1 }]);
  });

  test('consents are given with their text and taken back', async () => {
    const path = `/api/members/${member}/consents`;
    const consent = { purpose: 'marketing', basis: 'form', textVersion: '2026-11' };
    expect((await operator('POST', path, consent)).status).toBe(201);
    expect((await operator('DELETE', `${path}/marketing`)).status).toBe(200);
    expect((await operator('DELETE', `${path}/marketing`)).status).toBe(404);
    const { body } = await operator('GET', `/api/members/${member}`);
    expect(body['consents']).toMatchObject([{ purpose: 'marketing', revokedAt: expect.any(String) }]);
  });

  test('say where a request is wrong', async () => {
    const said = async (path: string, body: object) => {
      const { status, body: problem } = await operator('POST', path, body);
      return [status, problem['code'], problem['place']];
    };
    expect(await said('/api/members', { name: '' })).toEqual([400, 'invalid-request', '/name']);
    expect(await said('/api/members', { name: 'x', zone: 'Mars/Olympus' })).toEqual([
      400,
      'invalid-request',
      '/zone',
    ]);
    expect(await said('/api/groups', { name: 'x', community: member })).toEqual([
      422,
      'unknown-group',
      '/community',
    ]);
    expect(await said('/api/communities', { name: '收纳社' })).toEqual([409, 'name-taken', '/name']);
    expect(await said(`/api/groups/${group}/members`, { members: [group] })).toEqual([
      422,
      'unknown-member',
      '/members/0',
    ]);
  });

  test('of another team are not there', async () => {
    for (const path of [`/api/members/${member}`, `/api/members/${member}/consents/marketing`]) {
      const method = path.endsWith('marketing') ? 'DELETE' : 'GET';
      expect([path, (await foreigner(method, path)).status]).toEqual([path, 404]);
    }
    expect((await foreigner('PATCH', `/api/groups/${group}`, { heads: 1 })).status).toBe(404);
    expect((await foreigner('GET', '/api/members')).body['members']).toEqual([]);
    expect((await foreigner('POST', '/api/groups', { name: 'x', community })).status).toBe(422);
  });
});

test('a caller that asks too often is told to wait', async () => {
  const slow = await stand(url, { perMinute: 5 });
  const answers = [];
  for (let i = 0; i < 7; i += 1)
    answers.push(await slow.stranger('GET', '/healthz', undefined, { 'accept-language': 'en' }));
  expect(answers.at(-1)).toMatchObject({ status: 429, body: { code: 'too-many-requests', place: null } });
  expect(String(answers.at(-1)?.body['message'])).toContain('Too many');
});

test('so is one who is refused each time, wherever they knock; a route with a limit of its own counts by itself', async () => {
  const slow = await stand(url, { perMinute: 3 });
  const knock = (path: string, key = {}) => slow.stranger('GET', path, undefined, key);
  const answers = [];
  for (const path of ['/api/me', '/api/nothing', '/nothing', '/api/me', '/nothing'])
    answers.push((await knock(path)).status);
  answers.push((await knock('/nothing', { authorization: `Bearer ${operator.key}` })).status);
  expect(answers).toEqual([401, 401, 401, 429, 429, 429]);
  expect((await slow.stranger('POST', '/api/events', {})).status).toBe(401);
});

test('metrics count requests by route and hold nothing that a person wrote', async () => {
  const { text, status } = await operator('GET', '/metrics');
  expect(status).toBe(200);
  expect(text).toContain(
    'kindling_http_request_seconds_count{method="POST",route="/api/events",status="202"}',
  );
  expect(text).toContain('kindling_runs');
  expect(text).not.toContain(member);
  expect(app.measures).toBeDefined();
});
