// Members who enter journeys by what they do: which open doors a batch of events concerns, who is let in, who is turned away.
// Not the doors' opening and closing: see door.ts. However many come, a batch costs a handful of statements for each door.
import { createHash } from 'node:crypto';
import { paramsContext, runContext } from '../../engine/context.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import {
  admit,
  entranceRule,
  stayKey,
  type Candidate,
  type EntranceRule,
  type Refusal,
} from '../../engine/entrance.ts';
import type { Instant } from '../../engine/instant.ts';
import { evaluateCondition, type ConditionContext } from '../../engine/language/condition.ts';
import { valuesSeen } from '../../engine/language/seen.ts';
import type { Sql } from './client.ts';
import { isSynthetic } from './community.ts';
import { lockEntrances, scopeOf, type Entrance, type EntranceAddress } from './entrance.ts';
import type { StoredEvent } from './stored-event.ts';
import type { Nudge, ShardAddress } from './inbox.ts';
import { peopleAt } from './person-values.ts';
import { runOf, type RunFacts } from './run.ts';
import { ensureShards, shardOf } from './shard.ts';

/** A door that is open, as far as somebody saw who does not hold its lock. */
export interface Door extends EntranceAddress {
  readonly opened: Instant;
  readonly until: Instant | null;
}

/** Events that have been taken in, and how. */
export interface Arrivals {
  readonly team: number;
  readonly events: readonly StoredEvent[];
  readonly now: Instant;
  /** They were due: members enter at the instants of their events. */
  readonly due: boolean;
}

/** What has been decided about everybody who came to one door. */
export interface Judged {
  readonly door: Door;
  readonly entrance: Entrance;
  readonly seated: readonly Seat[];
  readonly turned: readonly TurnedAway[];
}

interface Comer {
  readonly event: StoredEvent;
  readonly who: string;
  readonly member: string | null;
  readonly person: number | null;
  readonly key: string;
  readonly qualifies: boolean;
  /** What was seen of whoever does not fit the segment. */
  readonly why: Readonly<Record<string, unknown>> | null;
}

export interface Seat extends Comer {
  readonly ordinal: number;
  readonly at: Instant;
}

export interface TurnedAway extends Comer {
  readonly reason: Refusal;
  readonly at: Instant;
}

/** The doors that events of these names may lead through. An event of a run leads through that run's own. */
export async function doorsFor(sql: Sql, { team, events }: Arrivals): Promise<Door[]> {
  const names = [
    ...new Set(
      events.flatMap(({ name, member, person }) =>
        member === undefined && person === undefined ? [] : [name],
      ),
    ),
  ];
  if (names.length === 0) return [];
  const { rows } = await sql.query<{ run: string; graph: number; opened: Instant; until: Instant | null }>(
    `select e.run_id as run, e.graph, ms_of(e.opened_at) as opened, ms_of(e.until) as until
     from entrance e join run r on r.id = e.run_id
     where e.team_id = $1 and e.event = any($2) and e.closed_at is null
       and r.status in ('scheduled', 'running', 'paused')
       and (r.id = any($3::uuid[]) or (r.mode = 'real' and $4
         and (r.community_id is not null or cardinality(r.groups) > 0)))`,
    [
      team,
      names,
      [...new Set(events.flatMap(({ run }) => run ?? []))],
      events.some(({ run }) => run === undefined),
    ],
  );
  const runs = new Map<string, RunFacts>();
  for (const { run: id } of rows) {
    const run = runs.has(id) ? undefined : await runOf(sql, id);
    if (run !== undefined) runs.set(id, run);
  }
  return rows.flatMap(({ run: id, ...place }) => {
    const run = runs.get(id);
    return run === undefined ? [] : [{ run, ...place, rule: ruleOf(run, place.graph) }];
  });
}

/** The rule of a journey's entrance. */
export const ruleOf = ({ plan }: Pick<RunFacts, 'plan'>, graph: number): EntranceRule =>
  entranceRule(plan.nodes[plan.graphs[graph]!.start]!.config);

/**
 * Decides who enters, and holds the entrances until the commit. Nothing is written yet: the shards of everybody whom a
 * batch concerns are to be locked at once, and only then {@link letIn}.
 */
