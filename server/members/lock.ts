// One member, held while something about them changes.
import type { Sql } from '../../workers/store/client.ts';
import { asTheyAre } from '../../workers/store/merged.ts';
import { Refusal } from '../refusal.ts';

/**
 * Holds a member until the end of the transaction; whoever names a record that was merged means the person. Before anything
 * else is held. @throws {Refusal} not-found, also for one that was erased.
 */
export async function lockMember(
  sql: Sql,
  team: number,
  id: string,
): Promise<{ readonly id: string; readonly tags: readonly string[] }> {
  const { rows } = await sql.query<{ id: string; tags: string[] }>(
    `select id, tags from member where team_id = $1 and id = $2 and status <> 'erased' for update`,
    [team, await asTheyAre(sql, team, id)],
  );
  if (rows[0] === undefined) throw new Refusal('not-found');
  return rows[0];
}
