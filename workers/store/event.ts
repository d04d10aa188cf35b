// Events of the outside: what members do and what happens in communities, taken in once and handed to whoever waits for it.
// Not a stream processor: an event wakes visits that listen, and is counted by whoever asks for a metric.
import { evaluateCondition, type ConditionContext } from '../../engine/language/condition.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import { inTransaction, type Sql, type Store } from './client.ts';
import {
  communityOfRun,
  MEMBER_COLUMNS,
  memberValues,
  personValues,
  type MemberRow,
  type Noted,
} from './community.ts';
import { append, type Nudge } from './inbox.ts';
import { applyToMembers } from './member-events.ts';
import { planOf } from './plan.ts';
import { topicsOf } from './topics.ts';

/** An event as somebody reports it. */
export interface IncomingEvent {
  readonly name: string;
  /** Who reports, and under which number: the pair is recognised for 30 days. */
  readonly source: string;
  readonly sourceId: string;
  /** When it happened. */
  readonly at: Instant;
  readonly member?: string;
  readonly group?: string;
  readonly community?: string;
  /** Only for runs on a synthetic community: which run, and which of its people. */
  readonly run?: string;
  readonly person?: number;
  readonly data?: JsonObject;
}

/** How often a source id is recognised: the sweeper forgets older ones. */
export const DEDUPE_WINDOW_MS = 30 * 86_400_000;

/** What became of a batch. */
export interface Ingested {
  readonly accepted: number;
  readonly duplicates: number;
  /** Shards to nudge, after the commit. */
  readonly nudges: readonly Nudge[];
}

/** Takes in a batch in one transaction: all of it or nothing. */
export function ingest(
  store: Store,
  team: number,
  events: readonly IncomingEvent[],
  now: Instant,
): Promise<Ingested> {
  return inTransaction(store.pool, (sql) => ingestIn(sql, { team, events, now }));
}

/** {@link ingest} inside the caller's transaction. `due`: the events were due, and are recorded at their own instants. */
export async function ingestIn(
  sql: Sql,
  batch: {
    readonly team: number;
    readonly events: readonly IncomingEvent[];
    readonly now: Instant;
    readonly due?: boolean;
  },
): Promise<Ingested> {
  const { team, events, now, due = false } = batch;
  await lockTopics(sql, { team, names: events.map(({ name }) => name), exclusive: false });
  const stored = await insertEvents(sql, team, events, now);
  await applyToMembers(sql, { team, events: stored });
  const heard = await listenersOf(
    sql,
    team,
    stored.map(({ id }) => id),
  );
  const nudges = await wake(sql, heard, { now, due });
  return { accepted: stored.length, duplicates: events.length - stored.length, nudges };
}

/**
 * Keeps an event and a new listener for it from missing each other: whoever takes in events shares the lock of
 * their name, whoever begins to listen holds it alone, until the commit. To be taken before any shard's row.
 */
export async function lockTopics(
  sql: Sql,
  {
    team,
    names,
    exclusive,
  }: { readonly team: number; readonly names: readonly string[]; readonly exclusive: boolean },
): Promise<void> {
  if (names.length === 0) return;
  await sql.query(
    `select pg_advisory_xact_lock${exclusive ? '' : '_shared'}($1, key)
     from (select distinct hashtext(name) as key from unnest($2::text[]) as name order by key) as keys`,
    [team, names],
  );
}

/** An event that was new. */
export interface StoredEvent extends IncomingEvent {
  readonly id: number;
}

