// Who is told of what: whoever acts in the role and wants to know, once for each cause, in the transaction of the cause.
import { afterAll, beforeEach, expect, test } from 'vitest';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { newId } from '../../../workers/store/id.ts';
import { notify, tellStaff, type Notice } from '../../../workers/store/notice.ts';
import { freshDatabase } from '../../support/database.ts';
import { playbook } from '../../support/temporal-play.ts';
import { launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 4);
afterAll(() => store.close());
const NOW = Date.UTC(2026, 10, 27, 9);
const team = await makeTeam(store);
const channel = newId(NOW);
await store.pool.query(
  `insert into channel (id, team_id, name, kind, created_at) values ($1, $2, 'mail', 'email', instant_of($3))`,
  [channel, team, NOW],
);

async function colleague(
  name: string,
  roles: string[],
  kinds: readonly string[] = ['task', 'alert'],
): Promise<string> {
  const id = newId(NOW);
  await store.pool.query(
    `insert into user_account (id, team_id, email, name, password_hash, roles, created_at)
     values ($1, $2, $3, $4, 'x', $5::role[], instant_of($6))`,
    [id, team, `${name}@example.com`, name, roles, NOW],
  );
  await store.pool.query(
    `insert into notice_preference (id, team_id, user_id, channel_id, address, kinds, created_at)
     values ($1, $2, $3, $4, $5, $6, instant_of($7))`,
    [newId(NOW), team, id, channel, `${name}@example.com`, kinds, NOW],
  );
  return id;
}
const owner = await colleague('owner', ['owner']);
const operator = await colleague('operator', ['operator']);
const approver = await colleague('approver', ['approver'], ['escalation']);
const gone = await colleague('gone', ['operator']);
await store.pool.query('update user_account set disabled_at = instant_of($2) where id = $1', [gone, NOW]);

const document = playbook({ begin: ['start', {}, { out: 'over' }], over: ['end', {}] });
const runOf = async (mode: 'real' | 'fast', roles: Record<string, string[]> = {}) => {
  const { run } = await launchRun(store, team, { document, startAt: NOW, mode, roles });
  return { run: { id: run, team }, wall: NOW };
};
const told = async (): Promise<string[]> => {
  const { rows } = await store.pool.query<{ name: string; key: string }>(
    `select u.name, m.key from staff_message m join user_account u on u.id = m.user_id order by m.id`,
  );
  return rows.map(({ name, key }) => `${name} ${key}`);
};
beforeEach(() => store.pool.query('delete from staff_message'));

const news = (role: string, key = 'task/1/opened') => [{ kind: 'task' as const, key, role }];
const alert = (key: string): Notice => ({
  kind: 'alert',
  key,
  at: NOW,
  role: 'operator',
  text: { en: 'x' },
  detail: {},
});

test('the role’s people and the owners hear of it, nobody who has left, and nobody of kinds they did not ask for', async () => {
  await tellStaff(store.pool, await runOf('real'), news('operator'));
  expect(await told()).toEqual(['owner task/1/opened', 'operator task/1/opened']);
});

test('where the launch has named people, they alone do', async () => {
  await tellStaff(store.pool, await runOf('real', { host: [operator] }), news('host'));
  await tellStaff(store.pool, await runOf('real', { host: [approver] }), news('host'));
  expect(await told()).toEqual(['operator task/1/opened']);
});

test('a role that nobody in the team has is the owners’', async () => {
  await tellStaff(store.pool, await runOf('real'), news('host'));
  expect(await told()).toEqual(['owner task/1/opened']);
});

test('in compressed time only who was named is told', async () => {
  await tellStaff(store.pool, await runOf('fast'), news('operator'));
  expect(await told()).toEqual([]);
  await tellStaff(store.pool, await runOf('fast', { operator: [owner] }), news('operator'));
  expect(await told()).toEqual(['owner task/1/opened']);
});

test('each cause is told once, however often its call is repeated', async () => {
  const occasion = await runOf('real');
  await notify(store.pool, occasion, [alert('a/1'), alert('a/2')]);
  await notify(store.pool, occasion, [alert('a/1'), alert('a/2')]);
  await tellStaff(store.pool, occasion, [...news('operator'), ...news('operator')]);
  expect((await told()).toSorted()).toEqual([
    expect.stringMatching(/^operator notice\/\d+$/),
    expect.stringMatching(/^operator notice\/\d+$/),
    'operator task/1/opened',
    expect.stringMatching(/^owner notice\/\d+$/),
    expect.stringMatching(/^owner notice\/\d+$/),
    'owner task/1/opened',
  ]);
});

test('what is undone was not told', async () => {
  const occasion = await runOf('real');
  const undone = inTransaction(store.pool, async (sql) => {
    await notify(sql, occasion, [alert('b/1')]);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await told()).toEqual([]);
  await notify(store.pool, occasion, [alert('b/1')]);
  expect(await told()).toHaveLength(2);
});

test('an archived channel carries nothing', async () => {
  await store.pool.query('update channel set archived_at = instant_of($2) where id = $1', [channel, NOW]);
  await tellStaff(store.pool, await runOf('real'), news('operator'));
  expect(await told()).toEqual([]);
  await store.pool.query('update channel set archived_at = null where id = $1', [channel]);
});
