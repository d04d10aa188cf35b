// The event that would have launched a synthetic run, where nothing has: so that an activity which begins with an event can be
// tried without making one by hand. Not the events that people of the run will raise: those are due rows.
import { awaitedAtStart } from '../../engine/awaited.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Plan } from '../../engine/plan.ts';
import { sampleOf } from '../../engine/simulate.ts';
import type { Sql } from './client.ts';
import { communityOfRun } from './community.ts';

/** Keeps a sample of the event that a plan's start waits for, as the run's own; undefined when it waits for none. */
export async function keepSample(
  sql: Sql,
  {
    run,
    team,
    plan,
    version,
    seed,
    members,
    at,
  }: {
    readonly run: string;
    readonly team: number;
    readonly plan: Plan;
    readonly version: string;
    readonly seed: number;
    readonly members: number;
    readonly at: Instant;
  },
): Promise<number | undefined> {
  const awaited = awaitedAtStart(plan);
  if (awaited === undefined) return undefined;
  const community = await communityOfRun(sql, { version, seed, members });
  const { rows } = await sql.query<{ id: number }>(
    `insert into event (team_id, name, source, source_id, run_id, at, recorded_at, data)
     values ($1, $2, $3, 'start', $4, instant_of($5), instant_of($5), $6) returning id`,
    [team, awaited.event, `run/${run}`, run, at, JSON.stringify(sampleOf(community, awaited.event))],
  );
  return rows[0]!.id;
}
