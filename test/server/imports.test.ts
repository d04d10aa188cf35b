// Imports through the API: what comes in, what is told by line and field, all or the good rows, again without doubles.
import { Readable } from 'node:stream';
import { request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { openStore } from '../../workers/store/client.ts';
import { sweepImports } from '../../workers/store/imports.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { onEachConnection, rowsLookedAt } from '../support/looked-at.ts';

const { url } = await freshDatabase();
const { app, program, store, team } = await stand(url);
const operator = await program(['operator']);
const designer = await program(['designer']);
const second = openStore(url, 2);
afterAll(() => second.close());

for (const [key, body] of [
  ['city', { type: 'text', label: { 'zh-CN': '城市' } }],
  ['points', { type: 'number' }],
  ['birthday', { type: 'date' }],
  ['vip', { type: 'boolean', label: { 'zh-CN': '贵宾' } }],
] as const)
  await operator('PUT', `/api/attributes/${key}`, body);
const community = String((await operator('POST', '/api/communities', { name: '社' })).body['id']);
const group = String((await operator('POST', '/api/groups', { name: '一群', community })).body['id']);
await store.pool.query(
  `insert into channel (id, team_id, name, kind, created_at) values (gen_random_uuid(), $1, 'wecom', 'manual', now())`,
  [team],
);

interface Result {
  readonly id: string;
  readonly state: string;
  readonly rows: number;
  readonly bad: number;
  readonly made: number;
  readonly found: number;
  readonly changed: number;
  readonly reason: string | null;
  readonly faults: readonly {
    readonly line: number;
    readonly field: string | null;
    readonly code: string;
    readonly message: string;
  }[];
}
const begin = async (order: object): Promise<string> => {
  const said = await operator('POST', '/api/imports', order);
  expect(said.status, said.text).toBe(201);
  return String(said.body['id']);
};
const send = async (id: string, content: string | Uint8Array | Readable, language = 'en') => {
  const answer = await app.inject({
    method: 'PUT',
    url: `/api/imports/${id}/rows`,
    headers: {
      authorization: `Bearer ${operator.key}`,
      'content-type': 'text/csv',
      'accept-language': language,
    },
    payload: content instanceof Uint8Array ? Buffer.from(content) : content,
  });
  return { status: answer.statusCode, body: answer.json<Result & { code?: string; message?: string }>() };
};
const bring = async (content: string | Uint8Array, order: object = {}): Promise<Result> => {
  const { status, body } = await send(await begin({ format: 'csv', ...order }), content);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
};
const faultsOf = ({ faults }: Result) => faults.map(({ line, field, code }) => [line, field, code]);
const members = async () =>
  (
    await store.pool.query<{ key: string; name: string }>(
      'select external_key as key, display_name as name from member where team_id = $1 order by external_key',
      [team],
    )
  ).rows;
const count = async (table: string) =>
  (await store.pool.query<{ n: number }>(`select count(*) as n from ${table} where team_id = $1`, [team]))
    .rows[0]!.n;

const SHEET = [
  '编号,称呼,城市,points,birthday,贵宾,标签,群,wecom,consent.marketing,joinedAt',
  'k1,小雨,上海,120,1990/5/1,是,"老朋友;试点",一群,wx1,是,2026-01-01',
  'k2,"晨, 王",杭州,,,,,,,否,',
  ',子墨,,3.5,,,,,wx3,,',
].join('\r\n');

describe('an import', () => {
  test('brings members with all that is known of them, and again changes nothing', async () => {
    expect(await bring(SHEET)).toMatchObject({
      state: 'done',
      rows: 3,
      bad: 0,
      made: 3,
      found: 0,
      changed: 0,
    });
    const { rows } = await store.pool.query<{ id: string }>(
      `select id from member where external_key = 'k1'`,
    );
    const { body } = await operator('GET', `/api/members/${rows[0]!.id}`);
    expect(body).toMatchObject({
      name: '小雨',
      tags: ['老朋友', '试点'],
      attributes: { city: '上海', points: 120, vip: true, birthday: '1990-04-30T15:00:00.000Z' },
      joinedAt: '2025-12-31T16:00:00.000Z',
      identities: [{ channel: 'wecom', externalId: 'wx1' }],
      stays: [{ group, source: 'import', joinedAt: '2025-12-31T16:00:00.000Z', leftAt: null }],
      consents: [{ purpose: 'marketing', basis: 'import', textVersion: 'import' }],
    });
    expect((body['tagNotes'] as { source: string }[])[0]!.source).toMatch(/^import\//);

    const before = await Promise.all(
      ['member', 'member_identity', 'membership', 'consent', 'member_tag'].map(count),
    );
    expect(await bring(SHEET)).toMatchObject({ state: 'done', made: 0, found: 3, changed: 0 });
    expect(
      await Promise.all(['member', 'member_identity', 'membership', 'consent', 'member_tag'].map(count)),
    ).toEqual(before);
    // A row without a key is known by its account; an empty cell changes nothing.
    expect(await bring('wecom,称呼,points\nwx3,墨,\n')).toMatchObject({ made: 0, found: 1, changed: 1 });
    const { rows: changed } = await store.pool.query(
      'select attributes from member where display_name = $1',
      ['墨'],
    );
    expect(changed).toEqual([{ attributes: { points: 3.5 } }]);
    expect(await count('import_row')).toBe(0);
  });

  test('brings opt-outs, and never gives a consent again that its member has taken back', async () => {
    const sheet = [
      'externalKey,name,consent.marketing,退订',
      'o1,甲,是,',
      'o2,乙,是,是',
      'o3,丙,是,营销;wecom',
      'o4,丁,,否',
    ].join('\n');
    expect(await bring(sheet)).toMatchObject({ state: 'done', made: 4 });
    const refused = async () =>
      (
        await store.pool.query<{ key: string; scope: string }>(
          `select m.external_key as key, o.scope || case when o.scope = 'class' then '/' || o.value else '' end as scope
           from opt_out o join member m on m.id = o.member_id where m.external_key like 'o_' order by 1, 2`,
        )
      ).rows.map(({ key, scope }) => `${key} ${scope}`);
    expect(await refused()).toEqual(['o2 all', 'o3 channel', 'o3 class/marketing']);
    await store.pool.query(
      `update consent set revoked_at = now() where member_id in (select id from member where external_key = 'o1')`,
    );
    expect(await bring(sheet)).toMatchObject({ state: 'done', made: 0, found: 4, changed: 0 });
    expect(await bring(sheet, { consent: { basis: 'paper', textVersion: '2' } })).toMatchObject({
      state: 'done',
    });
    const { rows } = await store.pool.query<{ n: number }>(
      `select count(*) filter (where revoked_at is null) as n from consent
       where member_id in (select id from member where external_key = 'o1')`,
    );
    expect(rows).toEqual([{ n: 0 }]);
    expect(await refused()).toHaveLength(3);
    expect(faultsOf(await bring('externalKey,optOuts\no5,sometimes\n'))).toEqual([[2, 'optOuts', 'value']]);
    await store.pool.query(`delete from member where external_key like 'o_'`);
  });

  test('as JSON lines is the same', async () => {
    const lines = [
      {
        externalKey: 'k1',
        name: '小雨',
        tags: ['老朋友'],
        attributes: { points: 121, birthday: '1990-05-01' },
        groups: [group],
      },
      {
        externalKey: 'j2',
        name: 'J2',
        identities: { wecom: 'wj2' },
        consents: ['survey'],
        kind: 'staff',
        vip: false,
      },
    ];
    const done = await bring(lines.map((it) => JSON.stringify(it)).join('\n'), { format: 'jsonl' });
    expect(done).toMatchObject({ state: 'done', made: 1, found: 1, changed: 1 });
    const bad = await bring(
      [
        '{"externalKey":"j3","name":"x","points":"1"}',
        '[1]',
        '{',
        '{"externalKey":"j4","name":5,"citi":"x","attributes":{"none":1}}',
        '{"externalKey":"j5","name":"y","identities":[]}',
        '',
      ].join('\n'),
      { format: 'jsonl', goodRowsOnly: true },
    );
    expect(bad).toMatchObject({ state: 'done', rows: 5, bad: 5, made: 0 });
    expect(faultsOf(bad)).toEqual([
      [1, 'points', 'value'],
      [2, null, 'not-object'],
      [3, null, 'not-json'],
      [4, 'citi', 'unknown-field'],
      [4, 'attributes.none', 'unknown-field'],
      [5, 'identities', 'value'],
    ]);
  });

  test('with one bad row brings nothing, or the good rows where that was asked', async () => {
    const sheet = [
      'key,name,points,birthday,zone,locale,group,status,joinedAt',
      'b1,好,1,2000-01-01,Asia/Shanghai,zh-CN,一群,active,2026-01-01',
      'b2,坏,many,2000-02-30,Mars,Chinese!,无群,gone,2999-01-01',
      'b3,少',
      ',没有编号,1,,,,,,',
      'b5,"引"号,1,,,,,,',
      'b6,字\uFFFD,1,,,,,,',
      'b7,长,1,,,,,,',
      `b8,${'x'.repeat(201)},1,,,,,,`,
    ].join('\n');
    const refused = await bring(sheet);
    expect(refused).toMatchObject({ state: 'refused', rows: 8, bad: 6 });
    expect(faultsOf(refused)).toEqual([
      [3, 'points', 'value'],
      [3, 'birthday', 'value'],
      [3, 'zone', 'value'],
      [3, 'locale', 'value'],
      [3, 'group', 'unknown-group'],
      [3, 'status', 'value'],
      [3, 'joinedAt', 'value'],
      [4, null, 'columns'],
      [5, null, 'no-key'],
      [6, null, 'quotes'],
      [7, 'name', 'characters'],
      [9, 'name', 'value'],
    ]);
    expect(refused.faults[0]!.message).toBe('it must be a number such as 120 or 1.5');
    const { body } = await operator('GET', `/api/imports/${refused.id}`, undefined, {
      'accept-language': 'zh',
    });
    expect((body['faults'] as Result['faults'])[0]!.message).toBe('应该是数字，例如 120 或 1.5');
    const paged = await operator('GET', `/api/imports/${refused.id}/faults?after=10&limit=2`);
    expect(paged.body).toMatchObject({ faults: [{ line: 7 }, { line: 9 }], next: 12 });
    expect((await members()).some(({ key }) => key?.startsWith('b'))).toBe(false);

    expect(await bring(sheet, { goodRowsOnly: true, dryRun: true })).toMatchObject({
      state: 'done',
      made: 2,
      bad: 6,
    });
    expect((await members()).some(({ key }) => key?.startsWith('b'))).toBe(false);
    expect(await bring(sheet, { goodRowsOnly: true })).toMatchObject({ state: 'done', made: 2, bad: 6 });
    expect((await members()).filter(({ key }) => key?.startsWith('b')).map(({ key }) => key)).toEqual([
      'b1',
      'b7',
    ]);
  });

  test('tells rows that contradict each other, or what is known', async () => {
    await bring('key,name,wecom\nc1,一,wc1\nc2,二,wc2\n,三,wc3\n');
    const done = await bring(
      [
        'key,name,wecom',
        'c1,一,',
        'c1,一,',
        'c9,九,wc1',
        'c1,一,wc2',
        'n1,新,new',
        ',新,new',
        'n2,,',
        'c7,七,wc3',
        ',三,wc3',
      ].join('\n'),
      { goodRowsOnly: true },
    );
    expect(faultsOf(done)).toEqual([
      [3, 'externalKey', 'repeated'],
      [4, 'externalKey', 'other-key'],
      [5, 'externalKey', 'repeated'],
      [7, 'identities.wecom', 'repeated'],
      [8, 'name', 'name-missing'],
      [10, 'identities.wecom', 'repeated'],
    ]);
    expect(done.faults[0]!.message).toBe('this is the member of line 2 again');
    expect(done).toMatchObject({ bad: 6, made: 1, found: 2 });
    const two = await bring('key,wecom\nc1,wc2\n');
    expect(faultsOf(two)).toEqual([[2, null, 'two-members']]);
    // The member of an account without a key gets the key of its row.
    expect((await members()).find(({ key }) => key === 'c7')).toMatchObject({ name: '七' });
  });

  test('refuses columns that mean the same instead of keeping the last one', async () => {
    const map = { 积分: 'attributes.points' };
    const id = await begin({ format: 'csv', goodRowsOnly: true, map });
    const told = await send(id, 'key,name,wecom,姓名,points,积分,wecom,tags,标签\nd1,x,a,y,2,3,b,p,q\n');
    expect([told.status, told.body.code]).toEqual([422, 'repeated-columns']);
    // Accounts and tags add up.
    expect(told.body).toMatchObject({ columns: ['name', '姓名', 'points', '积分'] });
    expect((await members()).some(({ key }) => key === 'd1')).toBe(false);
    const lines = await bring('{"key":"d1","name":"x","姓名":"y","tags":["p"],"标签":["q"]}\n', {
      format: 'jsonl',
    });
    expect(faultsOf(lines)).toEqual([
      [1, 'name', 'said-twice'],
      [1, '姓名', 'said-twice'],
    ]);
    expect(await bring('key,name,姓名,tags,标签\nd1,x,y,p,q\n', { map: { 姓名: '-' } })).toMatchObject({
      state: 'done',
      made: 1,
    });
  });

  test('names columns that nobody knows before it reads a row, and takes a map', async () => {
    const id = await begin({ format: 'csv' });
    const { status, body } = await send(id, '手机,name,积分,备注\n1,x,2,3\n');
    expect([status, body.code]).toEqual([422, 'unknown-columns']);
    expect(body).toMatchObject({ columns: ['手机', '积分', '备注'] });
    expect((await operator('GET', `/api/imports/${id}`)).body).toMatchObject({
      state: 'failed',
      reason: 'unknown-columns',
      rows: 0,
    });
    const map = { 手机: 'externalKey', 积分: 'attributes.points', 备注: '-' };
    expect(await bring('手机,name,积分,备注\n139,x,2,3\n', { map })).toMatchObject({
      state: 'done',
      made: 1,
    });
    expect((await send(id, 'x')).body.code).toBe('import-used');
    expect((await send('01980000-0000-7000-8000-000000000000', 'x')).status).toBe(404);
    expect((await designer('POST', '/api/imports', { format: 'csv' })).status).toBe(404);
  });

  test('reads what Chinese Excel writes', async () => {
    // GB18030 of 编号,称呼 and g1,小雨.
    const gbk = Uint8Array.from([
      0xb1, 0xe0, 0xba, 0xc5, 0x2c, 0xb3, 0xc6, 0xba, 0xf4, 0x0d, 0x0a, 0x67, 0x31, 0x2c, 0xd0, 0xa1, 0xd3,
      0xea, 0x0d, 0x0a,
    ]);
    expect(await bring(gbk)).toMatchObject({ state: 'done', made: 1 });
    expect(await bring(new TextEncoder().encode('\uFEFF编号;称呼\r\ng2;"雨;点"\r\n;;\r\n'))).toMatchObject({
      state: 'done',
      made: 1,
    });
    expect((await members()).filter(({ key }) => key?.startsWith('g'))).toEqual([
      { key: 'g1', name: '小雨' },
      { key: 'g2', name: '雨;点' },
    ]);
    expect(faultsOf(await bring(gbk, { encoding: 'gb18030', goodRowsOnly: true }))).toEqual([]);
  });

  test('takes hostile files for what they are', async () => {
    const done = await bring(
      [
        'key,name',
        `h1,${'x'.repeat(10_000_000)}`,
        'h2,a\u0000b',
        `h3,"`,
        "h4,'=1+1",
        'h5,=cmd|x',
        '__proto__,proto',
      ].join('\n'),
      { goodRowsOnly: true },
    );
    expect(faultsOf(done)).toEqual([
      [2, null, 'too-long'],
      [3, 'name', 'characters'],
      [4, null, 'quotes'],
    ]);
    expect((await members()).filter(({ key }) => /^h|__/.test(key ?? ''))).toEqual([
      { key: '__proto__', name: 'proto' },
      { key: 'h4', name: '=1+1' },
      { key: 'h5', name: '=cmd|x' },
    ]);
    const json = await bring(
      [
        '{"externalKey":"p1","name":"x","__proto__":{"a":1}}',
        '{"externalKey":"p2","name":"x","attributes":{"constructor":1}}',
        `{"externalKey":"p3","name":${'['.repeat(50_000)}`,
      ].join('\n'),
      { format: 'jsonl', goodRowsOnly: true },
    );
    expect(json).toMatchObject({ bad: 3, made: 0 });
    expect(await bring('', {})).toMatchObject({ state: 'done', rows: 0 });
    expect(await bring('\n\n', {})).toMatchObject({ state: 'done', rows: 0 });
  });

  test('whose connection breaks leaves nothing behind', async () => {
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    const id = await begin({ format: 'csv' });
    await new Promise<void>((resolve) => {
      const request = ask({
        port,
        host: '127.0.0.1',
        method: 'PUT',
        path: `/api/imports/${id}/rows`,
        headers: {
          authorization: `Bearer ${operator.key}`,
          'content-type': 'text/csv',
          'content-length': 1_000_000,
        },
      });
      request.on('error', () => resolve());
      request.write(`key,name\n${Array.from({ length: 3_000 }, (_, i) => `a${i},x\n`).join('')}`, () =>
        setTimeout(() => request.destroy(), 200),
      );
    });
    await expect.poll(async () => (await operator('GET', `/api/imports/${id}`)).body['state']).toBe('failed');
    expect((await operator('GET', `/api/imports/${id}`)).body['reason']).toBe('aborted');
    await expect.poll(() => count('import_row')).toBe(0);
    expect((await members()).some(({ key }) => key === 'a1')).toBe(false);
  });

  test('whose process is gone is ended by the sweeper', async () => {
    const id = await begin({ format: 'csv' });
    await sweepImports(store.pool, Date.now() + 10 * 60_000);
    expect((await operator('GET', `/api/imports/${id}`)).body['state']).toBe('waiting');
    await sweepImports(store.pool, Date.now() + 20 * 60_000);
    expect((await operator('GET', `/api/imports/${id}`)).body).toMatchObject({
      state: 'failed',
      reason: 'interrupted',
    });
  });

  test('beside another one with the same people makes each of them once', async () => {
    const sheet = (from: number) =>
      `key,name\n${Array.from({ length: 3_000 }, (_, i) => `t${i + from},x\n`).join('')}`;
    const all = await Promise.all([bring(sheet(0)), bring(sheet(1_000)), bring(sheet(0))]);
    expect(all.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expect(all.reduce((sum, { made }) => sum + made, 0)).toBe(4_000);
    expect((await members()).filter(({ key }) => /^t\d/.test(key ?? ''))).toHaveLength(4_000);
  });
});

test('thousands are not looked for one among all others, though every connection knows a handful', async () => {
  // A database that has counted none of its tables yet.
  const fresh = await stand((await freshDatabase()).url);
  const caller = await fresh.program(['operator']);
  const { pool } = fresh.store;
  await pool.query('analyze member');
  // Each plans how a foreign key finds its member, six times, which is when PostgreSQL keeps the plan.
  await onEachConnection(pool, (client) =>
    client.query(
      `with made as (
         insert into member (id, team_id, display_name, external_key, joined_at)
         select gen_random_uuid(), $1, 'x', gen_random_uuid(), now() from generate_series(1, 6) returning id)
       insert into member_tag (member_id, tag, team_id, source, at) select id, 'a', $1, 'api', now() from made`,
      [fresh.team],
    ),
  );
  const before = await rowsLookedAt(pool, 'member');
  const { body } = await caller('POST', '/api/imports', { format: 'csv' });
  const answer = await fresh.app.inject({
    method: 'PUT',
    url: `/api/imports/${String(body['id'])}/rows`,
    headers: { authorization: `Bearer ${caller.key}`, 'content-type': 'text/csv' },
    payload: `key,name,tags\n${Array.from({ length: 3_000 }, (_, i) => `h${i},x,a;b\n`).join('')}`,
  });
  expect(answer.json()).toMatchObject({ state: 'done', made: 3_000 });
  expect((await rowsLookedAt(pool, 'member')) - before).toBeLessThan(3_000 * 50);
});
