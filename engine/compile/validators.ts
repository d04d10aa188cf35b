// Checks documents and configs against their schemas. The only file of the engine that knows ajv.
// A browser may not make code at run time: its build puts validators that were made ahead of time in this file's place.
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Registry } from './draft.ts';
import { formats } from './formats.ts';
import { documentSchema } from './schema.ts';

/** Finds what is wrong with the shape of a value. */
export type Validate = (value: unknown) => readonly ErrorObject[];

/** The validators of one registry. */
export interface Validators {
  /** The whole document but the inside of `config` and `params`. */
  readonly document: Validate;
  /** The config of a step type. */
  config(type: string): Validate;
}

const made = new WeakMap<Registry['steps'], Validators>();

/** The validators of a registry, made once. */
export function validatorsOf(steps: Registry['steps']): Validators {
  const known = made.get(steps);
  if (known !== undefined) return known;
  const ajv = makeAjv();
  const configs = new Map<string, Validate>();
  const validators: Validators = {
    document: validate(ajv.compile(documentSchema())),
    config(type) {
      const found = configs.get(type) ?? validate(ajv.compile({ ...steps[type]!.config }));
      configs.set(type, found);
      return found;
    },
  };
  made.set(steps, validators);
  return validators;
}

function validate(check: ValidateFunction): Validate {
  return (value) => (check(value) ? [] : (check.errors ?? []));
}

/** How our schemas are read. */
export const AJV_OPTIONS = {
  allErrors: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allowUnionTypes: true,
  // Patterns come from us, never from the document.
  unicodeRegExp: false,
} as const;

function makeAjv(): Ajv2020 {
  const ajv = new Ajv2020(AJV_OPTIONS);
  for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format);
  return ajv;
}
