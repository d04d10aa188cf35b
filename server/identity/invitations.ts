// One-time links: the owner's set-up, and invitations of colleagues. Only the hash of a link's token is kept.
// Not their sending: whoever makes one hands the link over.
import type { Instant } from '../../engine/instant.ts';
import type { Role } from '../../generated/prisma/enums.ts';
import type { Sql } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { hashOf, newToken } from './identity.ts';
import { hashPassword } from './password.ts';
import { keepingAnOwner, takeBack } from './standing.ts';

const WEEK_MS = 7 * 86_400_000;

/** A link to be made. */
export interface NewInvitation {
  readonly team: number;
  readonly roles: readonly Role[];
  readonly email?: string | undefined;
  readonly by: string | null;
  readonly now: Instant;
}

/** Makes a link's token; it is good for a week and for one account. */
export async function invite(
  sql: Sql,
  { team, roles, email, by, now }: NewInvitation,
): Promise<{ readonly id: string; readonly token: string; readonly expiresAt: Instant }> {
  const token = newToken();
  const id = newId(now);
  await sql.query(
    `insert into invitation (id, team_id, token_hash, roles, email, invited_by, created_at, expires_at)
     values ($1, $2, $3, $4::role[], $5, $6, instant_of($7), instant_of($8))`,
    [id, team, hashOf(token), roles, email?.toLowerCase() ?? null, by, now, now + WEEK_MS],
  );
  return { id, token, expiresAt: now + WEEK_MS };
}

/** What a link is worth before it is used. */
export type LinkState =
  | { readonly is: 'spent' | 'expired' | 'unknown' }
  | {
      readonly is: 'open';
      readonly roles: readonly Role[];
      readonly email: string | null;
      readonly expiresAt: Instant;
    };

/** Looks at a link without using it. */
export async function lookAt(sql: Sql, token: string, now: Instant): Promise<LinkState> {
  const { rows } = await sql.query<{
    roles: Role[];
    email: string | null;
    used: boolean;
    expiresAt: Instant;
  }>(
    `select roles::text[] as roles, email, used_at is not null as used, ms_of(expires_at) as "expiresAt"
     from invitation where token_hash = $1`,
    [hashOf(token)],
  );
  const [link] = rows;
  if (link === undefined) return { is: 'unknown' };
  const { used, roles, email, expiresAt } = link;
  if (used) return { is: 'spent' };
  return expiresAt > now ? { is: 'open', roles, email, expiresAt } : { is: 'expired' };
}

/** What a person fills in to get an account. */
export interface Acceptance {
  readonly token: string;
  readonly email: string;
  readonly name: string;
  readonly password: string;
  readonly locale?: string | undefined;
  readonly now: Instant;
}

/** Who has come in by a link. */
interface Joined {
  readonly id: string;
  readonly team: number;
  readonly roles: readonly Role[];
}

/** Turns a link into an account, once; undefined when the link is not good (any more). */
export async function accept(sql: Sql, asked: Acceptance): Promise<Joined | 'email-taken' | undefined> {
  const passwordHash = await hashPassword(asked.password);
  const { rows } = await sql.query<{ team: number }>(
    'select team_id as team from invitation where token_hash = $1',
    [hashOf(asked.token)],
  );
  const team = rows[0]?.team;
  if (team === undefined) return undefined;
  // An owner may be invited again under their own address, with fewer roles.
  return keepingAnOwner(sql, team, () => useLink(sql, asked, passwordHash));
}

async function useLink(
  sql: Sql,
  { token, email, name, locale, now }: Acceptance,
  passwordHash: string,
): Promise<Joined | 'email-taken' | undefined> {
  // The update is the lock: of two at once, one finds the link used.
  const { rows } = await sql.query<{ id: string; team: number; roles: Role[]; named: boolean }>(
    `update invitation set used_at = instant_of($2)
     where token_hash = $1 and used_at is null and expires_at > instant_of($2) and (email is null or email = $3)
     returning id, team_id as team, roles::text[] as roles, email is not null as named`,
    [hashOf(token), now, email.toLowerCase()],
  );
  const invitation = rows[0];
  if (invitation === undefined) return undefined;
  const { team, roles, named } = invitation;
  // Whoever is invited again under their own address gets a new password: that is how a lost one is replaced.
  const { rows: accounts } = await sql.query<{ id: string }>(
    `insert into user_account (id, team_id, email, name, password_hash, roles, locale, created_at)
     values ($1, $2, $3, $4, $5, $6::role[], $7, instant_of($8))
     on conflict (email) do update
       set name = excluded.name, password_hash = excluded.password_hash, roles = excluded.roles, disabled_at = null
       where user_account.team_id = excluded.team_id and $9
     returning id`,
    [newId(now), team, email.toLowerCase(), name, passwordHash, roles, locale ?? 'zh-CN', now, named],
  );
  const user = accounts[0]?.id;
  if (user === undefined) return 'email-taken';
  await sql.query('delete from session where user_id = $1', [user]);
  if (!roles.includes('owner')) await takeBack(sql, { team, user, now });
  await sql.query('update invitation set used_by = $2 where id = $1', [invitation.id, user]);
  return { id: user, team, roles };
}

/** Every role: what the first person of an installation has. */
export const ALL_ROLES: readonly Role[] = ['owner', 'designer', 'operator', 'approver'];

/**
 * The token of the set-up link; undefined when somebody has set the installation up.
 * Every start makes a new one: only hashes are kept, so an old one cannot be shown again.
 */
export async function setupToken(sql: Sql, team: number, now: Instant): Promise<string | undefined> {
  const { rows } = await sql.query<{ users: boolean }>('select exists (select from user_account) as users');
  if (rows[0]!.users) return undefined;
  return (await invite(sql, { team, roles: ALL_ROLES, by: null, now })).token;
}

/** The team of this installation; made when the database has none. Servers that begin together follow each other. */
export async function theTeam(sql: Sql, now: Instant): Promise<number> {
  await sql.query(`select pg_advisory_xact_lock(hashtextextended('the team', 0))`);
  await sql.query(
    `insert into team (name, created_at) select '我的团队', instant_of($1) where not exists (select from team)`,
    [now],
  );
  const { rows } = await sql.query<{ id: number }>('select id from team order by id limit 1');
  return rows[0]!.id;
}
