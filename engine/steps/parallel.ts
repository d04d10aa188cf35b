// Opens several branches that run at the same time; they meet again in a join.
// Not a choice: every branch runs.
import { defineStep, fork } from '../step.ts';
import { ownPort, portFields, portFindings, portSchema, textSchema } from './shapes.ts';

export const parallel = defineStep({
  type: 'parallel',
  family: 'flow',
  scope: 'any',
  label: { zh: '并行', en: 'Parallel' },
  says: {
    zh: '同时走几条分支，之后在“汇合”处会合。',
    en: 'Runs several branches at the same time; they meet again in a join.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['branches'],
    properties: {
      branches: {
        type: 'array',
        minItems: 2,
        maxItems: 25,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['port'],
          properties: { port: portSchema, label: textSchema },
        },
      },
    },
  },
  fields: [{ key: 'branches', as: 'list', label: { zh: '分支', en: 'Branches' }, of: portFields }],
  ports: ({ branches }) => branches.map(({ port, label }) => ownPort(port, label)),
  block: () => ({ kind: 'fork' }),
  waits: () => false,
  lint: ({ branches }) => portFindings(branches, 'branches', []),

  enter: () => fork(),

  examples: [
    {
      says: { zh: '群发与盯数据同时进行。', en: 'The announcement and a guard run side by side.' },
      config: { branches: [{ port: 'announce' }, { port: 'guard' }] },
      becomes: 'fork',
    },
  ],
});
