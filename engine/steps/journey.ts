// Launches a member-level journey: every member who may enter now gets a path of their own.
// Not the path: that is the journey's graph. Goes on at once, or when all of them are through.
import type { LaunchJourneyInput } from '../effects/launch.ts';
import { call, defineStep, go, listen } from '../step.ts';
import { durationSchema, nameSchema } from './shapes.ts';

export const journey = defineStep({
  type: 'journey',
  family: 'flow',
  scope: 'campaign',
  label: { zh: '启动旅程', en: 'Journey' },
  says: {
    zh: '让符合条件的成员各自走一段旅程，可以等他们都走完。按事件进入的旅程从此开放。',
    en: 'Sends the members who qualify on a journey, each on their own, and waits for all of them if wanted. One that is entered by event is open from then on.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['journey'],
    properties: { journey: nameSchema, wait: { type: 'boolean' }, within: durationSchema },
  },
  fields: [
    { key: 'journey', as: 'journey', label: { zh: '哪段旅程', en: 'Journey' } },
    { key: 'wait', as: 'boolean', label: { zh: '等所有人走完', en: 'Wait until all are through' } },
    {
      key: 'within',
      as: 'duration',
      label: { zh: '最多等', en: 'At most' },
      help: { zh: '不填是 30 天。没走完的人继续走。', en: 'Empty: 30 days. Whoever is not through goes on.' },
    },
  ],
  ports: ({ wait }) => [
    ...(wait === true
      ? [
          { name: 'done', label: { zh: '都走完了', en: 'All through' } },
          { name: 'expired', label: { zh: '等到期限', en: 'Time is up' }, open: 'first' as const },
        ]
      : [{ name: 'launched', label: { zh: '已启动', en: 'Launched' } }]),
    { name: 'empty', label: { zh: '没有人符合', en: 'Nobody qualifies' }, open: 'first' },
  ],
  skip: 'empty',
  waits: ({ wait }) => wait === true,
  instants: 'duration',
  effects: {
    'launch-journey': ({ journey: name, within }): LaunchJourneyInput => ({
      journey: name,
      ...(within === undefined ? {} : { within }),
    }),
  },
  topics: ({ wait }) => (wait === true ? [{ answer: 'done' }] : []),

  enter: () => call('launch-journey'),

  resume: ({ wait }, _visit, event) => {
    if (event.kind === 'arrived') return go('done');
    if (event.kind !== 'returned') return go('expired');
    if (event.code === 'empty') return go('empty');
    return wait === true ? listen(event.until) : go('launched');
  },

  examples: [
    {
      says: { zh: '启动后马上往下走。', en: 'Launched, and on at once.' },
      config: { journey: 'check-in' },
      world: [{ effect: 'launch-journey', answers: 'launched', until: 'PT720H' }],
      leaves: 'launched',
    },
    {
      says: { zh: '三天后所有人都走完。', en: 'Everybody is through after three days.' },
      config: { journey: 'check-in', wait: true, within: 'P30D' },
      world: [
        { effect: 'launch-journey', answers: 'launched', until: 'PT720H' },
        { at: 'PT72H', arrives: 0 },
      ],
      leaves: 'done',
      at: 'PT72H',
    },
    {
      says: { zh: '没有人符合条件。', en: 'Nobody qualifies.' },
      config: { journey: 'check-in', wait: true },
      world: [{ effect: 'launch-journey', answers: 'empty' }],
      leaves: 'empty',
    },
  ],
});
