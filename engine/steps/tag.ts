// Puts tags on the member and takes tags off.
// In an activity the tags are the run's own; they say something about no member.
import type { TagInput } from '../effects/member-data.ts';
import { call, defineStep, go } from '../step.ts';
import { nameSchema } from './shapes.ts';

export const tag = defineStep({
  type: 'tag',
  family: 'member',
  scope: 'any',
  label: { zh: '打标签', en: 'Tag' },
  says: { zh: '给成员打上或去掉标签。', en: 'Puts tags on the member, or takes them off.' },
  config: {
    type: 'object',
    additionalProperties: false,
    minProperties: 1,
    properties: {
      add: { type: 'array', minItems: 1, maxItems: 20, uniqueItems: true, items: nameSchema },
      remove: { type: 'array', minItems: 1, maxItems: 20, uniqueItems: true, items: nameSchema },
    },
  },
  fields: [
    { key: 'add', as: 'tag', label: { zh: '打上', en: 'Add' } },
    { key: 'remove', as: 'tag', label: { zh: '去掉', en: 'Remove' } },
  ],
  ports: () => [{ name: 'done', label: { zh: '完成', en: 'Done' } }],
  waits: () => false,
  effects: {
    tag: ({ add, remove }): TagInput => ({
      ...(add === undefined ? {} : { add }),
      ...(remove === undefined ? {} : { remove }),
    }),
  },
  lint: ({ add = [], remove = [] }) =>
    remove.flatMap((name, index) =>
      add.includes(name)
        ? [{ code: 'E-TAG-BOTH', pointer: `/remove/${index}`, values: { value: name } }]
        : [],
    ),

  enter: () => call('tag'),

  resume: () => go('done'),

  examples: [
    {
      says: { zh: '报名的成员打上“已报名”。', en: 'Whoever signed up is tagged.' },
      config: { add: ['rsvp'], remove: ['invited'] },
      world: [{ effect: 'tag', answers: 'done' }],
      leaves: 'done',
    },
  ],
});