async function insertEvents(
  sql: Sql,
  team: number,
  events: readonly IncomingEvent[],
  now: Instant,
): Promise<StoredEvent[]> {
  // The first of those that name the same source id is the one that counts.
  const distinct = new Map(
    events.map((event) => [keyOf(event), event]).toReversed() as [string, IncomingEvent][],
  );
  const { rows } = await sql.query<{ id: number; source: string; sourceId: string }>(
    `with incoming as (
       select * from jsonb_to_recordset($2) as e (name text, source text, "sourceId" text, member uuid, "group" uuid,
         community uuid, run uuid, person int, at bigint, data jsonb)
     ), fresh as (
       insert into event_seen (team_id, source, source_id, seen_at, event_id)
       select $1, source, "sourceId", instant_of($3), nextval(pg_get_serial_sequence('event', 'id'))
       from incoming order by at, source, "sourceId"
       on conflict do nothing
       returning source, source_id as "sourceId", event_id
     )
     insert into event (id, team_id, name, source, source_id, member_id, group_id, community_id, run_id, person,
       at, recorded_at, data)
     select f.event_id, $1, i.name, i.source, "sourceId", i.member, i."group", i.community, i.run, i.person,
       instant_of(i.at), instant_of($3), coalesce(i.data, '{}')
     from fresh f join incoming i using (source, "sourceId")
     returning id, source, source_id as "sourceId"`,
    [team, JSON.stringify([...distinct.values()]), now],
  );
  return rows.map(({ id, ...key }) => ({ ...distinct.get(keyOf(key))!, id })).sort((a, b) => a.id - b.id);
}

const keyOf = ({ source, sourceId }: Pick<IncomingEvent, 'source' | 'sourceId'>): string =>
  `${source}\n${sourceId}`;

/** A listener together with the event that it may be waiting for. */
interface Heard extends MemberRow {
  readonly run: string;
  readonly shard: number;
  readonly graph: number;
  readonly node: number;
  readonly ordinal: number;
  readonly lap: number;
  readonly topic: number;
  readonly plan_hash: string;
  readonly event_id: number;
  readonly event_at: Instant;
  readonly event: ConditionContext['event'];
  /** Whose event it is: a person of the run's synthetic community, or the member of the row. */
  readonly person: number | null;
  readonly noted: Noted | null;
  readonly version: string;
  readonly seed: number;
  readonly members: number;
}

const PAIRS = `
  select l.run_id as run, l.shard, l.graph, l.node, l.ordinal, l.lap, l.topic, r.plan_hash, e.id as event_id,
    ms_of(e.at) as event_at, jsonb_build_object('name', e.name, 'at', ms_of(e.at)) || e.data as event,
    e.person, r.version_id as version, r.seed, r.members, ${MEMBER_COLUMNS},
    case when p.person is not null then jsonb_build_object('tags', p.tags, 'attributes', p.attributes) end as noted`;

const OF_ITS_RUN = `
  join run r on r.id = l.run_id
  left join member m on m.id = e.member_id
  left join person p on p.run_id = e.run_id and p.person = e.person`;

const FITS = `l.live and e.id > l.heard and e.at between l.since and l.until
    and (e.run_id is null or e.run_id = l.run_id)
    and (l.graph <> 0 or e.run_id is not null or e.community_id is null or r.community_id is null
      or e.community_id = r.community_id)
  order by l.run_id, l.shard, l.node, l.ordinal, l.lap, l.topic, e.at, e.id`;

// Who may be waiting for an event: the member, the person of the run, and whole campaigns. Each by an index of its own.
const LISTENERS_OF_EVENTS = `${PAIRS}
  from event e cross join lateral (
    select * from listener l
    where l.team_id = e.team_id and l.event = e.name and l.member_id = e.member_id
    union all
    select * from listener l where l.run_id = e.run_id and l.event = e.name and l.person = e.person
    union all
    select * from listener l
    where l.team_id = e.team_id and l.event = e.name and l.member_id is null and l.graph = 0) as l
  ${OF_ITS_RUN}
  where e.team_id = $1 and e.id = any($2) and ${FITS}`;

// The same pairs, from the side of those who have just begun to listen.
const EVENTS_OF_LISTENERS = `${PAIRS}
  from listener l
  join jsonb_to_recordset($1) as n (run uuid, node int, ordinal int, lap bigint)
    on (l.run_id, l.node, l.ordinal, l.lap) = (n.run, n.node, n.ordinal, n.lap)
  cross join lateral (
    select * from event e
    where e.team_id = l.team_id and e.name = l.event and e.member_id = l.member_id
    union all
    select * from event e where e.run_id = l.run_id and e.name = l.event and e.person = l.person
    union all
    select * from event e where l.graph = 0 and e.run_id = l.run_id and e.name = l.event
    union all
    select * from event e
    where l.graph = 0 and e.run_id is null and e.team_id = l.team_id and e.name = l.event) as e
  ${OF_ITS_RUN}
  where ${FITS}`;

