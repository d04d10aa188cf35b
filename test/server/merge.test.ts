// Two records of one person through the API: merged once, audited, found again by links and imports of the old one.
import { expect, test } from 'vitest';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';

const { url } = await freshDatabase();
const { program, store, stranger } = await stand(url);
const operator = await program(['operator']);
const owner = await program(['owner']);
const designer = await program(['designer']);
const reason = '同一个手机号';

const make = async (body: object): Promise<string> => {
  const said = await operator('POST', '/api/members', body);
  expect(said.status, said.text).toBe(201);
  return String(said.body['id']);
};
const told = async (answer: Promise<{ status: number; body: Record<string, unknown> }>) => {
  const { status, body } = await answer;
  return [status, body['code'], body['place']];
};

test('the record that goes is no more, and everything that named it finds the person', async () => {
  const into = await make({ name: '小林', externalKey: 'A1' });
  const from = await make({ name: '林小姐', externalKey: 'B2' });
  const { body } = await operator('GET', `/api/members/${from}/page`);
  const page = new URL(String(body['url'])).pathname;
  expect((await stranger('GET', page)).status).toBe(200);

  expect(await told(designer('POST', `/api/members/${into}/merge`, { member: from, reason }))).toEqual([
    404,
    'not-found',
    null,
  ]);
  const done = await operator('POST', `/api/members/${into}/merge`, { member: from.toUpperCase(), reason });
  expect([done.status, done.body]).toEqual([200, { id: into, merged: from }]);
  expect((await operator('GET', `/api/members/${from}`)).status).toBe(404);
  expect((await stranger('GET', page)).status).toBe(200);
  await operator('DELETE', `/api/members/${into}/links`);
  expect((await stranger('GET', page)).status).toBe(404);

  // A file that still has the old number changes the person and makes nobody.
  const made = await operator('POST', '/api/imports', { format: 'csv' });
  const rows = await operator(
    'PUT',
    `/api/imports/${String(made.body['id'])}/rows`,
    'externalKey,name\nB2,林女士\n',
    {
      'content-type': 'application/octet-stream',
    },
  );
  expect(rows.body).toMatchObject({ state: 'done', made: 0, found: 1, changed: 1 });
  expect((await operator('GET', `/api/members/${into}`)).body).toMatchObject({
    name: '林女士',
    externalKey: 'A1',
  });

  const audit = await owner('GET', '/api/audit');
  const entries = audit.body['entries'] as {
    action: string;
    subject: string;
    reason: string;
    detail: object;
  }[];
  expect(entries.find(({ action }) => action === 'member.merge')).toMatchObject({
    subject: `member/${into}`,
    reason,
    detail: { merged: from },
  });
  expect(await told(operator('POST', `/api/members/${into}/merge`, { member: from, reason }))).toEqual([
    422,
    'merge-unknown',
    '/member',
  ]);
});

test('what cannot be merged says why', async () => {
  const into = await make({ name: '甲' });
  const staff = await make({ name: '乙', kind: 'staff' });
  const merge = (to: string, member: string) =>
    told(operator('POST', `/api/members/${to}/merge`, { member, reason }));
  expect(await merge(into, into)).toEqual([422, 'merge-itself', '/member']);
  expect(await merge(into, staff)).toEqual([409, 'merge-kinds', '/member']);
  const nobody = '01980000-0000-7000-8000-000000000000';
  expect(await merge(nobody, into)).toEqual([404, 'not-found', null]);
  expect(await merge(into, nobody)).toEqual([422, 'merge-unknown', '/member']);
  const { rows } = await store.pool.query<{ id: number }>(
    `insert into team (name, created_at) values ('别的团队', now()) returning id`,
  );
  const foreigner = await program(['owner'], rows[0]!.id);
  const other = await make({ name: '丙' });
  expect(await told(foreigner('POST', `/api/members/${into}/merge`, { member: other, reason }))).toEqual([
    404,
    'not-found',
    null,
  ]);
});
