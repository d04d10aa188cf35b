// A community number as the database counts it at this moment. Everything it was counted from is kept, and named with the answer.
import { measure as decision, type MeasureFacts } from '../../engine/effects/measure.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../store/client.ts';
import { measureAndKeep } from '../store/metrics/measure.ts';
import { scopeOfRun } from '../store/metrics/scope.ts';
import { inputOf } from './config.ts';
import { internal, type Batch } from './work.ts';

export const measure = internal(
  async (sql, batch) => {
    const input = await inputOf(sql, batch, 'measure');
    const factsAt = reader(sql, batch, input);
    const answers = [];
    for (const { at } of batch.visits) answers.push(decision.decide(input, await factsAt(at), at));
    return answers;
  },
  { readsTrace: true },
);

/** Reads a metric of the run; visits of one instant read one number. */
export function reader(
  sql: Sql,
  { run, planNode, wall }: Pick<Batch, 'run' | 'planNode' | 'wall'>,
  { metric, window }: { readonly metric: string; readonly window?: string },
): (at: Instant) => Promise<MeasureFacts> {
  let last: { readonly at: Instant; readonly facts: MeasureFacts } | undefined;
  return async (at) => {
    if (last?.at === at) return last.facts;
    const source = `run/${run.id}/${planNode.id}`;
    const scope = await scopeOfRun(sql, run);
    const kept = await measureAndKeep(sql, { metric, window, scope, now: at, source, wall });
    last = { at, facts: { measured: kept.measured, snapshot: kept.snapshot } };
    return last.facts;
  };
}
