// Coming in with address and password, and the cookie that a session is. By the API and by the page behind a notice alike.
import type { FastifyReply } from 'fastify';
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import { Refusal } from '../refusal.ts';
import type { Deps } from '../route.ts';
import { forgiveAttempt, noteAttempt } from './attempts.ts';
import { beginSession } from './identity.ts';
import { isPassword } from './password.ts';
import { cookieName } from './request.ts';

/** Who says who they are, and from where. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
  /** Of the network. */
  readonly address: string;
  readonly now: Instant;
}

/** Somebody whose password was right. */
export interface LoggedIn {
  readonly id: string;
  readonly team: number;
  readonly name: string;
  readonly roles: readonly string[];
}

/** Checks a password, and counts those who guess. @throws {Refusal} */
export async function logIn(
  { store }: Pick<Deps, 'store'>,
  { email, password, address, now }: Credentials,
): Promise<LoggedIn> {
  const attempt = { email: email.toLowerCase(), address };
  const noted = await noteAttempt(store.pool, attempt, now);
  const { minutes } = noted;
  if (minutes > 0) throw new Refusal('too-many-attempts', { values: { minutes }, retryAfter: minutes * 60 });
  const { rows } = await store.pool.query<LoggedIn & { readonly hash: string }>(
    `select id, team_id as team, name, roles::text[] as roles, password_hash as hash
     from user_account where email = $1 and disabled_at is null`,
    [attempt.email],
  );
  const user = rows[0];
  const ok = await isPassword(user?.hash, password);
  if (!ok || user === undefined) throw new Refusal('login-failed');
  await forgiveAttempt(store.pool, attempt, noted);
  return { id: user.id, team: user.team, name: user.name, roles: user.roles };
}

/** Begins a session and puts its token into the cookie. */
export async function letIn(
  { publicUrl }: Pick<Deps, 'publicUrl'>,
  reply: FastifyReply,
  sql: Sql,
  user: { readonly id: string; readonly team: number; readonly now: Instant },
): Promise<void> {
  const { token, maxAgeMs } = await beginSession(sql, user, user.now);
  void reply.setCookie(cookieName(publicUrl), token, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: publicUrl.startsWith('https:'),
    maxAge: Math.floor(maxAgeMs / 1000),
  });
}
