// Runs as they are kept: moved by their shards, corrected by overrides that lie beside what was launched.
// Not how they come about (launch.ts), nor what happens inside them (settle.ts, ledger.ts).
import type { Text } from '../../engine/document.ts';
import type { Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import type { VisitKey } from '../../engine/run/protocol.ts';
import type { Sql } from './client.ts';
import { planOf } from './plan.ts';

/** The status of a run, see domain/data.md. */
export type RunStatus =
  | 'scheduled'
  | 'running'
  | 'paused'
  | 'stopping'
  | 'completed'
  | 'cancelled'
  | 'failed';

/** Nothing is done for a run any more: it has ended, or is being cancelled. */
export const isOver = (status: RunStatus): boolean =>
  status === 'stopping' || status === 'completed' || status === 'cancelled' || status === 'failed';

/** A run as effects and events see it. */
export interface RunFacts {
  readonly id: string;
  readonly team: number;
  readonly playbook: string;
  readonly version: string;
  readonly plan: Plan;
  /** As bound at launch, with the overrides of the running activity applied. */
  readonly params: JsonObject;
  /** What was overridden since the launch. */
  readonly overrides: JsonObject;
  readonly texts: Readonly<Record<string, Text>>;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly community: string | null;
  readonly groups: readonly string[];
  readonly members: number;
  readonly seed: number;
  readonly mode: 'real' | 'fast';
  readonly script: readonly JsonObject[];
  readonly status: RunStatus;
  readonly startAt: Instant;
  readonly parent: ({ readonly run: string } & VisitKey) | null;
  /** The run whose open journeys this one takes over. */
  readonly follows: string | null;
  /** The first of the runs that follow each other; the run itself when it follows none. */
  readonly origin: string;
}

interface RunRow extends Omit<RunFacts, 'plan' | 'startAt' | 'parent'> {
  readonly plan_hash: string;
  readonly start_at: Instant;
  readonly parent_run: string | null;
  readonly parent_node: number | null;
  readonly parent_ordinal: number | null;
  readonly parent_lap: number | null;
}

const ORIGIN = `(
  with recursive chain as (
    select run.follows_run_id as id
    union all
    select r.follows_run_id from chain c join run r on r.id = c.id where r.follows_run_id is not null)
  select c.id from chain c join run r on r.id = c.id where r.follows_run_id is null)`;

/** Reads a run with its plan; undefined when there is none. */
export async function runOf(sql: Sql, run: string): Promise<RunFacts | undefined> {
  const { rows } = await sql.query<RunRow>(
    `select id, team_id as team, playbook_id as playbook, version_id as version, plan_hash, params,
       param_overrides as overrides, text_overrides as texts, roles, community_id as community, groups, members,
       seed, mode, script, status, ms_of(start_at) as start_at, parent_run_id as parent_run, parent_node,
       parent_ordinal, parent_lap, follows_run_id as follows,
       case when follows_run_id is null then id else ${ORIGIN} end as origin
     from run where id = $1`,
    [run],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const { plan_hash, start_at, parent_run, parent_node, parent_ordinal, parent_lap, ...facts } = row;
  return {
    ...facts,
    plan: await planOf(sql, plan_hash),
    params: { ...row.params, ...row.overrides },
    startAt: start_at,
    parent:
      parent_run === null
        ? null
        : { run: parent_run, node: parent_node!, ordinal: parent_ordinal!, lap: parent_lap! },
  };
}

/** Which plan a run follows never changes, so a process asks once. */
const planHashes = new Map<string, string>();
const KEPT_HASHES = 1_000;

/** The plan of a run. */
export async function planOfRun(sql: Sql, run: string): Promise<Plan> {
  let hash = planHashes.get(run);
  if (hash === undefined) {
    const { rows } = await sql.query<{ hash: string }>('select plan_hash as hash from run where id = $1', [
      run,
    ]);
    hash = rows[0]?.hash;
    if (hash === undefined) throw new Error(`There is no run ${run}.`);
    if (planHashes.size >= KEPT_HASHES) planHashes.clear();
    planHashes.set(run, hash);
  }
  return planOf(sql, hash);
}

/** Corrects what a running activity has not used yet: parameters by name, texts by node id. */
export async function overrideRun(
  sql: Sql,
  run: string,
  {
    params = {},
    texts = {},
  }: { readonly params?: JsonObject; readonly texts?: Readonly<Record<string, Text>> },
): Promise<void> {
  await sql.query(
    `update run set param_overrides = param_overrides || $2::jsonb, text_overrides = text_overrides || $3::jsonb
     where id = $1`,
    [run, JSON.stringify(params), JSON.stringify(texts)],
  );
}

/** Moves a run to a status, unless it is over already. */
export async function setRunStatus(
  sql: Sql,
  run: string,
  {
    status,
    reason,
    at,
    now,
  }: { readonly status: RunStatus; readonly reason?: string; readonly at: Instant; readonly now: Instant },
): Promise<void> {
  const over = status === 'completed' || status === 'cancelled' || status === 'failed';
  await sql.query(
    `update run set status = $2::run_status,
       status_reason = case $2 when 'running' then null else coalesce($3, status_reason) end,
       ended_at = case when $4 then instant_of($5) end, finished_at = case when $4 then instant_of($6) end
     where id = $1 and status not in ('completed', 'cancelled', 'failed')
       and not (status = 'stopping' and $2::run_status in ('running', 'paused', 'stopping'))`,
    [run, status, reason ?? null, over, at, now],
  );
}
