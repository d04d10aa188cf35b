// Notices to colleagues from real runs: on the real Temporal and database, through the workers' own outbox, to a real mail
// server. Every kind there is, each with a signed link to what it is about.
import { afterAll, expect, test } from 'vitest';
import { noticeKinds } from '../../../engine/notices.ts';
import { newId } from '../../../workers/store/id.ts';
import { keepSecret } from '../../../workers/store/secret.ts';
import { readStaffLink, STAFF_LINKS, type StaffTarget } from '../../../workers/store/staff-link.ts';
import { KEYRING, PUBLIC_URL } from '../../support/app.ts';
import { freshDatabase } from '../../support/database.ts';
import { graphOf, playbook, Stage } from '../../support/temporal-play.ts';
import { temporalOfThisRun } from '../../support/temporal.ts';
import { makePeople } from '../send-stage.ts';
import { launchRun } from '../virtual-run.ts';
import { smtpFake } from '../channels/fakes/smtp.ts';

const { taskQueue, ...temporal } = temporalOfThisRun();
const { url } = await freshDatabase();
const stage = new Stage({
  temporal,
  databaseUrl: url,
  taskQueue,
  sweepMs: 1_000,
  allowPrivateAddresses: true,
  keyring: KEYRING,
  publicUrl: PUBLIC_URL,
});
const mail = await smtpFake();
afterAll(() => Promise.all([stage.close(), mail.close()]));
const { store } = stage;
const { pool } = store;
// More than the circuit breaker takes for chance.
const people = await makePeople(store, 25);
const { team, group } = people;
await hire(['operator'], 'lan@example.com');
await hire(['owner'], 'wu@example.com');
await stage.startWorkers();

/** A colleague who is told of everything by mail. */
async function hire(roles: readonly string[], email: string): Promise<void> {
  const [user, channel] = [newId(), newId()];
  await pool.query(
    `insert into channel (id, team_id, name, kind, audience, config, secret_ref, identity, verified_at, verified_by, created_at)
     values ($1, $2, $3, 'email', 'staff', $4, $3, 'us', now(), 'test', now())`,
    [channel, team, email, JSON.stringify(mail.account.config)],
  );
  const parts = Object.fromEntries(
    mail.account.secret.names.map((name) => [name, mail.account.secret.part(name)]),
  );
  await keepSecret(pool, KEYRING, { team, name: email }, { parts, now: Date.now() });
  await pool.query(
    `insert into user_account (id, team_id, email, name, password_hash, roles, created_at)
     values ($1, $2, $3, $3, '', $4::role[], now())`,
    [user, team, email, roles],
  );
  await pool.query(
    `insert into notice_preference (id, team_id, user_id, channel_id, address, kinds, created_at)
     values ($1, $2, $3, $4, $5, $6, now())`,
    [newId(), team, user, channel, email, Object.keys(noticeKinds)],
  );
}

async function begin(document: ReturnType<typeof playbook>): Promise<string> {
  const { run } = await launchRun(store, team, {
    document,
    startAt: Date.now(),
    mode: 'real',
    groups: [group],
  });
  await stage.begin(run);
  return run;
}

const keys = KEYRING.signingKeys(STAFF_LINKS);
const linksIn = (text: string): (StaffTarget | undefined)[] =>
  [...text.matchAll(/\/s\/([\w-]+)/g)].map(([, token]) => readStaffLink(keys, token!, Date.now()));

/** Waits for a mail to somebody that says something and leads somewhere; a minute is what is promised. */
async function told(to: string, words: RegExp, link: StaffTarget): Promise<void> {
  await expect
    .poll(
      () =>
        mail.mails.some(
          (it) =>
            it.to.includes(to) &&
            words.test(`${it.headers['subject'] ?? ''}\n${it.text}`) &&
            linksIn(it.text).some((found) => found?.to === link.to && found.id === link.id),
        ),
      { interval: 200, message: `${to} is told of ${String(words)}` },
    )
    .toBe(true);
}

const text = (words: string) => ({ 'zh-CN': words });

test('of a task: when it opens, before it is due, and when it is overdue', async () => {
  const run = await begin(
    playbook({
      start: ['start', {}, { out: 'a' }],
      a: [
        'human-task',
        {
          role: 'operator',
          title: text('看一下海报'),
          outcomes: [{ port: 'good' }],
          due: { for: 'PT6S' },
          remindBefore: 'PT3S',
          onTimeout: 'escalate',
          escalateTo: 'owner',
          escalateWithin: 'P1D',
        },
        { good: 'z', expired: 'z' },
      ],
      z: ['end', {}],
    }),
  );
  const find = () => pool.query<{ id: string }>('select id from task where run_id = $1', [run]);
  await expect.poll(async () => (await find()).rowCount).toBe(1);
  const { id } = (await find()).rows[0]!;
  const link = { to: 'task', id } as const;
  await told('lan@example.com', /看一下海报/, link);
  await told('wu@example.com', /看一下海报/, link);
  const kinds = async () =>
    (
      await pool.query<{ kind: string }>(
        `select distinct kind from staff_message where task_id = $1 and state = 'sent' order by kind`,
        [id],
      )
    ).rows.map(({ kind }) => kind);
  await expect.poll(kinds).toEqual(['escalation', 'reminder', 'task']);
  await told('wu@example.com', /逾期/, link);
});

test('of a guard that was breached', async () => {
  const run = await begin(
    playbook({
      start: ['start', {}, { out: 'w' }],
      w: [
        'watch',
        {
          metric: 'complaints',
          op: '>=',
          value: 0,
          every: 'PT1M',
          until: { for: 'PT1H' },
          role: 'operator',
          text: text('投诉太多了'),
        },
        { breach: 'z', ended: 'z' },
      ],
      z: ['end', {}],
    }),
  );
  await told('lan@example.com', /投诉太多了/, { to: 'run', id: run });
});

test('of visits that are stuck, and of a run that has paused itself', async () => {
  const run = await begin(
    playbook(
      {
        start: ['start', {}, { out: 'j' }],
        j: ['journey', { journey: 'each' }, { launched: 'w', empty: 'w' }],
        w: ['wait', { for: 'P1D' }, { done: 'z' }],
        z: ['end', {}],
      },
      {
        journeys: {
          each: {
            title: text('各人'),
            graph: graphOf({
              enter: ['enter', {}, { out: 'm' }],
              // Nobody has made this channel: every message fails.
              m: [
                'send-message',
                { channel: 'nowhere', audience: { subject: true }, text: text('你好'), class: 'service' },
                { sent: 'y' },
              ],
              y: ['end', {}],
            }),
          },
        },
      },
    ),
  );
  await told('lan@example.com', /自动暂停/, { to: 'run', id: run });
  await expect.poll(() => stage.status(run)).toBe('paused');
  const kinds = async () =>
    (
      await pool.query<{ kind: string }>(
        `select distinct m.kind from staff_message m join notice n on n.id = m.notice_id
         where n.run_id = $1 and m.state = 'sent' order by 1`,
        [run],
      )
    ).rows.map(({ kind }) => kind);
  await expect.poll(kinds).toEqual(['breaker', 'stuck']);
});

test('nothing stays in the outbox', async () => {
  const open = () => stage.count(`staff_message where state in ('waiting', 'failed')`);
  await expect.poll(open).toBe(0);
});
