// Starts one real PostgreSQL and one real Temporal server for the whole run of tests, on folders that vanish afterwards.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { readSettings } from '../../server/settings.ts';
import { startPostgres } from '../../server/start/postgres.ts';
import { findTemporal } from '../../server/start/temporal-program.ts';
import { startTemporal } from '../../server/start/temporal.ts';
import './provided.ts';
import { makeTemplate } from './template.ts';

/** Runs before the first test that needs real parts; what it returns runs after the last. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kindling-run-'));
  chmodSync(folder, 0o755);
  const { cache } = readSettings();
  const program = await findTemporal({ cache, offline: true });
  const [postgres, temporal] = await Promise.all([
    // Nothing here shall outlive a power cut.
    startPostgres({ dir: path.join(folder, 'postgres'), parameters: { fsync: 'off' } }),
    startTemporal({ dir: path.join(folder, 'temporal'), program, namespace: 'default', retentionDays: 1 }),
  ]);
  await makeTemplate(postgres.url());
  provide('databaseUrl', postgres.url());
  provide('temporal', { address: temporal.address, namespace: temporal.namespace });
  return async () => {
    await Promise.all([postgres.stop(), temporal.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
}
