// Goes by a number of the whole community: the highest threshold that it reaches.
// Not about one member: that is branch. What was read is recorded, so that the decision can be reviewed.
import type { MeasureInput } from '../effects/measure.ts';
import { call, defineStep, go } from '../step.ts';
import {
  durationSchema,
  nameSchema,
  ownPort,
  portFields,
  portFindings,
  portSchema,
  textSchema,
  windowFindings,
} from './shapes.ts';

export const branchMetric = defineStep({
  type: 'branch-metric',
  family: 'decision',
  scope: 'any',
  label: { zh: '看数据', en: 'Branch by metric' },
  says: {
    zh: '看一个社群数据够到哪一档，走那一档的出口；数据不足走“未知”。',
    en: 'Reads a community number and goes by the highest threshold reached; “unknown” when it cannot be told.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['metric', 'bands'],
    properties: {
      metric: nameSchema,
      window: durationSchema,
      bands: {
        type: 'array',
        minItems: 1,
        maxItems: 10,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['port', 'atLeast'],
          properties: { port: portSchema, label: textSchema, atLeast: { type: 'number' } },
        },
      },
    },
  },
  fields: [
    { key: 'metric', as: 'metric', label: { zh: '看哪个数据', en: 'Metric' } },
    {
      key: 'window',
      as: 'duration',
      label: { zh: '最近多久', en: 'Over the last' },
      help: { zh: '不填就从活动开始算起。', en: 'Empty: since the activity began.' },
    },
    {
      key: 'bands',
      as: 'list',
      label: { zh: '从高到低的档位', en: 'Thresholds, highest first' },
      of: [...portFields, { key: 'atLeast', as: 'number', label: { zh: '不低于', en: 'At least' } }],
    },
  ],
  ports: ({ bands }) => [
    ...bands.map(({ port, label }) => ownPort(port, label)),
    { name: 'else', label: { zh: '更低', en: 'Below' } },
    // Needed: a number that nobody knows must not pass for the best one.
    { name: 'unknown', label: { zh: '未知', en: 'Unknown' } },
  ],
  skip: 'unknown',
  waits: () => false,
  effects: {
    measure: ({ metric, window, bands }): MeasureInput => ({
      metric,
      ...(window === undefined ? {} : { window }),
      bands: bands.map(({ atLeast }) => ({ atLeast })),
    }),
  },
  lint: ({ metric, window, bands }) => [
    ...windowFindings({ metric, window }),
    ...portFindings(bands, 'bands', ['else', 'unknown']),
    ...bands.flatMap(({ atLeast }, index) => {
      const above = bands[index - 1]?.atLeast;
      return above !== undefined && atLeast >= above
        ? [{ code: 'E-BANDS-ORDER', pointer: `/bands/${index}/atLeast`, values: { value: atLeast, above } }]
        : [];
    }),
  ],

  enter: () => call('measure'),

  resume: ({ bands }, _visit, event) => {
    const code = event.kind === 'returned' ? event.code : 'unknown';
    return go(code === 'unknown' ? 'unknown' : (bands[Number(code)]?.port ?? 'else'));
  },

  examples: [
    {
      says: { zh: '报名率够到第二档。', en: 'The sign-up rate reaches the second threshold.' },
      config: {
        metric: 'sign_up_rate',
        bands: [
          { port: 'good', atLeast: 0.08 },
          { port: 'fair', atLeast: 0.03 },
        ],
      },
      world: [{ effect: 'measure', answers: '1' }],
      leaves: 'fair',
    },
    {
      says: { zh: '哪一档都没够到。', en: 'No threshold is reached.' },
      config: { metric: 'sign_ups', bands: [{ port: 'good', atLeast: 50 }] },
      world: [{ effect: 'measure', answers: 'else' }],
      leaves: 'else',
    },
    {
      says: { zh: '人数太少，比例说明不了什么。', en: 'Too few people for a rate to mean anything.' },
      config: { metric: 'sign_up_rate', bands: [{ port: 'good', atLeast: 0.08 }] },
      world: [{ effect: 'measure', answers: 'unknown' }],
      leaves: 'unknown',
    },
  ],
});
