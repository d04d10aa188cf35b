// An import from its first byte to its end: reads the upload, keeps good rows aside, then checks and writes them.
// What it has come to stands in its row of the table `import`, where everybody can watch it.
import type { Instant } from '../../../engine/instant.ts';
import { inTransaction, type Sql, type Store } from '../../../workers/store/client.ts';
import { newId } from '../../../workers/store/id.ts';
import { endImport } from '../../../workers/store/imports.ts';
import { audit } from '../../audit.ts';
import type { Identity } from '../../identity/identity.ts';
import { Refusal } from '../../refusal.ts';
import {
  foresee,
  resolve,
  write,
  WRITING_STEPS,
  WRITTEN_TABLES,
  type Applying,
  type Written,
} from './apply.ts';
import { catalogueOf } from './columns.ts';
import type { Encoding } from './decode.ts';
import { RepeatedColumns, UnknownColumns, Upload } from './read.ts';
import type { Fault, Row } from './rows.ts';

/** What an import is told when it is made. */
export interface ImportOrder {
  readonly format: 'csv' | 'jsonl';
  readonly encoding: Encoding;
  readonly map: Readonly<Record<string, string>>;
  readonly consent: { readonly basis: string; readonly textVersion: string };
  readonly dryRun: boolean;
  readonly goodOnly: boolean;
}

/** Largest upload, and the most rows. */
export const MOST_UPLOAD_BYTES = 1_000_000_000;
const MOST_ROWS = 1_000_000;
/** The most faults of single rows that are told. */
const MOST_TOLD = 10_000;
const BATCH = 2_000;

/** Makes an import that waits for its upload. */
export async function beginImport(
  sql: Sql,
  { who, order, now }: { readonly who: Identity; readonly order: ImportOrder; readonly now: Instant },
): Promise<string> {
  const { format, dryRun, goodOnly, ...options } = order;
  const id = newId(now);
  await sql.query(
    `insert into import (id, team_id, format, dry_run, good_only, options, by, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, instant_of($8), instant_of($8))`,
    [id, who.team, format, dryRun, goodOnly, JSON.stringify(options), who.id, now],
  );
  return id;
}

/** What an import stands on. */
export interface ImportDeps {
  readonly store: Store;
  readonly clock: () => Instant;
}

interface Job extends ImportDeps {
  readonly who: Identity;
  readonly id: string;
  readonly order: ImportOrder;
}

/**
 * Takes the upload of an import. Returns when every byte has been read; `rest` checks and writes what was kept.
 * @throws {Refusal} not-found, import-used, unknown-columns, repeated-columns, too-large. Whatever fails leaves no member behind.
 */
export async function receive(
  deps: ImportDeps,
  {
    who,
    id,
    upload,
  }: { readonly who: Identity; readonly id: string; readonly upload: AsyncIterable<Uint8Array> },
): Promise<{ readonly rest: () => Promise<void> }> {
  const job: Job = { ...deps, who, id, order: await claim(deps, who, id) };
  try {
    await readUpload(job, upload);
  } catch (error) {
    await fail(job, reasonOf(error));
    throw error;
  }
  return {
    rest: async () => {
      try {
        await finish(job);
      } catch (error) {
        await fail(job, 'failed');
        throw error;
      }
    },
  };
}

/** An import takes one upload. */
async function claim({ store, clock }: ImportDeps, who: Identity, id: string): Promise<ImportOrder> {
  const { rows } = await store.pool.query<
    Pick<ImportOrder, 'format'> & {
      readonly dry: boolean;
      readonly good: boolean;
      readonly options: Omit<ImportOrder, 'format' | 'dryRun' | 'goodOnly'>;
    }
  >(
    `update import set state = 'reading', updated_at = instant_of($3)
     where team_id = $1 and id = $2 and state = 'waiting' returning format, dry_run as dry, good_only as good, options`,
    [who.team, id, clock()],
  );
  const [row] = rows;
  if (row !== undefined) return { format: row.format, dryRun: row.dry, goodOnly: row.good, ...row.options };
  const { rows: known } = await store.pool.query('select from import where team_id = $1 and id = $2', [
    who.team,
    id,
  ]);
  throw new Refusal(known.length === 0 ? 'not-found' : 'import-used');
}

async function readUpload(job: Job, upload: AsyncIterable<Uint8Array>): Promise<void> {
  const { store, who, order, clock } = job;
  const catalogue = await catalogueOf(store.pool, who.team);
  const reader = new Upload(order, { catalogue, map: order.map, now: clock() });
  const kept: Kept = { rows: [], faults: [], bytes: 0, count: 0, bad: 0 };
  const take = async (chunk: Uint8Array, isLast: boolean): Promise<void> => {
    for (const read of reader.push(chunk, isLast)) {
      kept.count += 1;
      if ('row' in read) kept.rows.push(read.row);
      else {
        kept.bad += 1;
        if (kept.bad <= MOST_TOLD) kept.faults.push(...read.faults);
      }
      if (kept.count > MOST_ROWS) throw new Refusal('too-many-rows', { values: { most: MOST_ROWS } });
      if (kept.rows.length + kept.faults.length >= BATCH) await keep(job, kept);
    }
  };
  let refusal: Error | undefined;
  for await (const chunk of upload) {
    kept.bytes += chunk.length;
    if (kept.bytes > MOST_UPLOAD_BYTES)
      throw new Refusal('too-large', { values: { limit: MOST_UPLOAD_BYTES } });
    // What was refused is let run out: a sender in the middle of a file hears no answer.
    refusal ??= await refusalOf(() => take(chunk, false));
  }
  refusal ??= await refusalOf(() => take(new Uint8Array(), true));
  if (refusal !== undefined) throw refusal;
  await keep(job, kept);
}

