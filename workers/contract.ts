// What the workflow, its activities and the server say to each other: names, queues and shapes.
// No behaviour: the sandbox, the worker and the server all import it. How shapes become bytes stands in packed/.
import type { Instant } from '../engine/instant.ts';
import type { BatchResult, Call, Commands, Entry, VisitKey } from '../engine/run/protocol.ts';

// ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** The one workflow type. */
export const SHARD_WORKFLOW = 'shard';

/** What Temporal Schedules start: it launches a run and ends. */
export const FIRE_WORKFLOW = 'fire';

/** A workflow's id is the run's and the shard's: starting it twice is impossible. */
export const workflowId = (run: string, shard: number): string => `run-${run}/${shard}`;

/** The run and the shard of a workflow's id; undefined for one of another kind. */
export function shardOfId(id: string): { readonly run: string; readonly shard: number } | undefined {
  const [, run, shard] = /^run-([0-9a-f-]{36})\/(\d+)$/.exec(id) ?? [];
  return run === undefined ? undefined : { run, shard: Number(shard) };
}

/** The task queue of an installation's workflows, unless a test chooses its own. */
export const TASK_QUEUE = 'kindling';

/** The queues beside that of the workflows: work for thousands, and work that a person waits for. */
export const queuesOf = (workflows: string) =>
  ({ workflows, bulk: `${workflows}-bulk`, interactive: `${workflows}-interactive` }) as const;

/** Signal, without arguments: the inbox or the due table has something new. At most one is outstanding per shard. */
export const NUDGE = 'nudge';

/** Update, without arguments: reads the inbox now, answers with a {@link Summary} when that has been worked through. */
export const DRAIN = 'drain';

/** Query, without arguments: a {@link Summary}. */
export const SUMMARY = 'summary';

/** 1 for what a person waits for, 3 for campaigns, 5 for what moves thousands. */
export const PRIORITY = { person: 1, campaign: 3, bulk: 5 } as const;

// ── The workflow's arguments ────────────────────────────────────────────────────────────────────────────────────

/** First argument of {@link SHARD_WORKFLOW}; never changes during a run. */
export interface ShardInput {
  readonly run: string;
  readonly shard: number;
  /** Fairness key. */
  readonly team: number;
  readonly seed: number;
  /** Logical start of the run. */
  readonly start: Instant;
  /** Compressed time: the clock is logical and jumps to the next instant at which something is due. */
  readonly fast: boolean;
  /** Effects that always run as regular activities: bulk work and the network. All others are quick while few. */
  readonly bulk: readonly string[];
  /**
   * Regular activities that are under way at a time, at most: {@link IN_FLIGHT}, whatever it was when the run began.
   * Absent in runs from before it was held, which go on without.
   */
  readonly inFlight?: number;
  /** Events after which it continues as new; tests lower it. */
  readonly maxEvents?: number;
}

/**
 * Regular activities of a shard at a time: one batch of all its 10,000 subjects. Each completion counts twice towards the 100
 * events that Temporal lets wait for a workflow task, and beyond these it throws the task away.
 */
export const IN_FLIGHT = 10;

/**
 * Second argument: stands for a plan and is all that a history ever holds of it.
 * The worker's payload codec puts the plan itself in its place before the workflow sees it.
 */
export interface PlanRef {
  readonly $plan: string;
}

/** Third argument, after a continue-as-new or a restore from a checkpoint; the fourth is the packed state itself. */
export interface Carried {
  readonly now: Instant;
  readonly cursor: number;
  readonly advance: number;
  /** Came back before the continue-as-new, and is still to be told to the interpreter. */
  readonly results: readonly PlainResult[];
  /**
   * Calls that were under way have lost their answers and go out again: so it is after a restore.
   * Absent in what older builds have left behind: they told the results before they had read the inbox.
   */
  readonly reissue?: boolean;
  /** Visits that were abandoned while their calls were under way: what these have opened is still to be closed. */
  readonly dropped?: readonly VisitKey[];
}

/** A {@link BatchResult} as JSON. */
export interface PlainResult {
  readonly batch: number;
  readonly codes: readonly number[];
  readonly untils?: readonly number[];
}

/** Where a shard stands. */
export interface Summary {
  readonly now: Instant;
  /** The last inbox entry it has taken in. */
  readonly cursor: number;
  readonly advance: number;
  readonly wake: Instant | null;
  /** Regular activities under way. */
  readonly inFlight: number;
  readonly done: boolean;
  /** Why it does not get on at the moment: the database does not answer, or an effect throws. */
  readonly trouble: string | null;
}

