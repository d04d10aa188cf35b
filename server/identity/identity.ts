// Who asks: a person with a session, or a program with an API key. Both are known by an opaque token of which only the hash is kept.
// Not what they may do, see access.ts.
import { createHash, randomBytes } from 'node:crypto';
import type { Instant } from '../../engine/instant.ts';
import type { Role } from '../../generated/prisma/enums.ts';
import type { Sql } from '../../workers/store/client.ts';

/** Somebody known. */
export interface Identity {
  readonly kind: 'user' | 'key';
  readonly id: string;
  readonly team: number;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Who has made the key; null where no person has. */
  readonly maker?: string | null;
}

/** The person behind somebody: themselves, or who has made the key. What a key makes is theirs. */
export const personOf = ({ kind, id, maker = null }: Identity): string | null =>
  kind === 'user' ? id : maker;

/** How they are written down: in the audit log, and as the voice of a decision. */
export const voiceOf = ({ kind, id }: Identity): string => (kind === 'user' ? id : `key/${id}`);

/** An unguessable token of 256 bits. */
export const newToken = (prefix = ''): string => prefix + randomBytes(32).toString('base64url');

/** What is kept of a token. It has full entropy, so a plain hash is as good as a slow one. */
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/** How an API key begins. */
export const KEY_PREFIX = 'kd_';
const SHOWN = KEY_PREFIX.length + 6;

const DAY_MS = 86_400_000;
const SESSION_MS = 30 * DAY_MS;
const IDLE_MS = 7 * DAY_MS;
/** The row of a session is touched this often at most. */
const TOUCH_MS = 5 * 60_000;

/** Begins a session; the token goes into the cookie. */
export async function beginSession(
  sql: Sql,
  user: { readonly id: string; readonly team: number },
  now: Instant,
): Promise<{ readonly token: string; readonly maxAgeMs: number }> {
  const token = newToken();
  await sql.query(
    `insert into session (id, team_id, user_id, token_hash, created_at, seen_at, expires_at)
     values (gen_random_uuid(), $1, $2, $3, instant_of($4), instant_of($4), instant_of($5))`,
    [user.team, user.id, hashOf(token), now, now + SESSION_MS],
  );
  return { token, maxAgeMs: SESSION_MS };
}

/** The person whose session this is; undefined when it has ended. */
export async function userOfSession(sql: Sql, token: string, now: Instant): Promise<Identity | undefined> {
  const { rows } = await sql.query<Omit<Identity, 'kind'> & { session: string; stale: boolean }>(
    `select u.id, u.team_id as team, u.name, u.roles::text[] as roles, s.id as session,
       s.seen_at < instant_of($3) as stale
     from session s join user_account u on u.id = s.user_id
     where s.token_hash = $1 and s.expires_at > instant_of($2) and s.seen_at > instant_of($4)
       and u.disabled_at is null`,
    [hashOf(token), now, now - TOUCH_MS, now - IDLE_MS],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { session, stale, ...user } = row;
  if (stale) await sql.query('update session set seen_at = instant_of($2) where id = $1', [session, now]);
  return { kind: 'user', ...user };
}

/** Ends a session. */
export async function endSession(sql: Sql, token: string): Promise<void> {
  await sql.query('delete from session where token_hash = $1', [hashOf(token)]);
}

/** Forgets sessions that are over. */
export async function forgetSessions(sql: Sql, now: Instant): Promise<void> {
  await sql.query('delete from session where expires_at < instant_of($1) or seen_at < instant_of($2)', [
    now,
    now - IDLE_MS,
  ]);
}

/** The program whose key this is; undefined when it is unknown, revoked or expired. */
export async function programOfKey(sql: Sql, token: string, now: Instant): Promise<Identity | undefined> {
  const { rows } = await sql.query<Omit<Identity, 'kind'> & { stale: boolean }>(
    `select id, team_id as team, name, roles::text[] as roles, created_by as maker,
       coalesce(used_at < instant_of($3), true) as stale
     from api_key
     where token_hash = $1 and revoked_at is null and (expires_at is null or expires_at > instant_of($2))`,
    [hashOf(token), now, now - TOUCH_MS],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { stale, ...key } = row;
  if (stale) await sql.query('update api_key set used_at = instant_of($2) where id = $1', [key.id, now]);
  return { kind: 'key', ...key };
}

/** A key to be made. */
export interface NewKey {
  readonly team: number;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly by: string | null;
  readonly expiresAt?: Instant | null;
  readonly now: Instant;
}

/** Makes an API key; its token is shown this once. */
export async function makeKey(
  sql: Sql,
  key: NewKey,
): Promise<{ readonly id: string; readonly token: string; readonly prefix: string }> {
  const token = newToken(KEY_PREFIX);
  const prefix = token.slice(0, SHOWN);
  const { rows } = await sql.query<{ id: string }>(
    `insert into api_key (id, team_id, name, token_hash, prefix, roles, created_by, created_at, expires_at)
     values (gen_random_uuid(), $1, $2, $3, $4, $5::role[], $6, instant_of($7), instant_of($8)) returning id`,
    [key.team, key.name, hashOf(token), prefix, key.roles, key.by, key.now, key.expiresAt ?? null],
  );
  return { id: rows[0]!.id, token, prefix };
}
