// Who stands on a step of a run now, since when and what they wait for: page by page, with names.
// The interpreter's own state tells it, found again from PostgreSQL: exact also where branches were cancelled, and without
// looking at visits. It works while Temporal is away.
import { isoOf, type Instant } from '../../engine/instant.ts';
import { visitsOn, type LiveVisit } from '../../engine/run/inspect.ts';
import { subjectName } from '../../engine/run/trace.ts';
import { nameOf } from '../../engine/simulate.ts';
import { inTransaction, type Sql, type Store } from '../../workers/store/client.ts';
import type { RunFacts } from '../../workers/store/run.ts';
import { recallState } from '../../workers/store/recall.ts';
import { shardOf } from '../../workers/store/shard.ts';
import { topicsOf } from '../../workers/store/topics.ts';
import { ACCOUNT_OF_VISIT, againOf } from './again.ts';

/** What somebody who stands on a step waits for. */
type Waits =
  /** An instant: a wait, a deadline, or the next attempt at what has failed. */
  | 'time'
  | 'event'
  /** The answer of a colleague. */
  | 'task'
  /** Something is being done for them at this moment. */
  | 'effect'
  /** An operator's decision: stuck. */
  | 'decision'
  /** The end of the pause. */
  | 'resume';

/** Where a page begins: behind this visit. */
export interface Behind {
  readonly ordinal: number;
  readonly lap: number;
}

/** A page of those who stand on a node, by ordinal and lap; `next` is null on the last one. */
export async function standingOn(
  store: Store,
  run: RunFacts,
  { node, after, limit }: { readonly node: number; readonly after: Behind | null; readonly limit: number },
) {
  const visits = await liveVisits(store, run, { node, after, limit: limit + 1 });
  const page = visits.slice(0, limit);
  const last = page.at(-1);
  const more = visits.length > limit && last !== undefined;
  return {
    visits: await described(store.pool, run, page),
    next: more ? `${last.ordinal}/${last.lap}` : null,
  };
}

async function liveVisits(
  { pool }: Store,
  run: RunFacts,
  { node, after, limit }: { readonly node: number; readonly after: Behind | null; readonly limit: number },
): Promise<LiveVisit[]> {
  const { rows: shards } = await pool.query<{ no: number }>(
    `select no from shard where run_id = $1 and counts ? $2 and no >= $3 order by no`,
    [run.id, String(node), after === null ? 0 : shardOf(after.ordinal)],
  );
  const found: LiveVisit[] = [];
  for (const { no } of shards) {
    if (found.length >= limit) break;
    // What is read belongs together, or a checkpoint that is kept meanwhile would take away what leads up to it.
    const recalled = await inTransaction(pool, async (sql) => {
      await sql.query('set transaction isolation level repeatable read read only');
      return recallState(sql, run, no);
    });
    if (recalled === undefined) continue;
    const here = visitsOn(recalled.state, node).filter(
      (visit) => visit.status !== 'forked' && (after === null || isBehind(visit, after)),
    );
    found.push(...here.slice(0, limit - found.length));
  }
  return found;
}

const isBehind = (visit: Behind, after: Behind): boolean =>
  visit.ordinal > after.ordinal || (visit.ordinal === after.ordinal && visit.lap > after.lap);

interface About {
  readonly member: string | null;
  readonly person: number | null;
  readonly name: string | null;
  readonly stuck: string | null;
  readonly why: Readonly<Record<string, unknown>> | null;
  readonly account: Parameters<typeof againOf>[1];
  readonly task: string | null;
  readonly listens: readonly string[];
}

async function described(sql: Sql, run: RunFacts, visits: readonly LiveVisit[]) {
  const first = visits[0];
  if (first === undefined) return [];
  const { graph } = run.plan.nodes[first.node]!;
  const { rows } = await sql.query<About>(ABOUT, [
    run.id,
    first.node,
    visits.map(({ ordinal }) => ordinal),
    visits.map(({ lap }) => lap),
    graph,
  ]);
  return visits.map((visit, index) => {
    const { person, name, ...about } = rows[index]!;
    return {
      subject: subjectName(run.plan, graph, visit.ordinal),
      ordinal: visit.ordinal,
      lap: visit.lap,
      member: about.member,
      person,
      name: name ?? (person === null ? null : nameOf(person)),
      since: isoOf(visit.since),
      waits: waitsOf(run, visit),
      wake: isoOrNull(visit.wake),
      stuck: about.stuck,
      why: about.why,
      again: againOf(about.stuck, about.account),
      task: about.task,
      listens: about.listens,
    };
  });
}

const isoOrNull = (at: Instant | null): string | null => (at === null ? null : isoOf(at));

/** What the last call of a visit `v` of the run $1 gave as its reason; null where it has told none. */
export const WHY_STUCK = `(select l.why from ledger l where l.run_id = $1 and l.node = v.node and l.ordinal = v.ordinal
  and l.lap = v.lap and l.state in ('released', 'doubt') order by l.call desc limit 1)`;

// In the order of the visits that are asked about.
const ABOUT = `
  select s.member_id as member, s.person, m.display_name as name, k.reason as stuck, t.id as task,
    case when k.reason is not null then ${WHY_STUCK} end as why,
    case when k.reason = 'doubt' then ${ACCOUNT_OF_VISIT} end as account,
    coalesce((select array_agg(distinct l.event) from listener l where l.live and l.run_id = v.run and l.node = v.node
      and l.ordinal = v.ordinal and l.lap = v.lap), '{}') as listens
  from (select $1::uuid as run, $2::int as node, v.* from unnest($3::int[], $4::bigint[]) with ordinality
    as v (ordinal, lap, place) offset 0) as v
  left join subject s on s.run_id = v.run and s.graph = $5 and s.ordinal = v.ordinal
  left join member m on m.id = s.member_id
  left join stuck_visit k on k.run_id = v.run and k.node = v.node and k.ordinal = v.ordinal and k.lap = v.lap
    and k.resolved_at is null
  left join lateral (select id from task t where t.run_id = v.run and t.node = v.node and t.ordinal = v.ordinal
    and t.lap = v.lap and t.state in ('open', 'accepted', 'escalated') limit 1) as t on true
  order by v.place`;

function waitsOf({ plan }: RunFacts, { status, node }: LiveVisit): Waits {
  switch (status) {
    case 'sleeping':
    case 'backoff':
    case 'leaving':
      return 'time';
    case 'listening':
      return topicsOf(plan, node).some((topic) => 'event' in topic) ? 'event' : 'task';
    case 'stuck':
      return 'decision';
    case 'ready':
      return 'resume';
    case 'calling':
    case 'forked':
      return 'effect';
  }
}
