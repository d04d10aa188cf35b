// Waits for a length of time, counted from when the visit began.
// Not for a date or a time of day: that is wait-until.
import { exactMsOf } from '../instant.ts';
import { call, defineStep, go, sleep } from '../step.ts';
import type { InstantInput } from '../effects/instant.ts';
import { durationSchema, takesTime, usualTolerance } from './shapes.ts';

export const wait = defineStep({
  type: 'wait',
  family: 'wait',
  scope: 'any',
  label: { zh: '等待', en: 'Wait' },
  says: { zh: '等一段时间，再往下走。', en: 'Waits for a length of time, then goes on.' },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['for'],
    properties: { for: durationSchema },
  },
  fields: [
    {
      key: 'for',
      as: 'duration',
      label: { zh: '等多久', en: 'How long' },
      help: {
        zh: '“1 天”是到明天的同一时刻，“24 小时”永远是 24 小时。',
        en: '“1 day” is the same time tomorrow; “24 hours” are always 24 hours.',
      },
    },
  ],
  ports: () => [{ name: 'done', label: { zh: '时间到', en: 'Time is up' } }],
  waits: ({ for: span }) => takesTime(span),
  instants: 'duration',
  grainMs: ({ for: span }) => usualTolerance(span),
  effects: { instant: ({ for: span }): InstantInput => ({ rule: { for: span } }) },

  enter: ({ for: span }, { now }) => {
    const ms = exactMsOf(span);
    return ms === undefined ? call('instant') : sleep(now + ms);
  },

  resume: (_config, _visit, event) => (event.kind === 'returned' ? sleep(event.until) : go('done')),

  examples: [
    {
      says: { zh: '等两小时。', en: 'Two hours.' },
      config: { for: 'PT2H' },
      leaves: 'done',
      at: 'PT2H',
    },
    {
      says: {
        zh: '等一天：夏令时开始的那天只有 23 小时。',
        en: 'One day, which has 23 hours when summer time begins.',
      },
      config: { for: 'P1D' },
      world: [{ effect: 'instant', answers: 'at', until: 'PT23H' }],
      leaves: 'done',
      at: 'PT23H',
    },
  ],
});
