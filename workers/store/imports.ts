// Imports that nobody carries on, and what is kept of those that are over.
// Not the importing, which is the server's: see server/members/import.
import { DAY, MINUTE, type Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';

/** A step takes seconds; one without a sign of life for so long has lost its process. */
const PATIENCE_MS = 15 * MINUTE;
/** Faults quote line and field; after so long nobody corrects the file any more. */
const KEPT_MS = 30 * DAY;

/** Ends an import that cannot go on. One that is over stays as it is. */
export async function endImport(
  sql: Sql,
  { id, reason, now }: { readonly id: string; readonly reason: string; readonly now: Instant },
): Promise<void> {
  await sql.query(
    `update import set state = 'failed', reason = $2, updated_at = instant_of($3), finished_at = instant_of($3)
     where id = $1 and state in ('waiting', 'reading', 'checking', 'writing')`,
    [id, reason, now],
  );
  await sql.query('delete from import_row where import_id = $1', [id]);
}

/** Ends imports whose process is gone, and forgets old faults. */
export async function sweepImports(sql: Sql, now: Instant): Promise<void> {
  const { rows } = await sql.query<{ id: string }>(
    `select id from import where state in ('waiting', 'reading', 'checking', 'writing') and updated_at < instant_of($1)`,
    [now - PATIENCE_MS],
  );
  for (const { id } of rows) await endImport(sql, { id, reason: 'interrupted', now });
  await sql.query(
    `delete from import_fault where import_id in (select id from import where finished_at between instant_of($1) and instant_of($2))`,
    [now - 2 * KEPT_MS, now - KEPT_MS],
  );
}
