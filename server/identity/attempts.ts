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

/** A noted attempt: what to take back when the password was right, and how long to wait before one is heard again. */
export interface Noted {
  /** 0 when this attempt is heard. */
  readonly minutes: number;
  readonly ids: readonly number[];
}

/**
 * Notes an attempt as failed before its password is looked at, so that guesses made at once count each other.
 * One that is not heard leaves nothing behind: whoever goes on trying does not wait longer.
 */
export async function noteAttempt(sql: Sql, attempt: Attempt, now: Instant): Promise<Noted> {
  const keys = keysOf(attempt);
  await sql.query('delete from login_attempt where at < instant_of($1)', [now - WINDOW_MS]);
  const { rows: noted } = await sql.query<{ id: number }>(
    `insert into login_attempt (key, at, ok) select key, instant_of($2), false from unnest($1::bytea[]) as key
     returning id`,
    [[keys.account, keys.address], now],
  );
  const ids = noted.map(({ id }) => id);
  // Counted by a statement of its own, after the insert is visible: of attempts at once, the later ones see the earlier.
  const { rows } = await sql.query<{ account: number; address: number; first: Instant }>(
    `select count(*) filter (where key = $1) as account, count(*) filter (where key = $2) as address,
       ms_of(min(at)) as first
     from login_attempt where key in ($1, $2) and not ok and at > instant_of($3)`,
    [keys.account, keys.address, now - WINDOW_MS],
  );
  const { account, address, first } = rows[0]!;
  if (account <= MOST.account && address <= MOST.address) return { minutes: 0, ids };
  await sql.query('delete from login_attempt where id = any($1::bigint[])', [ids]);
  return { minutes: Math.max(1, Math.ceil((first + WINDOW_MS - now) / 60_000)), ids: [] };
}

/** The password was right: takes the attempt back, and the account's failures with it, but not those of the address. */
export async function forgiveAttempt(sql: Sql, attempt: Attempt, { ids }: Noted): Promise<void> {
  await sql.query('delete from login_attempt where key = $1 or id = any($2::bigint[])', [
    keysOf(attempt).account,
    ids,
  ]);
}
