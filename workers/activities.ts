// What a shard's workflow has done outside: its turns, its bulk effects, its checkpoints, each by the functions of the store.
// Not what they do: see store/ and effects/. Here it is put together and given to Temporal.
import { Context } from '@temporalio/activity';
import { launch, nudge } from './client.ts';
import {
  packResult,
  packTurned,
  unpackVisits,
  type CheckpointAt,
  type Perform,
  type ShardActivities,
  type Turn,
} from './contract.ts';
import { perform } from './effects/perform.ts';
import type { Deps } from './effects/work.ts';
import { keepCheckpoint } from './store/checkpoint.ts';
import type { Store } from './store/client.ts';
import { drain } from './store/drain.ts';
import type { Nudge } from './store/inbox.ts';
import { runOf } from './store/run.ts';
import { settle } from './store/settle.ts';
import type { Temporal } from './temporal.ts';

/** Well inside the heartbeat timeout, after which a killed worker is missed. */
const HEARTBEAT_MS = 2_000;

/** What effects may reach besides the database. */
export interface Reach {
  /** Webhooks to private addresses, for installations whose systems live there. */
  readonly allowPrivateAddresses?: boolean;
}

/** The activities of a shard, on one database. */
export function activities(store: Store, temporal: Temporal, reach: Reach = {}): ShardActivities {
  const deps: Deps = {
    store,
    clock: Date.now,
    allowPrivateAddresses: reach.allowPrivateAddresses ?? false,
    startRun: (run) => startRun(store, temporal, run),
  };
  return {
    turn: (turn) => takeTurn(deps, temporal, turn),
    perform: (call, visits) => performChunk(deps, temporal, call, visits),
    checkpoint: ({ run, shard, ...at }: CheckpointAt, state: Uint8Array) =>
      keepCheckpoint(store.pool, { run, shard }, { ...at, state }),
  };
}

async function takeTurn(deps: Deps, temporal: Temporal, turn: Turn): Promise<Uint8Array> {
  const { store, clock } = deps;
  const { run, shard, advance, now, until, cursor, settle: settlement, calls } = turn;
  const nudges: Nudge[] = [];
  if (settlement !== null) {
    const request = { run, shard, advance, now, wall: clock(), settlement, drain: { cursor, until } };
    nudges.push(...(await settle(store, request)));
  }
  const performed = calls.length === 0 ? undefined : await perform(deps, { run, calls });
  nudges.push(...(performed?.nudges ?? []));
  const drained = await drain(store, { run, shard }, { cursor, now: until });
  nudges.push(...drained.nudges);
  // The shard itself has just read its inbox.
  await nudge(
    temporal,
    nudges.filter((other) => other.run !== run || other.shard !== shard),
  );
  return packTurned({ ...drained, results: performed?.results ?? [] });
}

async function performChunk(
  deps: Deps,
  temporal: Temporal,
  { run, ...call }: Perform,
  visits: Uint8Array,
): Promise<Uint8Array> {
  const context = Context.current();
  const beating = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    const { results, nudges } = await perform(deps, {
      run,
      calls: [{ ...call, batch: 0, visits: unpackVisits(visits) }],
    });
    await nudge(temporal, nudges);
    return packResult(results[0] ?? { codes: [] });
  } finally {
    clearInterval(beating);
  }
}

async function startRun(store: Store, temporal: Temporal, run: string): Promise<void> {
  const facts = await runOf(store.pool, run);
  if (facts !== undefined) await launch(temporal, facts);
}
