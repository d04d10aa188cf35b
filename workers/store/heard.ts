// Events and the visits that wait for them, brought together from either side: new events, or visits that have just begun to listen.
// Not the taking in of events, see event.ts. However many pairs there are, a batch costs a handful of statements.
import type { ConditionContext } from '../../engine/language/condition.ts';
import { evaluateCondition } from '../../engine/language/condition.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { contextOf } from './comers.ts';
import type { StoredEvent } from './stored-event.ts';
import { appendHeld, holdShards, type HeldShard, type Nudge, type Recorded } from './inbox.ts';
import { peopleAt } from './person-values.ts';
import { planOf } from './plan.ts';
import { runOf } from './run.ts';
import { topicsOf } from './topics.ts';

/** A listener together with an event that it may be waiting for. */
export interface Pair {
  readonly run: string;
  readonly shard: number;
  readonly graph: number;
  readonly node: number;
  readonly ordinal: number;
  readonly lap: number;
  readonly topic: number;
  /** What it hears is taken up at the next multiple of so many milliseconds; 0: at once. */
  readonly heed: number;
  readonly until: Instant;
  readonly plan: string;
  readonly version: string;
  readonly seed: number;
  readonly members: number;
  readonly event: number;
  readonly at: Instant;
  /** Whose event it is: a member, or a person of the run's synthetic community. */
  readonly member: string | null;
  readonly person: number | null;
}

/** What conditions know of an event. */
type About = ConditionContext['event'] & {};

const LISTENER = `l.run_id as run, l.shard, l.graph, l.node, l.ordinal, l.lap, l.topic, l.heed_ms as heed,
  ms_of(l.until) as until, r.plan_hash as plan,
  r.version_id as version, r.seed, r.members`;

// Who waits for events of their own: a member by one index, a person of a synthetic community by another.
const OWN = (who: 'member' | 'person'): string => `
  select ${LISTENER}, e.id as event, e.at, e.member, e.person
  from unnest($2::bigint[], $3::text[], $4::uuid[], $5::uuid[], $6::int[], $7::bigint[])
    as e (id, name, member, run, person, at)
  cross join lateral (
    select * from listener where ${
      who === 'member'
        ? 'team_id = $1 and member_id = e.member and event is not distinct from e.name and (e.run is null or e.run = run_id)'
        : // So written run and event serve no index: the planner would take a whole list of them for a few rows, see next-due.ts.
          'person = e.person and event is not distinct from e.name and team_id = $1 and run_id is not distinct from e.run'
    } and live and e.id > heard and instant_of(e.at) between since and until offset 0) as l
  join run r on r.id = l.run_id`;

const MEMBERS_LISTENERS = OWN('member');
const PERSONS_LISTENERS = OWN('person');

/** A whole activity that waits for what anybody does. */
interface Campaign extends Omit<Pair, 'event' | 'at' | 'member' | 'person'> {
  readonly name: string;
  readonly community: string | null;
  readonly groups: readonly string[];
  readonly heard: number;
  readonly since: Instant;
}

const CAMPAIGNS = `
  select ${LISTENER}, l.event as name, r.community_id as community, r.groups, l.heard, ms_of(l.since) as since
  from listener l join run r on r.id = l.run_id
  where l.team_id = $1 and l.event = any($2) and l.member_id is null and l.graph = 0 and l.live`;

/** Finds whoever waits for these events. Nothing is changed yet: see {@link wake}. */
export async function whoWaits(
  sql: Sql,
  { team, events }: { readonly team: number; readonly events: readonly StoredEvent[] },
): Promise<readonly Pair[]> {
  if (events.length === 0) return [];
  const pairs = [
    ...(await ownPairs(sql, MEMBERS_LISTENERS, {
      team,
      events: events.filter(({ member }) => member !== undefined),
    })),
    ...(await ownPairs(sql, PERSONS_LISTENERS, {
      team,
      events: events.filter(({ person }) => person !== undefined),
    })),
    ...(await campaignPairs(sql, team, events)),
  ];
  return firstThatFits(
    sql,
    pairs,
    new Map(events.map(({ id, name, at, data }) => [id, { name, at, ...data }])),
  );
}

async function ownPairs(
  sql: Sql,
  statement: string,
  { team, events }: { readonly team: number; readonly events: readonly StoredEvent[] },
): Promise<Pair[]> {
  if (events.length === 0) return [];
  const { rows } = await sql.query<Pair>(statement, [
    team,
    events.map(({ id }) => id),
    events.map(({ name }) => name),
    events.map(({ member }) => member),
    events.map(({ run }) => run),
    events.map(({ person }) => person),
    events.map(({ at }) => at),
  ]);
  return rows;
}

// The same activities wait for every event of the batch: they are fetched once and paired here.
async function campaignPairs(sql: Sql, team: number, events: readonly StoredEvent[]): Promise<Pair[]> {
  const { rows } = await sql.query<Campaign>(CAMPAIGNS, [team, [...new Set(events.map(({ name }) => name))]]);
  return rows.flatMap((campaign) =>
    events
      .filter((event) => mayConcern(campaign, event))
      .map(({ id, at, member = null, person = null }) => ({ ...campaign, event: id, at, member, person })),
  );
}