export async function judge(sql: Sql, doors: readonly Door[], arrivals: Arrivals): Promise<Judged[]> {
  const known: { readonly door: Door; readonly comers: readonly Comer[] }[] = [];
  for (const door of doors) {
    const comers = await comersTo(sql, door, arrivals);
    if (comers.length > 0) known.push({ door, comers });
  }
  const entrances = await lockEntrances(
    sql,
    known.map(({ door }) => door),
  );
  const judged: Judged[] = [];
  for (const [index, { door, comers }] of known.entries()) {
    const entrance = entrances[index]!;
    // Closed since, or another version has taken it over.
    if (entrance.event === null || entrance.closed !== null) continue;
    judged.push(await judgeAt(sql, { door, entrance, comers }, arrivals));
  }
  return judged;
}

/** Where those who enter will move; shards that are not there yet are left out. */
export const shardsOfJudged = (judged: readonly Judged[]): ShardAddress[] =>
  judged.flatMap(({ door: { run }, seated }) =>
    [...new Set(seated.map(({ ordinal }) => shardOf(ordinal)))].map((shard) => ({ run: run.id, shard })),
  );

/** Makes the shards that are needed, to be begun after the commit. To be called before anybody's shards are locked. */
export async function makeRoom(sql: Sql, judged: readonly Judged[], now: Instant): Promise<Nudge[]> {
  const made: Nudge[] = [];
  for (const { door, seated } of judged) {
    const last = seated.at(-1);
    if (last === undefined) continue;
    const shards = await ensureShards(sql, door.run, { last: shardOf(last.ordinal), now });
    made.push(...shards.map((shard) => ({ run: door.run.id, shard, isNew: true })));
  }
  return made;
}

async function comersTo(sql: Sql, door: Door, arrivals: Arrivals): Promise<Comer[]> {
  const { run, rule } = door;
  const near = await concerned(
    sql,
    door,
    arrivals.events.filter((event) => mayConcern(door, event)),
  );
  if (near.length === 0) return [];
  const { where, segment } = rule;
  const conditions = [where, segment].flatMap((it) => it?.cel ?? []);
  const common = await contextOf(sql, run, { conditions, now: arrivals.now });
  const people = conditions.some((cel) => cel.includes('member'))
    ? await peopleAt(
        sql,
        near.map(({ member = null, person = null, at }) => ({
          run: run.id,
          version: run.version,
          seed: run.seed,
          members: run.members,
          member,
          person,
          at,
        })),
        conditions,
      )
    : () => ({});
  return near.flatMap((event) => {
    const { name, at, data, member = null, person = null } = event;
    const about = { name, at, ...data };
    const values = people({ run: run.id, member, person, at });
    const context: ConditionContext = { ...common, event: about, member: values };
    if (where !== undefined && evaluateCondition(where.cel, context) !== true) return [];
    const qualifies = segment === undefined || evaluateCondition(segment.cel, context) === true;
    const why =
      qualifies || segment === undefined
        ? null
        : { rule: segment.cel, seen: valuesSeen([segment.cel], context) };
    return [
      { event, who: member ?? String(person), member, person, key: keyOf(rule, about), qualifies, why },
    ];
  });
}

// An index does not take values of any length.
const LONGEST_KEY = 200;

function keyOf(rule: EntranceRule, event: Readonly<Record<string, unknown>>): string {
  const key = stayKey(rule, event);
  return key.length <= LONGEST_KEY ? key : createHash('sha256').update(key).digest('hex');
}

// By name, by when it happened, and by whose it is: an event of a run is that run's own.
function mayConcern({ run, rule, opened, until }: Door, event: StoredEvent): boolean {
  const { name, at, member, person } = event;
  if (name !== rule.event || at < opened || (until !== null && at >= until)) return false;
  if (event.run === undefined) return member !== undefined && run.mode === 'real' && !isSynthetic(run);
  return event.run === run.id && (isSynthetic(run) ? person !== undefined : member !== undefined);
}

// What happens elsewhere is no affair of the run. What happened nowhere concerns those for whom the run is.
async function concerned(
  sql: Sql,
  { run }: Door,
  events: readonly StoredEvent[],
): Promise<readonly StoredEvent[]> {
  if (isSynthetic(run)) return events;
  const placed = new Map(events.map((event) => [event.id, isPlaced(run, event)]));
  const open = [
    ...new Set(events.flatMap(({ id, member }) => (placed.get(id) === undefined ? (member ?? []) : []))),
  ];
  const inside = open.length === 0 ? new Set() : await insiders(sql, run, open);
  return events.filter(({ id, member }) => placed.get(id) ?? inside.has(member));
}

