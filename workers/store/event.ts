// Events of the outside: what members do and what happens in communities, taken in once and handed to whoever waits for it.
// Not a stream processor: an event wakes visits that listen (heard.ts), and is counted by whoever asks for a metric.
import type { Instant } from '../../engine/instant.ts';
import { inTransaction, type Sql, type Store } from './client.ts';
import { doorsFor, judge, makeRoom, shardsOfJudged, type Arrivals } from './comers.ts';
import { letIn } from './seats.ts';
import { wake, whoWaits } from './heard.ts';
import { lockShards, type Nudge } from './inbox.ts';
import { holdMerges, mergedInto } from './merged.ts';
import { applyToMembers } from './member-events.ts';
import type { IncomingEvent, StoredEvent } from './stored-event.ts';
import { orderLaunches } from './trigger.ts';

/** How often a source id is recognised: the sweeper forgets older ones. */
export const DEDUPE_WINDOW_MS = 30 * 86_400_000;

/** What became of a batch. */
export interface Ingested {
  readonly accepted: number;
  readonly duplicates: number;
  /** Which events of the batch were new: their places in it. */
  readonly fresh: ReadonlySet<number>;
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
  const { team, now, due = false } = batch;
  await holdMerges(sql, team, 'shared');
  const events = await asTheyAreNow(sql, batch.events);
  await lockTopics(sql, { team, names: events.map(({ name }) => name), exclusive: false });
  const placed = await placeInCommunities(sql, events);
  const { stored, fresh } = await insertEvents(sql, team, placed, now);
  await applyToMembers(sql, { team, events: stored });
  // What an event sets going, in this transaction: launches that are ordered, whoever enters by it, and whoever waits for it.
  await orderLaunches(sql, { team, events: stored, now });
  const nudges = await enterAndWake(sql, { team, events: stored, now, due });
  return { accepted: stored.length, duplicates: events.length - stored.length, fresh, nudges };
}

// All shards are locked at once: one after the other, two batches could each wait for what the other holds.
async function enterAndWake(sql: Sql, arrivals: Arrivals): Promise<Nudge[]> {
  const { now, due } = arrivals;
  const entering = await judge(sql, await doorsFor(sql, arrivals), arrivals);
  const waiting = await whoWaits(sql, arrivals);
  const made = await makeRoom(sql, entering, now);
  if (entering.length > 0) await lockShards(sql, [...shardsOfJudged(entering), ...waiting]);
  return [...made, ...(await letIn(sql, entering, arrivals)), ...(await wake(sql, waiting, { now, due }))];
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
    [team, [...new Set(names)]],
  );
}

/** Whoever names a record that was merged means the person. */
async function asTheyAreNow(sql: Sql, events: readonly IncomingEvent[]): Promise<readonly IncomingEvent[]> {
  const members = new Set(events.flatMap(({ member }) => member ?? []));
  const merged = await mergedInto(sql, [...members]);
  if (merged.size === 0) return events;
  return events.map((event) => {
    const member = merged.get(event.member?.toLowerCase() ?? '');
    return member === undefined ? event : { ...event, member };
  });
}

/** What happens in a group happens in its community. */
async function placeInCommunities(
  sql: Sql,
  events: readonly IncomingEvent[],
): Promise<readonly IncomingEvent[]> {
  const groups = new Set(
    events.flatMap(({ group, community }) => (community === undefined && group !== undefined ? [group] : [])),
  );
  if (groups.size === 0) return events;
  const { rows } = await sql.query<{ id: string; community: string }>(
    'select id, community_id as community from community_group where id = any($1)',
    [[...groups]],
  );
  const communities = new Map(rows.map(({ id, community }) => [id, community]));
  return events.map((event) => {
    const community = event.community ?? communities.get(event.group?.toLowerCase() ?? '');
    return community === undefined ? event : { ...event, community };
  });
}

