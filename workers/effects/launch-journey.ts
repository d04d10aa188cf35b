// Enrols everybody who may enter a journey now, and tells the run's inbox that they enter.
// A member enters a journey of a run once. Entering by event belongs to playbooks that stay open.
import { launchJourney as decision } from '../../engine/effects/launch.ts';
import { evaluateCondition } from '../../engine/language/condition.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import { isSynthetic } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import { append } from '../store/inbox.ts';
import { SHARD_SIZE } from '../store/shard.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { commonContext } from './people.ts';
import { audienceMembers, communityPeople } from './recipients.ts';
import { internal, type Answered, type Batch } from './work.ts';

export const launchJourney = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'launch-journey');
  const { plan } = batch.run;
  const graph = plan.graphs.findIndex(({ id }, index) => index > 0 && id === input.journey);
  const calendar = await calendarOf(sql, batch.run);
  await lockJourney(sql, batch, graph);
  const answers: Answered[] = [];
  for (const visit of batch.visits) {
    const people = graph < 0 ? [] : await eligible(sql, batch, graph, visit);
    const answer = decision.decide(input, { ...calendar, eligible: people.length }, visit.at);
    const first = answer.code === 'launched' ? await nextOrdinal(sql, batch, graph) : 0;
    if (first + people.length > SHARD_SIZE) {
      const why = { problem: 'too-many', eligible: people.length, limit: SHARD_SIZE - first };
      answers.push({ code: 'failed', why });
      continue;
    }
    if (answer.code === 'launched') await enrol(sql, batch, { graph, first, people, visit });
    answers.push(answer);
  }
  return answers;
});

// Whoever enrols sees whom the others have enrolled: branches of a campaign may launch one journey at the same moment.
async function lockJourney(sql: Sql, { run }: Batch, graph: number): Promise<void> {
  await sql.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${run.id}/journey/${graph}`]);
}

/** Somebody who may enter. */
interface Entrant {
  readonly member: string | null;
  readonly person: number | null;
}

async function eligible(
  sql: Sql,
  { run }: Batch,
  graph: number,
  { at }: CallVisit,
): Promise<readonly Entrant[]> {
  const { config } = run.plan.nodes[run.plan.graphs[graph]!.start]!;
  const { segment, capacity } = config as {
    readonly segment?: { readonly cel: string };
    readonly capacity?: number;
  };
  const common = await commonContext(sql, run, { now: at, names: [segment] });
  const { rows } = await sql.query<Entrant>(
    'select member_id as member, person from subject where run_id = $1 and graph = $2',
    [run.id, graph],
  );
  const inside = new Set(rows.map(({ member, person }) => member ?? person));
  const candidates = isSynthetic(run)
    ? (await communityPeople(sql, run)).map(({ person, values }) => ({ member: null, person, values }))
    : (
        await audienceMembers(sql, run, { class: 'service', channel: null, zone: run.plan.zone, now: at })
      ).map(({ memberId, values }) => ({
        member: memberId,
        person: null,
        values,
      }));
  return candidates
    .filter(({ member, person }) => !inside.has(member ?? person))
    .filter(
      ({ values }) =>
        segment === undefined || evaluateCondition(segment.cel, { ...common, member: values }) === true,
    )
    .slice(0, capacity === undefined ? undefined : Math.max(0, capacity - inside.size));
}

async function nextOrdinal(sql: Sql, { run }: Batch, graph: number): Promise<number> {
  const { rows } = await sql.query<{ next: number }>(
    'select coalesce(max(ordinal) + 1, 0) as next from subject where run_id = $1 and graph = $2',
    [run.id, graph],
  );
  return rows[0]!.next;
}

async function enrol(
  sql: Sql,
  { run, node, wall, nudges }: Batch,
  {
    graph,
    first,
    people,
    visit,
  }: {
    readonly graph: number;
    readonly first: number;
    readonly people: readonly Entrant[];
    readonly visit: CallVisit;
  },
): Promise<void> {
  const { ordinal, lap, at } = visit;
  const id = `${node}/${ordinal}/${lap}`;
  await sql.query(
    `insert into launch (run_id, id, team_id, node, ordinal, lap, graph, first, count, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, instant_of($10))`,
    [run.id, id, run.team, node, ordinal, lap, graph, first, people.length, at],
  );
  await sql.query(
    `insert into subject (run_id, graph, ordinal, team_id, shard, member_id, person, launch_id, entered_at)
     select $1, $2, $3 + p.no - 1, $4, ($3 + p.no - 1) / $5, p.member, p.person, $6, instant_of($7)
     from rows from (unnest($8::uuid[]), unnest($9::int[])) with ordinality as p (member, person, no)`,
    [
      run.id,
      graph,
      first,
      run.team,
      SHARD_SIZE,
      id,
      at,
      people.map(({ member }) => member),
      people.map(({ person }) => person),
    ],
  );
  const entry = { kind: 'enter', graph, first, count: people.length } as const;
  const address = { run: run.id, shard: 0 };
  if (await append(sql, address, [{ entry, at }], wall)) nudges.push(address);
}
