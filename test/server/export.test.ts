// The export of members: what an import takes again, harmless to spreadsheets, and written down in the audit log.
import { expect, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { app, program, store, team } = await stand(url);
const operator = await program(['operator']);
const designer = await program(['designer']);
for (const [key, type] of [
  ['city', 'text'],
  ['points', 'number'],
  ['birthday', 'date'],
  ['vip', 'boolean'],
] as const)
  await operator('PUT', `/api/attributes/${key}`, { type });
const community = String((await operator('POST', '/api/communities', { name: '社' })).body['id']);
await operator('POST', '/api/groups', { name: '一群', community });
await store.pool.query(
  `insert into channel (id, team_id, name, kind, created_at) values (gen_random_uuid(), $1, 'wecom', 'manual', now())`,
  [team],
);

async function bring(content: string, format: string) {
  const { body } = await operator('POST', '/api/imports', { format });
  const answer = await app.inject({
    method: 'PUT',
    url: `/api/imports/${String(body['id'])}/rows`,
    headers: { authorization: `Bearer ${operator.key}`, 'content-type': 'text/csv' },
    payload: content,
  });
  return answer.json<Record<string, unknown>>();
}

test('what goes out comes in again without a change, as a table and as lines of JSON', async () => {
  const rows = [
    'key,name,city,points,birthday,vip,tags,group,wecom,consent.marketing,joinedAt,optOuts',
    'k1,小雨,"上海, ""浦东""",-12.5,1990-05-01,是,a;b,一群,wx1,是,2026-01-01,marketing;wecom',
    `k2,"=HYPERLINK(""http://x"",""y"")",@cmd,,,,,,+1,,,`,
    'k3,-1,,3,,否,,,,,,',
    ...Array.from({ length: 4_500 }, (_, i) => `m${i},成员${i},,${i},,,,,,,,`),
  ];
  expect(await bring(rows.join('\n'), 'csv')).toMatchObject({ state: 'done', made: 4_503 });
  for (const format of ['csv', 'jsonl']) {
    const { status, text, headers } = await operator('GET', `/api/members/export?format=${format}`);
    expect(status).toBe(200);
    expect(headers['content-disposition']).toBe(`attachment; filename="members.${format}"`);
    expect(text.trimEnd().split('\n')).toHaveLength(format === 'csv' ? 4_504 : 4_503);
    expect(await bring(text, format)).toMatchObject({
      state: 'done',
      bad: 0,
      made: 0,
      found: 4_503,
      changed: 0,
    });
    if (format === 'jsonl') continue;
    // Nothing that a spreadsheet would calculate, and numbers stay numbers.
    expect(
      text
        .split('\r\n')
        .flatMap((line) => line.split(','))
        .filter((cell) => /^"?[=+@\t]/.test(cell)),
    ).toEqual([]);
    expect(text).toContain(`'=HYPERLINK`);
    expect(text).toContain(',-12.5,1990-05-01,');
    // Where it is brought from here, nobody is written to against their will.
    expect(text).toContain('"marketing;wecom"');
  }
});

test('of a segment holds its members alone, is allowed to operators, and is audited', async () => {
  const { body } = await operator('POST', '/api/segments', { name: 's', rule: { cel: 'member.vip' } });
  const { text } = await operator('GET', `/api/members/export?format=jsonl&segment=${String(body['id'])}`);
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { name: string }).name),
  ).toEqual(['小雨']);
  expect((await designer('GET', '/api/members/export?format=csv')).status).toBe(404);
  const { rows } = await store.pool.query<{ subject: string }>(
    `select subject from audit_log where action = 'member.export' order by id`,
  );
  expect(rows.map(({ subject }) => subject)).toEqual(['members', 'members', `segment/${String(body['id'])}`]);
});
