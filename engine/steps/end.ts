// This path is finished.
// Other branches of the same subject go on: to stop them as well is exit.
import { defineStep, end as finish } from '../step.ts';
import { nameSchema } from './shapes.ts';

export const end = defineStep({
  type: 'end',
  family: 'end',
  scope: 'any',
  label: { zh: '结束', en: 'End' },
  says: {
    zh: '这条路走完了；其他分支继续。',
    en: 'This path is finished; other branches go on.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    properties: { reason: nameSchema },
  },
  fields: [
    {
      key: 'reason',
      as: 'reason',
      label: { zh: '结果', en: 'Result' },
      help: {
        zh: '报告里怎么称呼这个结果，例如「办完了」。不填就叫「走完了」。',
        en: 'What reports call this result, such as “held”. Left empty it is “went through to the end”.',
      },
    },
  ],
  ports: () => [],
  block: () => ({ kind: 'final' }),
  waits: () => false,

  enter: ({ reason }) => finish(reason ?? 'done'),

  examples: [
    {
      says: { zh: '顺利走完。', en: 'All done.' },
      config: {},
      becomes: 'end',
    },
  ],
});
