// Events from outside: as CloudEvents in each of their modes, about members by their accounts, from sources that may or may not make members.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stand, type Said } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { rowsLookedAt } from '../support/looked-at.ts';

const { url } = await freshDatabase();
const { app, program, store, team } = await stand(url);
const owner = await program(['owner']);
const operator = await program(['operator']);
const english = { 'accept-language': 'en' };

const { rows: channels } = await store.pool.query<{ id: string; name: string }>(
  `insert into channel (id, team_id, name, kind, created_at)
   select gen_random_uuid(), $1, name, 'manual', now() from unnest(array['wecom', 'shop']) as name returning id, name`,
  [team],
);
const channelId = (name: string) => channels.find((it) => it.name === name)!.id;
const made = async (path: string, body: object) => String((await operator('POST', path, body)).body['id']);
const community = await made('/api/communities', { name: '收纳社' });
const group = await made('/api/groups', { name: '一群', community });
await owner('POST', '/api/event-sources', { name: 'crm', makesMembers: true, channels: ['wecom'] });

let no = 0;
const event = (more: object = {}) => ({
  name: 'member.replied',
  source: 'crm',
  sourceId: `e-${(no += 1)}`,
  ...more,
});
const account = (externalId: string, channel = 'wecom') => ({ identity: { channel, externalId } });
const report = (body: unknown, headers: Record<string, string> = {}) =>
  operator('POST', '/api/events', body, { ...english, ...headers });
const itemsOf = ({ body }: Said) => body['items'] as Record<string, string>[];
const membersWith = async (externalId: string) =>
  (
    await store.pool.query<{ id: string; name: string; joined: number }>(
      `select m.id, m.display_name as name, ms_of(m.joined_at) as joined from member_identity i
       join member m on m.id = i.member_id where i.external_id = $1`,
      [externalId],
    )
  ).rows;

describe('an account that nobody knows', () => {
  test('becomes a member when its source may make members, and is found from then on', async () => {
    const at = '2026-11-01T08:00:00Z';
    const first = await report({
      events: [
        event({
          identity: { channel: 'wecom', externalId: 'wm-1', name: '小雨' },
          at: '2026-11-02T08:00:00Z',
        }),
        event({ ...account('wm-1'), at }),
        event(account('wm-1', channelId('wecom'))),
      ],
    });
    const [member] = await membersWith('wm-1');
    expect(member).toMatchObject({ name: 'wm-1', joined: Date.parse(at) });
    expect(itemsOf(first)).toEqual(
      Array.from({ length: 3 }, () => ({ status: 'accepted', member: member!.id, created: true })),
    );
    expect(itemsOf(await report(event(account('wm-1'))))).toEqual([
      { status: 'accepted', member: member!.id },
    ]);
  });

  test('is refused from a source that may not, that nobody declared, or of a channel that is not its own', async () => {
    await owner('POST', '/api/event-sources', { name: 'poll' });
    const { body } = await report({
      events: [
        event({ source: 'poll', ...account('wm-2') }),
        event({ source: 'unknown', ...account('wm-2') }),
        event(account('wm-2', 'shop')),
        event(account('wm-2', 'nowhere')),
        event({ ...account('wm-2'), member: crypto.randomUUID() }),
      ],
    });
    expect(body).toMatchObject({ accepted: 0, refused: 5 });
    expect(
      (body['items'] as { place: string; message: string }[]).map(({ place, message }) => [place, message]),
    ).toEqual([
      ['/identity', 'nobody has this account, and this source may not make members'],
      ['/identity', 'nobody has this account, and this source may not make members'],
      ['/identity', 'this source may not name accounts of this channel'],
      ['/identity', 'there is no such channel'],
      ['/identity', 'name either the member or an account, not both'],
    ]);
    expect(await membersWith('wm-2')).toEqual([]);
  });

  test('becomes one member, whichever of eight senders is first', async () => {
    const batch = (client: number) =>
      Array.from({ length: 200 }, (_, index) => event(account(`crowd-${(index * 7 + client * 31) % 200}`)));
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, client) => report({ events: batch(client) })),
    );
    const items = answers.flatMap(itemsOf);
    expect(items.filter(({ status }) => status === 'accepted')).toHaveLength(1_600);
    expect(items.filter(({ created }) => created !== undefined)).toHaveLength(200);
    const { rows } = await store.pool.query<{ members: number; orphans: number }>(
      `select count(distinct m.id) as members, count(*) filter (where i.id is null) as orphans
       from member m left join member_identity i on i.member_id = m.id where m.display_name like 'crowd-%'`,
    );
    expect(rows[0]).toEqual({ members: 200, orphans: 0 });
  });
});

