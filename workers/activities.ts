// What a shard's workflow has done outside: its turns, its bulk effects, its checkpoints, each by the functions of the store.
// Not what they do: see store/ and effects/. Here it is put together and given to Temporal.
import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { Adapter } from './channels/channel.ts';
import { adapters } from './channels/index.ts';
import { launch, nudge } from './client.ts';
import type { Means } from './compute/may-start.ts';
import type { CheckpointAt, Perform, Settlement, ShardActivities, Turn } from './contract.ts';
import { readsTrace } from './effects/index.ts';
import { perform, type Performed } from './effects/perform.ts';
import type { Deps } from './effects/work.ts';
import { packResult, packTurned, plain, unpackVisits } from './packed/payloads.ts';
import { unpackSettlement } from './packed/settlement.ts';
import { keepCheckpoint } from './store/checkpoint.ts';
import type { Store } from './store/client.ts';
import { drain, type Drained } from './store/drain.ts';
import type { Nudge } from './store/inbox.ts';
import type { Keyring } from './store/keyring.ts';
import { toldBefore, type ToldBefore } from './store/recall.ts';
import { leaveNow } from './store/run-end.ts';
import { officeOf } from './store/link.ts';
import { runOf } from './store/run.ts';
import { asksSomebody } from './store/task.ts';
import { isPlain, settle } from './store/settle.ts';
import type { Temporal } from './temporal.ts';

/** Well inside the heartbeat timeout, after which a killed worker is missed. */
const HEARTBEAT_MS = 2_000;

/** After so long, what a paused run holds looks whether it goes on. */
const HELD_MS = 3_000;

/** What effects may reach besides the database. */
export interface Reach {
  /** Webhooks to private addresses, for installations whose systems live there. */
  readonly allowPrivateAddresses?: boolean;
  /** Other providers than those that the product knows; for tests. */
  readonly adapters?: Readonly<Record<string, Adapter>> | undefined;
  /** Opens the secrets of channel accounts. */
  readonly keyring?: Keyring | undefined;
  /** Where the world reaches the pages of members. */
  readonly publicUrl?: string;
  /** It does reach them. */
  readonly isReachable?: boolean;
  /** Where rehearsals are done beside the process. */
  readonly threads?: Means['threads'];
}

/** The activities of a shard, on one database. */
export function activities(store: Store, temporal: Temporal, reach: Reach = {}): ShardActivities {
  const deps: Deps = {
    store,
    clock: Date.now,
    allowPrivateAddresses: reach.allowPrivateAddresses ?? false,
    startRun: (run) => startShards(store, temporal, { run, shards: [0] }),
    startShards: (run, shards) => startShards(store, temporal, { run, shards }),
    adapters: reach.adapters ?? adapters,
    keyring: reach.keyring,
    starting: { keyring: reach.keyring, isReachable: reach.isReachable, threads: reach.threads },
    links: reach.publicUrl === undefined ? undefined : officeOf(reach.keyring, reach.publicUrl),
  };
  return {
    turn: (turn, results, settlement, state) =>
      takeTurn(deps, temporal, turn, {
        results,
        settlement: settlement.length === 0 ? null : unpackSettlement(settlement),
        state,
      }),
    perform: (call, visits) => performChunk(deps, temporal, call, visits),
    checkpoint: ({ run, shard, ...at }: CheckpointAt, state: Uint8Array) =>
      keepCheckpoint(store.pool, { run, shard }, { ...at, state }),
  };
}

/** What comes with a turn as bytes. */
interface Brought {
  readonly results: Uint8Array;
  /** Null: nothing has changed, only drain. */
  readonly settlement: Settlement | null;
  readonly state: Uint8Array | undefined;
}

