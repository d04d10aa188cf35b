// The worker process: settings in, a crew at work, an orderly end on SIGTERM or SIGINT.
// It ends with an error when a worker cannot go on; whoever runs it starts it again.
import path from 'node:path';
import type { RuntimeOptions } from '@temporalio/worker';
import { isReachable, publicUrlOf, readSettings, type Settings } from '../server/settings.ts';
import { workflowBundle } from './bundle.ts';
import { installRuntime, startCrew } from './crew.ts';
import { keyringOf } from './store/keyring.ts';
import type { TemporalAddress } from './temporal.ts';

/** Where a process's settings say that Temporal is. */
function temporalOf(settings: Settings): TemporalAddress {
  const { temporalAddress, temporalNamespace } = settings;
  if (temporalAddress === undefined) throw new Error('A worker needs TEMPORAL_ADDRESS: where is Temporal?');
  return {
    address: temporalAddress,
    namespace: temporalNamespace,
    apiKey: settings.temporalApiKey,
    tls: settings.temporalTls,
    ca: settings.temporalTlsCa,
    cert: settings.temporalTlsCert,
    key: settings.temporalTlsKey,
    serverName: settings.temporalTlsServerName,
  };
}

/** What the SDK counts: tasks, their latencies and failures, the cache, the slots. */
const metricsAt = ({ workerMetrics }: Settings): RuntimeOptions =>
  workerMetrics === undefined
    ? {}
    : { telemetryOptions: { metrics: { prometheus: { bindAddress: workerMetrics } } } };

async function main(): Promise<void> {
  const settings = readSettings();
  const { databaseUrl } = settings;
  if (databaseUrl === undefined) throw new Error('A worker needs DATABASE_URL: where is the database?');
  installRuntime(metricsAt(settings));
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
  const bundle = await workflowBundle(path.join(settings.home, 'workflows'));
  const crew = await startCrew({
    temporal: temporalOf(settings),
    databaseUrl,
    bundle,
    allowPrivateAddresses: settings.privateWebhooks,
    keyring: keyringOf(settings),
    publicUrl: publicUrlOf(settings),
    isReachable: isReachable(publicUrlOf(settings)),
  });
  process.send?.('ready');
  const failure = await Promise.race([stopped, crew.over]).catch((error: unknown) => error);
  await crew.stop();
  if (failure !== undefined) throw failure;
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
