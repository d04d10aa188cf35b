// Which rule holds for each subject, by what the database knows of it at this moment.
import { choose as decision } from '../../engine/effects/choose.ts';
import { inputOf } from './config.ts';
import { commonContext, contextFor, subjectsOf } from './people.ts';
import { internal } from './work.ts';

export const choose = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'choose');
  const common = await commonContext(sql, batch.run, { now: batch.visits[0]!.at, names: input.rules });
  const subjects = await subjectsOf(sql, batch);
  return batch.visits.map(({ ordinal, at }) => {
    const subject = subjects.get(ordinal);
    const context = contextFor(common, subject);
    return decision.decide(input, { context }, at);
  });
});
