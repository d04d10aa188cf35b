// Events that a script lets happen after the start of a visit: due rows, of the visit's own member or person.
import type { Instant } from '../../engine/instant.ts';
import type { VisitKey } from '../../engine/run/protocol.ts';
import { subjectName } from '../../engine/run/trace.ts';
import { eventsFor } from '../../engine/script.ts';
import type { Sql } from './client.ts';
import { scheduleDue, type Due } from './due-rows.ts';
import type { RunFacts } from './run.ts';
import { scriptOf } from './script.ts';
import { shardOf } from './shard.ts';

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
