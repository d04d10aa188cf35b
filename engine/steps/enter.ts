// Where a journey begins, and which members may enter it and how many. A member enters a journey of a run once.
// Not the enrolment: whoever launches the journey finds the members by this configuration.
import { conditionSchema } from '../language/rule.ts';
import { defineStep, go } from '../step.ts';

export const enter = defineStep({
  type: 'enter',
  family: 'trigger',
  scope: 'member',
  label: { zh: '进入旅程', en: 'Enter' },
  says: {
    zh: '成员从这里进入旅程：旅程启动时符合条件的人，每人一次。',
    en: 'Members enter the journey here: those who qualify when it is launched, each of them once.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    properties: {
      segment: conditionSchema,
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
    { key: 'capacity', as: 'integer', label: { zh: '最多多少人', en: 'At most' } },
  ],
  ports: () => [{ name: 'out', label: { zh: '下一步', en: 'Next' } }],
  block: () => ({ kind: 'start' }),
  waits: () => false,

  enter: () => go('out'),

  examples: [
    {
      says: { zh: '符合条件的成员进入后往下走。', en: 'A member who qualifies goes on at once.' },
      config: { segment: { cel: 'member.consent' }, capacity: 500 },
      leaves: 'out',
    },
  ],
});