// An event of a run is that run's own. One of another community, or of a group that the activity is not for, is no affair of it.
function mayConcern(campaign: Campaign, { id, name, run, community, group, at }: StoredEvent): boolean {
  if (name !== campaign.name || id <= campaign.heard || at < campaign.since || at > campaign.until)
    return false;
  if (run !== undefined) return run === campaign.run;
  const isOfCommunity = [undefined, campaign.community].includes(community) || campaign.community === null;
  const isOfGroup = group === undefined || campaign.groups.length === 0 || campaign.groups.includes(group);
  return isOfCommunity && isOfGroup;
}

/** Which visits have just begun to listen. */
export interface NewListener {
  readonly run: string;
  readonly node: number;
  readonly ordinal: number;
  readonly lap: number;
}

// The same pairs, from the side of those who have just begun to listen. What has brought their subject here at this very
// instant is not news to them. Listeners come and go, so the planner may have counted none: it finds each by its visit
// ("offset 0") and by the key that has the topics in order, not by the run alone.
const EVENTS_OF_LISTENERS = `
  select ${LISTENER}, e.id as event, ms_of(e.at) as at, e.member_id as member, e.person,
    jsonb_build_object('name', e.name, 'at', ms_of(e.at)) || e.data as about
  from unnest($1::uuid[], $2::int[], $3::int[], $4::bigint[]) as n (run, node, ordinal, lap)
  cross join lateral (
    select * from listener
    where run_id = n.run and node = n.node and ordinal = n.ordinal and lap = n.lap and live
    order by topic offset 0) as l
  join run r on r.id = l.run_id
  left join lateral (
    select event_id from subject where run_id = l.run_id and graph = l.graph and ordinal = l.ordinal offset 0) as s on true
  cross join lateral (
    select * from event e
    where e.team_id = l.team_id and e.name = l.event and e.member_id = l.member_id
      and (e.run_id is null or e.run_id = l.run_id) and e.at between l.since and l.until
    union all
    select * from event e
    where e.run_id = l.run_id and e.name = l.event and e.person = l.person and e.at between l.since and l.until
    union all
    select * from event e
    where l.graph = 0 and e.run_id = l.run_id and e.name = l.event and e.at between l.since and l.until
    union all
    select * from event e
    where l.graph = 0 and e.run_id is null and e.team_id = l.team_id and e.name = l.event
      and e.at between l.since and l.until
      and (e.community_id is null or r.community_id is null or e.community_id = r.community_id)
      and (e.group_id is null or cardinality(r.groups) = 0 or e.group_id = any(r.groups))) as e
  where e.id > l.heard and (e.id <> s.event_id or e.at > l.since) is not false`;

/** Finds what happened since a visit's last call and before it listened, and hands it over. */
export async function lookBack(
  sql: Sql,
  listeners: readonly NewListener[],
  now: Instant,
): Promise<readonly Nudge[]> {
  const { rows: pairs } = await sql.query<Pair & { readonly about: About }>(EVENTS_OF_LISTENERS, [
    listeners.map(({ run }) => run),
    listeners.map(({ node }) => node),
    listeners.map(({ ordinal }) => ordinal),
    listeners.map(({ lap }) => lap),
  ]);
  const about = new Map(pairs.map((pair) => [pair.event, pair.about]));
  return wake(sql, await firstThatFits(sql, pairs, about), { now, due: false });
}

/**
 * Wakes visits by the first event that fits each; its other topics fall silent until it listens again. Returns the shards to
 * nudge after the commit. `due`: the events were due, and are recorded at their own instants.
 */
export async function wake(
  sql: Sql,
  chosen: readonly Pair[],
  { now, due }: { readonly now: Instant; readonly due: boolean },
): Promise<Nudge[]> {
  if (chosen.length === 0) return [];
  // Shards before listeners, as settling does; and only what still listens once they are held.
  const held = await holdShards(sql, chosen, now);
  const woken = await silence(sql, chosen);
  if (woken.length === 0) return [];
  const byShard = new Map<string, Pair[]>(held.map(({ run, shard }) => [`${run}/${shard}`, []]));
  for (const pair of woken) byShard.get(`${pair.run}/${pair.shard}`)?.push(pair);
  const of = ({ run, shard }: HeldShard): readonly Pair[] => byShard.get(`${run}/${shard}`) ?? [];
  return appendHeld(
    sql,
    held,
    (shard) => entriesOf(of(shard), (at, rank) => (due ? at : shard.soon + rank)),
    (shard) => (shard.fast ? null : heededAt(of(shard), now)),
  );
}

/** The instant by which a shard must look at what these have heard; null where that is at once. */
function heededAt(pairs: readonly Pair[], now: Instant): Instant | null {
  const ticks = pairs.map(({ heed, until }) =>
    heed === 0 ? now : Math.min(until, Math.ceil(now / heed) * heed),
  );
  const first = Math.min(...ticks);
  return first > now ? first : null;
}

