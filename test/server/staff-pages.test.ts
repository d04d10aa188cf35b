// What colleagues open from a notice: a link that grants nothing, a log-in, and the task with its buttons.
import { expect, test } from 'vitest';
import fc from 'fast-check';
import { perform } from '../../workers/effects/perform.ts';
import { Keyring } from '../../workers/store/keyring.ts';
import {
  readStaffLink,
  signStaffLink,
  STAFF_LINK_LIFE,
  STAFF_LINKS,
  staffLinkUrl,
} from '../../workers/store/staff-link.ts';
import { KEYRING, PUBLIC_URL, stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { playbook } from '../support/temporal-play.ts';
import { depsOf, launchRun } from '../workers/virtual-run.ts';

const { url } = await freshDatabase();
let now = Date.UTC(2026, 10, 27, 9);
const { app, store, team, colleague, program } = await stand(url, { clock: () => now });
const operator = await colleague('lan@example.com', ['operator']);
await colleague('ding@example.com', ['designer']);
const keys = KEYRING.signingKeys(STAFF_LINKS);
const PASSWORD = 'correct horse battery';

const EVIL = '<script>alert(1)</script>';

/** An activity that has opened a task. */
async function openedTask(more: object = {}): Promise<{ run: string; task: string }> {
  const document = playbook({
    start: ['start', {}, { out: 'n' }],
    n: [
      'human-task',
      {
        role: 'operator',
        title: { 'zh-CN': `确认海报${EVIL}`, en: `Approve the poster${EVIL}` },
        script: { 'zh-CN': `第一行\n${EVIL}` },
        outcomes: [
          { port: 'done', label: { 'zh-CN': '可以', en: 'Fine' } },
          { port: 'redo', label: { 'zh-CN': '重做', en: 'Again' } },
        ],
        due: { for: 'P1D' },
        ...more,
      },
      { done: 'end', redo: 'end', expired: 'end' },
    ],
    end: ['end', {}],
  });
  const { run, plan } = await launchRun(store, team, { document, startAt: now, mode: 'real' });
  const node = plan.nodes.findIndex(({ id }) => id === 'n');
  const visit = { ordinal: 0, lap: 0, call: 0, at: now, due: now };
  await perform(depsOf(store, now), {
    run,
    calls: [{ batch: 0, node, effect: 'open-task', stage: 0, visits: [visit] }],
  });
  const { rows } = await store.pool.query<{ id: string }>('select id from task where run_id = $1', [run]);
  return { run, task: rows[0]!.id };
}

interface Page {
  readonly status: number;
  readonly text: string;
  readonly location: unknown;
  readonly cookie: string;
}
async function browse(
  method: 'GET' | 'POST',
  path: string,
  { cookie = '', form }: { readonly cookie?: string; readonly form?: Record<string, string> } = {},
): Promise<Page> {
  const answer = await app.inject({
    method,
    url: path,
    headers: {
      'accept-language': 'zh',
      origin: PUBLIC_URL,
      ...(cookie === '' ? {} : { cookie }),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    ...(form === undefined ? {} : { payload: new URLSearchParams(form).toString() }),
  });
  return {
    status: answer.statusCode,
    text: answer.body,
    location: answer.headers.location,
    cookie: String(answer.headers['set-cookie'] ?? '').split(';')[0]!,
  };
}
const pathOf = (to: 'task' | 'run', id: string): string =>
  staffLinkUrl(PUBLIC_URL, signStaffLink(keys, { to, id }, now)).slice(PUBLIC_URL.length);
async function logIn(path: string, email = 'lan@example.com'): Promise<string> {
  const page = await browse('POST', path, { form: { email, password: PASSWORD } });
  expect(page.status).toBe(303);
  return page.cookie;
}

test('a link says where it leads, for three days, and cannot be made or changed', () => {
  const id = '01980000-0000-7000-8000-00000000abcd';
  const token = signStaffLink(keys, { to: 'task', id }, now);
  expect(readStaffLink(keys, token, now)).toEqual({ to: 'task', id });
  expect(readStaffLink(keys, token, now + STAFF_LINK_LIFE)).toEqual({ to: 'task', id });
  expect(readStaffLink(keys, token, now + STAFF_LINK_LIFE + 1_000)).toBeUndefined();
  expect(readStaffLink(KEYRING.signingKeys('member links'), token, now)).toBeUndefined();
  const rotated = new Keyring([
    Buffer.alloc(32, 9).toString('base64'),
    Buffer.alloc(32, 7).toString('base64'),
  ]);
  expect(readStaffLink(rotated.signingKeys(STAFF_LINKS), token, now)).toEqual({ to: 'task', id });
  const bytes = Buffer.from(token, 'base64url');
  fc.assert(
    fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
      const other = Buffer.from(bytes);
      other[bit >> 3]! ^= 1 << (bit & 7);
      expect(readStaffLink(keys, other.toString('base64url'), now)).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readStaffLink(keys, text, now)).toBeUndefined();
    }),
  );
});

test('a stranger sees a log-in and nothing else; a wrong password is said; a right one leads back', async () => {
  const { task } = await openedTask();
  const path = pathOf('task', task);
  const first = await browse('GET', path);
  expect(first).toMatchObject({ status: 200 });
  expect(first.text).toContain('请先登录');
  expect(first.text).not.toContain('海报');
  const wrong = await browse('POST', path, { form: { email: '"><b>@x', password: 'nope' } });
  expect([wrong.status, wrong.cookie]).toEqual([401, '']);
  expect(wrong.text).toContain('邮箱或密码不对');
  expect(wrong.text).not.toContain('"><b>');
  const right = await browse('POST', `${path}?plain=1&lang=en`, {
    form: { email: 'LAN@example.com', password: PASSWORD },
  });
  expect(right).toMatchObject({ status: 303, location: `${path.split('/').at(-1)}?plain=1&lang=en` });
  expect((await browse('GET', path, { cookie: right.cookie })).text).toContain('确认海报');
});

