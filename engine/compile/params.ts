// Parameters: what a document declares, the values given for them, and their places in a config.
// Declarations are a small part of JSON Schema, checked by hand: nothing of a document is ever compiled into code.
import type { Json, JsonObject } from '../json.ts';
import { objectOf } from './draft.ts';
import { misfit } from './misfit.ts';
import { inside } from './pointer.ts';

/** Most parameters of one playbook. */
export const MOST_PARAMS = 200;

/** One declared parameter. */
export interface Param {
  readonly name: string;
  readonly schema: JsonObject;
  readonly pointer: string;
  /** What stands for it while the document is checked: given, default, example, or made up to fit the type. */
  readonly value: Json;
  /** False when the value is made up, so that only its type says anything. */
  readonly isReal: boolean;
}

/** All parameters of a document, with what has been used. */
export interface Params {
  readonly declared: ReadonlyMap<string, Param>;
  /** True when the playbook is being launched: values take the place of references in the plan. */
  readonly isLaunch: boolean;
  /** The values bound at launch. */
  readonly bound: JsonObject;
  readonly used: Set<string>;
}

/** A config with parameters filled in, and the pointers at which they stood. */
export interface Filled {
  readonly config: JsonObject;
  readonly refs: ReadonlyMap<string, string>;
}

/** The name of the parameter that a value refers to, if it is a reference. */
export function paramOf(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { param, ...rest } = value as JsonObject;
  return typeof param === 'string' && Object.keys(rest).length === 0 ? param : undefined;
}

/** Fills parameters in; `unknown` hears of names that are not declared. The same object comes back when there are none. */
export function fillIn(
  config: JsonObject,
  params: Params,
  unknown: (name: string, pointer: string) => void,
): Filled {
  if (!refers(config)) return { config, refs: NONE };
  const refs = new Map<string, string>();
  const fill = (value: Json, pointer: string): Json => {
    if (typeof value !== 'object' || value === null) return value;
    const name = paramOf(value);
    if (name !== undefined) {
      const param = params.declared.get(name);
      params.used.add(name);
      refs.set(pointer, name);
      if (param === undefined) unknown(name, pointer);
      return param?.value ?? '';
    }
    if (Array.isArray(value)) {
      const list = value as readonly Json[];
      const filled = list.map((item, index) => fill(item, inside(pointer, index)));
      return filled.some((item, index) => item !== list[index]) ? filled : value;
    }
    return fillObject(value as JsonObject, pointer, fill);
  };
  return { config: fillObject(config, '', fill), refs };
}

const NONE: ReadonlyMap<string, string> = new Map();

/** True when a parameter stands anywhere inside; most configs have none. */
function refers(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return (value as readonly Json[]).some(refers);
  const object = value as JsonObject;
  for (const key in object) if (key === 'param' || refers(object[key]!)) return true;
  return false;
}

function fillObject(
  value: JsonObject,
  pointer: string,
  fill: (value: Json, pointer: string) => Json,
): JsonObject {
  let copy: Record<string, Json> | undefined;
  for (const [key, item] of Object.entries(value)) {
    const filled = fill(item, inside(pointer, key));
    if (filled === item) continue;
    copy ??= { ...value };
    copy[key] = filled;
  }
  return copy ?? value;
}

/** The declared parameters of a document with the values that stand for them. */
export function readParams(document: JsonObject, given: JsonObject | undefined): Params {
  const properties = objectOf(objectOf(document['params'])['properties']);
  const declared = new Map<string, Param>();
  const bound: Record<string, Json> = {};
  for (const [name, item] of Object.entries(properties).slice(0, MOST_PARAMS)) {
    const schema = objectOf(item);
    const own = given !== undefined && Object.hasOwn(given, name) ? given[name] : undefined;
    const known = own ?? schema['default'];
    if (given !== undefined && known !== undefined) bound[name] = known;
    const example = Array.isArray(schema['examples'])
      ? (schema['examples'] as readonly Json[])[0]
      : undefined;
    const value = known ?? example;
    // A value that does not fit its own declaration is reported there, and nowhere else.
    const isReal = value !== undefined && misfit(value, schema) === undefined;
    declared.set(name, {
      name,
      schema,
      pointer: inside('/params/properties', name),
      value: isReal ? value : madeUp(schema),
      isReal,
    });
  }
  return { declared, isLaunch: given !== undefined, bound, used: new Set() };
}

/** A value of the declared type. */
function madeUp(schema: JsonObject): Json {
  const { type, enum: choices, format, minimum } = schema;
  if (Array.isArray(choices) && choices.length > 0) return (choices as readonly Json[])[0] ?? '';
  if (type === 'number' || type === 'integer') return typeof minimum === 'number' ? minimum : 1;
  if (type === 'boolean') return true;
  if (type === 'array') return [];
  return (
    (typeof format === 'string' && Object.hasOwn(SAMPLES, format) ? SAMPLES[format] : undefined) ?? 'sample'
  );
}

const SAMPLES: Readonly<Partial<Record<string, string>>> = {
  'date-time': '2026-01-01T20:00',
  duration: 'PT1H',
  'local-time': '09:00',
  uri: 'https://example.org/',
  'time-zone': 'Asia/Shanghai',
};

/** Values for trying a playbook out: what is given, else the default, else the first example of each parameter. */
export function sampleParams(document: unknown, given: JsonObject = {}): JsonObject {
  const properties = objectOf(objectOf(objectOf(document as Json)['params'])['properties']);
  const sample: Record<string, Json> = {};
  for (const [name, item] of Object.entries(properties)) {
    const { default: fallback, examples } = objectOf(item);
    const value = fallback ?? (Array.isArray(examples) ? (examples as readonly Json[])[0] : undefined);
    if (value !== undefined) sample[name] = value;
  }
  return { ...sample, ...given };
}
