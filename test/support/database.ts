// A migrated PostgreSQL database for one test file, on the server of this run.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, inject } from 'vitest';
import './provided.ts';
import { TEMPLATE, urlOf } from './template.ts';

/**
 * Creates a database of the caller's own and drops it after the last test of the file. To be called at its top.
 *
 *     const database = await freshDatabase();
 *     const client = new pg.Client({ connectionString: database.url });
 */
export async function freshDatabase(): Promise<{ readonly name: string; readonly url: string }> {
  const server = inject('databaseUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await ask(server, `create database ${name} template ${TEMPLATE}`);
  afterAll(() => ask(server, `drop database ${name} with (force)`));
  return { name, url: urlOf(server, name) };
}

async function ask(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end();
  }
}
