// The workers of one process: workflows with their turns, bulk effects, effects that a person waits for, and the sweeper.
// Not the process itself: see worker.ts. Tests and benchmarks start the same crew.
import {
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type LogEntry,
  type RuntimeOptions,
  type WorkerOptions,
} from '@temporalio/worker';
import { activities, type Reach } from './activities.ts';
import { adapters } from './channels/index.ts';
import type { Means } from './compute/may-start.ts';
import { Threads } from './compute/pool.ts';
import { planCodec } from './codec.ts';
import { writeLog } from './log.ts';
import { queuesOf, TASK_QUEUE, type FiringActivities } from './contract.ts';
import { launchScheduled } from './schedules.ts';
import { openStore, type Store } from './store/client.ts';
import { startSweeping } from './sweep.ts';
import { startTelling } from './staff.ts';
import { startLaunching } from './triggers.ts';
import { connectionOptions, openTemporal, type Temporal, type TemporalAddress } from './temporal.ts';

/** What a crew needs. */
export interface CrewOptions extends Reach {
  readonly temporal: TemporalAddress;
  readonly databaseUrl: string;
  readonly bundle: { readonly codePath: string };
  readonly taskQueue?: string;
  /** Workflows kept in memory; 0 replays each from its history at every task, which finds non-determinism. */
  readonly cached?: number;
  readonly sweepMs?: number;
}

/** Workers at work. */
export interface Crew {
  readonly store: Store;
  readonly temporal: Temporal;
  /** Fails when a worker cannot go on; the process should then end and be started again. */
  readonly over: Promise<void>;
  /** Takes no new work, lets what is under way finish, closes everything. */
  stop(): Promise<void>;
}

/** Cached workflows: each costs about 100 kB while idle, and a campaign wakes every few minutes at most. */
const CACHED = 200;
/** More threads made it slower on two cores, and each holds a copy of the bundle. */
const THREADS = 2;
const CONNECTIONS = 8;
/** No activity is waited for longer than that: see workflows/drive.ts. */
const LONGEST_MS = 10 * 60_000;

/** Starts the workers; returns when all of them poll. */
export async function startCrew(options: CrewOptions): Promise<Crew> {
  installRuntime();
  const taskQueue = options.taskQueue ?? TASK_QUEUE;
  const queues = queuesOf(taskQueue);
  const store = openStore(options.databaseUrl, CONNECTIONS, LONGEST_MS);
  const temporal = openTemporal(options.temporal, taskQueue);
  const connection = await NativeConnection.connect(connectionOptions(options.temporal));
  const threads = new Threads({ threads: 1 });
  const { keyring, isReachable } = options;
  const means: Means = { keyring, isReachable, threads };
  const work = activities(store, temporal, { ...options, threads });
  const firing: FiringActivities = {
    launchScheduled: (fired) => launchScheduled(store, temporal, fired, means),
  };
  const common = {
    connection,
    namespace: options.temporal.namespace,
    shutdownGraceTime: '10 seconds',
    // A worker that was killed is missed by the tasks that were to come to it.
    stickyQueueScheduleToStartTimeout: '5 seconds',
  } satisfies Omit<WorkerOptions, 'taskQueue'>;
  const workers = await Promise.all([
    createWorker({
      ...common,
      taskQueue: queues.workflows,
      workflowBundle: options.bundle,
      activities: { turn: work.turn, checkpoint: work.checkpoint, ...firing },
      dataConverter: { payloadCodecs: [planCodec((hash) => planBytes(store, hash))] },
      maxCachedWorkflows: options.cached ?? CACHED,
      workflowThreadPoolSize: THREADS,
      // A shard that does not replay ends, and the sweeper restarts it from its last state.
      workflowFailureErrorTypes: { '*': ['NondeterminismError'] },
    }),
    createWorker({ ...common, taskQueue: queues.bulk, activities: { perform: work.perform } }),
    createWorker({ ...common, taskQueue: queues.interactive, activities: { perform: work.perform } }),
  ]);
  const running = workers.map((worker) => worker.run());
  const sweeper = startSweeping(store, temporal, options.sweepMs);
  const launching = startLaunching(store, temporal, { means });
  const telling = startTelling({
    store,
    clock: Date.now,
    adapters: options.adapters ?? adapters,
    keyring,
    allowPrivateAddresses: options.allowPrivateAddresses ?? false,
    publicUrl: options.publicUrl ?? '',
  });
  const over = Promise.all(running).then(() => {});
  return {
    store,
    temporal,
    over,
    async stop() {
      await Promise.all([sweeper.stop(), launching.stop(), telling.stop()]);
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await over.catch(() => {});
      await threads.close();
      await connection.close();
      await temporal.close();
      await store.close();
    },
  };
}

let isInstalled = false;

/** Once a process, before anything else of the SDK. Signals are the process's own affair. */
export function installRuntime(options: RuntimeOptions = {}): void {
  if (isInstalled) return;
  isInstalled = true;
  Runtime.install({ logger: new DefaultLogger('WARN', log), shutdownSignals: [], ...options });
}

/** Two of our workers take no workflows, and that is no news. */
function log({ level, timestampNanos, message, meta }: LogEntry): void {
  if (message.startsWith('No workflows registered')) return;
  const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const line = { at, level, message, ...meta };
  const plain = (_key: string, value: unknown): unknown =>
    value instanceof Error ? value.message : typeof value === 'bigint' ? Number(value) : value;
  writeLog(JSON.stringify(line, plain));
}

/** A namespace that was just registered takes a moment to reach every cache of the server. */
async function createWorker(options: WorkerOptions): Promise<Worker> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await Worker.create(options);
    } catch (error) {
      if (attempt === 60) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function planBytes({ pool }: Store, hash: string): Promise<Uint8Array> {
  const { rows } = await pool.query<{ bytes: Buffer }>('select bytes from plan where hash = $1 limit 1', [
    hash,
  ]);
  if (rows[0] === undefined) throw new Error(`There is no plan ${hash} in the database.`);
  return rows[0].bytes;
}
