// The embedded Temporal server: found, started, killed and started again on the same ports.
import { Connection } from '@temporalio/client';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readSettings } from '../../../server/settings.ts';
import { hasEnded, signal } from '../../../server/start/process.ts';
import { findTemporal, isRecent } from '../../../server/start/temporal-program.ts';
import { reserveAddress, startTemporal, type TemporalServer } from '../../../server/start/temporal.ts';
import { temporaryFolder } from '../../support/home.ts';

const folder = temporaryFolder();
const dir = path.join(folder, 'temporal');
const started = new Set<TemporalServer>();
afterAll(async () => {
  for (const server of started) await server.stop();
});

async function start(retentionDays = 3): Promise<TemporalServer> {
  const program = await findTemporal({ cache: readSettings().cache, offline: true });
  const server = await startTemporal({ dir, program, namespace: 'community', retentionDays });
  started.add(server);
  return server;
}

async function retentionSeconds({ address }: TemporalServer): Promise<number> {
  const connection = await Connection.connect({ address });
  const { config } = await connection.workflowService.describeNamespace({ namespace: 'community' });
  await connection.close();
  return Number(config?.workflowExecutionRetentionTtl?.seconds);
}

test('the address is known before the server runs, and the namespace keeps what was asked for', async () => {
  const reserved = await reserveAddress(dir);
  const server = await start();
  expect(server.address).toBe(reserved);
  expect(isRecent(server.version)).toBe(true);
  expect(await retentionSeconds(server)).toBe(3 * 86_400);
});

test('a second starter finds the running server, and may change the retention', async () => {
  const before = await start();
  const after = await start(5);
  expect(after).toMatchObject({ pid: before.pid, address: before.address, reused: true });
  await expect.poll(() => retentionSeconds(after)).toBe(5 * 86_400);
});

test('after kill -9 it comes back on the same ports with its namespace', async () => {
  const before = await start();
  signal(before.pid, 'SIGKILL');
  await hasEnded(before.pid, 5000);
  const began = Date.now();
  const after = await start();
  expect(after).toMatchObject({ address: before.address, reused: false });
  expect(await retentionSeconds(after)).toBe(3 * 86_400);
  expect(Date.now() - began).toBeLessThan(15_000);
});
