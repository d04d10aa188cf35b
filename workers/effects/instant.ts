// The instant that a rule of time means, with the anchors and quiet hours as they are now.
import { instant as decision } from '../../engine/effects/instant.ts';
import { calendarOf } from './calendar.ts';
import { inputOf } from './config.ts';
import { internal } from './work.ts';

export const instant = internal(async (sql, batch) => {
  const input = await inputOf(sql, batch, 'instant');
  const facts = await calendarOf(sql, batch.run);
  return batch.visits.map(({ at }) => decision.decide(input, facts, at));
});
