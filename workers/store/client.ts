// The way into the database for server and workers: one pool for SQL, and the typed Prisma client for whoever asks for it.
// Not a place for queries; and no query anywhere asks the database what time it is.
import pg from 'pg';
import type { PrismaClient } from '../../generated/prisma/client.ts';

/** An open database. */
export interface Store {
  readonly pool: pg.Pool;
  /** The typed client, made when it is first asked for: it costs a hundred megabytes, and most processes never need it. */
  readonly prisma: () => Promise<PrismaClient>;
  close(): Promise<void>;
}

/** Where set-based SQL runs: the pool, or one of its connections inside a transaction. */
export interface Sql {
  // Rows are typed by the caller, who wrote the select list.
  query<R extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<pg.QueryResult<R>>;
}

const INT8 = 20;
const NUMERIC = 1700;

// Sequence numbers, laps and counts stay far below 2^53, and code compares them as numbers.
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC
      ? Number
      : (pg.types.getTypeParser(oid, format) as (raw: string) => unknown),
};

/**
 * Opens the database. The zone is UTC on every connection: adapter and driver send instants without an offset.
 * `connections` bounds the pool of each of the two clients; `longestMs` how long one statement may take: one that outlives
 * whoever waits for it would hold the database back from clearing away what is deleted.
 */
export function openStore(connectionString: string, connections = 10, longestMs = 0): Store {
  const options = `-c timezone=UTC -c statement_timeout=${longestMs}`;
  const pool = new pg.Pool({
    connectionString,
    options,
    types,
    max: connections,
    // What is asked without waiting for the answer before goes out at once, and is answered in order; see inOneFlight.
    pipeline: true,
    Client: Preparing,
  });
  // An idle connection that dies (a restarted server) is replaced at the next query; unheard, it would end the process.
  pool.on('error', () => {});
  // The same for one that dies inside a transaction, between two queries: the next query of the transaction fails.
  pool.on('connect', (client) => client.on('error', () => {}));
  let prisma: Promise<PrismaClient> | undefined;
  return {
    pool,
    prisma: () => (prisma ??= openPrisma({ connectionString, options, max: connections })),
    close: async () => {
      await (await prisma)?.$disconnect();
      await pool.end();
    },
  };
}

async function openPrisma(config: pg.PoolConfig): Promise<PrismaClient> {
  const [{ PrismaPg }, { PrismaClient }] = await Promise.all([
    import('@prisma/adapter-pg'),
    import('../../generated/prisma/client.ts'),
  ]);
  return new PrismaClient({ adapter: new PrismaPg(config) });
}

/** Names of statements by their text: they are written down in the code, so there are some hundred of them. */
const names = new Map<string, string>();

/**
 * Has the server parse and plan each statement with parameters once per connection instead of every time.
 * One for many rows is planned for what it is given: a plan made while a table was empty would loop through all of it
 * for each row, until somebody counts the table again.
 */
class Preparing extends pg.Client {
  // The many overloads of the driver come down to (text, values, callback).
  override query = ((text: unknown, values?: unknown, ...rest: unknown[]) =>
    typeof text === 'string' && Array.isArray(values) && !values.some(isMany)
      ? this.#send({ name: nameOf(text), text, values }, ...rest)
      : this.#send(text, values, ...rest)) as pg.Client['query'];

  #send(...args: unknown[]): unknown {
    return Reflect.apply(send, this, args);
  }
}

/** Beyond so many rows, or characters of rows as JSON, planning costs less than a plan for a few would. */
const MANY = { rows: 50, characters: 5_000 } as const;

const isMany = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length > MANY.rows
    : typeof value === 'string' && value.length > MANY.characters;

const send = Reflect.get(pg.Client.prototype, 'query') as (...args: unknown[]) => unknown;

function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `s${names.size}`));
  return name;
}

/** Whether the database has refused a value, as it will at every attempt. */
export function isRefusedValue(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^(22|23)\w{3}$/.test(code);
}

/** Conflicts that PostgreSQL resolves by giving one side up: serialization failure, deadlock. */
const YIELDED = new Set(['40001', '40P01']);
const ATTEMPTS = 4;

/**
 * Runs `work` in one transaction: committed when it returns, rolled back when it throws.
 * When the database gave it up in favour of another transaction it runs again, so `work` does nothing but SQL.
 */
export async function inTransaction<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(pool, work);
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      if (attempt === ATTEMPTS || typeof code !== 'string' || !YIELDED.has(code)) throw error;
    }
  }
}

/**
 * Runs `work` with joins of whole sets only. For statements over an audience, of which the planner may not have heard yet:
 * for thousands that have just come it would go through all groups once for each. To be called inside a transaction.
 */
export async function inSets<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  await sql.query(`set local enable_nestloop = off`);
  const result = await work();
  await sql.query(`set local enable_nestloop = on`);
  return result;
}

/**
 * Waits for queries that were sent together because none needs the answer of another: one way to the server and back
 * instead of one each. They are carried out in their order. When some fail the first of them is thrown, once all are
 * answered, so that none of them is under way in a transaction that is over.
 */
export async function inOneFlight<T extends readonly unknown[]>(
  ...queries: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  const answers = await Promise.allSettled(queries);
  const failure = answers.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
  return answers.map((answer) => (answer as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

async function once<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    const [, result] = await inOneFlight(client.query('begin'), work(client as Sql));
    await client.query('commit');
    return result;
  } catch (error) {
    // A connection that cannot even roll back is gone: the pool must not hand it out again.
    await client.query('rollback').catch(() => (broken = true));
    throw error;
  } finally {
    client.release(broken);
  }
}
