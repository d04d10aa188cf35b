// The database that every test's own is copied from: migrated once a run, empty of data.
import { existsSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

const MIGRATIONS = path.resolve(import.meta.dirname, '../../prisma/migrations');

/** Its name. */
export const TEMPLATE = 'kindling_template';

/** Creates the template on the server of this run. */
export async function makeTemplate(serverUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create database ${TEMPLATE}`);
  await client.end();
  if (!existsSync(MIGRATIONS)) return;
  const { migrate } = await import('../../workers/store/migrate.ts');
  await migrate(urlOf(serverUrl, TEMPLATE), MIGRATIONS);
}

/** The same server's connection string for another database. */
export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
