// The enrolment of many at once into a journey: who may enter gets a number, in one statement over all candidates.
// Not who the candidates are, and not those who come one by one through events.
import { lastBefore, type EntranceRule, type Refusal } from '../../engine/entrance.ts';
import type { Instant } from '../../engine/instant.ts';
import type { VisitKey } from '../../engine/run/protocol.ts';
import { inSets, type Sql } from './client.ts';
import { lockEntrances, scopeOf, type Entrance } from './entrance.ts';
import { append, lockShards, type Nudge } from './inbox.ts';
import { launchId } from './launches.ts';
import type { RunFacts } from './run.ts';
import { queryOnce, type Binder } from './segments/binder.ts';
import { ensureShards, SHARD_SIZE, shardOf, shardsOf } from './shard.ts';

/**
 * Candidates as a query with the columns who (text), member (uuid), person (int), kind (member_kind), fits (boolean: the
 * segment) and why (jsonb: what was seen of whoever does not fit); they enter in the order of member and person.
 */
export interface Candidates {
  readonly binder: Binder;
  readonly query: string;
}

/** Everybody who comes to the entrance at the launch of a journey. */
export interface Enrolment {
  readonly run: RunFacts;
  readonly graph: number;
  readonly rule: EntranceRule;
  readonly candidates: Candidates;
  /** The visit that launches. */
  readonly visit: VisitKey & { readonly at: Instant };
  readonly wall: Instant;
}

/** What became of them. */
export interface Enrolled {
  readonly entered: number;
  readonly first: number;
  readonly refused: Readonly<Partial<Record<Refusal, number>>>;
  /** Shards that are new: their workflows must be begun after the commit. */
  readonly shards: readonly number[];
  readonly nudges: readonly Nudge[];
}

/** Enrols. Everything or nothing: it belongs into the transaction of the launching visit's ledger row. */
export async function enrol(sql: Sql, enrolment: Enrolment): Promise<Enrolled> {
  const { run, graph, visit, wall } = enrolment;
  const [entrance] = await lockEntrances(sql, [enrolment]);
  const { entered, refused } = await admitAll(sql, enrolment, entrance!);
  const { next: first } = entrance!;
  if (entered === 0) return { entered, first, refused, shards: [], nudges: [] };
  const shards = await ensureShards(sql, run, { last: shardOf(first + entered - 1), now: wall });
  await sql.query(
    'update entrance set next = next + $3, entered = entered + $3 where run_id = $1 and graph = $2',
    [run.id, graph, entered],
  );
  const { node, ordinal, lap, at } = visit;
  await sql.query(
    `insert into launch (run_id, id, team_id, node, ordinal, lap, graph, first, count, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, instant_of($10))`,
    [run.id, launchId(visit), run.team, node, ordinal, lap, graph, first, entered, at],
  );
  const nudges = await tellEntered(sql, run, { graph, first, count: entered, at, wall });
  return { entered, first, refused, shards, nudges };
}

// What `admit` of engine/entrance.ts decides for one, said for all at once.
async function admitAll(
  sql: Sql,
  { run, graph, rule, candidates, visit }: Enrolment,
  { next, entered }: Entrance,
): Promise<Pick<Enrolled, 'entered' | 'refused'>> {
  const room = rule.capacity === undefined ? null : Math.max(0, rule.capacity - entered);
  const { binder, query } = candidates;
  const scope = binder.bind(scopeOf(run, rule), 'uuid');
  const journey = binder.bind(run.plan.graphs[graph]!.id, 'text');
  const since = lastBefore(rule, visit.at);
  const place = {
    run: binder.bind(run.id, 'uuid'),
    graph: binder.bind(graph, 'int'),
    team: binder.bind(run.team, 'int'),
    at: `instant_of(${binder.bind(visit.at, 'bigint')})`,
    ordinal: `${binder.bind(next, 'int')} + place`,
  };
  const { rows } = await inSets(sql, () =>
    queryOnce<{ refusal: Refusal | null; count: number }>(
      sql,
      `with candidate as (${query}),
     judged as materialized (
       select c.*, case when c.kind <> 'member' then c.kind::text
         when not c.fits then 'segment'
         when t.who is not null and ${since === null ? 'true' : `(s.ended_at is null or t.at > instant_of(${binder.bind(since, 'bigint')}))`}
           then 'again' end as refusal
       from candidate c
       left join stay t on t.scope = ${scope} and t.journey = ${journey} and t.who = c.who and t.key = ''
       left join subject s on s.run_id = t.run_id and s.graph = t.graph and s.ordinal = t.ordinal
     ), placed as materialized (
       select who, member, person, why, refusal,
         (row_number() over (partition by refusal order by member, person) - 1)::int as place
       from judged
     ), seated as materialized (
       select who, member, person, why, place,
         ${room === null ? 'refusal' : `case when refusal is null and place >= ${binder.bind(room, 'int')} then 'full' else refusal end`} as refusal
       from placed
     ), stayed as (
       insert into stay (scope, journey, who, team_id, run_id, graph, ordinal, at)
       select ${scope}, ${journey}, who, ${place.team}, ${place.run}, ${place.graph}, ${place.ordinal}, ${place.at}
       from seated where refusal is null
       on conflict (scope, journey, who, key) do update
         set run_id = excluded.run_id, graph = excluded.graph, ordinal = excluded.ordinal, at = excluded.at
     ), entered as (
       insert into subject (run_id, graph, ordinal, team_id, shard, member_id, person, launch_id, entered_at)
       select ${place.run}, ${place.graph}, ${place.ordinal}, ${place.team}, (${place.ordinal}) / ${SHARD_SIZE}, member,
         person, ${binder.bind(launchId(visit), 'text')}, ${place.at}
       from seated where refusal is null
     ), turned as (
       insert into turned_away (run_id, graph, who, team_id, member_id, person, at, reason, why)
       select ${place.run}, ${place.graph}, who, ${place.team}, member, person, ${place.at}, refusal,
         case when refusal = 'segment' then why end
       from seated where refusal is not null
       on conflict (run_id, graph, who) do update
         set at = excluded.at, reason = excluded.reason, why = excluded.why, event_id = null, times = turned_away.times + 1
     )
     select refusal, count(*)::int as count from seated group by refusal`,
      binder,
    ),
  );
  const refused = rows.flatMap(({ refusal, count }) => (refusal === null ? [] : [[refusal, count] as const]));
  return {
    entered: rows.find(({ refusal }) => refusal === null)?.count ?? 0,
    refused: Object.fromEntries(refused),
  };
}

/** Tells the shards of subjects first … first + count - 1 that they enter. Invariant: the shards are there. */
export async function tellEntered(
  sql: Sql,
  run: Pick<RunFacts, 'id'>,
  entered: {
    readonly graph: number;
    readonly first: number;
    readonly count: number;
    readonly at: Instant;
    readonly wall: Instant;
  },
): Promise<Nudge[]> {
  const { graph, first, count, at, wall } = entered;
  const parts = shardsOf(first, count);
  await lockShards(
    sql,
    parts.map(({ shard }) => ({ run: run.id, shard })),
  );
  const nudges: Nudge[] = [];
  for (const { shard, ...range } of parts) {
    const entry = { kind: 'enter', graph, ...range } as const;
    if (await append(sql, { run: run.id, shard }, [{ entry, at }], wall)) nudges.push({ run: run.id, shard });
  }
  return nudges;
}
