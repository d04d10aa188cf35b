// What a run tells its page as it happens. Readers go on from the last id they have seen.
// Not the trace, and nothing that a decision rests on.
import type { Instant } from '../../engine/instant.ts';
import type { Json } from '../../engine/json.ts';
import type { Sql } from './client.ts';

/** Something that the page of a run should show. */
export interface RunEvent {
  readonly run: string;
  /** advanced: visits moved. controlled: a command was given. task: one was opened or closed. ended: the run is over. */
  readonly kind: 'advanced' | 'controlled' | 'task' | 'ended';
  /** Logical time of the run. */
  readonly at: Instant;
  /** The time on the wall. */
  readonly wall: Instant;
  readonly data: { readonly [key: string]: Json };
}

/** Tells it. */
export const tell = (sql: Sql, event: RunEvent): Promise<void> => tellAll(sql, [event]);

/** Tells several things of one run. */
export async function tellAll(sql: Sql, events: readonly RunEvent[]): Promise<void> {
  if (events.length === 0) return;
  await sql.query(
    `insert into run_event (run_id, team_id, at, recorded_at, kind, data)
     select run.id, run.team_id, instant_of(e.at), instant_of(e.wall), e.kind, e.data
     from jsonb_to_recordset($1) as e (run uuid, at bigint, wall bigint, kind text, data jsonb)
     join run on run.id = e.run`,
    [JSON.stringify(events)],
  );
}

/** A told event, as it is read. */
export interface ToldEvent extends Omit<RunEvent, 'run'> {
  readonly id: number;
}

/** The events of a run after an id, oldest first. */
export async function eventsAfter(
  sql: Sql,
  {
    team,
    run,
    after,
    limit = 500,
  }: { readonly team: number; readonly run: string; readonly after: number; readonly limit?: number },
): Promise<ToldEvent[]> {
  const { rows } = await sql.query<ToldEvent>(
    `select id, kind, ms_of(at) as at, ms_of(recorded_at) as wall, data from run_event
     where run_id = $1 and team_id = $2 and id > $3 order by id limit $4`,
    [run, team, after, limit],
  );
  return rows;
}
