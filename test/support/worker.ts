// A worker as a process of its own, which a test may kill: the program that production runs, on a test's servers.
// Not the workers that live in the test's own process: see temporal.ts.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

interface Servers {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string };
}

/** Starts a worker and waits until it says that it is at work. `env`: settings besides those of the servers. */
export async function startWorker(
  { folder, databaseUrl, temporal }: Servers,
  env: Readonly<Record<string, string>> = {},
): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', path.resolve('workers/worker.ts')], {
    env: {
      ...process.env,
      KINDLING_HOME: path.join(folder, 'home'),
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: temporal.address,
      KINDLING_PRIVATE_WEBHOOKS: '1',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('the worker does not start')));
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {}); // It is killed later on, and shall be.
  return child;
}
