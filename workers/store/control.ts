// An operator's commands: into the inbox of the shards they concern, with what they change in the run's own row.
// Not the permission and not the audit: both are the server's.
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Control, VisitKey } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';
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
  if ('node' in control) await resolveStuck(sql, { run, control, by, now });
  if (control.do === 'cancel') await lockEffects(sql, run);
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

async function resolveStuck(
  sql: Sql,
  { run, control, by, now }: Pick<Command, 'run' | 'by' | 'now'> & { readonly control: Control & VisitKey },
): Promise<void> {
  const visit = [run, control.node, control.ordinal, control.lap];
  await sql.query(
    `update stuck_visit set resolved_at = instant_of($5), resolution = $6, resolved_by = $7
     where run_id = $1 and node = $2 and ordinal = $3 and lap = $4 and resolved_at is null`,
    [...visit, now, control.do, by],
  );
  // Whoever says "again" has made sure that the doubtful call did not happen, or accepts that it happens twice.
  if (control.do === 'retry') {
    await sql.query(
      `update ledger set state = 'released', code = null
       where run_id = $1 and node = $2 and ordinal = $3 and lap = $4 and state in ('doubt', 'intended')`,
      visit,
    );
  }
}
