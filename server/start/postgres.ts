// Starts, or finds, a real PostgreSQL from npm binaries on a folder of ours.
// It is not the one that DATABASE_URL names: that server is its owner's business.
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson, rotate, secretIn, writeAtomically } from './files.ts';
import { answers, freePort } from './port.ts';
import { preparePrograms, type Programs } from './postgres-files.ts';
import { isAlive, nameOf, signal } from './process.ts';

const USER = 'postgres';
const READY_MS = 60_000;
const MAX_ATTEMPTS = 20;

/** A running embedded PostgreSQL. */
export interface Postgres {
  readonly pid: number;
  readonly port: number;
  readonly password: string;
  /** True when it was found running. */
  readonly reused: boolean;
  /** The connection string of one of its databases. */
  readonly url: (database?: string) => string;
  isAlive(): boolean;
  /** Ends the server; open transactions are rolled back. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Where its files live; created when missing. */
  readonly dir: string;
  readonly maxConnections?: number;
  /** Further server settings, as `name: value`. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Starts the server whose files live under `dir`. Two callers on one `dir` share one server. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const dir = path.resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const programs = preparePrograms(dir);
  const password = secretIn(path.join(dir, 'password'), 24);
  if (!existsSync(path.join(dir, 'data'))) initialise(dir, programs, password);
  const started = await launch(dir, programs, options);
  return handle(path.join(dir, 'data'), password, started);
}

interface Running {
  readonly pid: number;
  readonly port: number;
  readonly reused: boolean;
}

function handle(data: string, password: string, running: Running): Postgres {
  return {
    ...running,
    password,
    url: (database = USER) =>
      `postgresql://${USER}:${encodeURIComponent(password)}@127.0.0.1:${running.port}/${database}`,
    isAlive: () => isAlive(running.pid),
    async stop() {
      const found = postmaster(data);
      if (found === undefined) return;
      // SIGINT is the fast shutdown, with a checkpoint; SIGTERM would wait for clients to leave.
      signal(found.pid, 'SIGINT');
      while (postmaster(data) !== undefined) await sleep(20);
    },
  };
}

/** Creates the database files aside and renames them: an initdb killed half way leaves no `data`. */
function initialise(dir: string, programs: Programs, password: string): void {
  const fresh = path.join(dir, 'data.new');
  const once = path.join(dir, 'initdb.pw');
  rmSync(fresh, { recursive: true, force: true });
  rmSync(once, { force: true });
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(once, password, { mode: 0o600 });
  programs.handOver(fresh);
  programs.handOver(once);
  const access = ['-U', USER, '--auth=scram-sha-256', `--pwfile=${once}`];
  // The same sort order on every machine.
  const order = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const [file, args] = programs.command('initdb', '-D', fresh, ...access, ...order);
  const made = spawnSync(file, args, { ...programs.options, encoding: 'utf8' });
  rmSync(once);
  if (made.status !== 0) {
    throw new Error(`PostgreSQL could not create its files in ${dir}: ${made.error?.message ?? made.stderr}`);
  }
  renameSync(fresh, path.join(dir, 'data'));
}

/** Spawns the server, or waits for one that another starter has spawned. */
async function launch(dir: string, programs: Programs, options: PostgresOptions): Promise<Running> {
  const data = path.join(dir, 'data');
  const log = path.join(dir, 'postgres.log');
  rotate(log);
  let ours: Child | undefined;
  for (let attempts = 0, deadline = Date.now() + READY_MS; ; await sleep(20)) {
    const found = postmaster(data);
    if (found?.ready === true && (await answers(found.port))) {
      return { pid: found.pid, port: found.port, reused: found.pid !== ours?.pid };
    }
    const failure = ours?.ended();
    if (Date.now() > deadline || attempts > MAX_ATTEMPTS) {
      throw new Error(
        `PostgreSQL did not get ready (${failure ?? 'no answer within a minute'}); see ${log}.`,
      );
    }
    if (found !== undefined || (ours !== undefined && failure === undefined)) continue;
    // After a kill -9 the old server may linger as a zombie, and a new one gives up: "lock file already exists".
    if (failure !== undefined) await sleep(500);
    attempts++;
    ours = await spawnServer(dir, programs, options);
  }
}

interface Child {
  readonly pid: number | undefined;
  /** Why it is not running any more; undefined while it is. */
  ended(): string | undefined;
}

async function spawnServer(dir: string, programs: Programs, options: PostgresOptions): Promise<Child> {
  const portFile = path.join(dir, 'port');
  const kept = readJson(portFile);
  // The port of the last start, so that whoever was connected finds the way back.
  const port = await freePort(typeof kept === 'number' ? kept : undefined);
  writeAtomically(portFile, JSON.stringify(port));
  const parameters = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    max_connections: String(options.maxConnections ?? 100),
    // What grows from nothing to a hundred thousand rows in seconds is counted soon, and what came and went is cleared away.
    autovacuum_naptime: '10s',
    ...options.parameters,
  };
  const [file, args] = programs.command(
    'postgres',
    '-D',
    path.join(dir, 'data'),
    '-p',
    String(port),
    ...Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  );
  // A file, not a pipe: the server outlives a killed parent.
  const output = openSync(path.join(dir, 'postgres.log'), 'a', 0o600);
  const child = spawn(file, args, { ...programs.options, stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  let reason: string | undefined;
  child
    .on('error', (error) => (reason = error.message))
    .on('exit', (code) => (reason ??= `it ended with ${code}`));
  child.unref();
  return { pid: child.pid, ended: () => reason };
}

interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/**
 * Reads postmaster.pid: pid, data folder, start time, port, socket folder, address, shared memory, status.
 * A crash leaves the file behind, so it is believed only while that process is a living postgres.
 */
function postmaster(data: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  if (!(pid > 0) || !isAlive(pid) || (nameOf(pid) ?? 'postgres') !== 'postgres') return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}
