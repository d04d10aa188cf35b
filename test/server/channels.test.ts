// Channels through the API: made by kind, their secrets going in and never out, their state told with its reason.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildApp } from '../../server/app.ts';
import { openSecret } from '../../workers/store/secret.ts';
import { KEYRING, PUBLIC_URL, stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const NOW = Date.UTC(2026, 10, 27, 9, 0, 0);
const { store, temporal, program, team } = await stand(url, { clock: () => NOW });
const owner = await program(['owner']);
const operator = await program(['operator']);

const HOOK = 'https://open.feishu.cn/open-apis/bot/v2/hook/hunter2-token';
const english = { 'accept-language': 'en' };

async function make(body: object): Promise<string> {
  const made = await owner('POST', '/api/channels', body);
  expect(made).toMatchObject({ status: 201 });
  return String(made.body['id']);
}
const get = async (id: string) => (await owner('GET', `/api/channels/${id}`, undefined, english)).body;

test('each kind says what it needs, so that a form can be drawn from it', async () => {
  const { body } = await operator('GET', '/api/channel-kinds');
  const kinds = body['kinds'] as {
    kind: string;
    secretFields: { key: string }[];
    limits: { evidence: string };
  }[];
  expect(kinds.map(({ kind }) => kind)).toContain('feishu');
  const feishu = kinds.find(({ kind }) => kind === 'feishu')!;
  expect(feishu.secretFields.map(({ key }) => key)).toEqual(['hook', 'sign']);
  expect(feishu.limits.evidence).toContain('documented');
});

describe('an account', () => {
  let id: string;
  beforeAll(async () => {
    id = await make({
      name: '值班群',
      kind: 'feishu',
      label: { 'zh-CN': '值班群', en: 'On duty' },
      audience: 'staff',
    });
  });

  test('is incomplete until it has a secret and somebody vouches for its sender', async () => {
    expect(await get(id)).toMatchObject({
      health: { state: 'incomplete', reason: 'no-secret' },
      secret: { parts: [] },
    });
    expect(
      await owner('PUT', `/api/channels/${id}/secret`, { hook: HOOK, sign: 'hunter2-sign' }),
    ).toMatchObject({
      status: 200,
      body: { parts: ['hook', 'sign'] },
    });
    expect(await get(id)).toMatchObject({ health: { state: 'incomplete', reason: 'unverified' } });
    await owner('PUT', `/api/channels/${id}/sender`, { identity: '薪火运营团队' });
    expect(await get(id)).toMatchObject({
      health: { state: 'unused', reason: null },
      sender: { identity: '薪火运营团队', verifiedAt: '2026-11-27T09:00:00.000Z' },
      secret: { parts: ['hook', 'sign'], changedAt: '2026-11-27T09:00:00.000Z' },
      limits: { rates: [{ count: 5 }, { count: 100 }] },
      ownLimits: [],
    });
    const kept = await openSecret(store.pool, KEYRING, { team, name: `channel/${id}` });
    expect([kept.part('hook'), kept.part('sign')]).toEqual([HOOK, 'hunter2-sign']);
  });

  test('takes limits of its own, and gives them up again', async () => {
    const rates = [{ name: 'mine', count: 1, perMs: 60_000, of: 'account' }];
    await owner('PATCH', `/api/channels/${id}`, { limits: { rates } });
    expect(await get(id)).toMatchObject({ limits: { rates, budgets: [] }, ownLimits: ['rates'] });
    await owner('PATCH', `/api/channels/${id}`, { limits: null });
    expect(await get(id)).toMatchObject({ limits: { rates: [{ count: 5 }, { count: 100 }] }, ownLimits: [] });
  });

  test('tells how it fares, why, and until when', async () => {
    const health = (values: string) =>
      store.pool.query(
        `insert into channel_health (channel_id, team_id, failures, opened, closed_until, closed_by, failed_at, failure)
         values ('${id}', ${team}, ${values}) on conflict (channel_id) do update set failures = excluded.failures,
           opened = excluded.opened, closed_until = excluded.closed_until, closed_by = excluded.closed_by,
           failed_at = excluded.failed_at, failure = excluded.failure`,
      );
    const at = (ms: number) => `'${new Date(NOW + ms).toISOString()}'`;
    await health(`0, 0, ${at(600_000)}, 'rate', null, null`);
    expect((await get(id))['health']).toMatchObject({ state: 'blocked', until: '2026-11-27T09:10:00.000Z' });
    await health(`7, 1, ${at(30_000)}, 'circuit', ${at(-1_000)}, 'feishu-19021'`);
    expect((await get(id))['health']).toMatchObject({
      state: 'failing',
      reason: 'feishu-19021',
      says: expect.stringContaining('signature') as string,
    });
    // Whoever sets another secret has mended it, and it is tried at once.
    await owner('PUT', `/api/channels/${id}/secret`, { hook: HOOK });
    expect((await get(id))['health']).toMatchObject({ state: 'ok' });
    // The provider's limits do not go away by that.
    await health(`0, 0, ${at(600_000)}, 'rate', null, null`);
    await owner('PUT', `/api/channels/${id}/secret`, { hook: HOOK });
    expect((await get(id))['health']).toMatchObject({ state: 'blocked' });
  });

  test('whose key is another one says so', async () => {
    await store.pool.query(`update secret set key_id = 'gone' where name = 'channel/${id}'`);
    expect((await get(id))['health']).toMatchObject({ state: 'incomplete', reason: 'unreadable-secret' });
  });

  test('is archived and comes back, with its name kept', async () => {
    await owner('PATCH', `/api/channels/${id}`, { archived: true });
    const names = async (query: string) =>
      ((await owner('GET', `/api/channels${query}`)).body['channels'] as { name: string }[]).map(
        ({ name }) => name,
      );
    expect(await names('')).not.toContain('值班群');
    expect(await names('?archived=true')).toContain('值班群');
    expect(await owner('POST', '/api/channels', { name: '值班群', kind: 'manual' })).toMatchObject({
      status: 409,
    });
    await owner('PATCH', `/api/channels/${id}`, { archived: false });
    expect(await names('')).toContain('值班群');
  });
});

describe('what does not fit its kind is refused by its place', () => {
  test.each([
    [{ name: 'x', kind: 'email' }, '/config/host'],
    [{ name: 'x', kind: 'email', config: { host: 'a b', from: 'a@b.example' } }, '/config/host'],
    [
      { name: 'x', kind: 'email', config: { host: 'mail', from: 'a@b.example', fromName: 'a\r\nb' } },
      '/config/fromName',
    ],
    [
      { name: 'x', kind: 'email', config: { host: 'mail', from: 'a@b', user: 'u', security: 'none' } },
      '/config',
    ],
    [{ name: 'x', kind: 'feishu', config: { hook: HOOK } }, '/config/hook'],
    [{ name: 'x', kind: 'webhook', config: { url: 'file:///etc/passwd' } }, '/config/url'],
    // Settings are shown; a password in an address would be too.
    [{ name: 'x', kind: 'webhook', config: { url: 'https://us:secret@example.com/' } }, '/config/url'],
    [{ name: 'x', kind: 'carrier-pigeon' }, '/kind'],
    [{ name: '', kind: 'manual' }, '/name'],
    [
      { name: 'x', kind: 'manual', limits: { rates: [{ name: 'r', count: 0, perMs: 1, of: 'account' }] } },
      '/limits/rates/0/count',
    ],
    [{ name: 'x', kind: 'manual', label: { zh_CN: 'x' } }, '/label'],
    [{ name: 'x', kind: 'manual', audience: 'all' }, '/audience'],
  ])('%o', async (body, place) => {
    const { status, body: said } = await owner('POST', '/api/channels', body);
    expect([status, said['place']]).toEqual([400, place]);
  });

  test('a secret of the wrong form is refused without being repeated', async () => {
    const id = await make({ name: 'bot', kind: 'telegram' });
    for (const secret of [
      { token: 'hunter2 hunter2' },
      { tokens: 'hunter2-123456' },
      { token: 12_345 },
      { token: ['hunter2'] },
    ]) {
      const { status, text } = await owner('PUT', `/api/channels/${id}/secret`, secret);
      expect([status, text.includes('hunter2')]).toEqual([400, false]);
    }
    expect(await owner('PUT', `/api/channels/${id}/secret`, {})).toMatchObject({ status: 400 });
    expect(await get(id)).toMatchObject({ secret: { parts: [] } });
  });
});

test('only owners make channels and set secrets; nobody of another team sees them', async () => {
  const id = await make({ name: 'mine', kind: 'manual' });
  const nothing = await operator('GET', '/api/nothing-like-this');
  for (const [method, path] of [
    ['POST', '/api/channels'],
    ['PATCH', `/api/channels/${id}`],
    ['PUT', `/api/channels/${id}/secret`],
    ['PUT', `/api/channels/${id}/sender`],
  ] as const) {
    expect(await operator(method, path, {})).toMatchObject({ status: 404, body: nothing.body });
  }
  const { rows } = await store.pool.query<{ id: number }>(
    `insert into team (name, created_at) values ('other', instant_of(0)) returning id`,
  );
  const foreigner = await program(['owner'], rows[0]!.id);
  expect((await foreigner('GET', '/api/channels')).body).toEqual({ channels: [] });
  expect(await foreigner('GET', `/api/channels/${id}`)).toMatchObject({ status: 404 });
  expect(await foreigner('PATCH', `/api/channels/${id}`, { archived: true })).toMatchObject({ status: 404 });
  expect(await foreigner('PUT', `/api/channels/${id}/sender`, { identity: 'me' })).toMatchObject({
    status: 404,
  });
  expect(await foreigner('PUT', `/api/channels/${id}/secret`, { hook: HOOK })).toMatchObject({ status: 404 });
});

test('without an encryption key no secret is taken', async () => {
  const app = await buildApp({
    store,
    temporal,
    clock: () => NOW,
    publicUrl: PUBLIC_URL,
    keyring: undefined,
    home: '/nowhere',
  });
  const id = await make({ name: 'unsealed', kind: 'slack' });
  const answer = await app.inject({
    method: 'PUT',
    url: `/api/channels/${id}/secret`,
    headers: { authorization: `Bearer ${owner.key}` },
    payload: { hook: HOOK },
  });
  expect([answer.statusCode, (answer.json() as { code: string }).code]).toEqual([503, 'no-encryption-key']);
  await app.close();
});

test('no answer, no log line and no row shows a secret', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write: (line: Buffer, _encoding, done) => (lines.push(line.toString()), done()),
  });
  const app = await buildApp(
    { store, temporal, clock: () => NOW, publicUrl: PUBLIC_URL, keyring: KEYRING, home: '/nowhere' },
    { logger: pino({ level: 'debug' }, sink) },
  );
  const said: string[] = [];
  const ask = async (method: 'GET' | 'PUT' | 'PATCH' | 'POST', url: string, payload?: object) => {
    const answer = await app.inject({
      method,
      url,
      headers: { authorization: `Bearer ${owner.key}` },
      ...(payload === undefined ? {} : { payload }),
    });
    said.push(answer.body, JSON.stringify(answer.headers));
  };
  const id = await make({ name: 'leaky', kind: 'dingtalk' });
  const secret = { hook: 'https://oapi.dingtalk.com/robot/send?access_token=xyzzy-1', sign: 'SECxyzzy-2' };
  await ask('PUT', `/api/channels/${id}/secret`, secret);
  await ask('PUT', `/api/channels/${id}/secret`, { ...secret, more: 'xyzzy-3' });
  await ask('PUT', `/api/channels/${id}/secret`, { hook: 'xyzzy-4' });
  // A broken row makes the server stumble, which is when things get logged.
  await store.pool.query(
    `update secret set nonce = decode('00', 'hex') || substr(nonce, 2) where name = 'channel/${id}'`,
  );
  for (const path of ['/api/channels', `/api/channels/${id}`, '/api/audit', '/api/channel-kinds'])
    await ask('GET', path);
  await ask('PATCH', `/api/channels/${id}`, { config: { x: 'xyzzy-5' } });
  await app.close();
  const { rows } = await store.pool.query('select * from channel, audit_log, secret');
  const everything = [...said, ...lines, JSON.stringify(rows)].join('\n');
  for (const part of ['xyzzy-1', 'xyzzy-2', 'xyzzy-3', 'xyzzy-4', 'xyzzy-5'])
    expect(everything).not.toContain(part);
  expect(said).toHaveLength(16);
});
