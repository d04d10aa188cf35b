// What the worker's half of an effect is: it gathers the facts of a batch, asks the pure decision, and acts.
// Not the ledger: perform.ts writes it, in the same transaction as whatever an effect writes.
import type { Answer } from '../../engine/effect.ts';
import type { Instant } from '../../engine/instant.ts';
import type { PlanNode } from '../../engine/plan.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import type { Means } from '../compute/may-start.ts';
import type { Adapter } from '../channels/channel.ts';
import type { Sql, Store } from '../store/client.ts';
import type { Nudge } from '../store/inbox.ts';
import type { Keyring } from '../store/keyring.ts';
import type { LinkOffice } from '../store/link.ts';
import type { RunFacts } from '../store/run.ts';

/** What effects need of their process. */
export interface Deps {
  readonly store: Store;
  /** The time on the wall. */
  readonly clock: () => Instant;
  /** Webhooks may reach private addresses; for installations whose systems live there, and for tests. */
  readonly allowPrivateAddresses: boolean;
  /** Starts the workflow of a run that an effect has launched. Called after the commit; may be repeated. */
  readonly startRun: (run: string) => Promise<void>;
  /** The providers by channel kind. */
  readonly adapters: Readonly<Record<string, Adapter>>;
  /** Opens the secrets of channel accounts; undefined where the installation has no key. */
  readonly keyring: Keyring | undefined;
  /** Makes the links of members; undefined where the installation has no key. */
  readonly links?: LinkOffice | undefined;
  /** What is needed to decide whether another playbook may begin. */
  readonly starting?: Means | undefined;
  /** Aborted when the process is to end: long work stops at the next safe place. */
  readonly stopping?: AbortSignal | undefined;
  /** The same for further shards of a run. */
  readonly startShards: (run: string, shards: readonly number[]) => Promise<void>;
}

/** The visits of one node that call one effect. Invariant: sorted by ordinal and lap. */
export interface Batch {
  readonly deps: Deps;
  readonly run: RunFacts;
  /** Index of the node in the plan. */
  readonly node: number;
  readonly planNode: PlanNode;
  readonly effect: string;
  readonly visits: readonly CallVisit[];
  /** The time on the wall, for what is recorded. */
  readonly wall: Instant;
  /** Shards of which the workflow must hear once the transaction is committed. */
  readonly nudges: Nudge[];
  /** What else waits for the commit. */
  readonly afterwards: (() => Promise<void>)[];
}

/** One visit's answer: a code of the effect, or a universal one. */
export type Answered = Answer;

/** An effect within the database: `work` does everything in the transaction of its ledger rows. Answers per visit. */
export interface InternalWork {
  readonly kind: 'internal';
  /** It looks at what the run has passed so far, so that must have been written before. */
  readonly readsTrace: boolean;
  readonly work: (sql: Sql, batch: Batch) => Promise<readonly Answered[]>;
}

/**
 * An effect on somebody else's system. `prepare` makes the request of each visit, or its answer where none is needed;
 * what is `intended` is committed before `request` runs; one visit's failure is its own.
 */
export interface ExternalWork<Request = unknown> {
  readonly kind: 'external';
  readonly prepare: (
    sql: Sql,
    batch: Batch,
  ) => Promise<readonly (Answered | { readonly request: Request })[]>;
  /** Never throws: what went out and did not come back is `doubt`. `key` is the same at every attempt. */
  readonly request: (deps: Deps, request: Request, key: string) => Promise<Answered>;
}

/**
 * An effect that keeps its own account of what it has begun. `prepare` answers those visits that need nothing outside, in
 * the transaction of their ledger rows; `proceed` sees to the `open` ones in transactions of its own. It may be stopped
 * and repeated at any point, also by another worker at the same time, and does nothing twice.
 */
export interface StagedWork {
  readonly kind: 'staged';
  readonly prepare: (sql: Sql, batch: Batch) => Promise<readonly (Answered | 'open')[]>;
  /** `halt`: the run is paused, so go on later, or it is over. */
  readonly proceed: (batch: Batch) => Promise<readonly Answered[] | { readonly halt: 'held' | 'over' }>;
}

/** The worker's half of an effect. */
export type Work = InternalWork | ExternalWork | StagedWork;

/** Defines an effect that keeps its own account. */
export const staged = (work: Omit<StagedWork, 'kind'>): Work => ({ kind: 'staged', ...work });

/** Defines an effect on somebody else's system; keeps the type of its requests to itself. */
export const external = <Request>(work: Omit<ExternalWork<Request>, 'kind'>): Work =>
  ({ kind: 'external', ...work }) as unknown as Work;

/** Defines an effect within the database. */
export const internal = (
  work: InternalWork['work'],
  { readsTrace = false }: { readonly readsTrace?: boolean } = {},
): Work => ({ kind: 'internal', readsTrace, work });

/** The place of an effect among the visits, for people and for keys: node id, ordinal, lap. */
export const visitName = ({ planNode }: Pick<Batch, 'planNode'>, { ordinal, lap }: CallVisit): string =>
  `${planNode.id}/${ordinal}/${lap}`;
