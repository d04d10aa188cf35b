// Waits until a moment: so long before the event, a time of day on allowed days, a date.
// Not for a length of time: that is wait. When the event moves, whoever waits here moves with it.
import { timeRuleSchema } from '../calendar/time-rule.ts';
import type { InstantInput } from '../effects/instant.ts';
import { call, defineStep, go, sleep } from '../step.ts';
import { takesTime, toleranceOfRule } from './shapes.ts';

export const waitUntil = defineStep({
  type: 'wait-until',
  family: 'wait',
  scope: 'any',
  label: { zh: '等到', en: 'Wait until' },
  says: {
    zh: '等到某个时刻：活动前几天、某些日子的几点，或一个日期。',
    en: 'Waits until a moment: days before the event, a time of day on some days, or a date.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['until'],
    properties: { until: timeRuleSchema, quiet: { type: 'boolean' } },
  },
  fields: [
    { key: 'until', as: 'time', label: { zh: '等到什么时候', en: 'Until' } },
    {
      key: 'quiet',
      as: 'boolean',
      label: { zh: '避开静默时段', en: 'Respect quiet hours' },
      help: {
        zh: '落在夜里就顺延到早上。',
        en: 'A moment in the night moves to the morning.',
      },
    },
  ],
  ports: () => [
    { name: 'reached', label: { zh: '时间到', en: 'Reached' } },
    { name: 'past', label: { zh: '已经过了', en: 'Already past' }, open: 'first' },
  ],
  // An anchored moment is past the second time, so a loop through it would spin.
  waits: ({ until }) => ('for' in until ? takesTime(until.for) : 'at' in until && !('anchor' in until)),
  grainMs: ({ until }) => toleranceOfRule(until),
  effects: {
    instant: ({ until, quiet }): InstantInput => ({
      rule: until,
      ...(quiet === undefined ? {} : { quiet }),
    }),
  },

  enter: () => call('instant'),

  resume: (_config, _visit, event) => {
    if (event.kind === 'retimed') return call('instant');
    if (event.kind !== 'returned') return go('reached');
    return event.code === 'past' ? go('past') : sleep(event.until);
  },

  examples: [
    {
      says: { zh: '活动前三天的中午还没到。', en: 'Noon three days before the event lies ahead.' },
      config: { until: { anchor: 'T', offset: '-P3D', at: '12:00' } },
      world: [{ effect: 'instant', answers: 'at', until: 'PT30H' }],
      leaves: 'reached',
      at: 'PT30H',
    },
    {
      says: { zh: '那个时刻已经过去。', en: 'The moment has passed.' },
      config: { until: { anchor: 'T', offset: '-P3D', at: '12:00' } },
      world: [{ effect: 'instant', answers: 'past' }],
      leaves: 'past',
    },
  ],
});
