// The embedded PostgreSQL: started fresh, found again, killed and recovered.
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { hasEnded, signal } from '../../../server/start/process.ts';
import { startPostgres, type Postgres } from '../../../server/start/postgres.ts';
import { temporaryFolder } from '../../support/home.ts';

const folder = temporaryFolder();
const started = new Set<Postgres>();
afterAll(async () => {
  for (const postgres of started) await postgres.stop();
});

async function start(name: string): Promise<Postgres> {
  const postgres = await startPostgres({ dir: path.join(folder, name) });
  started.add(postgres);
  return postgres;
}

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

test('a fresh start answers in UTC, sorts the same everywhere and asks for its password', async () => {
  const { url, password } = await start('fresh');
  expect(await ask(url(), 'show timezone')).toEqual([{ TimeZone: 'UTC' }]);
  expect(await ask(url(), "select datlocale from pg_database where datname = 'postgres'")).toEqual([
    { datlocale: 'C.UTF-8' },
  ]);
  expect(statSync(path.join(folder, 'fresh', 'password')).mode & 0o777).toBe(0o600);
  await expect(ask(url().replace(encodeURIComponent(password), 'wrong'), 'select 1')).rejects.toThrow(
    /password/,
  );
});

test('two starters on one folder share one server', async () => {
  const [one, other] = await Promise.all([start('shared'), start('shared')]);
  expect(other.pid).toBe(one.pid);
  expect(one.reused).toBe(!other.reused);
  const third = await start('shared');
  expect(third).toMatchObject({ pid: one.pid, port: one.port, reused: true });
});

test('after kill -9 committed rows are there, on the same port', async () => {
  const before = await start('killed');
  await ask(before.url(), 'create table kept as select 42 as answer');
  signal(before.pid, 'SIGKILL');
  await hasEnded(before.pid, 5000);
  const after = await start('killed');
  expect(after.pid).not.toBe(before.pid);
  expect(after.port).toBe(before.port);
  expect(await ask(after.url(), 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('an initdb that was killed half way does not count as data', async () => {
  const dir = path.join(folder, 'half');
  mkdirSync(path.join(dir, 'data.new'), { recursive: true });
  writeFileSync(path.join(dir, 'data.new', 'PG_VERSION'), '18');
  const { url } = await start('half');
  expect(await ask(url(), 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(existsSync(path.join(dir, 'data.new'))).toBe(false);
});

test('a pid file of a stranger is not believed', async () => {
  const before = await start('stranger');
  await before.stop();
  const lines = [
    process.pid,
    path.join(folder, 'stranger', 'data'),
    0,
    before.port,
    '',
    '127.0.0.1',
    '',
    'ready',
  ];
  writeFileSync(path.join(folder, 'stranger', 'data', 'postmaster.pid'), lines.join('\n'));
  const after = await start('stranger');
  expect(after.pid).not.toBe(process.pid);
  expect(await ask(after.url(), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('data in a folder that only its owner can enter is served too', async () => {
  const closed = path.join(folder, 'closed');
  mkdirSync(closed);
  chmodSync(closed, 0o700);
  const { url } = await start('closed/inside');
  expect(await ask(url(), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('the password stands in no argument list', async () => {
  const { pid, password } = await start('fresh');
  if (existsSync(`/proc/${pid}/cmdline`)) {
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(password);
  }
});

test('stopping ends the server although a client is connected', async () => {
  const postgres = await start('stopped');
  const client = new pg.Client({ connectionString: postgres.url() });
  client.on('error', () => {});
  await client.connect();
  await postgres.stop();
  expect(await hasEnded(postgres.pid, 0)).toBe(true);
  await client.end();
});
