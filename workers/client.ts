// What server and workers say to the workflows of runs: begin, look into your inbox, where do you stand, go on from PostgreSQL.
// It validates nothing and writes no inbox: that is done before, in one transaction, by whoever calls this after the commit.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { effects } from '../engine/effects/index.ts';
import type { Instant } from '../engine/instant.ts';
import type { Plan } from '../engine/plan.ts';
import {
  DRAIN,
  IN_FLIGHT,
  NUDGE,
  PRIORITY,
  SHARD_WORKFLOW,
  SUMMARY,
  shardOfId,
  workflowId,
  type Carried,
  type PlanRef,
  type ShardInput,
  type Summary,
} from './contract.ts';
import type { Checkpoint } from './store/checkpoint.ts';
import type { Store } from './store/client.ts';
import type { Nudge, ShardAddress } from './store/inbox.ts';
import { recall } from './store/recall.ts';
import { runOf, type RunFacts } from './store/run.ts';
import type { Temporal } from './temporal.ts';

/** What a run needs to begin; a row of the database, see store/run.ts. */
export type Launched = Pick<RunFacts, 'id' | 'team' | 'seed' | 'startAt' | 'mode' | 'plan'>;

/** Says that a compressed run cannot be had from this Temporal server. */
export class CannotSkipTime extends Error {
  readonly says = {
    zh: '这个 Temporal 服务器不能快进时间：压缩运行需要 1.32 或更新的版本，并打开 frontend.WorkflowTimeSkippingEnabled。',
    en: 'This Temporal server cannot skip time: a compressed run needs version 1.32 or newer with frontend.WorkflowTimeSkippingEnabled switched on.',
  };
  constructor() {
    super('This Temporal server cannot skip time.');
    this.name = 'CannotSkipTime';
  }
}

/**
 * Begins the workflow of a run's shard. Beginning it again changes nothing; a closed one stays closed.
 * With `from`, a shard whose workflow failed or was lost with Temporal's data goes on from its checkpoint.
 * @throws {CannotSkipTime} for a compressed run on a server that cannot.
 */
