// Rounds with a bound: so many times, each day at a time, until something holds, or any of these together.
// Not the rounds' way back: the last step of the body leads into this node again.
import { WEEKDAYS } from '../calendar/time-rule.ts';
import type { ChooseInput } from '../effects/choose.ts';
import type { InstantInput } from '../effects/instant.ts';
import { conditionSchema, type CelCondition } from '../language/rule.ts';
import { again, call, defineStep, go, sleep, type Outcome } from '../step.ts';
import { localTimeSchema, WEEKDAY_WORDS } from './shapes.ts';

const CHECK = 0;
const PAUSE = 1;

export const repeat = defineStep({
  type: 'repeat',
  family: 'flow',
  scope: 'any',
  label: { zh: '重复', en: 'Repeat' },
  says: {
    zh: '重复做几轮：最多几次，可以每天定点一次，也可以做到条件成立为止。',
    en: 'Repeats a bounded number of rounds, if wanted one each day at a time, or until a condition holds.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['max'],
    properties: {
      max: { type: 'integer', minimum: 1, maximum: 1_000 },
      at: localTimeSchema,
      days: { type: 'array', minItems: 1, maxItems: 7, uniqueItems: true, items: { enum: WEEKDAYS } },
      until: conditionSchema,
    },
  },
  fields: [
    { key: 'max', as: 'integer', label: { zh: '最多几轮', en: 'Rounds at most' } },
    {
      key: 'at',
      as: 'local-time',
      label: { zh: '每天几点一轮', en: 'One round each day at' },
      help: { zh: '不填就一轮接一轮。', en: 'Empty: one round after the other.' },
    },
    { key: 'days', as: 'choice', label: { zh: '只在这些日子', en: 'Only on' }, choices: WEEKDAY_WORDS },
    {
      key: 'until',
      as: 'condition',
      label: { zh: '做到什么为止', en: 'Until' },
      help: { zh: '每一轮开始之前看一次。', en: 'Looked at before each round.' },
    },
  ],
  ports: () => [
    { name: 'each', label: { zh: '每一轮', en: 'Each round' } },
    { name: 'done', label: { zh: '结束', en: 'Done' } },
  ],
  skip: 'done',
  block: ({ max }) => ({ kind: 'repeat', max, each: 'each', done: 'done' }),
  waits: ({ at }) => at !== undefined,
  effects: {
    choose: ({ until }): ChooseInput => ({ rules: until === undefined ? [] : [until as CelCondition] }),
    instant: ({ at = '00:00', days }): InstantInput => ({
      rule: days === undefined ? { at } : { at, days },
    }),
  },
  lint: ({ at, days }) =>
    days !== undefined && at === undefined
      ? [{ code: 'E-MISSING', pointer: '/at', values: { key: 'at' } }]
      : [],

  enter: (config, { round }) => {
    // After the last round nobody waits for another day, and no condition can change anything.
    if (round >= config.max) return again();
    return config.until === undefined ? pause(config.at) : call('choose', CHECK);
  },

  resume: ({ at }, { stage }, event) => {
    if (event.kind !== 'returned') return again();
    if (stage === PAUSE) return sleep(event.until, PAUSE);
    return event.code === '0' ? go('done') : pause(at);
  },

  examples: [
    {
      says: {
        zh: '没有时间、没有条件：马上下一轮。',
        en: 'Neither time nor condition: the next round at once.',
      },
      config: { max: 3 },
      becomes: 'again',
    },
    {
      says: { zh: '每天 9 点一轮。', en: 'One round each day at nine.' },
      config: { max: 21, at: '09:00' },
      world: [{ effect: 'instant', answers: 'at', until: 'PT13H' }],
      becomes: 'again',
      at: 'PT13H',
    },
    {
      says: { zh: '已经报名，不再提醒。', en: 'Signed up already: no more reminders.' },
      config: { max: 3, at: '09:00', until: { cel: '"rsvp" in member.tags' } },
      world: [{ effect: 'choose', answers: '0' }],
      leaves: 'done',
    },
  ],
});

function pause(at: string | undefined): Outcome {
  return at === undefined ? again() : call('instant', PAUSE);
}
