// Gives one attribute of the member a value.
// In an activity the attribute is the run's own.
import type { SetAttributeInput } from '../effects/member-data.ts';
import { call, defineStep, go } from '../step.ts';
import { nameSchema, scalarSchema } from './shapes.ts';

export const setAttribute = defineStep({
  type: 'set-attribute',
  family: 'member',
  scope: 'any',
  label: { zh: '改属性', en: 'Set attribute' },
  says: { zh: '把成员的一个属性设为某个值。', en: 'Sets one attribute of the member to a value.' },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'value'],
    properties: { name: nameSchema, value: scalarSchema },
  },
  fields: [
    { key: 'name', as: 'attribute', label: { zh: '哪个属性', en: 'Attribute' } },
    { key: 'value', as: 'string', label: { zh: '设为', en: 'Value' } },
  ],
  ports: () => [{ name: 'done', label: { zh: '完成', en: 'Done' } }],
  waits: () => false,
  effects: { 'set-attribute': ({ name, value }): SetAttributeInput => ({ name, value }) },

  enter: () => call('set-attribute'),

  resume: () => go('done'),

  examples: [
    {
      says: { zh: '完成打卡的成员升到二级。', en: 'Whoever finished the challenge reaches level two.' },
      config: { name: 'level', value: 2 },
      world: [{ effect: 'set-attribute', answers: 'done' }],
      leaves: 'done',
    },
  ],
});
