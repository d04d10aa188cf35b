// Limits guessing: failed logins are counted by account and by address, across all server processes.
// Only hashes of both are kept.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import { hashOf } from './identity.ts';

const WINDOW_MS = 15 * 60_000;
/** An office shares an address, so it may fail more often than one account. */
const MOST = { account: 10, address: 60 } as const;

/** Of which account, from where. */
export interface Attempt {
  readonly email: string;
  readonly address: string;
}

const keysOf = ({ email, address }: Attempt) => ({
  account: hashOf(`account/${email}`),
  address: hashOf(`address/${address}`),
});

/** Minutes until another attempt is heard; 0 when one may be made now. */
export async function minutesToWait(sql: Sql, attempt: Attempt, now: Instant): Promise<number> {
  const keys = keysOf(attempt);
  const { rows } = await sql.query<{ account: number; address: number; first: Instant | null }>(
    `select count(*) filter (where key = $1) as account, count(*) filter (where key = $2) as address,
       ms_of(min(at)) as first
     from login_attempt where key in ($1, $2) and not ok and at > instant_of($3)`,
    [keys.account, keys.address, now - WINDOW_MS],
  );
  const { account, address, first } = rows[0]!;
  if (account < MOST.account && address < MOST.address) return 0;
  return Math.max(1, Math.ceil(((first ?? now) + WINDOW_MS - now) / 60_000));
}

/** Notes an attempt. A success forgives the account's failures, but not those of the address. */
export async function noteAttempt(sql: Sql, attempt: Attempt, ok: boolean, now: Instant): Promise<void> {
  const keys = keysOf(attempt);
  if (ok) await sql.query('delete from login_attempt where key = $1', [keys.account]);
  else {
    await sql.query(
      'insert into login_attempt (key, at, ok) select key, instant_of($2), false from unnest($1::bytea[]) as key',
      [[keys.account, keys.address], now],
    );
  }
  await sql.query('delete from login_attempt where at < instant_of($1)', [now - WINDOW_MS]);
}
