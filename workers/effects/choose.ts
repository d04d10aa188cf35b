// Which rule holds for each subject, by what the database knows of it at this moment.
import { choose as decision } from '../../engine/effects/choose.ts';
import { valuesSeen } from '../../engine/language/seen.ts';
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
    const { code, why } = decision.decide(input, { context }, at);
    // Whatever stands behind the rule that holds was not looked at.
    const asked = code === 'else' ? input.rules : input.rules.slice(0, Number(code) + 1);
    const seen = valuesSeen(
      asked.map(({ cel }) => cel),
      context,
    );
    return { code, why: { ...why, seen } };
  });
});
