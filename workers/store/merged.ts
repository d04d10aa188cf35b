// Who has become whom: ids of records that were merged still find the person, in links, in events and in imports.
// Not the merging: see merge.ts.
import type { Sql } from './client.ts';

/**
 * Keeps a merge apart from whatever reads who somebody is and writes it down: events, entries into journeys, the send
 * gate share this lock until their commit, a merge has it alone. To be taken before anything else is held.
 */
export async function holdMerges(sql: Sql, team: number, how: 'shared' | 'alone'): Promise<void> {
  await sql.query(
    `select pg_advisory_xact_lock${how === 'alone' ? '' : '_shared'}(hashtextextended('merge/' || $1::int, 0))`,
    [team],
  );
}

/** The same for whoever knows a run alone. */
export async function holdMergesOf(sql: Sql, run: string): Promise<void> {
  await sql.query(
    `select pg_advisory_xact_lock_shared(hashtextextended('merge/' || team_id, 0)) from run where id = $1`,
    [run],
  );
}

/** Who a member is now, and stays until the commit: no merge comes in between. As {@link holdMerges}: before anything else is held. */
export async function asTheyAre(sql: Sql, team: number, member: string): Promise<string> {
  await holdMerges(sql, team, 'shared');
  return (await mergedInto(sql, [member])).get(member.toLowerCase()) ?? member;
}

/** Those of these members who have become somebody else, and whom. */
export async function mergedInto(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql.query<{ from: string; into: string }>(
    'select from_id as "from", into_id as "into" from member_merge where from_id = any($1)',
    [ids],
  );
  return new Map(rows.map(({ from, into }) => [from, into]));
}
