// One look of a guard at a community number.
import { watch as decision } from '../../engine/effects/watch.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { measuredAt } from './measure.ts';
import { internal } from './work.ts';

export const watch = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'watch');
  const calendar = await calendarOf(sql, batch.run);
  const answers = [];
  for (const { at } of batch.visits) {
    const { measured } = await measuredAt(sql, batch, input, at);
    answers.push(decision.decide(input, { ...calendar, measured }, at));
  }
  return answers;
});
