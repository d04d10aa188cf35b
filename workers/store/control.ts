// An operator's commands: into the inbox of the shards they concern, with what they change in the run's own row.
// Not the permission and not the audit: both are the server's.
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Control, VisitKey } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';
import { shutDoors } from './door.ts';
import { append, type Nudge, type Recorded } from './inbox.ts';
import { closeCircuits, lockEffects } from './ledger.ts';
import { tell } from './run-event.ts';
import { overrideRun, setRunStatus, type RunStatus } from './run.ts';
import { shardOf } from './shard.ts';

/** A command with the facts that change together with it. */
export interface Command {
  readonly run: string;
  /** Absent: only the values below change. */
  readonly control?: Control;
  /** New values of parameters (anchors among them) and new texts by node id. */
  readonly params?: JsonObject;
  readonly texts?: Readonly<Record<string, Text>>;
  /** Who: a user's id, or the node of a watch. */
  readonly by: string;
  readonly now: Instant;
}

/** Gives a command to a run. Returns the shards to nudge after the commit. */
export async function command(
  sql: Sql,
  given: Command,
  recordedAt: Recorded['at'] = 'soon',
): Promise<Nudge[]> {
  const { run, control, params, texts, by, now } = given;
  if (params !== undefined || texts !== undefined) {
    await overrideRun(sql, run, {
      ...(params === undefined ? {} : { params }),
      ...(texts === undefined ? {} : { texts }),
    });
  }
  await audit(sql, given);
  if (control === undefined) return [];
  if ('node' in control) await resolveStuck(sql, { run, do: control.do, visits: [control], by, now });
  if (control.do === 'cancel') {
    await lockEffects(sql, run);
    await shutDoors(sql, run, now);
  }
  if (control.do === 'resume') await closeCircuits(sql, run);
  const status = STATUS[control.do];
  if (status !== undefined) {
    const reason = 'reason' in control ? control.reason : control.do;
    await setRunStatus(sql, run, { status, reason, at: now, now });
  }
  await tell(sql, { run, kind: 'controlled', at: now, wall: now, data: { ...control, by } });
  const nudges: Nudge[] = [];
  for (const shard of await shardsFor(sql, run, control)) {
    const entry = { kind: 'control', ...control } as const;
    if (await append(sql, { run, shard }, [{ entry, at: recordedAt }], now)) nudges.push({ run, shard });
  }
  return nudges;
}

// People's commands are audited by the server, which knows who they are; here those that a run gives itself.
async function audit(sql: Sql, { run, control, params, texts, by, now }: Command): Promise<void> {
  if (by !== 'script' && !by.startsWith('run/')) return;
  await sql.query(
    `insert into audit_log (team_id, at, actor_kind, actor_id, action, subject, detail)
     select team_id, instant_of($2), 'run', $3, $4, 'run/' || id, $5 from run where id = $1`,
    [
      run,
      now,
      by,
      `run.${control?.do ?? 'correct'}`,
      JSON.stringify({ ...control, changed: Object.keys({ ...params, ...texts }) }),
    ],
  );
}

const STATUS: Partial<Record<Control['do'], RunStatus>> = {
  pause: 'paused',
  resume: 'running',
  cancel: 'stopping',
};

async function shardsFor(sql: Sql, run: string, control: Control): Promise<number[]> {
  if ('node' in control) return [shardOf(control.ordinal)];
  const { rows } = await sql.query<{ no: number }>('select no from shard where run_id = $1 order by no', [
    run,
  ]);
  return rows.map(({ no }) => no);
}

/** One decision about many visits that are stuck. */
export interface Resolution {
  readonly run: string;
  readonly do: 'retry' | 'skip' | 'end';
  readonly visits: readonly VisitKey[];
  readonly by: string;
  readonly now: Instant;
}

/** Decides about many stuck visits at once. Returns the shards to nudge after the commit. */
export async function resolveAll(sql: Sql, resolution: Resolution): Promise<Nudge[]> {
  const { run, visits, now, by } = resolution;
  await resolveStuck(sql, resolution);
  const data = { do: resolution.do, visits: visits.length, by };
  await tell(sql, { run, kind: 'controlled', at: now, wall: now, data });
  const nudges: Nudge[] = [];
  const shards = [...new Set(visits.map(({ ordinal }) => shardOf(ordinal)))].sort((a, b) => a - b);
  for (const shard of shards) {
    const entries = visits
      .filter(({ ordinal }) => shardOf(ordinal) === shard)
      .map(({ node, ordinal, lap }) => ({
        entry: { kind: 'control', do: resolution.do, node, ordinal, lap } as const,
        at: 'soon' as const,
      }));
    if (await append(sql, { run, shard }, entries, now)) nudges.push({ run, shard });
  }
  return nudges;
}

async function resolveStuck(sql: Sql, { run, do: what, visits, by, now }: Resolution): Promise<void> {
  const keys = JSON.stringify(visits.map(({ node, ordinal, lap }) => ({ node, ordinal, lap })));
  await sql.query(
    `update stuck_visit s set resolved_at = instant_of($3), resolution = $4, resolved_by = $5
     from jsonb_to_recordset($2) as v (node int, ordinal int, lap bigint)
     where s.run_id = $1 and (s.node, s.ordinal, s.lap) = (v.node, v.ordinal, v.lap) and s.resolved_at is null`,
    [run, keys, now, what, by],
  );
  // Whoever says "again" has made sure that the doubtful call did not happen, or accepts that it happens twice.
  if (what !== 'retry') return;
  await sql.query(
    `update ledger l set state = 'released', code = null
     from jsonb_to_recordset($2) as v (node int, ordinal int, lap bigint)
     where l.run_id = $1 and (l.node, l.ordinal, l.lap) = (v.node, v.ordinal, v.lap)
       and l.state in ('doubt', 'intended')`,
    [run, keys],
  );
}
