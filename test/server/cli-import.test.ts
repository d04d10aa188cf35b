// `kindling import` against a server that listens: what it sends, what it says, and how it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/home.ts';

const { url } = await freshDatabase();
const { app, program, store } = await stand(url);
const operator = await program(['operator']);
await operator('PUT', '/api/attributes/city', { type: 'text' });
await app.listen({ port: 0, host: '127.0.0.1' });
const { port } = app.server.address() as AddressInfo;
const folder = temporaryFolder();

async function kindling(args: readonly string[], input?: string) {
  const child = spawn(process.execPath, ['bin/kindling.mjs', 'import', ...args], {
    env: {
      ...process.env,
      KINDLING_LOCALE: 'en',
      KINDLING_HOME: folder,
      KINDLING_PUBLIC_URL: `http://127.0.0.1:${port}`,
      KINDLING_API_KEY: operator.key,
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
