// The launches of journeys: which visit waits until everybody that it has sent on their way is through.
// Not the sending: see enrol.ts for those who enter at once, and door.ts for those who come later.
import type { Instant } from '../../engine/instant.ts';
import type { VisitKey } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';
import { append, type Nudge } from './inbox.ts';
import type { RunFacts } from './run.ts';
import { shardOf } from './shard.ts';
import { answerTopic } from './topics.ts';

/** How a launch is named: by the visit that launches. */
export const launchId = ({ node, ordinal, lap }: VisitKey): string => `${node}/${ordinal}/${lap}`;

/**
 * Tells launching visits that everybody is through. Those whose door is still open are not told: others may come.
 * To be asked after the rows of the launches are held: whoever closes a door looks at its launch after closing it, so one
 * of the two sees both.
 */
export async function tellThrough(
  sql: Sql,
  run: RunFacts,
  visits: readonly VisitKey[],
  wall: Instant,
): Promise<Nudge[]> {
  if (visits.length === 0) return [];
  const { rows } = await sql.query<{ launch: string }>(
    'select launch_id as launch from entrance where run_id = $1 and event is not null and closed_at is null',
    [run.id],
  );
  const open = new Set(rows.map(({ launch }) => launch));
  const nudges: Nudge[] = [];
  for (const visit of visits) {
    const { node, ordinal, lap } = visit;
    const topic = open.has(launchId(visit)) ? -1 : answerTopic(run.plan, node, 'done');
    if (topic < 0) continue;
    const shard = shardOf(ordinal);
    const entry = { kind: 'arrived', node, ordinal, lap, topic } as const;
    if (await append(sql, { run: run.id, shard }, [{ entry, at: 'soon' }], wall))
      nudges.push({ run: run.id, shard });
  }
  return nudges;
}