// What one subject hears in several places is told in the order in which it happened.
function entriesOf(pairs: readonly Pair[], recordedAt: (at: Instant, rank: number) => Instant): Recorded[] {
  const before = new Map<string, number>();
  return pairs.map(({ graph, node, ordinal, lap, topic, at }) => {
    const subject = `${graph}/${ordinal}`;
    const rank = before.get(subject) ?? 0;
    before.set(subject, rank + 1);
    return { entry: { kind: 'arrived', node, ordinal, lap, topic }, at: recordedAt(at, rank) };
  });
}

async function firstThatFits(
  sql: Sql,
  pairs: readonly Pair[],
  about: ReadonlyMap<number, About>,
): Promise<Pair[]> {
  const conditions = await conditionsOf(sql, pairs);
  const whoOf = await peopleAt(
    sql,
    pairs.filter((pair) => (conditions.get(topicKey(pair)) ?? '').includes('member')),
    conditions.values(),
  );
  const contexts = await contextsOf(sql, pairs, conditions);
  const first = new Map<string, Pair>();
  for (const pair of pairs.toSorted((a, b) => a.at - b.at || a.event - b.event)) {
    const visit = visitKey(pair);
    if (first.has(visit)) continue;
    const cel = conditions.get(topicKey(pair));
    // Invariant: conditions of a plan are CEL. One that cannot be answered (a value is missing) does not hold.
    const fits =
      cel === '' ||
      (cel !== undefined &&
        evaluateCondition(cel, {
          ...contexts.get(pair.run),
          event: about.get(pair.event) ?? {},
          member: whoOf(pair),
        }) === true);
    if (fits) first.set(visit, pair);
  }
  return [...first.values()];
}

/** What conditions know of their runs; only of those whose conditions ask. */
async function contextsOf(
  sql: Sql,
  pairs: readonly Pair[],
  conditions: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, ConditionContext>> {
  const asked = new Map<string, string[]>();
  for (const pair of pairs) {
    const cel = conditions.get(topicKey(pair)) ?? '';
    if (/\b(params|run)\b/.test(cel)) asked.set(pair.run, [...(asked.get(pair.run) ?? []), cel]);
  }
  const contexts = new Map<string, ConditionContext>();
  for (const [id, cels] of asked) {
    const run = await runOf(sql, id);
    const now = pairs.reduce((latest, pair) => (pair.run === id ? Math.max(latest, pair.at) : latest), 0);
    if (run !== undefined)
      contexts.set(id, await contextOf(sql, run, { conditions: [...new Set(cels)], now }));
  }
  return contexts;
}

const visitKey = ({ run, node, ordinal, lap }: NewListener): string => `${run}/${node}/${ordinal}/${lap}`;
const topicKey = ({ plan, node, topic }: Pair): string => `${plan}/${node}/${topic}`;

/** The condition of each topic; empty where it has none. A topic that the plan does not know has no entry: nothing fits it. */
async function conditionsOf(sql: Sql, pairs: readonly Pair[]): Promise<Map<string, string>> {
  const topics = new Map(pairs.map((pair) => [topicKey(pair), pair]));
  const conditions = new Map<string, string>();
  for (const [key, { plan, node, topic }] of topics) {
    const declared = topicsOf(await planOf(sql, plan), node)[topic];
    if (declared !== undefined && 'event' in declared)
      conditions.set(key, (declared.where as { readonly cel: string } | undefined)?.cel ?? '');
  }
  return conditions;
}

/**
 * Ends the listening of these visits and notes what woke them; gives those that were still listening. Invariant: their shards
 * are held, so that nobody else ends it between the reading and the writing.
 */
async function silence(sql: Sql, chosen: readonly Pair[]): Promise<Pair[]> {
  const { rows } = await sql.query<NewListener>(
    `with waiting as materialized (
       select l.*, w.event
       from unnest($1::uuid[], $2::int[], $3::int[], $4::bigint[], $5::bigint[]) as w (run, node, ordinal, lap, event)
       cross join lateral (
         select run_id, node, ordinal, lap, topic from listener
         where run_id = w.run and node = w.node and ordinal = w.ordinal and lap = w.lap and live
           and heard < w.event
         order by topic offset 0) as l
     ), woken as (
       update listener l set live = false, heard = w.event
       from waiting w
       where l.run_id = w.run_id and l.node = w.node and l.ordinal = w.ordinal and l.lap = w.lap
         and l.topic = w.topic
       returning l.run_id, l.graph, l.node, l.ordinal, l.lap, w.event
     ), told as (
       update subject s set event_id = w.event
       from (select run_id, graph, ordinal, max(event) as event from woken group by run_id, graph, ordinal) as w
       where s.run_id = w.run_id and s.graph = w.graph and s.ordinal = w.ordinal
     )
     select distinct run_id as run, node, ordinal, lap from woken`,
    [
      chosen.map(({ run }) => run),
      chosen.map(({ node }) => node),
      chosen.map(({ ordinal }) => ordinal),
      chosen.map(({ lap }) => lap),
      chosen.map(({ event }) => event),
    ],
  );
  const woken = new Set(rows.map(visitKey));
  return chosen.filter((pair) => woken.has(visitKey(pair)));
}
