// The launch of a run, once for each key: its row, its shard 0 with the activity itself, and what its script commands.
// Not whether it may be launched: see server/runs/launch.ts and standing-order.ts.
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import type { VisitKey } from '../../engine/run/protocol.ts';
import { inTransaction, type Sql, type Store } from './client.ts';
import { scheduleDue } from './due-rows.ts';
import { newId } from './id.ts';
import { planOf } from './plan.ts';
import { keepSample } from './sample-event.ts';
import { scriptedControls } from './script.ts';

/** Everything that a launch decides. */
export interface LaunchRequest {
  readonly team: number;
  readonly playbook: string;
  readonly version: string;
  /** Of the plan with the parameters bound; stored before. */
  readonly planHash: string;
  readonly params: JsonObject;
  /** Role → the users that fill it. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly community?: string;
  readonly groups?: readonly string[];
  /** Synthetic members, where no real ones are named. */
  readonly members?: number;
  readonly seed: number;
  readonly mode: 'real' | 'fast';
  readonly script?: readonly JsonObject[];
  /** Logical start. */
  readonly startAt: Instant;
  /** The time on the wall. */
  readonly now: Instant;
  readonly by?: string;
  readonly parent?: { readonly run: string } & VisitKey;
  /** The run of an earlier version whose open journeys this one takes over. */
  readonly follows?: string;
  /** A repeated launch with the same key finds the first one. */
  readonly key?: string;
  /** The event that launched it, known to the activity itself as `event`. */
  readonly event?: number;
}

/** A run, and whether this launch has made it. */
export interface Launched {
  readonly run: string;
  readonly created: boolean;
}

/** Launches: makes the run with its shard 0, or finds the one that the same key has launched. */
export async function createRun(store: Store, request: LaunchRequest): Promise<Launched> {
  await ensureLaunchMonth(store.pool, request.now);
  return inTransaction(store.pool, (sql) => createRunIn(sql, request));
}

/** Makes the partitions of the month of a launch. A step of its own, so that its lock is short. */
export async function ensureLaunchMonth(sql: Sql, now: Instant): Promise<void> {
  await sql.query('select ensure_launch_month($1)', [newId(now)]);
}

/** {@link createRun} inside the caller's transaction. */
export async function createRunIn(sql: Sql, request: LaunchRequest): Promise<Launched> {
  const run = newId(request.now);
  if (!(await insertRun(sql, run, request))) {
    const { rows } = await sql.query<{ id: string }>(
      'select id from run where team_id = $1 and launch_key = $2',
      [request.team, request.key],
    );
    return { run: rows[0]!.id, created: false };
  }
  await sql.query('insert into shard (run_id, no, team_id) values ($1, 0, $2)', [run, request.team]);
  const plan = await planOf(sql, request.planHash);
  await sql.query(
    `insert into subject (run_id, graph, ordinal, team_id, shard, entered_at, event_id)
     values ($1, 0, 0, $2, 0, instant_of($3), $4)`,
    [run, request.team, request.startAt, request.event ?? (await sampleFor(sql, run, plan, request)) ?? null],
  );
  const controls = scriptedControls(plan, {
    script: request.script ?? [],
    params: request.params,
    startAt: request.startAt,
  });
  await scheduleDue(
    sql,
    request.team,
    controls.map((due) => ({ ...due, run, shard: 0 })),
  );
  return { run, created: true };
}

// Nobody has launched it by an event, and its people are not real: then it is told of one like that.
async function sampleFor(
  sql: Sql,
  run: string,
  plan: Plan,
  { team, version, seed, members = 0, startAt: at, community, groups = [] }: LaunchRequest,
): Promise<number | undefined> {
  if (community !== undefined || groups.length > 0) return undefined;
  return keepSample(sql, { run, team, plan, version, seed, members, at });
}

async function insertRun(sql: Sql, run: string, request: LaunchRequest): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into run (id, team_id, playbook_id, version_id, plan_hash, params, roles, community_id, groups, members,
       seed, mode, script, start_at, launched_at, launched_by,
       parent_run_id, parent_node, parent_ordinal, parent_lap, launch_key, follows_run_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, instant_of($14), instant_of($15), $16,
       $17, $18, $19, $20, $21, $22)
     on conflict (team_id, launch_key) do nothing`,
    [
      run,
      request.team,
      request.playbook,
      request.version,
      request.planHash,
      JSON.stringify(request.params),
      JSON.stringify(request.roles),
      request.community ?? null,
      request.groups ?? [],
      request.members ?? 0,
      request.seed,
      request.mode,
      JSON.stringify(request.script ?? []),
      request.startAt,
      request.now,
      request.by ?? null,
      request.parent?.run ?? null,
      request.parent?.node ?? null,
      request.parent?.ordinal ?? null,
      request.parent?.lap ?? null,
      request.key ?? null,
      request.follows ?? null,
    ],
  );
  return rowCount === 1;
}