describe('a source', () => {
  test('is declared by an owner alone, with channels that exist, once', async () => {
    expect((await operator('POST', '/api/event-sources', { name: 'x' })).status).toBe(404);
    const wrong = await owner('POST', '/api/event-sources', { name: 'x', channels: ['wecom', 'moon'] });
    expect([wrong.status, wrong.body['place']]).toEqual([400, '/channels/1']);
    expect((await owner('POST', '/api/event-sources', { name: 'crm' })).status).toBe(409);
    const { body } = await operator('GET', '/api/event-sources');
    expect(body['sources']).toMatchObject([
      { name: 'crm', makesMembers: true, channels: ['wecom'], enabled: true },
      { name: 'poll', makesMembers: false, channels: [] },
    ]);
  });

  test('that is switched off reports nothing', async () => {
    const { id } = (await owner('POST', '/api/event-sources', { name: 'old', makesMembers: true })).body;
    await owner('PATCH', `/api/event-sources/${String(id)}`, { enabled: false });
    const answer = await report({ events: [event({ source: 'old', ...account('wm-3') })] });
    expect(itemsOf(answer)).toMatchObject([{ status: 'refused', place: '/source' }]);
    expect(await membersWith('wm-3')).toEqual([]);
    await owner('PATCH', `/api/event-sources/${String(id)}`, { enabled: true });
    expect((await report(event({ source: 'old', ...account('wm-3') }))).body).toMatchObject({ accepted: 1 });
  });
});

describe('a CloudEvent', () => {
  const cloud = (more: object = {}) => ({
    specversion: '1.0',
    id: `c-${(no += 1)}`,
    source: 'crm',
    type: 'order.paid',
    ...more,
  });
  const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
  const batched = { 'content-type': 'application/cloudevents-batch+json' };
  const stored = async (id: string) =>
    (
      await store.pool.query(
        `select name, source, ms_of(at) as at, member_id as member, group_id as "group", community_id as community, data
         from event where source_id = $1`,
        [id],
      )
    ).rows;

  test('in structured mode says by its subject whom it is about', async () => {
    const [member] = await membersWith('wm-1');
    const one = cloud({
      subject: 'wecom/wm-1',
      time: '2026-11-20T10:00:00.5+08:00',
      datacontenttype: 'application/json',
      data: { amount: 12.5 },
      groupid: group.toUpperCase(),
      traceparent: 'ignored',
    });
    expect((await report(JSON.stringify(one), structured)).body).toMatchObject({ accepted: 1 });
    expect((await report(JSON.stringify(one), structured)).body).toMatchObject({ duplicates: 1 });
    expect(await stored(one.id)).toEqual([
      {
        name: 'order.paid',
        source: 'crm',
        at: Date.parse('2026-11-20T02:00:00.500Z'),
        member: member!.id,
        group,
        community,
        data: { amount: 12.5 },
      },
    ]);
    const other = cloud({ subject: `member/${member!.id}` });
    await report(JSON.stringify(other), structured);
    expect(await stored(other.id)).toMatchObject([{ member: member!.id }]);
  });

  test('about something that is no member is about nobody', async () => {
    const one = cloud({ subject: 'orders/4711' });
    expect((await report(JSON.stringify(one), structured)).body).toMatchObject({ accepted: 1 });
    expect(await stored(one.id)).toMatchObject([{ member: null }]);
  });

  test('in batched mode gets an answer for each', async () => {
    const batch = [
      cloud({ channel: 'wecom', externalid: 'wm-9', membername: '阿九' }),
      cloud({ specversion: '0.3' }),
      cloud({ time: '2100-01-01T00:00:00Z' }),
      cloud({ data_base64: 'AAAA' }),
      cloud({ data: [1] }),
      cloud({ memberid: '01980000-0000-7000-8000-000000000000' }),
      7,
    ];
    const answer = await report(JSON.stringify(batch), batched);
    expect(itemsOf(answer).map(({ status, place, created }) => place ?? created ?? status)).toEqual([
      true,
      '/specversion',
      '/time',
      '/data_base64',
      '/data',
      '/memberid',
      '/',
    ]);
    expect(await membersWith('wm-9')).toMatchObject([{ name: '阿九' }]);
    expect((await report('[]', batched)).status).toBe(400);
  });

  test('in binary mode has its attributes in headers', async () => {
    const id = `c-${(no += 1)}`;
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-source': 'crm',
      'ce-type': 'order.paid',
      'ce-subject': `wecom/${encodeURIComponent('帐号 7')}`,
    };
    expect((await report({ amount: 3 }, headers)).body).toMatchObject({ accepted: 1 });
    expect(await stored(id)).toMatchObject([{ data: { amount: 3 } }]);
    expect(await membersWith('帐号 7')).toHaveLength(1);
    const bare = await app.inject({
      method: 'POST',
      url: '/api/events',
      headers: { ...headers, 'ce-id': `${id}-b`, authorization: `Bearer ${operator.key}` },
    });
    expect(bare.statusCode).toBe(202);
  });

  test('that is refused says so by the status of the request, since it is all there is', async () => {
    const { status, body } = await report(JSON.stringify(cloud({ type: 'with space' })), structured);
    expect([status, body['code'], body['place']]).toEqual([400, 'invalid-request', '/type']);
    const unknown = await report(
      JSON.stringify(cloud({ source: 'x', subject: 'wecom/stranger' })),
      structured,
    );
    expect([unknown.status, unknown.body['place']]).toEqual([400, '/subject']);
  });
});

