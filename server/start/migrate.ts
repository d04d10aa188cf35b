// `kindling migrate`: brings the database of DATABASE_URL to the present schema. Run it before servers and workers of a new version.
// `npm start` runs it by itself, and then it also puts a small community into an empty database.
import path from 'node:path';
import { seed } from '../../prisma/seed.ts';
import { migrate } from '../../workers/store/migrate.ts';
import { localeOf, readSettings } from '../settings.ts';

const MIGRATIONS = path.resolve(import.meta.dirname, '../../prisma/migrations');

async function main(): Promise<number> {
  const settings = readSettings();
  const zh = localeOf(settings) === 'zh';
  if (settings.databaseUrl === undefined) {
    process.stderr.write(zh ? '请设置 DATABASE_URL。\n' : 'Set DATABASE_URL.\n');
    return 2;
  }
  const applied = await migrate(settings.databaseUrl, MIGRATIONS);
  for (const name of applied) process.stdout.write(`${name}\n`);
  const byNpmStart = process.send !== undefined;
  if (byNpmStart && settings.demo) await seed(settings.databaseUrl);
  return 0;
}

// An end by force: a connection that could not be made keeps the process for a minute.
try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}

/** A host with several addresses fails once for each, and the whole has no message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
