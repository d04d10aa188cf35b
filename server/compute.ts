// The threads of the application, as its routes use them: one pool, closed with it, that refuses in people's words.
import type { FastifyInstance } from 'fastify';
import type { Job, Outcome } from '../workers/compute/job.ts';
import { NotDone, Threads } from '../workers/compute/pool.ts';
import { Refusal } from './refusal.ts';

/** Does jobs for callers. */
export class ComputePool extends Threads {
  /** @throws {Refusal} too-much-at-once (429), busy (503), or that the job took too much time or memory (422). */
  override async run(caller: string, job: Job): Promise<Outcome> {
    try {
      return await super.run(caller, job);
    } catch (error) {
      if (error instanceof NotDone) throw new Refusal(error.code, { values: error.values });
      throw error;
    }
  }
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
