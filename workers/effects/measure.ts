// A community number, as the database counts it at this moment. What was counted is kept with the answer.
import { measure as decision } from '../../engine/effects/measure.ts';
import { exactMsOf } from '../../engine/instant.ts';
import { measureMetric, type Measured } from '../../engine/metrics.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../store/client.ts';
import { inputOf } from './config.ts';
import { countsOf } from './metrics.ts';
import { internal, type Batch } from './work.ts';

export const measure = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'measure');
  const answers = [];
  for (const { at } of batch.visits) {
    const { measured, counts } = await measuredAt(sql, batch, input, at);
    const answer = decision.decide(input, { measured }, at);
    answers.push({ ...answer, why: { ...answer.why, counts } });
  }
  return answers;
});

/** A metric of the run at an instant, with the counts that it was computed from. */
export async function measuredAt(
  sql: Sql,
  { run }: Pick<Batch, 'run'>,
  { metric, window }: { readonly metric: string; readonly window?: string },
  now: Instant,
): Promise<{ readonly measured: Measured; readonly counts: Readonly<Record<string, unknown>> }> {
  const windowMs = window === undefined ? undefined : exactMsOf(window);
  const counts = await countsOf(sql, run, { now, windowMs });
  return { measured: measureMetric(metric, counts), counts: { ...counts } };
}
