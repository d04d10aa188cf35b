// Notices to colleagues, from the cause to the mailbox: as each chooses, at least once, with a link that opens the task.
import { afterAll, beforeEach, expect, test } from 'vitest';
import { adapters } from '../../workers/channels/index.ts';
import { notify } from '../../workers/store/notice.ts';
import { tellRefused } from '../../workers/store/refused-start.ts';
import { readStaffLink, STAFF_LINKS } from '../../workers/store/staff-link.ts';
import { startTelling, tellWaiting, type StaffReach } from '../../workers/staff.ts';
import { KEYRING, PUBLIC_URL, stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { playbook } from '../support/temporal-play.ts';
import { feishuFake } from '../workers/channels/fakes/robots.ts';
import { smtpFake } from '../workers/channels/fakes/smtp.ts';
import { launchRun } from '../workers/virtual-run.ts';

const { url } = await freshDatabase();
let now = Date.UTC(2026, 10, 27, 9);
const { store, team, colleague } = await stand(url, { clock: () => now });
const mail = await smtpFake();
const robot = await feishuFake(() => now);
afterAll(() => Promise.all([mail.close(), robot.close()]));
const owner = await colleague('owner@example.com', ['owner', 'operator']);

const secretOf = ({ account }: { readonly account: typeof mail.account }) =>
  Object.fromEntries(account.secret.names.map((name) => [name, account.secret.part(name)]));
async function makeChannel(
  name: string,
  fake: Pick<typeof mail, 'kind' | 'account'>,
  more: object = {},
): Promise<string> {
  const made = await owner('POST', '/api/channels', {
    name,
    kind: fake.kind,
    config: fake.account.config,
    ...more,
  });
  expect(made.status).toBe(201);
  const id = String(made.body['id']);
  expect(await owner('PUT', `/api/channels/${id}/secret`, secretOf(fake))).toMatchObject({ status: 200 });
  return id;
}
const mailId = await makeChannel('mail', mail);
const robotId = await makeChannel('duty', robot, { audience: 'staff' });
const membersId = await makeChannel('members', robot);

const reach: StaffReach = {
  store,
  clock: () => now,
  adapters,
  keyring: KEYRING,
  allowPrivateAddresses: true,
  publicUrl: PUBLIC_URL,
};
const document = playbook({ begin: ['start', {}, { out: 'over' }], over: ['end', {}] });
const { run } = await launchRun(store, team, { document, startAt: now, mode: 'real' });
const alert = (key: string, kind: 'alert' | 'stuck' = 'alert') =>
  notify(store.pool, { run: { id: run, team }, wall: now }, [
    { kind, key, at: now, role: 'operator', text: { 'zh-CN': `守护 ${key}`, en: key }, detail: {} },
  ]);
const prefer = (preferences: object[]) => owner('PUT', '/api/me/notices', { preferences });
const states = async () =>
  (
    await store.pool.query<{ state: string; reason: string | null }>(
      'select state::text, reason from staff_message order by id',
    )
  ).rows;

beforeEach(async () => {
  await store.pool.query('delete from staff_message');
  await store.pool.query('delete from channel_health');
  await store.pool.query('delete from channel_bucket');
  for (const fake of [mail, robot]) {
    fake.mode = 'well';
    (fake.arrived as unknown[]).length = 0;
  }
});

test('each chooses by what to be told of what, and gets several things as one message with a link each', async () => {
  expect(
    await prefer([
      { channel: mailId, address: 'owner@example.com', kinds: ['alert', 'stuck'] },
      { channel: robotId, address: robot.mention, kinds: ['alert'] },
    ]),
  ).toMatchObject({ status: 200 });
  await alert('a/1');
  await alert('a/2');
  await tellWaiting(reach);
  await tellWaiting(reach);
  expect([mail.arrived.length, robot.arrived.length]).toEqual([1, 1]);
  expect(robot.arrived[0]).toMatchObject({ mention: robot.mention });
  const { text } = mail.arrived[0]!;
  expect(text).toContain('守护 a/1');
  expect(text).toContain('守护 a/2');
  const token = /\/s\/([\w-]+)/.exec(text)![1]!;
  expect(readStaffLink(KEYRING.signingKeys(STAFF_LINKS), token, now)).toEqual({ to: 'run', id: run });
  expect((await states()).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sent']);
});

test('a launch that was refused is told to operators, with a link that opens what is said of its playbook', async () => {
  await prefer([{ channel: mailId, address: 'owner@example.com', kinds: ['launch'] }]);
  const { rows } = await store.pool.query<{ playbook: string }>('select playbook_id as playbook from run');
  const { playbook: id } = rows[0]!;
  await tellRefused(
    store.pool,
    { team, playbook: id, by: 'schedule', key: 'l/1', at: now },
    { reasons: { 'zh-CN': '渠道「群」不能自动发送。', en: 'The channel cannot send by itself.' }, now },
  );
  await tellWaiting(reach);
  const { text } = mail.arrived[0]!;
  expect(text).toContain('到了定时启动的时间，但没有启动：渠道「群」不能自动发送。');
  const link = /\/s\/([\w-]+)/.exec(text)![1]!;
  const target = readStaffLink(KEYRING.signingKeys(STAFF_LINKS), link, now);
  expect(target).toEqual({ to: 'playbook', id });
  const page = await owner('GET', `/s/${link}?lang=zh`);
  expect([page.status, page.text.includes('渠道「群」不能自动发送。')]).toEqual([200, true]);
});

test('a run that a colleague has paused is told to the others, until it goes on', async () => {
  const mei = await colleague('mei@example.com', ['operator']);
  for (const [who, address] of [
    [owner, 'owner@example.com'],
    [mei, 'mei@example.com'],
  ] as const)
    expect(
      (
        await who('PUT', '/api/me/notices', {
          preferences: [{ channel: mailId, address, kinds: ['paused'] }],
        })
      ).status,
    ).toBe(200);
  const order = (body: object) => owner('POST', `/api/runs/${run}/control`, body);
  expect((await order({ do: 'pause', reason: '嘉宾生病了' })).status).toBe(202);
  await tellWaiting(reach);
  expect(mail.arrived.map(({ to }) => to)).toEqual(['mei@example.com']);
  expect(mail.arrived[0]!.text).toContain('owner@example.com暂停了这次运行：嘉宾生病了');
  const seen = async () =>
    ((await mei('GET', '/api/notices')).body['notices'] as { kind: string }[]).filter(
      ({ kind }) => kind === 'paused',
    );
  expect(await seen()).toHaveLength(1);
  expect((await order({ do: 'resume', policy: 'hold' })).status).toBe(202);
  expect(await seen()).toEqual([]);
});

test('the night is quiet but for what is urgent', async () => {
  await prefer([
    {
      channel: mailId,
      address: 'owner@example.com',
      kinds: ['alert', 'stuck'],
      quiet: { from: '16:00', to: '18:30' },
    },
  ]);
  await alert('q/1', 'stuck');
  await alert('q/2', 'alert');
  await tellWaiting(reach);
  expect(mail.arrived.map(({ text }) => text.includes('q/2'))).toEqual([true]);
  now += 90 * 60_000;
  await tellWaiting(reach);
  expect(mail.arrived.map(({ text }) => text.includes('q/1'))).toEqual([false, true]);
});

test('what fails is tried again later under the same key; what can never succeed stays visible', async () => {
  await prefer([{ channel: mailId, address: 'owner@example.com', kinds: ['alert'] }]);
  mail.mode = 'accepts-and-drops';
  await alert('f/1');
  await tellWaiting(reach);
  expect(await states()).toEqual([{ state: 'waiting', reason: 'no-answer' }]);
  mail.mode = 'well';
  await tellWaiting(reach);
  expect(mail.arrived).toHaveLength(1);
  now += 60_000;
  await tellWaiting(reach);
  expect((await states())[0]!.state).toBe('sent');
  expect(new Set(mail.arrived.map(({ key }) => key)).size).toBe(1);
  mail.next = 'RCPT 550 5.1.1 User unknown';
  await alert('f/2');
  await tellWaiting(reach);
  expect((await states())[1]).toEqual({ state: 'failed', reason: 'smtp-550-5.1.1' });
  const english = { 'accept-language': 'en' };
  const { body } = await owner('GET', '/api/staff-messages', undefined, english);
  expect(body['messages']).toEqual([
    expect.objectContaining({
      kind: 'alert',
      state: 'failed',
      channel: { id: mailId, name: 'mail' },
      colleague: { id: owner.id, name: 'owner@example.com' },
      reason: 'smtp-550-5.1.1',
      says: 'There is no such mailbox, or it takes no mail.',
      attempts: 1,
      nextAt: null,
    }),
  ]);
  expect((await owner('GET', `/api/staff-messages?state=sent&channel=${mailId}&limit=1`)).body).toMatchObject(
    {
      messages: [{ state: 'sent', reason: null, says: null }],
      next: expect.any(Number) as unknown,
    },
  );
  expect((await owner('GET', `/api/staff-messages?channel=${robotId}`)).body).toMatchObject({
    messages: [],
    next: null,
  });
  expect((await owner('GET', '/api/staff-messages?after=x')).status).toBe(400);
});

test('a worker that died has held it for a minute only', async () => {
  await prefer([{ channel: mailId, address: 'owner@example.com', kinds: ['alert'] }]);
  await alert('d/1');
  const dying = {
    ...reach,
    adapters: { email: { ...adapters['email']!, send: () => new Promise<never>(() => {}) } },
  };
  void tellWaiting(dying);
  await expect
    .poll(async () => (await store.pool.query('select from staff_message where attempts = 1')).rowCount)
    .toBe(1);
  await tellWaiting(reach);
  expect(mail.arrived).toHaveLength(0);
  now += 61_000;
  await tellWaiting(reach);
  expect(mail.arrived).toHaveLength(1);
});

test('a task that is done meanwhile is not told of', async () => {
  await prefer([{ channel: mailId, address: 'owner@example.com', kinds: ['alert'] }]);
  await alert('m/1');
  await store.pool.query(`update notice set seen_at = instant_of($1) where key = 'm/1'`, [now]);
  await tellWaiting(reach);
  expect(await states()).toEqual([{ state: 'dropped', reason: 'no-reader' }]);
  expect(mail.arrived).toEqual([]);
});

test('what is said to colleagues cannot go where members read, nor to nobody', async () => {
  const kinds = ['alert'];
  expect(await prefer([{ channel: membersId, kinds }])).toMatchObject({
    status: 400,
    body: { place: '/preferences/0/channel' },
  });
  expect(await prefer([{ channel: mailId, address: 'nobody', kinds }])).toMatchObject({
    status: 400,
    body: { place: '/preferences/0/address' },
  });
  expect(await prefer([{ channel: mailId, address: 'a@b.example', kinds: ['gossip'] }])).toMatchObject({
    status: 400,
  });
});

test('a test of a channel says what became of it', async () => {
  const telling = startTelling(reach, 100);
  try {
    const soon = { to: 'owner@example.com', text: '你好' };
    expect(await owner('POST', `/api/channels/${mailId}/test`, soon)).toMatchObject({
      body: { state: 'sent' },
    });
    expect(mail.arrived.map(({ text }) => text)).toEqual(['你好']);
    mail.next = 'RCPT 550 5.1.1 User unknown';
    const failed = await owner('POST', `/api/channels/${mailId}/test`, soon);
    expect(failed.body).toMatchObject({ state: 'failed', reason: 'smtp-550-5.1.1' });
    expect(failed.text).not.toContain('smtp-password');
    // An account that rests after failures is tried all the same: whoever tests it has just mended something.
    const rests = (by: string) =>
      store.pool.query(
        `insert into channel_health (channel_id, team_id, failures, opened, closed_until, closed_by)
         values ($1, $2, 7, 3, instant_of($3), $4) on conflict (channel_id) do update set failures = 7, opened = 3,
           closed_until = excluded.closed_until, closed_by = excluded.closed_by`,
        [mailId, team, now + 600_000, by],
      );
    const failures = async () =>
      (
        await store.pool.query<{ failures: number }>(
          'select failures from channel_health where channel_id = $1',
          [mailId],
        )
      ).rows[0]!.failures;
    await rests('circuit');
    expect(await owner('POST', `/api/channels/${mailId}/test`, soon)).toMatchObject({
      body: { state: 'sent' },
    });
    expect(await failures()).toBe(0);
    // The provider's own limit holds for a test too.
    await rests('rate');
    expect(await owner('POST', `/api/channels/${mailId}/test`, soon)).toMatchObject({
      body: { state: 'failed', reason: 'rate' },
    });
  } finally {
    await telling.stop();
  }
});