async function takeTurn(
  deps: Deps,
  temporal: Temporal,
  turn: Turn,
  { results, settlement, state }: Brought,
): Promise<Uint8Array> {
  const { run, shard, until, cursor } = turn;
  const overlap = await mayOverlap(deps, turn, settlement);
  const settling = settled(deps, turn, { results, settlement });
  if (!overlap) await settling;
  const [passed, performed] = await Promise.all([settling, performQuick(deps, turn)]);
  if (state !== undefined) {
    const { advance, now } = turn;
    await keepCheckpoint(deps.store.pool, { run, shard }, { now, cursor, advance, state });
  }
  const read = (from: number): Promise<Drained> =>
    drain(deps.store, { run, shard }, { cursor: from, now: until, rests: performed.results.length === 0 });
  let drained = await read(cursor);
  const before = await toldNext(deps, turn, drained);
  if (before !== undefined) {
    const { entries, results: told, ...at } = before;
    const others = [...passed, ...performed.nudges, ...drained.nudges];
    await nudge(
      deps.store,
      temporal,
      others.filter((other) => other.run !== run || other.shard !== shard),
    );
    const again = { now: at.now, reissued: at.reissued, results: told.map(plain) };
    return packTurned({ ...drained, entries, cursor: at.cursor, again, results: performed.results });
  }
  const left: Nudge[] = [];
  // What was due may have closed the last door, or let nobody in: the shard may leave only when nothing has come of it.
  if (turn.idle && drained.entries.length === 0 && !drained.more && !drained.over) {
    left.push(...drained.nudges, ...(await leaveNow(deps.store, { ...turn, wall: deps.clock() })));
    drained = await read(drained.cursor);
  }
  // The shard itself has just read its inbox.
  const others = [...passed, ...left, ...performed.nudges, ...drained.nudges].filter(
    (other) => other.run !== run || other.shard !== shard,
  );
  await nudge(deps.store, temporal, others);
  const rests = performed.results.length === 0 && drained.entries.length === 0 && !drained.more;
  const held = turn.fast && rests && (await asksSomebody(deps.store.pool, run));
  return packTurned({ ...drained, ...(held ? { held } : {}), results: performed.results });
}

// A worker that dies before its workflow task is done leaves advances settled of which the workflow will know nothing. It must
// not take in more with them the second time: that would never be settled.
async function toldNext(
  { store }: Deps,
  { run, shard, advance, cursor }: Turn,
  { settled, over }: Drained,
): Promise<ToldBefore | undefined> {
  if (over || settled <= advance) return undefined;
  return toldBefore(store.pool, { run, shard }, { advance: advance + 1, after: cursor });
}

async function settled(
  { store, clock }: Deps,
  turn: Turn,
  { results, settlement }: Pick<Brought, 'results' | 'settlement'>,
): Promise<Nudge[]> {
  const { run, shard, advance, now, until, cursor, reissued, standing } = turn;
  if (settlement === null) return [];
  const drain = { cursor, until };
  const told = { cursor, reissued, results };
  return settle(store, {
    run,
    shard,
    advance,
    now,
    wall: clock(),
    settlement,
    drain,
    told,
    counts: standing,
  });
}

const performQuick = (deps: Deps, { run, calls, until }: Turn): Promise<Performed> =>
  calls.length === 0
    ? Promise.resolve({ results: [], nudges: [], held: false })
    : perform(deps, { run, calls, issued: until });

/** Whether the calls may be performed while the settlement is being written: it concerns nobody but the trace. */
async function mayOverlap(
  { store }: Deps,
  { run, calls }: Turn,
  settlement: Settlement | null,
): Promise<boolean> {
  if (settlement === null) return true;
  return !calls.some(({ effect }) => readsTrace(effect)) && isPlain(store.pool, { run, settlement });
}

async function performChunk(
  deps: Deps,
  temporal: Temporal,
  { run, issued, ...call }: Perform,
  visits: Uint8Array,
): Promise<Uint8Array> {
  const context = Context.current();
  const beating = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    const { results, nudges, held } = await perform(
      { ...deps, stopping: context.cancellationSignal },
      {
        run,
        calls: [{ ...call, batch: 0, visits: unpackVisits(visits) }],
        ...(issued === undefined ? {} : { issued }),
      },
    );
    await nudge(deps.store, temporal, nudges);
    if (held) throw later('The rest waits.');
    return packResult(results[0] ?? { codes: [] });
  } finally {
    clearInterval(beating);
  }
}

/** Not a failure: the activity is tried again after a while, and goes on where it has stopped. */
const later = (message: string): ApplicationFailure =>
  ApplicationFailure.create({
    message,
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: HELD_MS,
  });

async function startShards(
  store: Store,
  temporal: Temporal,
  { run, shards }: { readonly run: string; readonly shards: readonly number[] },
): Promise<void> {
  const facts = await runOf(store.pool, run);
  if (facts !== undefined) await Promise.all(shards.map((shard) => launch(temporal, facts, { shard })));
}
