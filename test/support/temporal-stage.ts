// A stage for one test file: a database of its own, and workers on a task queue of its own on the Temporal server of this run.
import { afterAll } from 'vitest';
import type { CrewOptions } from '../../workers/crew.ts';
import { freshDatabase } from './database.ts';
import { Stage } from './temporal-play.ts';
import { temporalOfThisRun } from './temporal.ts';

/** A stage with workers for one test file; closed after its last test. */
export async function openStage(
  options: Pick<CrewOptions, 'cached' | 'allowPrivateAddresses'> = {},
): Promise<Stage> {
  const { taskQueue, ...temporal } = temporalOfThisRun();
  const { url } = await freshDatabase();
  const stage = new Stage({ temporal, databaseUrl: url, taskQueue, sweepMs: 1_000, ...options });
  afterAll(() => stage.close());
  await stage.startWorkers();
  return stage;
}
