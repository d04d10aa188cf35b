// What a control of the inspector is given. One file per kind of field (controls/), for all steps that have it.
import type { ComponentType } from 'react';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Field } from '../../engine/step.ts';
import type { Problem } from '../../engine/problem.ts';

/** A control edits one value. `change` with undefined takes the value away. */
export interface ControlProps {
  readonly id: string;
  readonly field: Field;
  /** The JSON Schema of the value, where the step gives one. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly value: Json | undefined;
  /** Where the value stands inside of its node, as a JSON pointer. */
  readonly pointer: string;
  readonly change: (value: Json | undefined) => void;
  /** What stands beside it: the fields of the same form, and their values. */
  readonly siblings: { readonly fields: readonly Field[]; readonly values: JsonObject };
  /** Problems inside the value; a control may show them at the very place. */
  readonly problems: readonly Problem[];
  /** The form of further fields, for values that are rows of them. */
  readonly Nested: ComponentType<RowsProps>;
}

/** What a form needs of the thing it edits. */
export interface RowsProps {
  readonly prefix: string;
  /** JSON pointer of the values inside of their node: `/config`, `/config/rules/0`. */
  readonly pointer: string;
  readonly fields: readonly Field[];
  readonly schema: Readonly<Record<string, unknown>>;
  readonly values: JsonObject;
  readonly problems: readonly Problem[];
  readonly change: (key: string, value: Json | undefined) => void;
  /** Makes a parameter of a field, where the form is of a step. */
  readonly newParam?: (field: Field) => void;
}
