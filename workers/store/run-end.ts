// The end of a run: its status and its parent's answer.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import { append, type Nudge } from './inbox.ts';
import { runOf, setRunStatus, type RunFacts } from './run.ts';
import { shardOf } from './shard.ts';
import { answerTopic } from './topics.ts';

/** Closes a run whose subjects have all ended, and tells the visit of another run that waits for it. */
export async function closeRun(
  sql: Sql,
  run: RunFacts,
  { now, wall }: { readonly now: Instant; readonly wall: Instant },
): Promise<Nudge[]> {
  const { rows } = await sql.query<{ reason: string | null }>(
    'select end_reason as reason from subject where run_id = $1 and graph = 0',
    [run.id],
  );
  const status = run.status === 'stopping' ? 'cancelled' : 'completed';
  const reason = rows[0]?.reason;
  await setRunStatus(sql, run.id, { status, at: now, now: wall, ...(reason == null ? {} : { reason }) });
  await closeAll(sql, run.id, now);
  if (run.parent === null) return [];
  const { run: parent, node, ordinal, lap } = run.parent;
  const plan = (await runOf(sql, parent))?.plan;
  const topic = plan === undefined ? -1 : answerTopic(plan, node, 'done');
  if (topic < 0) return [];
  const address = { run: parent, shard: shardOf(ordinal) };
  const entry = { kind: 'arrived', node, ordinal, lap, topic } as const;
  return (await append(sql, address, [{ entry, at: 'soon' }], wall)) ? [address] : [];
}

// Settling has closed what visits had opened; a worker that was thought dead may have opened something after that.
async function closeAll(sql: Sql, run: string, at: Instant): Promise<void> {
  await sql.query('delete from listener where run_id = $1', [run]);
  await sql.query(
    `update stuck_visit set resolved_at = instant_of($2), resolution = 'dropped'
     where run_id = $1 and resolved_at is null`,
    [run, at],
  );
  await sql.query(
    `update task set state = 'dropped', closed_at = instant_of($2)
     where run_id = $1 and state in ('open', 'accepted', 'escalated')`,
    [run, at],
  );
  await sql.query('update form set closed_at = instant_of($2) where run_id = $1 and closed_at is null', [
    run,
    at,
  ]);
}
