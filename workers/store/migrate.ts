// Brings a database to the present schema by applying the folders of prisma/migrations, with `pg` alone.
// Not Prisma's CLI, but its bookkeeping: `prisma migrate deploy` finds the same table and the same checksums.
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

/** The advisory lock that Prisma's own migrate takes. */
const LOCK = 72707369;

/** Says which migration stands in the way and what to do about it. */
export class MigrationError extends Error {
  readonly migration: string;
  constructor(migration: string, message: string) {
    super(message);
    this.name = 'MigrationError';
    this.migration = migration;
  }
}

/**
 * Applies what is missing, in the order of names, one transaction a migration; returns the names applied.
 * Concurrent callers wait for each other, so every process may call it when it starts.
 * @throws {MigrationError} when a migration was edited after it was applied, or fails.
 */
export async function migrate(connectionString: string, folder: string): Promise<string[]> {
  const client = new pg.Client({ connectionString, options: '-c timezone=UTC' });
  await client.connect();
  try {
    await client.query(`select pg_advisory_lock(${LOCK})`);
    const known = await readBookkeeping(client);
    const applied: string[] = [];
    for (const { name, sql, checksum } of readMigrations(folder)) {
      const row = known.get(name);
      if (row === undefined) {
        await apply(client, { name, sql, checksum });
        applied.push(name);
      } else if (!row.finished) {
        throw new MigrationError(
          name,
          `The migration ${name} was begun by another tool and failed there. Mend the database, then delete its row in _prisma_migrations.`,
        );
      } else if (row.checksum !== checksum) {
        throw new MigrationError(
          name,
          `The migration ${name} was edited after it was applied to this database. Restore the file, and write a new migration for the change.`,
        );
      }
    }
    return applied;
  } finally {
    // Gives the advisory lock back.
    await client.end();
  }
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    });
}

async function readBookkeeping(client: pg.Client) {
  await client.query(`
    create table if not exists _prisma_migrations (
      id varchar(36) primary key not null,
      checksum varchar(64) not null,
      finished_at timestamptz,
      migration_name varchar(255) not null,
      logs text,
      rolled_back_at timestamptz,
      started_at timestamptz not null default now(),
      applied_steps_count integer not null default 0)`);
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(`
    select migration_name as name, checksum, finished_at is not null as finished
    from _prisma_migrations where rolled_back_at is null`);
  return new Map(rows.map((row) => [row.name, row]));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('begin');
  try {
    // Without parameters pg sends a simple query, which may hold many statements.
    await client.query(sql);
    await client.query(
      `insert into _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       values ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(name, `The migration ${name} failed and nothing of it was kept: ${reason}`);
  }
}
