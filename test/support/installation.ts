// A whole installation as `npm start` runs it, on a data folder and a port of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { freePort } from '../../server/start/port.ts';
import { signal } from '../../server/start/process.ts';
import { PARTS, readState, type InstallationState, type PartName } from '../../server/start/state.ts';
import { temporaryFolder } from './home.ts';

const START = path.resolve('scripts/start.mjs');

/** A running `npm start`. */
export interface Installation {
  readonly home: string;
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it has printed so far. */
  output(): string;
  state(): InstallationState | undefined;
  /** The processes of one part. */
  pids(part: PartName): readonly number[];
  /** Waits until these parts are ready; all of them unless told otherwise. */
  ready(parts?: readonly PartName[], timeoutMs?: number): Promise<void>;
  /** Starts it again on the same data after it was stopped or killed. */
  start(): void;
  /** Ctrl-C, and the end of everything; the exit code. */
  stop(): Promise<number | null>;
  /** The terminal is closed: nobody reads any more, and the start is told to hang up. The exit code. */
  hangUp(): Promise<number | null>;
  /** Ends the supervisor alone, at once. */
  kill(): Promise<void>;
  /** Asks the server with the key that `npm start` leaves for the command line. @throws where it refuses. */
  readonly ask: <T>(method: string, route: string, body?: unknown) => Promise<T>;
  /** The command line, as a person at a terminal calls it. */
  readonly kindling: (...args: string[]) => Promise<{ readonly code: number | null; readonly out: string }>;
}

/**
 * Prepares an installation that is stopped after the last test of the file; `start` brings it up.
 * To be called at the top of a test file: vitest forgets an `afterAll` that comes from within a hook or a test.
 * `home` may lie elsewhere, on a disk of its own for instance.
 */
export async function installation(
  settings: Readonly<Record<string, string>> = {},
  home = path.join(temporaryFolder(), 'home'),
): Promise<Installation> {
  const port = await freePort();
  const env = {
    KINDLING_HOME: home,
    KINDLING_PORT: String(port),
    KINDLING_LOCALE: 'en',
    KINDLING_OFFLINE: '1',
    ...settings,
  };
  let child: ChildProcess | undefined;
  let output = '';
  let orphans: readonly number[] = [];
  const end = async (signal: NodeJS.Signals) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null;
    const exit = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    return (await exit)[0];
  };
  const it: Installation = {
    home,
    env,
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    state: () => readState(home),
    pids: (part) => readState(home)?.parts[part].pids ?? [],
    async ready(parts = PARTS, timeoutMs = 60_000) {
      const states = () =>
        parts.map((part) => `${part}: ${readState(home)?.parts[part].state ?? 'unknown'}`).join(', ');
      const wanted = parts.map((part) => `${part}: ready`).join(', ');
      for (const deadline = Date.now() + timeoutMs; states() !== wanted; await sleep(100)) {
        const hasExited = child === undefined || child.exitCode !== null;
        if (hasExited || Date.now() > deadline) throw new Error(`${states()}\n${output}`);
      }
    },
    start() {
      output = '';
      child = spawn(process.execPath, [START], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk) => (output += String(chunk)));
    },
    stop: () => end('SIGINT'),
    hangUp() {
      child?.stdout?.destroy();
      child?.stderr?.destroy();
      return end('SIGHUP');
    },
    async ask<T>(method: string, route: string, body?: unknown): Promise<T> {
      const key = readFileSync(path.join(home, 'api-key'), 'utf8').trim();
      const answer = await fetch(it.url + route, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const content = (await answer.json()) as T;
      if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${JSON.stringify(content)}`);
      return content;
    },
    async kindling(...args) {
      const called = spawn(process.execPath, ['bin/kindling.mjs', ...args], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let out = '';
      called.stdout.on('data', (chunk) => (out += String(chunk)));
      const [code] = (await once(called, 'close')) as [number | null];
      return { code, out };
    },
    async kill() {
      if (child === undefined) return;
      orphans = PARTS.flatMap((part) => it.pids(part));
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
  afterAll(async () => {
    await it.stop();
    // What a killed start left behind, when the next one did not come up to take it over.
    for (const pid of orphans) signal(pid, 'SIGKILL');
  });
  return it;
}
