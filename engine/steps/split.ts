// Divides subjects by percentages; the same subject always gets the same way.
// Not by data: that is branch. A way without any step makes a control group.
import { defineStep, go } from '../step.ts';
import { ownPort, portFields, portFindings, portSchema, textSchema } from './shapes.ts';

export const split = defineStep({
  type: 'split',
  family: 'decision',
  scope: 'any',
  label: { zh: '分流', en: 'Split' },
  says: {
    zh: '按百分比随机分组，同一个人每次都在同一组。',
    en: 'Divides at random by percentages; the same member is always in the same part.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['variants'],
    properties: {
      variants: {
        type: 'array',
        minItems: 2,
        maxItems: 25,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['port', 'percent'],
          properties: {
            port: portSchema,
            label: textSchema,
            percent: { type: 'number', minimum: 0, maximum: 100 },
          },
        },
      },
    },
  },
  fields: [
    {
      key: 'variants',
      as: 'list',
      label: { zh: '分组', en: 'Parts' },
      of: [...portFields, { key: 'percent', as: 'percent', label: { zh: '占比', en: 'Share' } }],
    },
  ],
  ports: ({ variants }) => variants.map(({ port, label }) => ownPort(port, label)),
  waits: () => false,
  lint: ({ variants }) => {
    const sum = variants.reduce((total, { percent }) => total + percent, 0);
    return [
      ...portFindings(variants, 'variants', []),
      ...(Math.abs(sum - 100) > 1e-6
        ? [{ code: 'E-SPLIT-SUM', pointer: '/variants', values: { value: sum } }]
        : []),
    ];
  },

  enter: ({ variants }, { chance }) => {
    const drawn = chance() * 100;
    let upTo = 0;
    const chosen = variants.find(({ percent }) => {
      upTo += percent;
      return drawn < upTo;
    });
    // Percentages may add up to a hair below a hundred.
    return go((chosen ?? variants.findLast(({ percent }) => percent > 0) ?? variants[0])?.port ?? '');
  },

  examples: [
    {
      says: { zh: '各一半，抽到 0.42 在前一半。', en: 'Halves: a draw of 0.42 falls into the first.' },
      config: {
        variants: [
          { port: 'a', percent: 50 },
          { port: 'b', percent: 50 },
        ],
      },
      leaves: 'a',
    },
    {
      says: {
        zh: '留 10% 不打扰作对照，其余照常。',
        en: 'A tenth is left alone for comparison, the rest goes on.',
      },
      config: {
        variants: [
          { port: 'control', percent: 10 },
          { port: 'treated', percent: 90 },
        ],
      },
      leaves: 'treated',
    },
  ],
});