async function refusalOf(work: () => Promise<void>): Promise<Refusal | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    if (!(error instanceof UnknownColumns || error instanceof RepeatedColumns)) throw error;
    const { columns } = error;
    return new Refusal(error instanceof UnknownColumns ? 'unknown-columns' : 'repeated-columns', {
      values: { columns: columns.join(', ') },
      extra: () => ({ columns }),
    });
  }
}

interface Kept {
  rows: Row[];
  faults: Fault[];
  bytes: number;
  count: number;
  bad: number;
}

/** Keeps good rows aside and faults for good, and tells how far the reading is. */
async function keep({ store, who, id, clock }: Job, kept: Kept): Promise<void> {
  const { rows, faults } = kept;
  [kept.rows, kept.faults] = [[], []];
  const now = clock();
  await store.pool.query(
    `insert into import_row (import_id, line, team_id, id, key, name, kind, status, zone, locale, joined, tags, attributes,
       channels, accounts, groups, consents, opt_outs)
     select $1, r.line, $2, r.id, key, name, kind, status, zone, locale, joined, tags, attributes, channels, accounts, groups, consents,
       "optOuts"
     from jsonb_to_recordset($3) as r (line int, id uuid, key text, name text, kind text, status text, zone text, locale text,
       joined bigint, tags text[], attributes jsonb, channels uuid[], accounts text[], groups uuid[], consents text[],
       "optOuts" text[])`,
    [id, who.team, JSON.stringify(rows.map((row) => ({ ...row, id: newId(now) })))],
  );
  if (faults.length > 0) {
    await store.pool.query(
      `insert into import_fault (import_id, team_id, line, field, code, values)
       select $1, $2, f.line, f.field, f.code, coalesce(f.values, '{}')
       from jsonb_to_recordset($3) as f (line int, field text, code text, values jsonb)`,
      [id, who.team, JSON.stringify(faults)],
    );
  }
  await store.pool.query(
    `update import set bytes = $3, rows = $4, bad = $5, updated_at = instant_of($6) where team_id = $1 and id = $2`,
    [who.team, id, kept.bytes, kept.count, kept.bad, now],
  );
}

/** Checks all rows against each other and against who is there; then writes them, refuses them, or says what would be. */
async function finish(job: Job): Promise<void> {
  const { store, who, id, order, clock } = job;
  const applying: Applying = { id, team: who.team, consent: order.consent, now: clock() };
  await progress(job, 'checking', 0);
  await store.pool.query('analyze import_row');
  for (let attempt = 1; ; attempt += 1) {
    try {
      const made = await inTransaction(store.pool, (sql) => finishIn(sql, job, applying));
      return await countAnew(store.pool, made);
    } catch (error) {
      // Somebody has made one of these members in the meantime: looked at again, it is one who is there already.
      if ((error as { readonly code?: unknown }).code !== '23505' || attempt === ATTEMPTS) throw error;
    }
  }
}

const ATTEMPTS = 3;

/** From so many new members on, what was planned for those before them is out of date. */
const MANY_MADE = 1_000;

// Sooner than the database does it by itself: until then all connections look for members as if they were still a few.
async function countAnew(sql: Sql, made: number): Promise<void> {
  // The import is done, whatever becomes of this.
  if (made >= MANY_MADE) await sql.query(`analyze ${WRITTEN_TABLES.join(', ')}`).catch(() => {});
}

// Until `close` the import's own row is not touched in here: progress is told through another connection.
// Returns how many members were made.
async function finishIn(sql: Sql, job: Job, applying: Applying): Promise<number> {
  const { order, id, who } = job;
  // One import of a team writes at a time: two files with the same people wait for each other.
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`import/${who.team}`]);
  const found = await resolve(sql, applying);
  const { rows } = await sql.query<{ bad: number }>('select bad from import where id = $1', [id]);
  const bad = rows[0]!.bad + found;
  const isRefused = bad > 0 && !order.goodOnly;
  if (isRefused || order.dryRun) {
    const written = await foresee(sql, applying);
    await close(sql, job, { state: isRefused ? 'refused' : 'done', bad, written });
    return 0;
  }
  await progress(job, 'writing', 0);
  const written = await write(sql, applying, (step) => progress(job, 'writing', step));
  await close(sql, job, { state: 'done', bad, written });
  return written.made;
}

async function progress({ store, id, clock }: Job, state: string, step: number): Promise<void> {
  await store.pool.query(
    `update import set state = $2::import_state, step = $3, steps = $4, updated_at = instant_of($5) where id = $1`,
    [id, state, step, WRITING_STEPS, clock()],
  );
}

async function close(
  sql: Sql,
  { id, who, order, clock }: Job,
  {
    state,
    bad,
    written,
  }: { readonly state: 'done' | 'refused'; readonly bad: number; readonly written: Written },
): Promise<void> {
  const now = clock();
  await sql.query('delete from import_row where import_id = $1', [id]);
  await sql.query(
    `update import set state = $2::import_state, bad = $3, made = $4, found = $5, changed = $6,
       updated_at = instant_of($7), finished_at = instant_of($7)
     where id = $1`,
    [id, state, bad, written.made, written.found, written.changed, now],
  );
  const detail = { ...written, bad, dryRun: order.dryRun };
  await audit(sql, { who, action: `import.${state}`, subject: `import/${id}`, detail, now });
}

async function fail({ store, id, clock }: Job, reason: string): Promise<void> {
  // Where even that is impossible, the sweeper finds an import without a sign of life.
  await endImport(store.pool, { id, reason, now: clock() }).catch(() => {});
}

/** The code that says why an upload ended early. */
function reasonOf(error: unknown): string {
  if (error instanceof Refusal) return error.code;
  const { code } = error as { readonly code?: unknown };
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' ? 'aborted' : 'failed';
}
