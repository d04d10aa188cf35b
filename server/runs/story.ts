// One member's story in a run: "what happened to them, and why did they not get this?"
// Reading only. The way through a journey is timeline.ts; here every journey answers, also those that they never entered.
import { isoOf, type Instant } from '../../engine/instant.ts';
import { nameOf } from '../../engine/simulate.ts';
import type { Sql } from '../../workers/store/client.ts';
import { communityOfRun, isSynthetic } from '../../workers/store/community.ts';
import type { RunFacts } from '../../workers/store/run.ts';
import { listDeliveries } from '../deliveries.ts';
import { timeline } from './timeline.ts';
import { listTurnedAway } from './turned-away.ts';

/** Stays in one journey that are told in full; the latest. */
const MOST_STAYS = 20;
const MOST_MESSAGES = 200;

/** Somebody in a run: a member, or a synthetic person. */
interface Somebody {
  readonly member: string | null;
  readonly person: number | null;
  readonly name: string | null;
}

/** The story of a member (an id, or person-NUMBER); undefined when the team has no such member. */
export async function storyOf(sql: Sql, run: RunFacts, named: string) {
  const somebody = await find(sql, run, named);
  if (somebody === undefined) return undefined;
  const { member, person } = somebody;
  const who = member ?? String(person);
  const [stays, { members: refused }, open, { deliveries }] = await Promise.all([
    staysOf(sql, run, somebody),
    listTurnedAway(sql, run, { who, limit: run.plan.graphs.length }),
    openSince(sql, run),
    member === null
      ? { deliveries: [] }
      : listDeliveries(sql, run.team, { run: run.id, member, limit: MOST_MESSAGES }),
  ]);
  const ways = await Promise.all(stays.map((stay) => timeline(sql, run, stay)));
  return {
    ...somebody,
    journeys: run.plan.graphs.slice(1).map(({ id }, index) => {
      const graph = index + 1;
      const own = ways.filter((_way, no) => stays[no]!.graph === graph);
      const turnedAway = refused.find(({ journey }) => journey === id) ?? null;
      const since = open.get(graph);
      return {
        journey: id,
        // Nobody was asked before it opened; who came to the run's audience later was not asked either.
        answer:
          own.length > 0
            ? 'entered'
            : turnedAway !== null
              ? 'turned-away'
              : since === undefined
                ? 'not-open'
                : 'not-asked',
        openSince: since === undefined ? null : isoOf(since),
        turnedAway,
        stays: own,
      };
    }),
    messages: deliveries,
  };
}

async function find(sql: Sql, run: RunFacts, named: string): Promise<Somebody | undefined> {
  const person = /^person-(\d+)$/.exec(named)?.[1];
  if (person !== undefined) {
    const number = Number(person);
    const people = isSynthetic(run) ? (await communityOfRun(sql, run)).people : 0;
    return number < people ? { member: null, person: number, name: nameOf(number) } : undefined;
  }
  const { rows } = await sql.query<{ name: string | null }>(
    'select display_name as name from member where id = $1 and team_id = $2',
    [named, run.team],
  );
  return rows[0] === undefined ? undefined : { member: named, person: null, name: rows[0].name };
}

async function staysOf(
  sql: Sql,
  run: RunFacts,
  { member, person }: Somebody,
): Promise<{ readonly graph: number; readonly ordinal: number }[]> {
  const column = member === null ? 'person' : 'member_id';
  const { rows } = await sql.query<{ graph: number; ordinal: number }>(
    `select graph, ordinal from subject where ${column} = $2 and run_id = $1 and graph > 0
     order by graph, ordinal desc limit ${MOST_STAYS}`,
    [run.id, member ?? person],
  );
  return rows;
}

/** Since when each journey lets members in, by graph. */
async function openSince(sql: Sql, run: RunFacts): Promise<Map<number, Instant>> {
  const { rows } = await sql.query<{ graph: number; since: Instant }>(
    `select e.graph, ms_of(least(e.opened_at, (select min(l.at) from launch l where l.run_id = $1 and l.graph = e.graph)))
       as since
     from entrance e where e.run_id = $1`,
    [run.id],
  );
  return new Map(rows.map(({ graph, since }) => [graph, since ?? run.startAt]));
}
