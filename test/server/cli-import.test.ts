// `kindling import` and `kindling export` against servers that listen: what they send, what they say, and how they end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/home.ts';

/** An installation that listens, on a database of its own. */
async function installation() {
  const { url } = await freshDatabase();
  const { app, program, store, team } = await stand(url);
  const operator = await program(['operator', 'owner']);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}`, operator, store, team };
}
const here = await installation();
const { operator, store } = here;
await operator('PUT', '/api/attributes/city', { type: 'text' });
const folder = temporaryFolder();

const kindling = (args: readonly string[], input?: string) => command(['import', ...args], { input });

async function command(
  args: readonly string[],
  { input, at = here }: { readonly input?: string | undefined; readonly at?: typeof here } = {},
) {
  const child = spawn(process.execPath, ['bin/kindling.mjs', ...args], {
    env: {
      ...process.env,
      KINDLING_LOCALE: 'en',
      KINDLING_HOME: folder,
      KINDLING_PUBLIC_URL: at.address,
      KINDLING_API_KEY: at.operator.key,
    },
  });
  child.stdin.end(input);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}
const file = (name: string, content: string): string => {
  const place = path.join(folder, name);
  writeFileSync(place, content);
  return place;
};
const keys = async () =>
  (await store.pool.query<{ key: string }>('select external_key as key from member order by 1')).rows.map(
    ({ key }) => key,
  );

test('a file is imported, first for trial, and again without doubles', async () => {
  const members = file(
    'members.csv',
    `号,name,city,note\n${Array.from({ length: 5_000 }, (_, i) => `m${i},n,c,x\n`).join('')}`,
  );
  const map = ['--map', '号=externalKey,note=-'];
  const trial = await kindling([members, ...map, '--dry-run']);
  expect(trial).toMatchObject({ code: 0, err: '' });
  expect(trial.out).toBe(
    '5000 rows: 5000 new members, 0 known (0 changed), 0 bad. Only checked: nothing was written.\n',
  );
  expect(await keys()).toEqual([]);
  expect((await kindling([members, ...map])).out).toContain('5000 new members');
  const again = await kindling([members, ...map, '--json']);
  expect(JSON.parse(again.out)).toMatchObject({ state: 'done', made: 0, found: 5_000, changed: 0 });
  expect(await keys()).toHaveLength(5_000);
});

test('bad rows are told by line and field, in the language asked for', async () => {
  const lines = '{"externalKey":"x1","name":"x"}\n{"name":"y"}\n{"externalKey":"x3","name":"z","city":5}\n';
  const refused = await kindling(['-', '--format', 'jsonl'], lines);
  expect(refused).toMatchObject({ code: 1, err: '' });
  expect(refused.out).toContain('line 3, city: it must be text of at most 2000 characters.');
  expect(refused.out).toContain('Nothing was imported because of the bad rows.');
  const good = await kindling(['-', '--format', 'jsonl', '--good-rows-only', '--lang', 'zh'], lines);
  expect(good.code).toBe(1);
  expect(good.out).toContain('第 2 行：没有编号，也没有渠道账号：再导入一次就会重复。');
  expect(good.out).toContain('3 行：新成员 1，已有 0（0 位有变化），有问题 2。 已导入。');
  expect((await keys()).filter((key) => key.startsWith('x'))).toEqual(['x1']);
});

test('what cannot be imported is said', async () => {
  const large = file('strange.csv', `key,name,shoe\n${'k,n,42\n'.repeat(400_000)}`);
  const strange = await kindling([large]);
  expect(strange).toMatchObject({ code: 1, out: '' });
  expect(strange.err).toContain('These columns are not known: shoe.');
  expect((await kindling([path.join(folder, 'none.csv')])).err).toContain('cannot be read');
  expect(await kindling([file('members.xlsx', 'x')])).toMatchObject({ code: 2 });
  expect((await kindling([large, '--map', 'shoe'])).err).toContain('column=meaning');
});

/** Everything that members can be described by, under the same names in each installation. */
async function describe({ operator: who, store: into, team }: typeof here): Promise<readonly string[]> {
  for (const [key, type] of [
    ['city', 'text'],
    ['points', 'number'],
    ['birthday', 'date'],
    ['vip', 'boolean'],
  ] as const)
    await who('PUT', `/api/attributes/${key}`, { type });
  const community = String((await who('POST', '/api/communities', { name: '社' })).body['id']);
  for (const name of ['一群', '上海、杭州群', '[内部] 群'])
    await who('POST', '/api/groups', { name, community });
  for (const name of ['wecom', '邮件；群发']) await who('POST', '/api/channels', { name, kind: 'manual' });
  const { rows } = await into.pool.query<{ id: string }>(
    'select id from community_group where team_id = $1 order by name',
    [team],
  );
  return rows.map(({ id }) => id);
}

const PEOPLE = [
  {
    externalKey: 'k1',
    name: '小雨 "雨",\n第二行',
    zone: 'Asia/Tokyo',
    locale: 'zh-CN',
    joinedAt: '2026-01-01T00:00:00.000Z',
    tags: ['[x]', 'a', 'b,c', '老客户、北区'],
    groups: ['一群', '上海、杭州群'],
    consents: ['marketing', 'survey'],
    optOuts: ['marketing', '邮件；群发'],
    attributes: { city: "'=1+1", points: -12.5, birthday: '1990-05-01T00:00:00.000Z', vip: true },
    identities: { wecom: ['+86 1', 'wx,1', 'wx2'], '邮件；群发': 'rain@example.com' },
  },
  {
    externalKey: 'k2',
    name: '=HYPERLINK("http://x")',
    kind: 'test',
    status: 'blocked',
    groups: ['[内部] 群'],
  },
  { name: '只有账号', status: 'left', identities: { wecom: '[not a list]' }, tags: ['[x'] },
  { name: '员工', kind: 'staff', identities: { wecom: ['["one"]'] }, optOuts: ['all'] },
];

test(
  'what is exported from one installation and imported into an empty one is exported the same',
  { timeout: 120_000 },
  async () => {
    const [first, second] = [await installation(), await installation()];
    for (const it of [first, second]) await describe(it);
    const people = file('people.jsonl', PEOPLE.map((it) => `${JSON.stringify(it)}\n`).join(''));
    expect(await command(['import', people], { at: first })).toMatchObject({ code: 0 });
    // Nobody but the installation knows this one: it goes by its id.
    await first.operator('POST', '/api/members', { name: '没有编号', tags: ['x'] });
    const exportOf = async (at: typeof here, name: string): Promise<string> => {
      const place = path.join(folder, name);
      expect(await command(['export', place], { at })).toMatchObject({
        code: 0,
        out: '',
        err: 'Exported 5 members.\n',
      });
      expect(existsSync(`${place}.part`)).toBe(false);
      return place;
    };
    const lines = (place: string) => readFileSync(place, 'utf8').split('\n').toSorted();
    const whole = await exportOf(first, 'first.jsonl');
    const members = lines(whole)
      .filter((it) => it !== '')
      .map((it) => JSON.parse(it) as { name: string });
    expect(members.find(({ name }) => name.startsWith('小雨'))).toMatchObject(PEOPLE[0]!);
    const table = await exportOf(first, 'first.csv');
    const both = [whole, table];
    // Where they come from, nothing changes; in the other one, one of the two makes everybody and the other finds them.
    for (const place of both)
      expect((await command(['import', place], { at: first })).out).toBe(
        '5 rows: 0 new members, 5 known (0 changed), 0 bad. Imported.\n',
      );
    const third = await installation();
    await describe(third);
    for (const [at, place] of [
      [second, whole],
      [third, table],
    ] as const) {
      expect((await command(['import', place], { at })).out).toContain('5 new members, 0 known');
      expect(lines(await exportOf(at, 'again.jsonl'))).toEqual(lines(whole));
      expect(lines(await exportOf(at, 'again.csv'))).toEqual(lines(table));
    }
  },
);

test(
  'an export goes through a pipe, of a segment too, and says what keeps it',
  { timeout: 60_000 },
  async () => {
    const segment = await operator('POST', '/api/segments', {
      name: 's',
      rule: { cel: 'member.name == "x"' },
    });
    const id = String(segment.body['id']);
    const piped = await command(['export', '-', '--format', 'jsonl', '--segment', id]);
    expect(piped).toMatchObject({ code: 0, err: 'Exported 1 members.\n' });
    expect(JSON.parse(piped.out)).toMatchObject({ externalKey: 'x1', name: 'x' });
    expect(await command(['export', 'members.xlsx'])).toMatchObject({ code: 2 });
    const nowhere = await command(['export', path.join(folder, 'none', 'members.csv')]);
    expect(nowhere).toMatchObject({ code: 1, err: 'The file cannot be written (ENOENT).\n' });
  },
);
