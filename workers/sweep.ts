// Looks after shards that nobody looks after: entries whose nudge was lost, wake-ups that did not happen, workflows that are gone.
// A safety net, not a path: in a healthy installation it finds nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { launch, nudge, stateOf } from './client.ts';
import { checkpointOf, overdue } from './store/checkpoint.ts';
import type { Store } from './store/client.ts';
import { forgetSeen } from './store/event.ts';
import { leftBehind, type ShardAddress } from './store/inbox.ts';
import { runOf } from './store/run.ts';
import type { Temporal } from './temporal.ts';

/** A running sweeper. */
export interface Sweeper {
  stop(): Promise<void>;
}

const PAUSE_MS = 5_000;
/** An entry or a wake-up that is so late did not merely take its time. */
const PATIENCE_MS = 5_000;

/** Sweeps every few seconds until it is stopped. */
export function startSweeping(store: Store, temporal: Temporal, pauseMs = PAUSE_MS): Sweeper {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // Database or Temporal may be away; the next round comes soon enough.
      await sweep(store, temporal, Date.now()).catch(() => {});
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const over = loop();
  return {
    async stop() {
      stopping.abort();
      await over;
    },
  };
}

/** One round, as of `now` on the wall. */
export async function sweep(store: Store, temporal: Temporal, now: number): Promise<void> {
  const before = now - PATIENCE_MS;
  const shards = [...(await leftBehind(store.pool, before)), ...(await overdue(store.pool, before))];
  const distinct = new Map(shards.map((shard) => [`${shard.run}/${shard.shard}`, shard]));
  for (const shard of distinct.values()) {
    // One that cannot be revived (a compressed run on a server that cannot skip time) must not keep the others waiting.
    await revive(store, temporal, shard).catch(() => {});
  }
  await forgetSeen(store.pool, now);
}

/** Nudges a shard that should have moved; when its workflow is gone, begins it anew from what PostgreSQL knows. */
async function revive(store: Store, temporal: Temporal, shard: ShardAddress): Promise<void> {
  const state = await stateOf(temporal, shard);
  if (state === 'running') return nudge(temporal, [shard]);
  if (state === 'completed') return;
  const run = await runOf(store.pool, shard.run);
  if (run === undefined) return;
  const from = (await checkpointOf(store.pool, shard)) ?? 'start';
  await launch(temporal, run, { shard: shard.shard, from });
}
