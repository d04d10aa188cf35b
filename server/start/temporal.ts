// Starts, or finds, an embedded Temporal server on a folder of ours, on ports that it keeps.
// It is not the one that TEMPORAL_ADDRESS names, and it does not choose the program: see temporal-program.ts.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson, rotate, writeAtomically } from './files.ts';
import { hasEnded, identityOf, isAlive, signal } from './process.ts';
import { askVersion, ensureNamespace } from './temporal-api.ts';
import {
  choosePorts,
  cliArguments,
  keptPorts,
  writeServerConfig,
  type TemporalPorts,
} from './temporal-config.ts';
import type { TemporalProgram } from './temporal-program.ts';

const READY_MS = 60_000;
const STOP_MS = 20_000;

/** A running embedded Temporal server. */
export interface TemporalServer {
  readonly pid: number;
  /** host:port for clients and workers. */
  readonly address: string;
  readonly namespace: string;
  readonly version: string;
  /** True when it was found running. */
  readonly reused: boolean;
  isAlive(): boolean;
  stop(): Promise<void>;
}

export interface TemporalOptions {
  /** Where its files live; created when missing. */
  readonly dir: string;
  readonly program: TemporalProgram;
  readonly namespace: string;
  readonly retentionDays: number;
}

/** Starts the server whose files live under `dir`, or takes the one that a killed start left running. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const dir = path.resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const found = await findRunning(dir);
  const running = found ?? (await launch(dir, options));
  await ensureNamespace(running.ports.http, options.namespace, options.retentionDays);
  const { pid, version } = running;
  return {
    pid,
    version,
    address: `127.0.0.1:${running.ports.frontend}`,
    namespace: options.namespace,
    reused: found !== undefined,
    isAlive: () => isAlive(pid),
    async stop() {
      signal(pid, 'SIGTERM');
      if (await hasEnded(pid, STOP_MS)) return;
      // SQLite loses nothing by it; the next start on the same ports takes two seconds.
      signal(pid, 'SIGKILL');
      await hasEnded(pid, STOP_MS);
    },
  };
}

/** The address that the server of this folder has or will have: known before there is a program to run. */
export async function reserveAddress(dir: string): Promise<string> {
  const running = await findRunning(path.resolve(dir));
  const ports = running?.ports ?? (await choosePorts(path.resolve(dir)));
  return `127.0.0.1:${ports.frontend}`;
}

interface Running {
  readonly pid: number;
  readonly version: string;
  readonly ports: TemporalPorts;
}

async function findRunning(dir: string): Promise<Running | undefined> {
  const noted = readJson(path.join(dir, 'temporal.pid')) as { pid?: number; identity?: string } | undefined;
  const ports = keptPorts(dir);
  if (noted?.pid === undefined || ports === undefined || noted.identity !== identityOf(noted.pid))
    return undefined;
  const version = await askVersion(ports.http, 5000);
  if (version !== undefined) return { pid: noted.pid, version, ports };
  // It lives and does not answer: two servers on one SQLite file would corrupt nothing, but block each other.
  signal(noted.pid, 'SIGKILL');
  await hasEnded(noted.pid, STOP_MS);
  return undefined;
}

async function launch(dir: string, { program, namespace }: TemporalOptions): Promise<Running> {
  const ports = await choosePorts(dir);
  const log = path.join(dir, 'temporal.log');
  rotate(log);
  const args =
    program.kind === 'cli'
      ? cliArguments(dir, namespace, ports)
      : ['--config-file', writeServerConfig(dir, ports), '--allow-no-auth', 'start'];
  // A file, not a pipe: the server outlives a killed parent.
  const output = openSync(log, 'a', 0o600);
  const child = spawn(program.file, args, { cwd: dir, stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  let ended: string | undefined;
  child
    .on('error', (error) => (ended = error.message))
    .on('exit', (code) => (ended ??= `it ended with ${code}`));
  child.unref();
  const { pid } = child;
  if (pid !== undefined) {
    writeAtomically(path.join(dir, 'temporal.pid'), JSON.stringify({ pid, identity: identityOf(pid) }));
  }
  const version = await askVersion(ports.http, READY_MS, () => ended !== undefined);
  if (version === undefined || pid === undefined) {
    if (pid !== undefined) signal(pid, 'SIGKILL');
    await sleep(0); // The events of the child come first.
    throw new Error(`Temporal did not get ready (${ended ?? 'no answer within a minute'}); see ${log}.`);
  }
  return { pid, version, ports };
}
