// Doors: journeys that members enter by event are open from their launch until their time is up or somebody closes them.
// Not who comes through: see comers.ts. A run of a newer version takes the door of the run that it follows.
import { deadlineOf } from '../../engine/effects/task.ts';
import type { EntranceRule } from '../../engine/entrance.ts';
import type { Instant } from '../../engine/instant.ts';
import type { VisitKey } from '../../engine/run/protocol.ts';
import { entersBy } from '../../engine/simulate.ts';
import { doorsFor, judge, makeRoom, ruleOf, shardsOfJudged, type Arrivals } from './comers.ts';
import { letIn } from './seats.ts';
import { communityOfRun, isSynthetic } from './community.ts';
import { scheduleDue, type Due } from './due-rows.ts';
import { lockEntrances, type Entrance, type EntranceAddress } from './entrance.ts';
import { lockTopics, storedSince } from './event.ts';
import { lockShards, type Nudge } from './inbox.ts';
import { launchId, tellThrough } from './launches.ts';
import { leaving } from './run-end.ts';
import { runOf, type RunFacts } from './run.ts';
import type { CalendarFacts } from '../../engine/effects/instant.ts';
import type { Sql } from './client.ts';

/** A launch that opens a journey's door. */
export interface Opening extends EntranceAddress {
  /** The visit that launches. */
  readonly visit: VisitKey & { readonly at: Instant };
  readonly calendar: CalendarFacts;
  readonly wall: Instant;
}

/**
 * Opens a door, and lets in whoever has come since the visit was issued: the lock of the event's name is held alone, so an
 * event is either seen here or sees the door. `open`: it is open already, through an earlier launch or a newer version.
 */
export async function openDoor(
  sql: Sql,
  opening: Opening,
): Promise<{ readonly door: 'opened' | 'open'; readonly nudges: readonly Nudge[] }> {
  const { run, rule, visit, wall } = opening;
  await lockTopics(sql, { team: run.team, names: [rule.event], exclusive: true });
  const { before, isPassedOn } = await chainOf(sql, opening);
  const [own, ...theirs] = await lockEntrances(sql, [opening, ...before]);
  if (isPassedOn || isOpen(own!)) return { door: 'open', nudges: [] };
  const taken = before.flatMap((address, index) =>
    isOpen(theirs[index]!) ? [{ ...address, entrance: theirs[index]! }] : [],
  );
  const opened = taken[0]?.entrance.opened ?? visit.at;
  const until = untilOf(rule, opening, opened);
  await writeOpen(sql, opening, {
    first: own!.next,
    opened,
    until,
    // Whoever is counted by the door that is taken over is counted by this one.
    entered: theirs.reduce((most, { entered }) => Math.max(most, entered), own!.entered),
  });
  const nudges: Nudge[] = [];
  for (const { run: other, graph: theirGraph } of taken)
    nudges.push(...(await closeDoor(sql, { run: other, graph: theirGraph, at: visit.at, wall })));
  await planTurns(sql, opening, { opened, until });
  // The door that was taken over has let in everybody up to this moment.
  if (taken.length > 0) return { door: 'opened', nudges };
  const since = theirs.reduce((latest, { closed }) => Math.max(latest, closed ?? 0), opened);
  return { door: 'opened', nudges: await lookBack(sql, opening, since) };
}

/** Closes a door: nobody enters any more. With `launch`, only if it is still that launch's. Returns the shards to nudge. */
export async function closeDoor(
  sql: Sql,
  {
    run,
    graph,
    launch,
    at,
    wall,
  }: {
    readonly run: RunFacts;
    readonly graph: number;
    readonly launch?: string;
    readonly at: Instant;
    readonly wall: Instant;
  },
): Promise<Nudge[]> {
  const [entrance] = await lockEntrances(sql, [{ run, graph, rule: ruleOf(run, graph) }]);
  if (!isOpen(entrance!) || (launch !== undefined && entrance!.launch !== launch)) return [];
  await sql.query('update entrance set closed_at = instant_of($3) where run_id = $1 and graph = $2', [
    run.id,
    graph,
    at,
  ]);
  await lockShards(sql, leaving(run, 0));
  const { rows } = await sql.query<VisitKey & { readonly through: boolean }>(
    `select node, ordinal, lap, ended >= count as through from launch where run_id = $1 and id = $2 for update`,
    [run.id, entrance!.launch],
  );
  const told = await tellThrough(
    sql,
    run,
    rows.filter(({ through }) => through),
    wall,
  );
  // Shard 0 may have stayed for nothing else.
  return [...told, { run: run.id, shard: 0 }];
}

/** Closes all doors of a run that is over; nobody needs to be told. To be called before its row or its shards are locked. */
export async function shutDoors(sql: Sql, run: string, at: Instant): Promise<void> {
  await sql.query(
    `update entrance set closed_at = instant_of($2)
     where run_id = $1 and event is not null and closed_at is null`,
    [run, at],
  );
}

/** Holds the open doors of a run, for whoever will take in its events after having locked its shards. */
export async function holdDoors(sql: Sql, id: string): Promise<void> {
  const { rows } = await sql.query<{ graph: number }>(
    'select graph from entrance where run_id = $1 and event is not null and closed_at is null',
    [id],
  );
  const run = rows.length === 0 ? undefined : await runOf(sql, id);
  if (run === undefined) return;
  await lockEntrances(
    sql,
    rows.map(({ graph }) => ({ run, graph, rule: ruleOf(run, graph) })),
  );
}

