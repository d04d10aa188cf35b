// Where a journey begins, and which members may enter it, how often and how many.
// Not the enrolment: whoever launches the journey finds the members by this configuration.
import { conditionSchema } from '../language/rule.ts';
import { defineStep, go } from '../step.ts';
import { durationSchema, nameSchema } from './shapes.ts';

export const enter = defineStep({
  type: 'enter',
  family: 'trigger',
  scope: 'member',
  label: { zh: '进入旅程', en: 'Enter' },
  says: {
    zh: '成员从这里进入旅程：符合条件的人群，或做了某件事的人。',
    en: 'Members enter the journey here: those whom a rule names, or whoever does something.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    properties: {
      segment: conditionSchema,
      event: nameSchema,
      reentry: { enum: ['once', 'after-exit', 'after-pause'] },
      pause: durationSchema,
      capacity: { type: 'integer', minimum: 1, maximum: 10_000_000 },
    },
  },
  fields: [
    {
      key: 'segment',
      as: 'condition',
      label: { zh: '哪些成员', en: 'Which members' },
      help: { zh: '不填就是全部成员。', en: 'Empty: every member.' },
    },
    {
      key: 'event',
      as: 'event',
      label: { zh: '做了什么才进入', en: 'Enters by event' },
      help: {
        zh: '不填则在旅程启动时一次进入。',
        en: 'Empty: everybody enters when the journey is launched.',
      },
    },
    { key: 'reentry', as: 'choice', label: { zh: '能否再次进入', en: 'Entering again' } },
    { key: 'pause', as: 'duration', label: { zh: '隔多久可再次进入', en: 'Again after' } },
    { key: 'capacity', as: 'integer', label: { zh: '最多多少人', en: 'At most' } },
  ],
  ports: () => [{ name: 'out', label: { zh: '下一步', en: 'Next' } }],
  block: () => ({ kind: 'start' }),
  waits: () => false,
  lint: ({ reentry, pause }) =>
    reentry === 'after-pause' && pause === undefined
      ? [{ code: 'E-MISSING', pointer: '/pause', values: { key: 'pause' } }]
      : [],

  enter: () => go('out'),

  examples: [
    {
      says: { zh: '符合条件的成员进入后往下走。', en: 'A member who qualifies goes on at once.' },
      config: { segment: { cel: 'member.consent' }, reentry: 'once' },
      leaves: 'out',
    },
  ],
});