describe('joining and leaving', () => {
  test('make stays, with where from and by whom, whichever is reported first', async () => {
    const [inviter] = await membersWith('wm-1');
    const at = (hour: number) => new Date(Date.UTC(2026, 10, 3, hour)).toISOString();
    const turn = (name: string, hour: number, data = {}) =>
      event({ name: `member.${name}`, group, at: at(hour), data, ...account('wm-stay') });
    await report(turn('left', 9));
    await report({
      events: [
        turn('joined', 12),
        turn('joined', 8, { source: 'poster', inviter: inviter!.id.toUpperCase() }),
      ],
    });
    const { rows } = await store.pool.query(
      `select ms_of(joined_at) as joined, ms_of(left_at) as left, join_source as source, inviter_id as inviter
       from membership s join member_identity i using (member_id) where i.external_id = 'wm-stay' order by joined_at`,
    );
    expect(rows).toEqual([
      { joined: Date.parse(at(8)), left: Date.parse(at(9)), source: 'poster', inviter: inviter!.id },
      { joined: Date.parse(at(12)), left: null, source: 'crm', inviter: null },
    ]);
  });

  test('reported by eight at once leave no two stays of one member overlapping', async () => {
    const turns = Array.from({ length: 8 }, (_, client) =>
      Array.from({ length: 60 }, (_item, index) =>
        event({
          name: (client + index) % 3 === 0 ? 'member.left' : 'member.joined',
          group,
          at: new Date(Date.UTC(2026, 10, 5) + ((index * 37 + client * 11) % 97) * 60_000).toISOString(),
          ...account(`stay-${index % 20}`),
        }),
      ),
    );
    const answers = await Promise.all(turns.map((events) => report({ events })));
    expect(answers.map(({ body }) => body['accepted'])).toEqual(turns.map(() => 60));
    const { rows } = await store.pool.query<{ stays: number; open: number }>(
      `select count(*) as stays, count(*) filter (where s.left_at is null) as open
       from membership s join member_identity i using (member_id) where i.external_id like 'stay-%'`,
    );
    expect(rows[0]!.stays).toBeGreaterThan(20);
    expect(rows[0]!.open).toBeLessThanOrEqual(20);
  });
});

test('whatever is sent, the answer is one of ours, and nothing is stored of what was refused', async () => {
  const hostile = fc.oneof(
    fc.anything({ maxDepth: 3 }),
    fc.record(
      {
        name: fc.oneof(fc.string(), fc.constant('member.joined')),
        source: fc.oneof(fc.string(), fc.constant('crm')),
        sourceId: fc.string({ minLength: 1 }),
        at: fc.oneof(fc.string(), fc.constant('2026-02-30T00:00:00Z'), fc.constant('2026-01-01T00:00:00Z')),
        identity: fc.anything({ maxDepth: 1 }),
        subject: fc.string(),
        data: fc.anything({ maxDepth: 2 }),
      },
      { requiredKeys: [] },
    ),
  );
  const types = ['application/json', 'application/cloudevents+json', 'application/cloudevents-batch+json'];
  await fc.assert(
    fc.asyncProperty(fc.array(hostile, { maxLength: 5 }), fc.constantFrom(...types), async (events, type) => {
      const text = JSON.stringify(type === 'application/json' ? { events } : events) ?? 'null';
      const before = await store.pool.query<{ n: number }>('select count(*) as n from event');
      const { status, body } = await report(text, { 'content-type': type });
      const after = await store.pool.query<{ n: number }>('select count(*) as n from event');
      expect([202, 400]).toContain(status);
      expect(after.rows[0]!.n - before.rows[0]!.n).toBe(status === 202 ? body['accepted'] : 0);
    }),
    { numRuns: 150 },
  );
});

test('hundreds who join are not looked for among all others, whoever has brought them', async () => {
  await store.pool.query(
    `insert into member (id, team_id, display_name, joined_at)
     select gen_random_uuid(), $1, 'x', now() from generate_series(1, 2000)`,
    [team],
  );
  const before = await rowsLookedAt(store.pool, 'member');
  const joins = Array.from({ length: 500 }, (_, i) =>
    event({ name: 'member.joined', ...account(`many-${i}`), group, data: { inviter: `friend ${i}` } }),
  );
  expect((await report({ events: joins })).body).toMatchObject({ accepted: 500 });
  expect((await rowsLookedAt(store.pool, 'member')) - before).toBeLessThan(500 * 100);
});
