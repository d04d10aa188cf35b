// The subject leaves the graph at once, with all that it still has going on.
// Not the end of one branch: that is end.
import { defineStep, exit as leave } from '../step.ts';
import { nameSchema } from './shapes.ts';

export const exit = defineStep({
  type: 'exit',
  family: 'end',
  scope: 'any',
  label: { zh: '退出', en: 'Exit' },
  says: {
    zh: '立刻退出整个流程，其他还在进行的分支一并取消，原因记录在案。',
    en: 'Leaves the whole flow at once, cancels its other branches, and records why.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['reason'],
    properties: { reason: nameSchema },
  },
  fields: [
    {
      key: 'reason',
      as: 'reason',
      label: { zh: '原因', en: 'Reason' },
      help: {
        zh: '报告里怎么称呼这个原因，例如「报名太少」。',
        en: 'What reports call this reason, such as “too few sign-ups”.',
      },
    },
  ],
  ports: () => [],
  block: () => ({ kind: 'final' }),
  waits: () => false,

  enter: ({ reason }) => leave(reason),

  examples: [
    {
      says: { zh: '活动取消，全部停下。', en: 'The activity is cancelled, everything stops.' },
      config: { reason: 'cancelled' },
      becomes: 'exit',
    },
  ],
});
