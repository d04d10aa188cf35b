// One look of a guard at a community number.
import { watch as decision } from '../../engine/effects/watch.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { measuredAtEach } from './measure.ts';
import { internal } from './work.ts';

export const watch = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'watch');
  const calendar = await calendarOf(sql, batch.run);
  const numbers = await measuredAtEach(sql, batch, input);
  return batch.visits.map(({ at }) =>
    decision.decide(input, { ...calendar, measured: numbers.get(at)!.measured }, at),
  );
});
