// The configuration of the embedded Temporal server: two SQLite files, loopback only.
// What it costs and why each value stands there was measured; change one only with a measurement.
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson, writeAtomically } from './files.ts';
import { isFree } from './port.ts';

const SERVICES = ['frontend', 'matching', 'history', 'worker'] as const;
const PATIENCE_MS = 3000;
const SERVER_FILE = 'temporal.db';
const CLI_FILE = 'temporal-cli.db';
const PORT_NAMES = ['http', ...SERVICES, ...SERVICES.map((name) => `${name}-membership` as const)] as const;

/** The ports of one server, by their use; `frontend` is the one that clients connect to. */
export type TemporalPorts = Readonly<Record<(typeof PORT_NAMES)[number], number>>;

/**
 * The ports of the last start if they are still free, otherwise new ones.
 * After a kill -9 other ports cost a minute, until the old members of the cluster expire.
 */
export async function choosePorts(dir: string): Promise<TemporalPorts> {
  const file = path.join(dir, 'ports.json');
  const kept = keptPorts(dir);
  if (kept !== undefined && (await areSoonFree(Object.values(kept)))) return kept;
  const found = new Set<number>();
  while (found.size < PORT_NAMES.length) {
    // Below 32768: with PostgreSQL as its store, Temporal keeps them in a SMALLINT.
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) found.add(port);
  }
  const ports = Object.fromEntries([...found].map((port, i) => [PORT_NAMES[i], port])) as TemporalPorts;
  mkdirSync(dir, { recursive: true });
  writeAtomically(file, JSON.stringify(ports));
  return ports;
}

/** A killed server's threads may hold its ports for a moment after the process counts as ended. */
async function areSoonFree(ports: readonly number[]): Promise<boolean> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(50)) {
    const free = await Promise.all(ports.map((port) => isFree(port)));
    if (free.every(Boolean)) return true;
    if (Date.now() > deadline) return false;
  }
}

/** The ports of the last start, free or not. */
export function keptPorts(dir: string): TemporalPorts | undefined {
  const kept = readJson(path.join(dir, 'ports.json'));
  if (typeof kept !== 'object' || kept === null) return undefined;
  const ports = kept as Partial<TemporalPorts>;
  return PORT_NAMES.every((name) => typeof ports[name] === 'number') ? (ports as TemporalPorts) : undefined;
}

/** Settings that the server reads again every ten seconds. */
export const DYNAMIC = {
  'frontend.WorkflowTimeSkippingEnabled': true,
  'matching.enableFairness': true,
  // The look-ahead of timers; one host has no clocks to reconcile. A skip takes 50 ms instead of the default's 1 s.
  'history.timerProcessorMaxTimeShift': '10ms',
  'system.forceSearchAttributesCacheRefreshOnRead': true,
} as const;

/** Writes the configuration of the server program (YAML, of which JSON is a part); returns its file. */
export function writeServerConfig(dir: string, ports: TemporalPorts): string {
  const dynamic = path.join(dir, 'dynamic.yaml');
  const config = path.join(dir, 'temporal.yaml');
  const values = Object.entries(DYNAMIC).map(([name, value]) => [name, [{ value }]]);
  writeAtomically(dynamic, JSON.stringify(Object.fromEntries(values), null, 1));
  writeAtomically(config, JSON.stringify(serverConfig(dir, dynamic, ports), null, 1));
  return config;
}

function serverConfig(dir: string, dynamic: string, ports: TemporalPorts): object {
  const services = SERVICES.map((name) => [
    name,
    {
      rpc: {
        grpcPort: ports[name],
        membershipPort: ports[`${name}-membership`],
        bindOnLocalHost: true,
        ...(name === 'frontend' ? { httpPort: ports.http } : {}),
      },
    },
  ]);
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'main',
      visibilityStore: 'visibility',
      numHistoryShards: 4, // Fixed for the life of the data.
      datastores: { main: sqlite(dir, SERVER_FILE), visibility: sqlite(dir, 'visibility.db') },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: Object.fromEntries(services) as object,
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${ports.frontend}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: slashes(dynamic), pollInterval: '10s' },
  };
}

/** WAL with synchronous=1 survives kill -9, never corrupts, and may lose the last commits in a power cut. */
function sqlite(dir: string, name: string): object {
  return {
    sql: {
      pluginName: 'sqlite',
      databaseName: slashes(path.join(dir, name)),
      connectAddr: 'localhost',
      connectProtocol: 'tcp',
      connectAttributes: { mode: 'rwc', setup: 'true', journal_mode: 'wal', synchronous: '1' },
      maxConns: 1,
      maxIdleConns: 1,
    },
  };
}

/** The same server as a command line of the `temporal` CLI, which brings its own configuration. */
export function cliArguments(dir: string, namespace: string, ports: TemporalPorts): string[] {
  const dynamic = Object.entries(DYNAMIC).map(([name, value]) => [
    '--dynamic-config-value',
    // The CLI reads the value as JSON.
    `${name}=${JSON.stringify(value)}`,
  ]);
  return [
    ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--log-level', 'warn'],
    ['--port', String(ports.frontend), '--http-port', String(ports.http), '--namespace', namespace],
    ['--db-filename', path.join(dir, CLI_FILE)],
    ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=1'],
    ...dynamic,
  ].flat();
}

/** Which kind of program has kept data in this folder: only the same kind can read it. */
export function kindOfData(dir: string): 'server' | 'cli' | undefined {
  if (existsSync(path.join(dir, SERVER_FILE))) return 'server';
  return existsSync(path.join(dir, CLI_FILE)) ? 'cli' : undefined;
}

function slashes(file: string): string {
  return file.replaceAll('\\', '/');
}
