// Where the branches of a parallel meet: all of them, the first, or so many.
// Arriving is a matter of the edge and of the interpreter; the step itself only says how many are needed, and lets through.
import { defineStep, go } from '../step.ts';

export const join = defineStep({
  type: 'join',
  family: 'flow',
  scope: 'any',
  label: { zh: '汇合', en: 'Join' },
  says: {
    zh: '等并行的分支到齐（或到够几条）再往下走，其余的取消。',
    en: 'Goes on when the branches of a parallel have arrived, all or as many as needed; the others are cancelled.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['need'],
    properties: {
      need: { enum: ['all', 'any', 'count'] },
      count: { type: 'integer', minimum: 1, maximum: 25 },
    },
  },
  fields: [
    {
      key: 'need',
      as: 'choice',
      label: { zh: '等哪些', en: 'Waits for' },
      choices: {
        all: { zh: '所有分支', en: 'All branches' },
        any: { zh: '第一条到的', en: 'The first to come' },
        count: { zh: '到够几条', en: 'As many as' },
      },
    },
    {
      key: 'count',
      as: 'integer',
      label: { zh: '几条', en: 'How many' },
      help: { zh: '选择“到够几条”时填写。', en: 'With “as many as”.' },
    },
  ],
  ports: () => [{ name: 'out', label: { zh: '下一步', en: 'Next' } }],
  block: ({ need, count }) => ({
    kind: 'join',
    need: need === 'all' ? 'all' : need === 'any' ? 1 : (count ?? 1),
  }),
  waits: () => false,
  lint: ({ need, count }) =>
    need === 'count' && count === undefined
      ? [{ code: 'E-MISSING', pointer: '/count', values: { key: 'count' } }]
      : [],

  enter: () => go('out'),

  examples: [
    {
      says: { zh: '到齐后往下走。', en: 'Once met, it goes on.' },
      config: { need: 'all' },
      leaves: 'out',
    },
  ],
});
