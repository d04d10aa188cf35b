// The entrances of journeys: the lock under which subjects get their numbers, and over what a stay counts.
// Not who may enter: that is decided in engine/entrance.ts.
import type { EntranceRule } from '../../engine/entrance.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { isSynthetic } from './community.ts';
import type { RunFacts } from './run.ts';

/** Which entrance. */
export interface EntranceAddress {
  readonly run: RunFacts;
  readonly graph: number;
  readonly rule: EntranceRule;
}

/** An entrance as it stands. The first four belong to one that is entered by event. */
export interface Entrance {
  readonly event: string | null;
  readonly opened: Instant | null;
  readonly until: Instant | null;
  /** Null while it is open. */
  readonly closed: Instant | null;
  readonly launch: string | null;
  /** The number of the next subject. */
  readonly next: number;
  readonly entered: number;
}

/**
 * Takes the locks of entrances, in one order for everybody: whoever enters a journey of a run, and of a playbook where it
 * must not be repeated in another run, comes after everybody who has entered before. In the order of the addresses.
 * To be taken after the locks of topics and before those of shards.
 */
export async function lockEntrances(sql: Sql, addresses: readonly EntranceAddress[]): Promise<Entrance[]> {
  if (addresses.length === 0) return [];
  await sql.query(
    `select pg_advisory_xact_lock(key)
     from (select distinct hashtextextended(name, 0) as key from unnest($1::text[]) as name order by key) as keys`,
    [addresses.map(({ run, graph, rule }) => `entrance/${scopeOf(run, rule)}/${run.plan.graphs[graph]!.id}`)],
  );
  const places = [
    addresses.map(({ run }) => run.id),
    addresses.map(({ graph }) => graph),
    addresses.map(({ run }) => run.team),
  ];
  await sql.query(
    `insert into entrance (run_id, graph, team_id)
     select run, graph, team from unnest($1::uuid[], $2::int[], $3::int[]) as a (run, graph, team)
     order by run, graph on conflict do nothing`,
    places,
  );
  const { rows } = await sql.query<Entrance & { readonly run: string; readonly graph: number }>(
    `select e.run_id as run, e.graph, e.event, ms_of(e.opened_at) as opened, ms_of(e.until) as until,
       ms_of(e.closed_at) as closed, e.launch_id as launch, e.next, e.entered
     from entrance e join unnest($1::uuid[], $2::int[]) as a (run, graph) on e.run_id = a.run and e.graph = a.graph
     order by e.run_id, e.graph for update of e`,
    places.slice(0, 2),
  );
  const found = new Map(rows.map((row) => [`${row.run}/${row.graph}`, row]));
  return addresses.map(({ run, graph }) => found.get(`${run.id}/${graph}`)!);
}

/**
 * Over what a stay counts: the playbook; or the run alone, where the journey says so, and where nobody really entered
 * because its people are synthetic or its time is compressed. A run that follows another counts as one with it.
 */
export const scopeOf = (run: RunFacts, { again }: EntranceRule): string =>
  again === 'run' || isSynthetic(run) || run.mode === 'fast' ? run.origin : run.playbook;