const isOpen = ({ event, closed }: Entrance): boolean => event !== null && closed === null;

/**
 * The same journey's entrances in the runs that this one follows, and whether one that follows it has opened its own already:
 * versions may be published faster than their runs begin.
 */
async function chainOf(
  sql: Sql,
  { run, graph }: Opening,
): Promise<{ readonly before: readonly EntranceAddress[]; readonly isPassedOn: boolean }> {
  const { rows } = await sql.query<{ id: string; isBefore: boolean }>(
    `with recursive back as (
       select $2::uuid as id
       union all
       select r.follows_run_id from back b join run r on r.id = b.id where r.follows_run_id is not null
     ), forth as (
       select r.id from run r where r.playbook_id = $3 and r.follows_run_id = $1
       union all
       select r.id from forth f join run r on r.playbook_id = $3 and r.follows_run_id = f.id)
     select id, true as "isBefore" from back where id is not null
     union all select id, false from forth`,
    [run.id, run.follows, run.playbook],
  );
  const before: EntranceAddress[] = [];
  let isPassedOn = false;
  for (const { id, isBefore } of rows) {
    const other = await runOf(sql, id);
    const place = other?.plan.graphs.findIndex((it, at) => at > 0 && it.id === run.plan.graphs[graph]!.id);
    if (other === undefined || place === undefined || place < 0) continue;
    if (isBefore) before.push({ run: other, graph: place, rule: ruleOf(other, place) });
    else isPassedOn ||= await hasOpened(sql, id, place);
  }
  return { before, isPassedOn };
}

async function hasOpened(sql: Sql, run: string, graph: number): Promise<boolean> {
  const { rows } = await sql.query(
    'select from entrance where run_id = $1 and graph = $2 and event is not null',
    [run, graph],
  );
  return rows.length > 0;
}

const untilOf = ({ open }: EntranceRule, { calendar }: Opening, opened: Instant): Instant | null =>
  open === undefined ? null : (deadlineOf({ for: open }, calendar, opened) ?? null);

interface Hours {
  readonly opened: Instant;
  readonly until: Instant | null;
}

async function writeOpen(
  sql: Sql,
  { run, graph, rule, visit }: Opening,
  { first, opened, until, entered }: Hours & { readonly first: number; readonly entered: number },
): Promise<void> {
  const { node, ordinal, lap, at } = visit;
  const launch = launchId(visit);
  await sql.query(
    `update entrance set event = $3, opened_at = instant_of($4), until = instant_of($5), closed_at = null,
       launch_id = $6, entered = $7
     where run_id = $1 and graph = $2`,
    [run.id, graph, rule.event, opened, until, launch, entered],
  );
  await sql.query(
    `insert into launch (run_id, id, team_id, node, ordinal, lap, graph, first, count, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 0, instant_of($9))`,
    [run.id, launch, run.team, node, ordinal, lap, graph, first, at],
  );
}

/** How many rows are scheduled at a time. */
const PAGE = 10_000;

/** When it closes, and in a synthetic community who will come when. */
async function planTurns(
  sql: Sql,
  { run, graph, rule, visit }: Opening,
  { opened, until }: Hours,
): Promise<void> {
  const launch = launchId(visit);
  if (until !== null) {
    const key = `close/${graph}/${launch}`;
    const payload = { kind: 'close', graph, launch } as const;
    await scheduleDue(sql, run.team, [{ run: run.id, shard: 0, at: until, key, payload }]);
  }
  if (!isSynthetic(run)) return;
  const community = await communityOfRun(sql, run);
  const journey = run.plan.graphs[graph]!.id;
  const name = rule.event;
  for (let from = 0; from < community.people; from += PAGE) {
    const due: Due[] = [];
    for (let person = from; person < Math.min(from + PAGE, community.people); person += 1) {
      const deed = entersBy(community, { event: name, journey, lap: visit.lap }, person);
      if (deed === undefined) continue;
      due.push({
        run: run.id,
        shard: 0,
        at: opened + deed.delayMs,
        key: `enter/${launch}/${person}`,
        payload: { kind: 'event', name, person, data: deed.data },
        event: name,
        person,
      });
    }
    await scheduleDue(sql, run.team, due);
  }
}

/** Lets in whoever has done it between the visit's instant and this transaction. */
async function lookBack(sql: Sql, { run, graph, rule, wall }: Opening, since: Instant): Promise<Nudge[]> {
  const events = await storedSince(sql, { team: run.team, name: rule.event, since, run: run.id });
  if (events.length === 0) return [];
  const arrivals: Arrivals = { team: run.team, events, now: wall, due: run.mode === 'fast' };
  const doors = await doorsFor(sql, arrivals);
  const entering = await judge(
    sql,
    doors.filter((door) => door.run.id === run.id && door.graph === graph),
    arrivals,
  );
  const made = await makeRoom(sql, entering, wall);
  await lockShards(sql, shardsOfJudged(entering));
  return [...made, ...(await letIn(sql, entering, arrivals))];
}