export async function launch(
  temporal: Temporal,
  run: Launched,
  { shard = 0, from, maxEvents }: { shard?: number; from?: Checkpoint | 'start'; maxEvents?: number } = {},
): Promise<void> {
  const fast = run.mode === 'fast';
  if (fast && !(await temporal.canSkip())) throw new CannotSkipTime();
  const input: ShardInput = {
    run: run.id,
    shard,
    team: run.team,
    seed: run.seed,
    start: run.startAt,
    fast,
    bulk: bulkEffects(run.plan),
    inFlight: IN_FLIGHT,
    ...(maxEvents === undefined ? {} : { maxEvents }),
  };
  const client = fast ? temporal.skipping : temporal.client.workflow;
  try {
    await client.start(SHARD_WORKFLOW, {
      workflowId: workflowId(run.id, shard),
      taskQueue: temporal.taskQueue,
      args: [input, { $plan: run.plan.hash } satisfies PlanRef, ...carriedArgs(from)],
      workflowIdReusePolicy: from === undefined ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      priority: { priorityKey: PRIORITY.campaign, fairnessKey: String(run.team) },
      memo: { playbook: run.plan.playbook },
      staticSummary: Object.values(run.plan.title)[0] ?? run.plan.playbook,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/**
 * Tells shards that their inbox has something new, and begins those that are new themselves. One that is over, or that
 * somebody else begins, needs no telling.
 */
export async function nudge(
  { pool }: Pick<Store, 'pool'>,
  temporal: Temporal,
  shards: readonly Nudge[],
): Promise<void> {
  await Promise.all(
    shards.map(async ({ run, shard, isNew = false }) => {
      if (isNew) {
        const facts = await runOf(pool, run);
        if (facts !== undefined) await launch(temporal, facts, { shard });
        return;
      }
      try {
        await handleOf(temporal, { run, shard }).signal(NUDGE);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    }),
  );
}

/** Has a shard work through its inbox now, and says where it then stands; undefined when it is over. */
export async function drainNow(temporal: Temporal, shard: ShardAddress): Promise<Summary | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await handleOf(temporal, shard).executeUpdate<Summary, []>(DRAIN);
    } catch (error) {
      // Not found: it had ended before, or this very drain was its last.
      if (error instanceof WorkflowNotFoundError) return undefined;
      if (attempt === ATTEMPTS || !isNotReady(error)) throw error;
      await sleep(attempt * 100);
    }
  }
}

const ATTEMPTS = 5;
/** As gRPC numbers it. */
const FAILED_PRECONDITION = 9;

// A workflow task that fails (a nudge came in while it was ending, say) takes along the updates that it had brought.
const isNotReady = (error: unknown): boolean => {
  const { cause } = error as { readonly cause?: unknown };
  return isGrpcServiceError(cause) && Number(cause.code) === FAILED_PRECONDITION;
};

/** Where a shard stands. */
export const summaryOf = (temporal: Temporal, shard: ShardAddress): Promise<Summary> =>
  handleOf(temporal, shard).query<Summary>(SUMMARY);

/** What Temporal says about a shard's workflow: `lost` when it knows nothing of it. */
export async function stateOf(
  temporal: Temporal,
  shard: ShardAddress,
): Promise<'running' | 'completed' | 'failed' | 'lost'> {
  try {
    const { status } = await handleOf(temporal, shard).describe();
    if (status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW' || status.name === 'PAUSED') {
      return 'running';
    }
    return status.name === 'COMPLETED' ? 'completed' : 'failed';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'lost';
    throw error;
  }
}

/**
 * Shards whose workflow was ended since an instant by something else than its own end: a replay that failed, somebody in
 * Temporal. Of those of this installation only they are worth asking about, and of these none that goes on already.
 */
export async function fallen(temporal: Temporal, since: Instant): Promise<ShardAddress[]> {
  const query = [
    `WorkflowType = '${SHARD_WORKFLOW}'`,
    `TaskQueue = '${temporal.taskQueue}'`,
    `ExecutionStatus IN ('Failed', 'Terminated', 'Canceled', 'TimedOut')`,
    `CloseTime > '${new Date(since).toISOString()}'`,
  ].join(' AND ');
  const ids = new Set<string>();
  for await (const { workflowId: id } of temporal.client.workflow.list({ query })) ids.add(id);
  const shards = [...ids].flatMap((id) => shardOfId(id) ?? []);
  const states = await Promise.all(shards.map((shard) => stateOf(temporal, shard)));
  return shards.filter((_, index) => states[index] !== 'running');
}

/**
 * Has a shard go on from what PostgreSQL knows when its workflow has failed or Temporal has lost it.
 * One that runs is told to look into its inbox; one that has ended stays so.
 */
export async function recover(
  store: Store,
  temporal: Temporal,
  { run: id, shard }: ShardAddress,
): Promise<'running' | 'completed' | 'recovered'> {
  const state = await stateOf(temporal, { run: id, shard });
  if (state === 'completed') return state;
  if (state === 'running') {
    await nudge(store, temporal, [{ run: id, shard }]);
    return state;
  }
  const run = await runOf(store.pool, id);
  if (run === undefined) throw new Error(`There is no run ${id}.`);
  const from = (await recall(store.pool, run, shard)) ?? 'start';
  await launch(temporal, run, { shard, from });
  return 'recovered';
}

const handleOf = (temporal: Temporal, { run, shard }: ShardAddress) =>
  temporal.client.workflow.getHandle(workflowId(run, shard));

function carriedArgs(from: Checkpoint | 'start' | undefined): [] | [Carried, Uint8Array] {
  if (from === undefined || from === 'start') return [];
  const { state, ...carried } = from;
  return [{ ...carried, results: [], reissue: true }, state];
}

/** The effects of a plan that are never performed inside a workflow task: bulk work, and all that leaves the database. */
function bulkEffects(plan: Plan): string[] {
  const isBulk = new Set<string>(
    Object.values(effects).flatMap(({ name, cost }) => (cost === 'bulk' ? [name] : [])),
  );
  return Object.keys(plan.effects).filter((name) => isBulk.has(name));
}