test('the task shows what to do, escaped, and takes an answer', async () => {
  const { task } = await openedTask();
  const path = pathOf('task', task);
  const cookie = await logIn(path);
  const shown = (await browse('GET', path, { cookie })).text;
  expect(shown).not.toContain(EVIL);
  expect(shown).toContain('&lt;script&gt;');
  expect(shown).toContain('截止：11月28日 周六 17:00');
  expect(shown).toMatch(/<button name="outcome" value="done">可以<\/button>/);
  expect((await browse('GET', `${path}?plain=1&lang=en`, { cookie })).text).toContain('Approve the poster');
  const answered = await browse('POST', path, { cookie, form: { outcome: 'redo', note: '字太小' } });
  expect([answered.status, answered.text.includes('已完成，谢谢！')]).toEqual([200, true]);
  const { rows } = await store.pool.query('select outcome, note, by from task_decision where task_id = $1', [
    task,
  ]);
  expect(rows).toEqual([{ outcome: 'redo', note: '字太小', by: operator.id }]);
  const again = (await browse('GET', path, { cookie })).text;
  expect(again).toContain('这个任务已经结束。');
  expect(again).toContain('结果：重做');
  expect(again).not.toContain('<button');
  expect(await browse('POST', path, { cookie, form: { outcome: 'done' } })).toMatchObject({ status: 409 });
});

test('what the task asks for is asked for, and what was written stays', async () => {
  const { task } = await openedTask({
    evidence: true,
    numbers: [{ name: 'seen', label: { 'zh-CN': '看到的人' } }],
  });
  const path = pathOf('task', task);
  const cookie = await logIn(path);
  const lacking = await browse('POST', path, {
    cookie,
    form: { outcome: 'done', 'n.seen': '12', note: '<i>' },
  });
  expect(lacking.status).toBe(422);
  expect(lacking.text).toContain('value="12"');
  expect(lacking.text).toContain('&lt;i&gt;');
  const form = { outcome: 'done', 'n.seen': '12', evidence: 'https://a.example/1\n\n群里的截图 ' };
  expect(await browse('POST', path, { cookie, form })).toMatchObject({ status: 200 });
  const { rows } = await store.pool.query('select evidence, numbers from task_decision where task_id = $1', [
    task,
  ]);
  expect(rows).toEqual([{ evidence: ['https://a.example/1', '群里的截图'], numbers: { seen: 12 } }]);
});

test('the link grants nothing: a colleague of another role sees whose it is, and cannot answer', async () => {
  const { task } = await openedTask();
  const path = pathOf('task', task);
  const cookie = await logIn(path, 'ding@example.com');
  const page = (await browse('GET', path, { cookie })).text;
  expect(page).toContain('这个任务由别的同事负责。');
  expect(page).not.toContain('<button');
  expect(await browse('POST', path, { cookie, form: { outcome: 'done' } })).toMatchObject({ status: 404 });
  const { rows } = await store.pool.query('select from task_decision where task_id = $1', [task]);
  expect(rows).toEqual([]);
});

test('nobody of another team gets anywhere with a link', async () => {
  const { task, run } = await openedTask();
  const { rows } = await store.pool.query<{ id: number }>(
    `insert into team (name, created_at) values ('other', instant_of(0)) returning id`,
  );
  const foreigner = await program(['owner'], rows[0]!.id);
  for (const path of [pathOf('task', task), pathOf('run', run)]) {
    expect(await foreigner('GET', path)).toMatchObject({ status: 404 });
  }
});

test('a link of a run shows how it stands', async () => {
  const { run } = await openedTask();
  await store.pool.query(
    `insert into notice (team_id, run_id, kind, at, recorded_at, role, text, key)
     values ($1, $2, 'breaker', instant_of($3), instant_of($3), 'operator', '{"zh-CN":"步骤失败太多"}', 'breaker/1')`,
    [team, run, now],
  );
  const path = pathOf('run', run);
  const page = (await browse('GET', path, { cookie: await logIn(path) })).text;
  expect(page).toContain('步骤失败太多');
  expect(page).toContain('状态：');
});

test('an old or invented link leads nowhere, and says what to do instead', async () => {
  const { task } = await openedTask();
  const path = pathOf('task', task);
  now += STAFF_LINK_LIFE + 1_000;
  const old = await browse('GET', path);
  expect([old.status, old.text.includes('三天')]).toEqual([404, true]);
  expect(
    await browse('POST', path, { form: { email: 'lan@example.com', password: PASSWORD } }),
  ).toMatchObject({ status: 404, cookie: '' });
  expect(await browse('GET', '/s/not-a-token')).toMatchObject({ status: 404 });
});

test('a page of another site cannot answer in somebody’s name', async () => {
  const { task } = await openedTask();
  const path = pathOf('task', task);
  const cookie = await logIn(path);
  const answer = await app.inject({
    method: 'POST',
    url: path,
    headers: { cookie, origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'outcome=done',
  });
  expect(answer.statusCode).toBe(403);
});
