// One look of a guard at a community number.
import { watch as decision } from '../../engine/effects/watch.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { reader } from './measure.ts';
import { internal } from './work.ts';

export const watch = internal(
  async (sql, batch) => {
    const input = await inputOf(sql, batch, 'watch');
    const calendar = await calendarOf(sql, batch.run);
    const factsAt = reader(sql, batch, input);
    const answers = [];
    for (const { at } of batch.visits)
      answers.push(decision.decide(input, { ...calendar, ...(await factsAt(at)) }, at));
    return answers;
  },
  { readsTrace: true },
);
