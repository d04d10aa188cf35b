// The doors of a run's journeys: which are open, who came in by them, and which run holds them before and after this one.
// Reading only. Who was turned away is turned-away.ts; closing a door is the worker's store.
import { isoOf, type Instant } from '../../engine/instant.ts';
import { nameOf } from '../../engine/simulate.ts';
import type { Sql } from '../../workers/store/client.ts';
import type { RunFacts } from '../../workers/store/run.ts';

interface EntranceRow {
  readonly graph: number;
  readonly entered: number;
  readonly event: string | null;
  readonly opened: Instant | null;
  readonly until: Instant | null;
  readonly closed: Instant | null;
}

const shown = (at: Instant | null): string | null => (at === null ? null : isoOf(at));

/** The entrances of a run, and its neighbours in the chain of runs that take doors over from one another. */
export async function entrancesOf(sql: Sql, run: RunFacts) {
  const [{ rows }, chain] = await Promise.all([
    sql.query<EntranceRow>(
      `select graph, entered, event, ms_of(opened_at) as opened, ms_of(until) as until, ms_of(closed_at) as closed
       from entrance where run_id = $1 order by graph`,
      [run.id],
    ),
    chainOf(sql, run),
  ]);
  return {
    entrances: rows.map(({ graph, entered, event, opened, until, closed }) => ({
      journey: run.plan.graphs[graph]?.id,
      entered,
      event,
      opened: shown(opened),
      until: shown(until),
      closed: shown(closed),
    })),
    ...chain,
  };
}

/** Why a newer version did not take over a run's open doors: the codes of its problems. */
interface Left {
  readonly version: number;
  readonly problems: readonly string[];
}

async function chainOf(sql: Sql, run: RunFacts) {
  const { rows } = await sql.query<{ follows: string | null; followedBy: string | null; left: Left | null }>(
    `select r.follows_run_id as follows,
       (select f.id from run f where f.playbook_id = r.playbook_id and f.follows_run_id = r.id limit 1) as "followedBy",
       (select a.detail from audit_log a where a.team_id = r.team_id and a.subject = 'run/' || r.id
         and a.action = 'run.not-followed' order by a.id desc limit 1) as left
     from run r where r.id = $1`,
    [run.id],
  );
  const { follows, followedBy, left } = rows[0]!;
  // A later version may have managed what an earlier one could not.
  return { follows, followedBy, left: followedBy === null ? left : null };
}

interface EnteredRow {
  readonly ordinal: number;
  readonly member: string | null;
  readonly person: number | null;
  readonly name: string | null;
  readonly entered: Instant;
  readonly ended: Instant | null;
  readonly reason: string | null;
}

/** A page of those who entered a journey, the latest first. `before`: the `next` of the page before. */
export async function listEntered(
  sql: Sql,
  run: RunFacts,
  { graph, before, limit }: { readonly graph: number; readonly before?: number; readonly limit: number },
) {
  const { rows } = await sql.query<EnteredRow>(
    `select s.ordinal, s.member_id as member, s.person, m.display_name as name, ms_of(s.entered_at) as entered,
       ms_of(s.ended_at) as ended, s.end_reason as reason
     from subject s left join member m on m.id = s.member_id
     where s.run_id = $1 and s.graph = $2 and ($3::int is null or s.ordinal < $3)
     order by s.ordinal desc limit $4`,
    [run.id, graph, before ?? null, limit],
  );
  return {
    members: rows.map(({ name, person, entered, ended, ...row }) => ({
      ...row,
      person,
      name: name ?? (person === null ? null : nameOf(person)),
      entered: isoOf(entered),
      ended: shown(ended),
    })),
    next: rows.length === limit ? (rows.at(-1)?.ordinal ?? null) : null,
  };
}
