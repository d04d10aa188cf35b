// Keeps one of our own processes running: starts it, starts it again after a crash, ends it in order.
// It knows nothing of what the process does.
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rotate } from './files.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** Whoever ran this long did not crash at its start, so the pauses begin anew. */
const HEALTHY_MS = 30_000;
const STOP_MS = 30_000;

export interface ChildOptions {
  /** The JavaScript file and its arguments. */
  readonly command: readonly [file: string, ...args: string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly log: string;
  /** Told of each start and of each unwanted end. */
  onStart?(): void;
  onCrash?(reason: string, pauseMs: number): void;
  onMessage?(message: unknown): void;
}

/** A process that is kept running until it is stopped. */
export class Child {
  readonly #options: ChildOptions;
  readonly #stopping = new AbortController();
  readonly #over: Promise<void>;
  #process: ChildProcess | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#over = this.#keepRunning();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Asks it to end and waits; kills it after half a minute. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#process?.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), STOP_MS);
    await this.#over;
    clearTimeout(timer);
  }

  /** Ends it at once. What it was doing is taken up by its successor. */
  kill(): void {
    this.#stopping.abort();
    this.#process?.kill('SIGKILL');
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#stopping;
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const began = Date.now();
      const reason = await this.#runOnce();
      if (signal.aborted) return;
      if (Date.now() - began > HEALTHY_MS) pauseMs = FIRST_PAUSE_MS;
      this.#options.onCrash?.(reason, pauseMs);
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  #runOnce(): Promise<string> {
    return new Promise((resolve) => {
      const child = started(this.#options);
      if (child instanceof Error) return resolve(child.message);
      this.#process = child;
      this.#options.onStart?.();
      child.on('message', (message) => this.#options.onMessage?.(message));
      child.on('error', (error) => resolve(error.message));
      child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
  }
}

/** Runs a process of ours once, to its end; its exit code, or 1 when it was killed. */
export function runOnce(options: ChildOptions): Promise<number> {
  return new Promise((resolve) => {
    const child = started(options);
    if (child instanceof Error) return resolve(1);
    child.on('message', (message) => options.onMessage?.(message));
    child.on('error', () => resolve(1));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** The process; or why it could not be started, for instance because there is no room for its log. */
function started(options: ChildOptions): ChildProcess | Error {
  try {
    return start(options);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function start({ command: [file, ...args], env, log }: ChildOptions): ChildProcess {
  mkdirSync(path.dirname(log), { recursive: true });
  rotate(log);
  const output = openSync(log, 'a', 0o600);
  // In a group of its own: Ctrl-C reaches us alone, and we end the parts in order.
  const child = fork(file, args, { env, stdio: ['ignore', output, output, 'ipc'], detached: true });
  closeSync(output);
  return child;
}
