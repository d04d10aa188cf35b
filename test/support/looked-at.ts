// How many rows of a table the connections of a pool have looked at: what a statement costs, whatever the clock says.
import type { Pool, PoolClient } from 'pg';

/** Does something on every connection of a pool, one after the other, while no one else has any of them. */
export async function onEachConnection(
  pool: Pool,
  work: (client: PoolClient) => Promise<unknown>,
): Promise<void> {
  const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  for (const client of clients) await work(client);
  for (const client of clients) client.release();
}

/** Rows of `table` that were read so far, by scans and by indexes. Nothing else may be using the database. */
export async function rowsLookedAt(pool: Pool, table: string): Promise<number> {
  await onEachConnection(pool, (client) => client.query('select pg_stat_force_next_flush()'));
  const { rows } = await pool.query<{ tuples: number }>(
    'select seq_tup_read + idx_tup_fetch as tuples from pg_stat_user_tables where relname = $1',
    [table],
  );
  return rows[0]!.tuples;
}
