// One member, held while something about them changes.
import type { Sql } from '../../workers/store/client.ts';
import { Refusal } from '../refusal.ts';

/** Holds a member until the end of the transaction. @throws {Refusal} not-found, also for one that was erased. */
export async function lockMember(
  sql: Sql,
  team: number,
  id: string,
): Promise<{ readonly tags: readonly string[] }> {
  const { rows } = await sql.query<{ tags: string[] }>(
    `select tags from member where team_id = $1 and id = $2 and status <> 'erased' for update`,
    [team, id],
  );
  if (rows[0] === undefined) throw new Refusal('not-found');
  return rows[0];
}
