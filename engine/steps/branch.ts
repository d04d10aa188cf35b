// Goes the first way whose rule holds, otherwise the way "else".
// Not the rules' meaning: they are evaluated by the effect `choose`, where the data is.
import type { ChooseInput } from '../effects/choose.ts';
import type { Text } from '../document.ts';
import { conditionSchema, type CelCondition } from '../language/rule.ts';
import { call, defineStep, go } from '../step.ts';
import { ownPort, portFields, portFindings, portSchema, textSchema } from './shapes.ts';

export const branch = defineStep({
  type: 'branch',
  family: 'decision',
  scope: 'any',
  label: { zh: '判断', en: 'Branch' },
  says: {
    zh: '从上到下看规则，走第一条成立的；都不成立走“其他”。',
    en: 'Reads the rules from the top, takes the first that holds, and “else” when none does.',
  },
  config: {
    type: 'object',
    additionalProperties: false,
    required: ['rules'],
    properties: {
      rules: {
        type: 'array',
        minItems: 1,
        maxItems: 24,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['port', 'when'],
          properties: { port: portSchema, label: textSchema, when: conditionSchema },
        },
      },
    },
  },
  fields: [
    {
      key: 'rules',
      as: 'list',
      label: { zh: '规则', en: 'Rules' },
      of: [...portFields, { key: 'when', as: 'condition', label: { zh: '当', en: 'When' } }],
    },
  ],
  ports: ({ rules }) => [
    ...rules.map(({ port, label }) => ownPort(port, label)),
    { name: 'else', label: { zh: '其他', en: 'Else' } },
  ],
  skip: 'else',
  waits: () => false,
  effects: {
    choose: ({ rules }): ChooseInput => ({ rules: rules.map(({ when }) => when as CelCondition) }),
  },
  lint: ({ rules }) => portFindings(rules, 'rules', ['else']),

  enter: () => call('choose'),

  resume: ({ rules }, _visit, event) =>
    go((event.kind === 'returned' && rules[Number(event.code)]?.port) || 'else'),

  examples: [
    {
      says: { zh: '老成员走自己的路。', en: 'A regular goes their own way.' },
      config: {
        rules: [
          { port: 'regular', label: { 'zh-CN': '老成员' } as Text, when: { cel: 'member.days > 30.0' } },
        ],
      },
      world: [{ effect: 'choose', answers: '0' }],
      leaves: 'regular',
    },
    {
      says: { zh: '没有一条规则成立。', en: 'No rule holds.' },
      config: { rules: [{ port: 'regular', when: { cel: 'member.days > 30.0' } }] },
      world: [{ effect: 'choose', answers: 'else' }],
      leaves: 'else',
    },
  ],
});
