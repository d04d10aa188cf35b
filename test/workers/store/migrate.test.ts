// Migrations and seed: applied once, by whoever comes first, and never over something that was changed behind them.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { seed } from '../../../prisma/seed.ts';
import { newId } from '../../../workers/store/id.ts';
import { migrate, MigrationError } from '../../../workers/store/migrate.ts';
import { freshDatabase } from '../../support/database.ts';

const migrations = path.resolve(import.meta.dirname, '../../../prisma/migrations');
const folder = mkdtempSync(path.join(tmpdir(), 'kindling-migrations-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function ask<R extends pg.QueryResultRow>(url: string, sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<R>(sql);
  await client.end();
  return rows;
}

async function emptyDatabase(): Promise<string> {
  const { url } = await freshDatabase();
  await ask(url, 'drop schema public cascade; create schema public');
  return url;
}

test('three starters at once apply each migration once; later ones find nothing to do', async () => {
  const url = await emptyDatabase();
  const applied = await Promise.all([1, 2, 3].map(() => migrate(url, migrations)));
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
  expect(await migrate(url, migrations)).toEqual([]);
});

test('an edited migration is refused by name, and a failing one leaves nothing behind', async () => {
  const url = await emptyDatabase();
  cpSync(migrations, folder, { recursive: true });
  const [name] = await migrate(url, folder);
  const file = path.join(folder, name!, 'migration.sql');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n-- edited`);
  await expect(migrate(url, folder)).rejects.toThrow(`The migration ${name} was edited`);
  cpSync(migrations, folder, { recursive: true });
  const bad = path.join(folder, '29991231235959_bad');
  cpSync(path.join(migrations, name!), bad, { recursive: true });
  writeFileSync(path.join(bad, 'migration.sql'), 'create table half (id int); select 1 / 0;');
  const failure: unknown = await migrate(url, folder).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(MigrationError);
  expect((failure as MigrationError).migration).toBe('29991231235959_bad');
  expect(await ask(url, `select to_regclass('half') as half`)).toEqual([{ half: null }]);
});

const TOGETHER = '20261128021003_passed_together';

test('what runs have passed before steps were left together is read along, and they go on', async () => {
  const url = await emptyDatabase();
  const before = mkdtempSync(path.join(tmpdir(), 'kindling-migrations-'));
  const isEarlier = (from: string): boolean =>
    !/^\d/.test(path.basename(from)) || path.basename(from) < TOGETHER;
  cpSync(migrations, before, { recursive: true, filter: isEarlier });
  await migrate(url, before);
  rmSync(before, { recursive: true });
  const run = newId(Date.UTC(2026, 10, 30, 23));
  await ask(
    url,
    `select ensure_launch_month('${run}');
     insert into passed (run_id, team_id, node, ordinal, lap, at, port) values ('${run}', 1, 0, 5, 0, now(), 'out')`,
  );
  expect((await migrate(url, migrations))[0]).toBe(TOGETHER);
  await ask(
    url,
    `insert into passed_together (run_id, team_id, node, ordinals, first, visits, lap, at)
     values ('${run}', 1, 0, '{[6,9]}', 6, 4, 0, now())`,
  );
  expect(await ask(url, 'select ordinal, port from passed order by ordinal limit 2')).toEqual([
    { ordinal: 5, port: 'out' },
    { ordinal: 6, port: null },
  ]);
});

test('the demo community is put into an empty database once, even by two at a time', async () => {
  const { url } = await freshDatabase();
  const made = await Promise.all([seed(url, 1_800_000_000_000), seed(url, 1_800_000_000_000)]);
  expect(made.toSorted()).toEqual([false, true]);
  expect(await seed(url)).toBe(false);
  const [counts] = await ask<Record<string, string>>(
    url,
    `select (select count(*) from team) as teams, (select count(*) from community_group) as groups,
       (select count(*) from member) as members, (select count(*) from membership) as memberships,
       (select count(*) from consent) as consents,
       (select sum(head_count) from community_group) as heads`,
  );
  expect(counts).toMatchObject({ teams: '1', groups: '3', members: '60', memberships: '60', heads: '60' });
  expect(Number(counts!['consents'])).toBeGreaterThan(45);
  expect(Number(counts!['consents'])).toBeLessThan(60);
});