// ── Activities ──────────────────────────────────────────────────────────────────────────────────────────────────

/** The activities of a shard. `turn` and `checkpoint` are local, `perform` is a regular one. */
export interface ShardActivities {
  /**
   * Settles what the last advance decided, performs its quick calls, then drains the inbox: one marker per advance.
   * `results` (packed) are those that the advance was told; `settlement` is packed too, and empty when nothing has changed;
   * `state` is given after a continue-as-new, and kept.
   * Answers with a packed {@link Turned}. Repeating it with the same `advance` changes nothing.
   */
  readonly turn: (
    input: Turn,
    results: Uint8Array,
    settlement: Uint8Array,
    state?: Uint8Array,
  ) => Promise<Uint8Array>;
  /** Performs one effect for a chunk of visits (`packVisits`); answers with `packResult`, of nobody when the run is over. */
  readonly perform: (input: Perform, visits: Uint8Array) => Promise<Uint8Array>;
  /** Keeps the packed state, so that the run can go on from PostgreSQL alone. */
  readonly checkpoint: (input: CheckpointAt, state: Uint8Array) => Promise<void>;
}

/** The activity of {@link FIRE_WORKFLOW}. */
export interface FiringActivities {
  readonly launchScheduled: (firing: Firing) => Promise<void>;
}

/** A schedule (its id) and the instant at which it was to fire. */
export interface Firing {
  readonly schedule: string;
  readonly at: Instant;
}

/** What one advance wants of the database; the lists of {@link Commands}. Packed: see packed/settlement.ts. */
export type Settlement = Pick<
  Commands,
  'passed' | 'listens' | 'dropped' | 'stuck' | 'ended' | 'wake' | 'done'
>;

/** Input of `turn`. */
export interface Turn {
  readonly run: string;
  readonly shard: number;
  /** Counts the advances of the shard, through every continue-as-new. */
  readonly advance: number;
  /** Logical time of that advance. */
  readonly now: Instant;
  /** The drain hands over what was recorded or is due until then; later entries get a later instant. */
  readonly until: Instant;
  readonly fast: boolean;
  /** The last inbox entry that the workflow has taken in: the drain hands over later ones. */
  readonly cursor: number;
  /** Live tokens by node index after that advance. */
  readonly standing: Readonly<Record<number, number>>;
  /** In that advance, calls that were under way went out again. */
  readonly reissued: boolean;
  /** Nobody moves or waits in it: it ends with this turn, unless somebody may still enter. */
  readonly idle: boolean;
  /** Calls to perform at once, of few visits each. */
  readonly calls: readonly Call[];
}

/** What a turn brings back. */
export interface Turned {
  /** In the order of their sequence numbers. */
  readonly entries: readonly Entry[];
  /** The sequence number of the last entry, or the cursor that was given. */
  readonly cursor: number;
  /** Everything recorded up to here has been handed over, unless there is `more`; nothing may wake beyond it. */
  readonly horizon: Instant;
  /** When the next row of the due table is due. */
  readonly due: Instant | null;
  /** The page was full: drain again at once. */
  readonly more: boolean;
  /** A person is asked, so compressed time stands still. */
  readonly held?: boolean;
  /**
   * The next advance is settled already: its workflow task was begun once before and lost with its worker. It is told the same
   * again, `entries` and `cursor` included; what has come since waits for the advance after it.
   */
  readonly again?: {
    readonly now: Instant;
    readonly reissued: boolean;
    readonly results: readonly PlainResult[];
  };
  /** The database has let go of the shard: it ends. Absent in histories from before shards could stay. */
  readonly over?: boolean;
  /** The answers to the quick calls, in their order; none when the run is over. */
  readonly results: readonly BatchResult[];
}

/** Input of `perform`. */
export interface Perform {
  readonly run: string;
  readonly node: number;
  readonly effect: string;
  readonly stage: number;
  /** The time on the wall when it was issued: in a real run, what is performed long after counts from later. */
  readonly issued?: Instant;
}

/** Input of `checkpoint`. */
export interface CheckpointAt {
  readonly run: string;
  readonly shard: number;
  readonly advance: number;
  readonly now: Instant;
  readonly cursor: number;
}
