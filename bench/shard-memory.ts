// What a shard of 10,000 waiting members takes of a worker's memory: ten of them wait, and everything is collected that is not held.
// The workflows run in this thread for that (TEMPORAL_DEBUG), because nobody outside can have another thread collect.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Figure } from './figure.ts';
import { progress, rounded, Stand } from './stand.ts';
import { waiting } from './waiting.ts';

const SHARDS = Number(process.env['SHARD_MEMORY_SHARDS'] ?? 10);
const SHARD_SIZE = 10_000;
const MOST_MB = 2;

/** Held before and after a hundred thousand members have come to wait. */
export async function bench(): Promise<Figure> {
  const inThreads = process.env['TEMPORAL_DEBUG'];
  process.env['TEMPORAL_DEBUG'] = '1';
  const stand = await Stand.start('bench-shard-memory');
  try {
    progress('a shard to warm up with');
    await wait(stand, SHARD_SIZE);
    const before = held();
    progress(`${SHARDS} shards of ${SHARD_SIZE} members`);
    await wait(stand, SHARDS * SHARD_SIZE);
    const after = held();
    const mb = (after.bytes - before.bytes) / SHARDS / 2 ** 20;
    const resident = (after.resident - before.resident) / SHARDS / 2 ** 20;
    return {
      name: 'shard-memory',
      value: rounded(mb),
      unit: `MB held by a worker for a shard of ${SHARD_SIZE} waiting members (heap and buffers after collecting, ${SHARDS} shards beside none); the process itself grew by ${rounded(resident)} MB a shard, garbage and the SDK's own included`,
      reference: null,
      ratio: null,
      goal: `< ${MOST_MB}`,
      ok: mb < MOST_MB,
    };
  } finally {
    if (inThreads === undefined) delete process.env['TEMPORAL_DEBUG'];
    else process.env['TEMPORAL_DEBUG'] = inThreads;
    await stand.stop();
  }
}

async function wait(stand: Stand, members: number): Promise<void> {
  const { stage } = stand;
  const run = await stand.prepare(waiting, { ...(await stand.members(members)), startAt: Date.now() });
  await stage.begin(run);
  const listening = () => stage.count('listener where run_id = $1 and live', run);
  await stage.until('everybody waits', async () => (await listening()) === members, 600_000);
  // Written down at the first rest: whatever came before has been worked through.
  const rested = () => stage.count('shard_checkpoint where run_id = $1', run);
  await stage.until('every shard rests', async () => (await rested()) >= members / SHARD_SIZE, 600_000);
}

function held(): { readonly bytes: number; readonly resident: number } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round++) collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { bytes: heapUsed + external, resident: rss };
}