async function insertEvents(
  sql: Sql,
  team: number,
  events: readonly IncomingEvent[],
  now: Instant,
): Promise<{ readonly stored: StoredEvent[]; readonly fresh: Set<number> }> {
  // The first of those that name the same source id is the one that counts.
  const places = new Map<string, number>();
  for (const [place, { source, sourceId }] of events.entries()) {
    const key = `${source}\n${sourceId}`;
    if (!places.has(key)) places.set(key, place);
  }
  const distinct = [...places.values()].sort((a, b) => events[a]!.at - events[b]!.at || a - b);
  if (distinct.length === 0) return { stored: [], fresh: new Set() };
  const ids = await newIds(sql, distinct.length);
  const numbered = distinct.map((place, index) => ({ ...events[place]!, id: ids[index]! }));
  const isNew = await insertNew(sql, { team, events: numbered, now });
  return {
    stored: numbered.filter(({ id }) => isNew.has(id)),
    fresh: new Set(distinct.filter((_, index) => isNew.has(ids[index]!))),
  };
}

async function newIds(sql: Sql, count: number): Promise<number[]> {
  const { rows } = await sql.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('event', 'id')) as id from generate_series(1, $1::int)`,
    [count],
  );
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

/** Inserts those whose source ids nobody has seen; gives their ids. */
async function insertNew(
  sql: Sql,
  {
    team,
    events,
    now,
  }: { readonly team: number; readonly events: readonly StoredEvent[]; readonly now: Instant },
): Promise<Set<number>> {
  // In one order for everybody: two batches with the same events then wait for each other instead of both at once.
  const { rows } = await sql.query<{ id: number }>(
    `with incoming as (
       select * from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::uuid[], $9::uuid[],
         $10::uuid[], $11::int[], $12::bigint[], $13::jsonb[])
         as e (id, name, source, source_id, member, "group", community, run, person, at, data)
     ), fresh as (
       insert into event_seen (team_id, source, source_id, seen_at, event_id)
       select $1, source, source_id, instant_of($2), id from incoming order by source, source_id
       on conflict do nothing returning event_id
     )
     insert into event (id, team_id, name, source, source_id, member_id, group_id, community_id, run_id, person,
       at, recorded_at, data)
     select i.id, $1, name, source, source_id, member, "group", community, run, person,
       instant_of(at), instant_of($2), coalesce(data, '{}')
     from incoming i join fresh f on f.event_id = i.id
     returning id`,
    [
      team,
      now,
      events.map(({ id }) => id),
      events.map(({ name }) => name),
      events.map(({ source }) => source),
      events.map(({ sourceId }) => sourceId),
      events.map(({ member }) => member),
      events.map(({ group }) => group),
      events.map(({ community }) => community),
      events.map(({ run }) => run),
      events.map(({ person }) => person),
      events.map(({ at }) => at),
      events.map(({ data }) => (data === undefined ? undefined : JSON.stringify(data))),
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Events of a name that are stored already and happened from an instant on: those of the outside, and a run's own. */
export async function storedSince(
  sql: Sql,
  {
    team,
    name,
    since,
    run,
  }: { readonly team: number; readonly name: string; readonly since: Instant; readonly run: string },
): Promise<StoredEvent[]> {
  const { rows } = await sql.query<{ [Key in keyof StoredEvent]: StoredEvent[Key] | null }>(
    `select id, name, source, source_id as "sourceId", ms_of(at) as at, member_id as member, group_id as "group",
       community_id as community, run_id as run, person, data
     from event where team_id = $1 and name = $2 and at >= instant_of($3) and (run_id is null or run_id = $4)
     order by at, id`,
    [team, name, since, run],
  );
  return rows.map(
    (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as never,
  );
}

/** Forgets source ids that are older than the window. Returns how many. */
export async function forgetSeen(sql: Sql, now: Instant): Promise<number> {
  const { rowCount } = await sql.query('delete from event_seen where seen_at < instant_of($1)', [
    now - DEDUPE_WINDOW_MS,
  ]);
  return rowCount ?? 0;
}
