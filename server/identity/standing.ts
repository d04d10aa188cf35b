// What a change of somebody's roles must leave behind: a team with an owner, and no way back for whoever lost their rights.
// Not the change itself, which is a PATCH (routes/people.ts) or an invitation that is accepted (invitations.ts).
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import { Refusal } from '../refusal.ts';

/**
 * Makes a change to the people of a team, in the caller's transaction; refused when it would take the last owner away.
 * The lock comes first: two owners who demote each other at once must not leave none.
 */
export async function keepingAnOwner<T>(sql: Sql, team: number, change: () => Promise<T>): Promise<T> {
  await sql.query('select from team where id = $1 for no key update', [team]);
  const before = await ownersOf(sql, team);
  const changed = await change();
  if (before > 0 && (await ownersOf(sql, team)) === 0) throw new Refusal('last-owner');
  return changed;
}

async function ownersOf(sql: Sql, team: number): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `select count(*) from user_account where team_id = $1 and disabled_at is null and 'owner' = any(roles)`,
    [team],
  );
  return rows[0]!.count;
}

/** Takes from somebody who is no owner (any more) what would let them back in: keys they made, invitations from or to them. */
export async function takeBack(
  sql: Sql,
  { team, user, now }: { readonly team: number; readonly user: string; readonly now: Instant },
): Promise<void> {
  await sql.query(
    `update api_key set revoked_at = instant_of($3) where team_id = $1 and created_by = $2 and revoked_at is null`,
    [team, user, now],
  );
  await sql.query(
    `delete from invitation where team_id = $1 and used_at is null
       and (invited_by = $2 or email = (select email from user_account where id = $2))`,
    [team, user],
  );
}
