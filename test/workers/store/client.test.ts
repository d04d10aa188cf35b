// Both ways into the database read and write the same instants, whatever zone the database is set to.
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { newId } from '../../../workers/store/id.ts';
import { freshDatabase } from '../../support/database.ts';

const { url, name } = await freshDatabase();
const admin = new pg.Client({ connectionString: url });
await admin.connect();
await admin.query(`alter database ${name} set timezone to 'Asia/Shanghai'`);
await admin.end();
const store = openStore(url, 4);
afterAll(() => store.close());
const AT = Date.UTC(2026, 11, 5, 12, 0, 0, 123);

test('an instant written by one is read by the other', async () => {
  const prisma = await store.prisma();
  const { id } = await prisma.team.create({ data: { name: 'x', createdAt: new Date(AT) } });
  const { rows } = await store.pool.query('select ms_of(created_at) as at from team where id = $1', [id]);
  expect(rows).toEqual([{ at: AT }]);
  const playbook = newId();
  await store.pool.query(
    `insert into playbook (id, team_id, key, title, created_at) values ($1, $2, 'k', '{}', instant_of($3))`,
    [playbook, id, AT],
  );
  const read = await prisma.playbook.findUniqueOrThrow({ where: { id: playbook } });
  expect(read.createdAt.getTime()).toBe(AT);
});

test('a transaction that the database gives up for another runs again', async () => {
  const { pool } = store;
  await pool.query(`insert into team (name, created_at) values ('a', instant_of(0)), ('b', instant_of(0))`);
  const rename = (first: string, second: string) =>
    inTransaction(pool, async (sql) => {
      await sql.query('update team set locale = $2 where name = $1', [first, first + second]);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await sql.query('update team set locale = $2 where name = $1', [second, first + second]);
    });
  // Each holds what the other wants next.
  await Promise.all([rename('a', 'b'), rename('b', 'a')]);
  const { rows } = await pool.query<{ locale: string }>(`select locale from team where name in ('a', 'b')`);
  expect(new Set(rows.map(({ locale }) => locale)).size).toBe(1);
});

test('ids made later sort later, and carry their instant', () => {
  const ids = [AT, AT + 1, AT + 2].map(newId);
  expect(ids.toSorted()).toEqual(ids);
  expect(Number.parseInt(ids[0]!.replaceAll('-', '').slice(0, 12), 16)).toBe(AT);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a statement that takes longer than it may is ended, and the connection serves the next one', async () => {
  const hasty = openStore(url, 1, 50);
  try {
    await expect(hasty.pool.query('select pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
    expect((await hasty.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  } finally {
    await hasty.close();
  }
});
