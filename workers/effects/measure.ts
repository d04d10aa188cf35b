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
  const numbers = await measuredAtEach(sql, batch, input);
  return batch.visits.map(({ at }) => {
    const { measured, counts } = numbers.get(at)!;
    const answer = decision.decide(input, { measured }, at);
    return { ...answer, why: { ...answer.why, counts } };
  });
});

/** A number, and the counts that it was computed from. */
interface Measurement {
  readonly measured: Measured;
  readonly counts: Readonly<Record<string, unknown>>;
}

/** A metric of the run at the instants of a batch's visits, of which thousands usually share one. */
export async function measuredAtEach(
  sql: Sql,
  { run, visits }: Batch,
  { metric, window }: { readonly metric: string; readonly window?: string },
): Promise<Map<Instant, Measurement>> {
  const windowMs = window === undefined ? undefined : exactMsOf(window);
  const numbers = new Map<Instant, Measurement>();
  for (const now of new Set(visits.map(({ at }) => at))) {
    const counts = await countsOf(sql, run, { now, windowMs });
    numbers.set(now, { measured: measureMetric(metric, counts), counts: { ...counts } });
  }
  return numbers;
}
