// What a playbook notes about a member (or about the activity, in campaign scope): tags and one attribute.
import { defineEffect } from '../effect.ts';

/** Tags to put on and to take off. */
export interface TagInput {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

export const tag = defineEffect({
  name: 'tag',
  cost: 'quick',
  codes: ['done'],
  decide: ({ add, remove }: TagInput, _facts: Record<never, never>) => ({
    code: 'done',
    why: { ...(add === undefined ? {} : { add }), ...(remove === undefined ? {} : { remove }) },
  }),
});

/** The attribute and its new value. */
export interface SetAttributeInput {
  readonly name: string;
  readonly value: string | number | boolean;
}

export const setAttribute = defineEffect({
  name: 'set-attribute',
  cost: 'quick',
  codes: ['done'],
  decide: ({ name, value }: SetAttributeInput, _facts: Record<never, never>) => ({
    code: 'done',
    why: { name, value },
  }),
});
