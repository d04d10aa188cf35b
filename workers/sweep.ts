// Looks after shards that nobody looks after: entries whose nudge was lost, wake-ups that did not happen, workflows that are gone.
// A safety net, not a path: in a healthy installation it finds nothing. What has come to its end (source ids, tags) goes too.
// Its one regular duty: it nudges the shards whose members do not mind waiting, for all that has been saved up for them.
import { setTimeout as sleep } from 'node:timers/promises';
import { HOUR } from '../engine/instant.ts';
import { fallen, nudge, recover } from './client.ts';
import { openOf, overdue } from './store/checkpoint.ts';
import type { Store } from './store/client.ts';
import { forgetSeen } from './store/event.ts';
import { forgetInboxes, leftBehind, savedUp } from './store/inbox.ts';
import { staying } from './store/run-end.ts';
import { sweepImports } from './store/imports.ts';
import { expireTags } from './store/tags.ts';
import type { Temporal } from './temporal.ts';

/** A running sweeper. */
export interface Sweeper {
  stop(): Promise<void>;
}

const PAUSE_MS = 5_000;
/** An entry or a wake-up that is so late did not merely take its time. */
const PATIENCE_MS = 5_000;
/** Temporal is asked which workflows have fallen once in so many rounds. */
const ASKS_EVERY = 12;
/** Those that fell longer ago have been found, or nobody was there to look: then `kindling recover` does. */
const FALLEN_WITHIN_MS = HOUR;

/** Sweeps every few seconds until it is stopped. */
export function startSweeping(store: Store, temporal: Temporal, pauseMs = PAUSE_MS): Sweeper {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    for (let [tidied, round] = [0, 0]; !stopping.signal.aborted; round += 1) {
      // Database or Temporal may be away; the next round comes soon enough.
      await sweep(store, temporal, Date.now()).catch(() => {});
      if (round % ASKS_EVERY === 0) await raise(store, temporal, Date.now()).catch(() => {});
      if (Date.now() - tidied >= HOUR) {
        tidied = Date.now();
        await forgetInboxes(store.pool, tidied).catch(() => {});
      }
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

/**
 * Shards whose workflow has fallen go on at once. Without it one that waits for nothing but an answer, or for days, would be
 * found only when something else concerns it.
 */
async function raise(store: Store, temporal: Temporal, now: number): Promise<void> {
  const open = await openOf(store.pool, await fallen(temporal, now - FALLEN_WITHIN_MS));
  for (const shard of open) await recover(store, temporal, shard).catch(() => {});
}

/** One round, as of `now` on the wall. */
export async function sweep(store: Store, temporal: Temporal, now: number): Promise<void> {
  const before = now - PATIENCE_MS;
  const { pool } = store;
  // Rather a little before it is due than after the next round.
  await nudge(store, temporal, await savedUp(pool, now + PAUSE_MS));
  const shards = [
    ...(await leftBehind(pool, before)),
    ...(await overdue(pool, before)),
    ...(await staying(pool)),
  ];
  const distinct = new Map(shards.map((shard) => [`${shard.run}/${shard.shard}`, shard]));
  for (const shard of distinct.values()) {
    // One that cannot be revived (a compressed run on a server that cannot skip time) must not keep the others waiting.
    await recover(store, temporal, shard).catch(() => {});
  }
  await forgetSeen(store.pool, now);
  await expireTags(store.pool, now);
  await sweepImports(store.pool, now);
}
