// The parameters of a playbook as they are declared: what is filled in at launch. Pure; not their values in a run.
import type { Playbook } from '../../engine/document.ts';
import type { Json, JsonObject, JsonSchema } from '../../engine/json.ts';
import type { Field, FieldKind } from '../../engine/step.ts';
import { read, type Language } from '../words.ts';
import { isRecord } from '../values.ts';

/** One declaration: a JSON Schema with a title in each language. */
export type ParamSchema = JsonObject;

/** The declarations by name, in their order. */
export function paramsOf({ params }: Pick<Playbook, 'params'>): Readonly<Record<string, ParamSchema>> {
  const properties = (params as { readonly properties?: Json } | undefined)?.properties;
  return isRecord(properties) ? (properties as Readonly<Record<string, ParamSchema>>) : {};
}

/** The names that must be filled in at launch. */
export function requiredParams({ params }: Pick<Playbook, 'params'>): readonly string[] {
  const required = (params as { readonly required?: Json } | undefined)?.required;
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

/** What people call a parameter: its title in their language, else its name. */
export function paramTitle(document: Pick<Playbook, 'params'>, name: string, language: Language): string {
  const own = paramsOf(document);
  const title = Object.hasOwn(own, name) ? own[name]?.['title'] : undefined;
  if (typeof title === 'string' && title !== '') return title;
  const said = isRecord(title) ? read(title as Readonly<Record<string, string>>, language) : '';
  return said === '' ? name : said;
}

/** The dates that times may count from. */
export const anchorNames = (document: Pick<Playbook, 'params'>): readonly string[] =>
  Object.entries(paramsOf(document)).flatMap(([name, { format }]) => (format === 'date-time' ? [name] : []));

/** The value of a parameter to show things with: its default, else its first example. */
export function sampleOf(schema: ParamSchema | undefined): Json | undefined {
  const examples = schema?.['examples'];
  return schema?.['default'] ?? (Array.isArray(examples) ? (examples as readonly Json[])[0] : undefined);
}

/** The declarations with another in the place of one (in the place of `name`, when it was renamed); undefined removes it. */
export function withParam(
  { params }: Pick<Playbook, 'params'>,
  name: string,
  next: { readonly name: string; readonly schema: ParamSchema; readonly isRequired: boolean } | undefined,
): JsonSchema | undefined {
  const own = params === undefined ? {} : { params };
  const before = Object.entries(paramsOf(own));
  const entry = next === undefined ? [] : [[next.name, next.schema] as const];
  const isNew = !before.some(([key]) => key === name);
  const properties = Object.fromEntries([
    ...before.flatMap(([key, schema]) => (key === name ? entry : [[key, schema] as const])),
    ...(isNew ? entry : []),
  ]);
  const required = requiredParams(own).filter((key) => key !== name && key !== next?.name);
  if (next?.isRequired === true) required.push(next.name);
  const { required: _required, ...rest } = (params ?? { type: 'object' }) as JsonObject;
  return { ...rest, properties, ...(required.length === 0 ? {} : { required }) } as JsonSchema;
}

/** The declaration that fits a kind of field; kinds that are not here take no parameter of their own making. */
export const PARAM_TYPES: Readonly<Partial<Record<FieldKind, ParamSchema>>> = {
  string: { type: 'string' },
  channel: { type: 'string' },
  role: { type: 'string' },
  url: { type: 'string', format: 'uri' },
  duration: { type: 'string', format: 'duration' },
  'local-time': { type: 'string', format: 'local-time' },
  zone: { type: 'string', format: 'time-zone' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  percent: { type: 'number' },
  boolean: { type: 'boolean' },
};

/** A declaration made of a field: its label is the title, its value the default. */
export function paramFrom({ as, label }: Field, value: Json | undefined): ParamSchema {
  const title = { 'zh-CN': label.zh, en: label.en };
  return { ...PARAM_TYPES[as], title, ...(value === undefined ? {} : { default: value }) };
}