async function listenersOf(sql: Sql, team: number, events: readonly number[]): Promise<Heard[]> {
  if (events.length === 0) return [];
  const { rows } = await sql.query<Heard>(LISTENERS_OF_EVENTS, [team, events]);
  return rows;
}

/** Which visits have just begun to listen. */
export interface NewListener {
  readonly run: string;
  readonly node: number;
  readonly ordinal: number;
  readonly lap: number;
}

/** Finds what happened since a visit's last call and before it listened, and hands it over. */
export async function lookBack(
  sql: Sql,
  listeners: readonly NewListener[],
  now: Instant,
): Promise<readonly Nudge[]> {
  const { rows } = await sql.query<Heard>(EVENTS_OF_LISTENERS, [JSON.stringify(listeners)]);
  return wake(sql, rows, { now, due: false });
}

/** The first event that fits wakes a visit; its other topics fall silent until it listens again. */
async function wake(
  sql: Sql,
  heard: readonly Heard[],
  { now, due }: { readonly now: Instant; readonly due: boolean },
): Promise<Nudge[]> {
  const first = new Map<string, Heard>();
  for (const candidate of heard) {
    const { run, node, ordinal, lap } = candidate;
    const visit = `${run}/${node}/${ordinal}/${lap}`;
    const earlier = first.get(visit);
    if (earlier !== undefined && earlier.event_at <= candidate.event_at) continue;
    if (await fits(sql, candidate)) first.set(visit, candidate);
  }
  const woken = [...first.values()];
  if (woken.length === 0) return [];
  await sql.query(
    `update listener l set live = false, heard = w.event_id
     from jsonb_to_recordset($1) as w (run uuid, node int, ordinal int, lap bigint, event_id bigint)
     where (l.run_id, l.node, l.ordinal, l.lap) = (w.run, w.node, w.ordinal, w.lap)`,
    [JSON.stringify(woken)],
  );
  await sql.query(
    `update subject s set event_id = w.event_id
     from jsonb_to_recordset($1) as w (run uuid, graph int, ordinal int, event_id bigint)
     where s.run_id = w.run and s.graph = w.graph and s.ordinal = w.ordinal`,
    [JSON.stringify(woken)],
  );
  // Invariant: candidates come in the order of run and shard, and shards are locked in that order.
  const nudges: Nudge[] = [];
  for (let from = 0; from < woken.length;) {
    const { run, shard } = woken[from]!;
    let to = from;
    while (to < woken.length && woken[to]!.run === run && woken[to]!.shard === shard) to += 1;
    const entries = woken.slice(from, to).map(({ node, ordinal, lap, topic, event_at }) => ({
      entry: { kind: 'arrived', node, ordinal, lap, topic } as const,
      at: due ? event_at : ('soon' as const),
    }));
    if (await append(sql, { run, shard }, entries, now)) nudges.push({ run, shard });
    from = to;
  }
  return nudges;
}

async function fits(sql: Sql, candidate: Heard): Promise<boolean> {
  const { plan_hash, node, topic, event, event_at } = candidate;
  const declared = topicsOf(await planOf(sql, plan_hash), node)[topic];
  if (declared === undefined || !('event' in declared)) return false;
  const { where } = declared;
  if (where === undefined) return true;
  const { person, noted } = candidate;
  const member =
    person === null
      ? memberValues(candidate, event_at)
      : personValues(await communityOfRun(sql, candidate), person, noted ?? undefined);
  // Invariant: conditions of a plan are CEL. One that cannot be answered (a value is missing) does not hold.
  const { cel } = where as { readonly cel: string };
  return evaluateCondition(cel, { event: event ?? {}, member }) === true;
}

/** Forgets source ids that are older than the window. Returns how many. */
export async function forgetSeen(sql: Sql, now: Instant): Promise<number> {
  const { rowCount } = await sql.query('delete from event_seen where seen_at < instant_of($1)', [
    now - DEDUPE_WINDOW_MS,
  ]);
  return rowCount ?? 0;
}
