// Keeps the server answering while documents are checked and rehearsed: such work is done in a few threads beside it,
// a few jobs of one caller at a time, and each within bounds of time and memory. Not the work itself, which is job.ts.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FastifyInstance } from 'fastify';
import { Refusal } from '../refusal.ts';
import type { Job, Outcome } from './job.ts';

/** How much there is at once, and for how long. */
export interface Bounds {
  readonly threads: number;
  /** Jobs of one caller, under way and waiting. */
  readonly perCaller: number;
  /** Jobs of everybody, under way and waiting. */
  readonly jobs: number;
  readonly memoryMb: number;
  /** A job that takes longer is given up, and its thread with it. */
  readonly limitMs: Readonly<Record<Job['kind'], number>>;
  /** A thread with nothing to do gives its memory back after so long. */
  readonly idleMs: number;
}

const BOUNDS: Bounds = {
  threads: 2,
  perCaller: 2,
  jobs: 20,
  memoryMb: 512,
  limitMs: { check: 10_000, rehearse: 20_000 },
  idleMs: 60_000,
};

const TOO_LONG = { check: 'check-too-long', rehearse: 'rehearsal-too-long' } as const;

interface Waiting {
  readonly job: Job;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** The threads of one server process. */
export class ComputePool {
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
   * @throws {Refusal} too-much-at-once (429), busy (503), or that the job took too much time or memory (422).
   */
  async run(caller: string, job: Job): Promise<Outcome> {
    const own = this.#jobsOf.get(caller) ?? 0;
    if (own >= this.#bounds.perCaller)
      throw new Refusal('too-much-at-once', { values: { most: this.#bounds.perCaller } });
    if (this.#jobs >= this.#bounds.jobs || this.#closed) throw new Refusal('busy');
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
    for (const { reject } of this.#queue.splice(0)) reject(new Refusal('busy'));
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
    // Its end tells; without a listener an error would end the server.
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
    const tooLong = () => new Refusal(TOO_LONG[job.kind], { values: { seconds } });
    let isTooLong = false;
    let broken: Error | undefined;
    const late = setTimeout(() => {
      isTooLong = true;
      void thread.terminate();
    }, seconds * 1000);
    const onError = (error: Error): void => {
      broken = error;
    };
    const onExit = (): void => {
      clearTimeout(late);
      const isTooMuch = isTooLong || codeOf(broken) === 'ERR_WORKER_OUT_OF_MEMORY';
      reject(isTooMuch ? tooLong() : (broken ?? new Refusal('busy')));
      this.#next();
    };
    thread.once('error', onError).once('exit', onExit);
    thread.once('message', (outcome: Outcome) => {
      clearTimeout(late);
      thread.off('error', onError).off('exit', onExit);
      resolve(outcome);
      this.#rest(thread);
      this.#next();
    });
    thread.postMessage(job);
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

const shared = new WeakMap<FastifyInstance, ComputePool>();

/** The threads of an application: one pool for all its routes, closed with it. */
export function computePool(app: FastifyInstance): ComputePool {
  const known = shared.get(app);
  if (known !== undefined) return known;
  const pool = new ComputePool();
  app.addHook('onClose', () => pool.close());
  shared.set(app, pool);
  return pool;
}
