// Starts another playbook, and waits for its end if wanted.
// Not a copy of it: the other run has its own page, its own review and its own way to be stopped.
import type { StartPlaybookInput } from '../effects/launch.ts';
import { typed, type JsonObject } from '../json.ts';
import { call, defineStep, go, listen } from '../step.ts';
import { durationSchema, nameSchema } from './shapes.ts';

export const runPlaybook = defineStep({
  type: 'run-playbook',
  family: 'flow',
  scope: 'any',
  label: { zh: '启动剧本', en: 'Run playbook' },
  says: {
    zh: '启动另一个剧本，可以等它结束。',
    en: 'Starts another playbook, and waits until it has ended if wanted.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['playbook'],
    properties: {
      playbook: nameSchema,
      params: typed<JsonObject>({ type: 'object', maxProperties: 100 }),
      wait: { type: 'boolean' },
      within: durationSchema,
    },
  },
  fields: [
    { key: 'playbook', as: 'playbook', label: { zh: '哪个剧本', en: 'Playbook' } },
    { key: 'wait', as: 'boolean', label: { zh: '等它结束', en: 'Wait for its end' } },
    {
      key: 'within',
      as: 'duration',
      label: { zh: '最多等', en: 'At most' },
      help: { zh: '不填是 30 天。', en: 'Empty: 30 days.' },
    },
  ],
  ports: ({ wait }) => [
    ...(wait === true
      ? [
          { name: 'done', label: { zh: '已结束', en: 'Ended' } },
          { name: 'expired', label: { zh: '等到期限', en: 'Time is up' }, open: 'first' as const },
        ]
      : [{ name: 'started', label: { zh: '已启动', en: 'Started' } }]),
    { name: 'refused', label: { zh: '不能启动', en: 'Refused' }, open: 'stuck' },
  ],
  skip: 'refused',
  waits: ({ wait }) => wait === true,
  instants: 'duration',
  effects: {
    'start-playbook': ({ playbook, params, within }): StartPlaybookInput => ({
      playbook,
      ...(params === undefined ? {} : { params }),
      ...(within === undefined ? {} : { within }),
    }),
  },
  topics: ({ wait }) => (wait === true ? [{ answer: 'done' }] : []),

  enter: () => call('start-playbook'),

  resume: ({ wait }, _visit, event) => {
    if (event.kind === 'arrived') return go('done');
    if (event.kind !== 'returned') return go('expired');
    if (event.code === 'refused') return go('refused');
    return wait === true ? listen(event.until) : go('started');
  },

  examples: [
    {
      says: { zh: '危机剧本启动后，这边继续。', en: 'The crisis playbook starts, and this one goes on.' },
      config: { playbook: 'crisis', params: { level: 2 } },
      world: [{ effect: 'start-playbook', answers: 'started', until: 'PT720H' }],
      leaves: 'started',
    },
    {
      says: { zh: '等了一天还没结束。', en: 'After a day it has not ended.' },
      config: { playbook: 'crisis', wait: true, within: 'PT24H' },
      world: [{ effect: 'start-playbook', answers: 'started', until: 'PT24H' }],
      leaves: 'expired',
      at: 'PT24H',
    },
    {
      says: { zh: '那个剧本没有发布。', en: 'That playbook is not published.' },
      config: { playbook: 'crisis' },
      world: [{ effect: 'start-playbook', answers: 'refused' }],
      leaves: 'refused',
    },
  ],
});