/** Whether an event happened where the run is; undefined when it does not say where. */
function isPlaced(
  { community: own, groups }: RunFacts,
  { group, community }: StoredEvent,
): boolean | undefined {
  if (group !== undefined && groups.length > 0) return groups.includes(group.toLowerCase());
  if (community !== undefined && own !== null && community !== own) return false;
  return group !== undefined && community !== undefined && own !== null ? true : undefined;
}

async function insiders(sql: Sql, run: RunFacts, members: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql.query<{ member: string }>(
    `select distinct s.member_id as member from membership s join community_group g on g.id = s.group_id
     where g.team_id = $1 and s.member_id = any($2) and s.left_at is null
       and (cardinality($3::uuid[]) = 0 or s.group_id = any($3)) and ($4::uuid is null or g.community_id = $4)`,
    [run.team, members, run.groups, run.groups.length > 0 ? null : run.community],
  );
  return new Set(rows.map(({ member }) => member));
}

/** What conditions about events know of a run, besides the event and whose it is. */
export async function contextOf(
  sql: Sql,
  run: RunFacts,
  { conditions, now }: { readonly conditions: readonly string[]; readonly now: Instant },
): Promise<ConditionContext> {
  const params = paramsContext(run.params, anchorsIn(run.params, run.plan.zone));
  if (!conditions.some((cel) => cel.includes('run'))) return { params };
  const { rows } = await sql.query<{ tags: readonly string[]; attributes: Record<string, unknown> }>(
    'select tags, attributes from run where id = $1',
    [run.id],
  );
  const { tags = [], attributes = {} } = rows[0] ?? {};
  return {
    params,
    run: runContext({ id: run.id, plan: run.plan, startedAt: run.startAt, now, tags, attributes }),
  };
}

interface AtDoor {
  readonly door: Door;
  readonly entrance: Entrance;
  readonly comers: readonly Comer[];
}

async function judgeAt(
  sql: Sql,
  { door, entrance, comers }: AtDoor,
  { now, due }: Arrivals,
): Promise<Judged> {
  const { rule } = door;
  const kinds = await kindsOf(sql, comers);
  const stays = await lastStays(sql, door, comers);
  const seated: Seat[] = [];
  const turned: TurnedAway[] = [];
  for (const comer of comers) {
    const { who, key, member, qualifies } = comer;
    const kind = member === null ? 'member' : kinds.get(member);
    // Erased meanwhile, or no active member of the team.
    if (kind === undefined) continue;
    const at = due ? comer.event.at : now;
    const place = `${who}/${key}`;
    const verdict = admit(
      rule,
      { kind, qualifies, last: stays.get(place) },
      { entered: entrance.entered + seated.length, now: at },
    );
    if (verdict === 'enter') {
      seated.push({ ...comer, ordinal: entrance.next + seated.length, at });
      stays.set(place, { at, inside: true });
    } else turned.push({ ...comer, reason: verdict, at });
  }
  return { door, entrance, seated, turned };
}

async function kindsOf(sql: Sql, comers: readonly Comer[]): Promise<ReadonlyMap<string, Candidate['kind']>> {
  const members = [...new Set(comers.flatMap(({ member }) => member ?? []))];
  if (members.length === 0) return new Map();
  const { rows } = await sql.query<{ id: string; kind: Candidate['kind'] }>(
    `select id, kind from member where id = any($1) and status = 'active'`,
    [members],
  );
  return new Map(rows.map(({ id, kind }) => [id, kind]));
}

async function lastStays(
  sql: Sql,
  { run, graph, rule }: Door,
  comers: readonly Comer[],
): Promise<Map<string, NonNullable<Candidate['last']>>> {
  const { rows } = await sql.query<{ who: string; key: string; at: Instant; inside: boolean }>(
    `select t.who, t.key, ms_of(t.at) as at, s.ended_at is null as inside
     from (select $1::uuid as scope, $2::text as journey, c.* from unnest($3::text[], $4::text[]) as c (who, key)
       offset 0) as c
     join stay t on t.scope = c.scope and t.journey = c.journey and t.who = c.who and t.key = c.key
     left join subject s on s.run_id = t.run_id and s.graph = t.graph and s.ordinal = t.ordinal`,
    [
      scopeOf(run, rule),
      run.plan.graphs[graph]!.id,
      comers.map(({ who }) => who),
      comers.map(({ key }) => key),
    ],
  );
  return new Map(rows.map(({ who, key, ...last }) => [`${who}/${key}`, last]));
}
