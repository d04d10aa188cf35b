// Keeps a process answering while documents are checked and rehearsed: such work is done in a few threads beside it,
// a few jobs of one caller at a time, and each within bounds of time and memory. Not the work itself, which is job.ts.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Job, Outcome } from './job.ts';

/** How much there is at once, and for how long. */
export interface Bounds {
  readonly threads: number;
  /** Jobs of one caller, under way and waiting. */
  readonly perCaller: number;
  /** Jobs of everybody, under way and waiting. */
  readonly jobs: number;
  readonly memoryMb: number;
  /**
   * A job that takes longer, from its beginning, is given up, and its thread with it. Only time in which this process had the
   * processor is held against it: on a busy machine a small document may wait for its turn longer than a large one takes.
   */
  readonly limitMs: Readonly<Record<Job['kind'], number>>;
  /** How long this process has had the processor, in milliseconds. */
  readonly spentMs: () => number;
  /** A thread with nothing to do gives its memory back after so long. */
  readonly idleMs: number;
}

const BOUNDS: Bounds = {
  threads: 2,
  perCaller: 2,
  jobs: 20,
  memoryMb: 512,
  limitMs: { check: 10_000, rehearse: 20_000 },
  // That of all its threads: so it is never less than that of the one which does the job.
  spentMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  idleMs: 60_000,
};

const TOO_LONG = { check: 'check-too-long', rehearse: 'rehearsal-too-long' } as const;

/** What a thread says when it begins a job. A new one loads the engine before, and no job pays for that. */
export const BEGUN = 'begun';
/** Whoever has not begun by then never will. */
const LOADED_WITHIN_MS = 60_000;
/** Whatever the machine is busy with: nobody waits for an answer any more. */
const GIVEN_UP_AFTER_MS = 300_000;

interface Waiting {
  readonly job: Job;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** Why a job was not done. */
export class NotDone extends Error {
  readonly code: 'too-much-at-once' | 'busy' | 'check-too-long' | 'rehearsal-too-long';
  readonly values: Readonly<Record<string, number>>;

  constructor(code: NotDone['code'], values: NotDone['values'] = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

/** The threads of one process. */
export class Threads {
  readonly #bounds: Bounds;
  readonly #queue: Waiting[] = [];
  /** With the timer at which each would end. */
  readonly #idle = new Map<Worker, NodeJS.Timeout>();
  readonly #threads = new Set<Worker>();
  readonly #jobsOf = new Map<string, number>();
  #jobs = 0;
  #closed = false;

  constructor(bounds: Partial<Bounds> = {}) {
    this.#bounds = { ...BOUNDS, ...bounds };
  }

  /**
   * Does a job for a caller.
   * @throws {NotDone} too many jobs of this caller or of everybody, or the job took too much time or memory.
   */
  async run(caller: string, job: Job): Promise<Outcome> {
    const own = this.#jobsOf.get(caller) ?? 0;
    if (own >= this.#bounds.perCaller)
      throw new NotDone('too-much-at-once', { most: this.#bounds.perCaller });
    if (this.#jobs >= this.#bounds.jobs || this.#closed) throw new NotDone('busy');
    this.#jobsOf.set(caller, own + 1);
    this.#jobs += 1;
    try {
      return await new Promise<Outcome>((resolve, reject) => {
        this.#queue.push({ job, resolve, reject });
        this.#next();
      });
    } finally {
      this.#jobs -= 1;
      const left = this.#jobsOf.get(caller)! - 1;
      if (left === 0) this.#jobsOf.delete(caller);
      else this.#jobsOf.set(caller, left);
    }
  }

  /** Ends the threads; what was under way is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(new NotDone('busy'));
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    const thread = this.#rested() ?? (this.#threads.size < this.#bounds.threads ? this.#open() : undefined);
    if (thread !== undefined) this.#give(thread, this.#queue.shift()!);
  }

  #open(): Worker {
    const thread = openThread(this.#bounds.memoryMb);
    this.#threads.add(thread);
    // First of its listeners: whoever waits for the end finds the place free.
    thread.once('exit', () => {
      this.#threads.delete(thread);
      clearTimeout(this.#idle.get(thread));
      this.#idle.delete(thread);
    });
    // Its end tells; without a listener an error would end the process.
    thread.on('error', () => {});
    return thread;
  }

  #rest(thread: Worker): void {
    this.#idle.set(thread, setTimeout(() => void thread.terminate(), this.#bounds.idleMs).unref());
  }

  #rested(): Worker | undefined {
    const [thread] = this.#idle.keys();
    if (thread === undefined) return undefined;
    clearTimeout(this.#idle.get(thread));
    this.#idle.delete(thread);
    return thread;
  }

  #give(thread: Worker, { job, resolve, reject }: Waiting): void {
    const seconds = this.#bounds.limitMs[job.kind] / 1000;
    const tooLong = () => new NotDone(TOO_LONG[job.kind], { seconds });
    let isTooLong = false;
    let broken: Error | undefined;
    const giveUp = (): void => {
      isTooLong = true;
      void thread.terminate();
    };
    let stopWatching = this.#watch(LOADED_WITHIN_MS, giveUp);
    const onError = (error: Error): void => {
      broken = error;
    };
    const onExit = (): void => {
      stopWatching();
      const isTooMuch = isTooLong || codeOf(broken) === 'ERR_WORKER_OUT_OF_MEMORY';
      reject(isTooMuch ? tooLong() : (broken ?? new NotDone('busy')));
      this.#next();
    };
    thread.once('error', onError).once('exit', onExit);
    const onMessage = (said: Outcome | typeof BEGUN): void => {
      stopWatching();
      if (said === BEGUN) {
        stopWatching = this.#watch(seconds * 1000, giveUp);
        return;
      }
      thread.off('error', onError).off('exit', onExit).off('message', onMessage);
      resolve(said);
      this.#rest(thread);
      this.#next();
    };
    thread.on('message', onMessage);
    thread.postMessage(job);
  }

  /** Calls `giveUp` when so much time is over and was spent, unless it is stopped before. */
  #watch(limitMs: number, giveUp: () => void): () => void {
    const { spentMs } = this.#bounds;
    const [began, spentBefore] = [performance.now(), spentMs()];
    const look = (): void => {
      const left = limitMs - (spentMs() - spentBefore);
      if (left <= 0 || performance.now() - began >= GIVEN_UP_AFTER_MS) giveUp();
      else timer = setTimeout(look, Math.max(left / 2, 1));
    };
    let timer = setTimeout(look, limitMs);
    return () => clearTimeout(timer);
  }
}

const codeOf = (error: Error | undefined): unknown =>
  error !== undefined && 'code' in error ? error.code : undefined;

/** From the build where there is one; otherwise from the sources, as tests do. */
function openThread(memoryMb: number): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: memoryMb };
  const build = process.env['KINDLING_BUILD'];
  if (build !== undefined) return new Worker(path.join(build, 'compute.mjs'), { resourceLimits });
  const source = JSON.stringify(pathToFileURL(path.join(import.meta.dirname, 'thread.ts')).href);
  const code = `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${source}); })`;
  return new Worker(code, { eval: true, resourceLimits });
}
