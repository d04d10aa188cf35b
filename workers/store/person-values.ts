// Who did something, as conditions see them at that moment: members of the team, or people of a run's synthetic community.
// Gathered for all of a batch at once.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { communityOfRun, personValues, type Noted } from './community.ts';
import { membersAt } from './segments/values.ts';

/** Whose deed it is: a member's, or that of a person of the run's synthetic community. */
export interface Doer {
  readonly run: string;
  readonly member: string | null;
  readonly person: number | null;
  readonly at: Instant;
}

/** With what describes the run's community. */
export interface DoerOfRun extends Doer {
  readonly version: string;
  readonly seed: number;
  readonly members: number;
}

/** What `conditions` may know of these people, for each of them when asked. */
export async function peopleAt(
  sql: Sql,
  doers: readonly DoerOfRun[],
  conditions: Iterable<string>,
): Promise<(doer: Doer) => Readonly<Record<string, unknown>>> {
  const valuesOf = await membersAt(
    sql,
    doers.flatMap(({ member, at }) => (member === null ? [] : [{ member, at }])),
    conditions,
  );
  const persons = doers.filter(({ person }) => person !== null);
  const noted = await notedOf(sql, persons);
  const communities = new Map<string, Awaited<ReturnType<typeof communityOfRun>>>();
  for (const doer of persons)
    if (!communities.has(doer.run)) communities.set(doer.run, await communityOfRun(sql, doer));
  return ({ run, member, person, at }) => {
    if (person === null) return valuesOf(member, at);
    const community = communities.get(run);
    return community === undefined ? {} : personValues(community, person, noted.get(`${run}/${person}`));
  };
}

async function notedOf(sql: Sql, doers: readonly Doer[]): Promise<Map<string, Noted>> {
  if (doers.length === 0) return new Map();
  const { rows } = await sql.query<Noted & { readonly run: string; readonly person: number }>(
    `select p.run_id as run, p.person, p.tags, p.attributes from person p
     join (select distinct run, person from unnest($1::uuid[], $2::int[]) as w (run, person)) as w
       on p.run_id = w.run and p.person = w.person`,
    [doers.map(({ run }) => run), doers.map(({ person }) => person)],
  );
  return new Map(rows.map(({ run, person, ...noted }) => [`${run}/${person}`, noted]));
}
