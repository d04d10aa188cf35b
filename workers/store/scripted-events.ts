// What happens to a visit's own member or person after its start: events out of a script, and deeds of synthetic people.
// All of them are due rows.
import type { Instant } from '../../engine/instant.ts';
import type { VisitKey } from '../../engine/run/protocol.ts';
import { subjectName } from '../../engine/run/trace.ts';
import { eventsFor } from '../../engine/script.ts';
import { doesMeanwhile } from '../../engine/simulate.ts';
import type { Sql } from './client.ts';
import { communityOfRun, isSynthetic } from './community.ts';
import { scheduleDue, type Due } from './due-rows.ts';
import type { RunFacts } from './run.ts';
import { scriptOf } from './script.ts';
import { shardOf } from './shard.ts';
import { topicsOf } from './topics.ts';

/** Schedules them; doing it again for the same visit changes nothing. `at` is the start of the visit. */
export async function scheduleScriptedEvents(
  sql: Sql,
  run: RunFacts,
  visits: readonly (VisitKey & { readonly at: Instant })[],
): Promise<void> {
  const script = scriptOf(run);
  if (script.events.size === 0) return;
  const due: Due[] = [];
  for (const { node, ordinal, lap, at } of visits) {
    const { id, graph } = run.plan.nodes[node]!;
    const events = eventsFor(script, { node: id, subject: subjectName(run.plan, graph, ordinal), lap });
    if (events.length === 0) continue;
    const who = graph === 0 ? {} : await whoIs(sql, run.id, graph, ordinal);
    events.forEach(({ event, afterMs, data }, index) => {
      due.push({
        run: run.id,
        shard: shardOf(ordinal),
        at: at + afterMs,
        key: `script/${id}/${ordinal}/${lap}/event/${index}`,
        payload: { kind: 'event', name: event, data, ...who },
        event,
        ...who,
      });
    });
  }
  await scheduleDue(sql, run.team, due);
}

/** Schedules what synthetic people do by themselves while visits wait for it, as the rehearsal's settings say. */
export async function scheduleDeeds(
  sql: Sql,
  run: RunFacts,
  visits: readonly (VisitKey & { readonly at: Instant })[],
): Promise<void> {
  const waiting = isSynthetic(run) ? visits.filter(({ node }) => run.plan.nodes[node]!.graph > 0) : [];
  const community = waiting.length === 0 ? undefined : await communityOfRun(sql, run);
  if (community === undefined || Object.keys(community.events).length === 0) return;
  const persons = await personsOf(sql, run, waiting);
  const due = waiting.flatMap(({ node, ordinal, lap, at }): Due[] => {
    const { id, graph } = run.plan.nodes[node]!;
    const person = persons.get(`${graph}/${ordinal}`);
    if (person === undefined) return [];
    const names = topicsOf(run.plan, node).flatMap((topic) => ('event' in topic ? [topic.event] : []));
    return [...new Set(names)].flatMap((name) => {
      const deed = doesMeanwhile(community, name, { node: id, ordinal, lap }, person);
      if (deed === undefined) return [];
      const key = `deed/${id}/${ordinal}/${lap}/${name}`;
      const payload = { kind: 'event', name, person, data: deed.data } as const;
      const shard = shardOf(ordinal);
      return [{ run: run.id, shard, at: at + deed.delayMs, key, payload, event: name, person }];
    });
  });
  await scheduleDue(sql, run.team, due);
}

async function personsOf(
  sql: Sql,
  { id, plan }: RunFacts,
  visits: readonly VisitKey[],
): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ graph: number; ordinal: number; person: number }>(
    `select s.graph, s.ordinal, s.person
     from (select $1::uuid as run, v.* from unnest($2::int[], $3::int[]) as v (graph, ordinal) offset 0) as v
     join subject s on s.run_id = v.run and s.graph = v.graph and s.ordinal = v.ordinal
     where s.person is not null`,
    [id, visits.map(({ node }) => plan.nodes[node]!.graph), visits.map(({ ordinal }) => ordinal)],
  );
  return new Map(rows.map(({ graph, ordinal, person }) => [`${graph}/${ordinal}`, person]));
}

async function whoIs(
  sql: Sql,
  run: string,
  graph: number,
  ordinal: number,
): Promise<{ readonly member?: string; readonly person?: number }> {
  const { rows } = await sql.query<{ member: string | null; person: number | null }>(
    'select member_id as member, person from subject where run_id = $1 and graph = $2 and ordinal = $3',
    [run, graph, ordinal],
  );
  const { member = null, person = null } = rows[0] ?? {};
  return { ...(member === null ? {} : { member }), ...(person === null ? {} : { person }) };
}
