// Who came to the entrance of a journey and was not let in: counted by reason, and page by page with what was seen.
// Not those who were never asked: people who are not in the audience of the run.
import { isoOf, type Instant } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import type { RunFacts } from '../../workers/store/run.ts';

/** How many were turned away, by journey and reason: as counted where they were, so it costs the same for however many. */
export async function turnedAwayOf(
  sql: Sql,
  run: Pick<RunFacts, 'id' | 'plan'>,
): Promise<Map<string, Record<string, number>>> {
  const { rows } = await sql.query<{ graph: number; reason: string; count: number }>(
    'select graph, reason, count from turned_count where run_id = $1 and count > 0 order by graph, reason',
    [run.id],
  );
  const counts = new Map<string, Record<string, number>>();
  for (const { graph, reason, count } of rows) {
    const journey = run.plan.graphs[graph]?.id ?? '';
    counts.set(journey, { ...counts.get(journey), [reason]: count });
  }
  return counts;
}

interface Row {
  readonly graph: number;
  readonly who: string;
  readonly at: Instant;
  readonly [key: string]: unknown;
}

/** Which of them. */
export interface TurnedAwayFilter {
  readonly journey?: string | undefined;
  readonly reason?: string | undefined;
  /** A member's id, or the number of a synthetic person. */
  readonly who?: string | undefined;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A page of those who were turned away. */
export async function listTurnedAway(sql: Sql, run: RunFacts, filter: TurnedAwayFilter) {
  const { journey, reason, who, after, limit } = filter;
  const graph = run.plan.graphs.findIndex(({ id }, no) => no > 0 && id === journey);
  const [, afterGraph, afterWho] = /^(\d{1,5})\/(.*)$/s.exec(after ?? '') ?? [];
  const { rows } = await sql.query<Row>(
    `select t.graph, t.who, t.member_id as member, m.display_name as name, t.person, t.reason, t.why, t.times,
       ms_of(t.at) as at
     from turned_away t left join member m on m.id = t.member_id
     where t.run_id = $1 and ($2::int is null or t.graph = $2) and ($3::text is null or t.reason = $3)
       and ($4::text is null or t.who = $4) and ($5::int is null or (t.graph, t.who) > ($5, $6::text))
     order by t.graph, t.who limit $7`,
    [
      run.id,
      journey === undefined ? null : graph,
      reason ?? null,
      who ?? null,
      afterGraph ?? null,
      afterWho ?? null,
      limit,
    ],
  );
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return {
    members: rows.map(({ graph: no, at, who: _who, ...row }) => ({
      journey: run.plan.graphs[no]?.id,
      ...row,
      at: isoOf(at),
    })),
    next: last === undefined ? null : `${last.graph}/${last.who}`,
  };
}
