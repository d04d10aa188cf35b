// Which fields the conditions and texts of one document may name: the built-in ones, its parameters, its attributes.
import { attributeFields, type Attribute } from '../attributes.ts';
import type { Text } from '../document.ts';
import { BUILT_IN_FIELDS, reportedField } from '../fields.ts';
import type { Json, JsonObject } from '../json.ts';
import { isFieldName, type FieldDeclaration, type FieldSchema, type FieldType } from '../language/rule.ts';
import type { Field } from '../step.ts';
import { listOf, objectOf, type DraftNode } from './draft.ts';
import type { Params } from './params.ts';

/** The fields of a document. What the team has declared of its members holds, whatever the document says. */
export function fieldsOf(
  document: JsonObject,
  nodes: readonly DraftNode[],
  { params, attributes }: { readonly params: Params; readonly attributes: readonly Attribute[] },
): FieldSchema {
  const member: Record<string, FieldDeclaration> = {};
  const run: Record<string, FieldDeclaration> = {};
  const reported: Record<string, FieldDeclaration> = {};
  const event: Record<string, FieldDeclaration> = {};
  for (const about of Object.values(objectOf(objectOf(document['rehearsal'])['events']))) {
    for (const [name, weights] of Object.entries(objectOf(objectOf(about)['data'])))
      declare(event, name, typeOfKeys(Object.keys(objectOf(weights))));
  }
  for (const [name, weights] of Object.entries(objectOf(objectOf(document['rehearsal'])['attributes']))) {
    declare(member, name, typeOfKeys(Object.keys(objectOf(weights))));
  }
  for (const node of nodes) {
    const own = node.graph.number === 0 ? run : member;
    for (const { key, as } of node.step?.fields ?? []) {
      const name = node.config[key];
      if (as === 'attribute' && typeof name === 'string') declare(own, name, typeOf(node.config['value']));
    }
    for (const [name, type] of answersOf(node.step?.fields ?? [], node.config)) declare(event, name, type);
    for (const name of numbersOf(node.step?.fields ?? [], node.config)) {
      declare(reported, reportedField(name), 'number');
    }
  }
  return {
    member: { ...member, ...attributeFields(attributes), ...BUILT_IN_FIELDS.member },
    event: { ...event, ...BUILT_IN_FIELDS.event },
    run: { ...run, ...BUILT_IN_FIELDS.run },
    params: paramFields(params),
    metrics: { ...reported, ...BUILT_IN_FIELDS.metrics },
  };
}

/** The field by which a form counts its answers, and the one by which a step has people report numbers. */
export const COUNTS = 'counts';
const NUMBERS = 'numbers';
/** The field in which a form has its questions. */
const QUESTIONS = 'questions';

/** The names under which a node reports numbers. */
function numbersOf(fields: readonly Field[], config: JsonObject): string[] {
  return fields.flatMap(({ key, as }) => {
    const value = config[key];
    if (key === COUNTS && as === 'metric') return typeof value === 'string' ? [value] : [];
    if (key !== NUMBERS || as !== 'list') return [];
    return listOf(value).flatMap((row) => {
      const { name } = objectOf(row);
      return typeof name === 'string' ? [name] : [];
    });
  });
}

/** The questions of a form whose answers are known as the event of handing it in, with the types of the answers. */
function answersOf(fields: readonly Field[], config: JsonObject): (readonly [string, FieldType])[] {
  if (!fields.some(({ key, as }) => key === QUESTIONS && as === 'list')) return [];
  return listOf(config[QUESTIONS]).flatMap((row) => {
    const { key, type } = objectOf(row);
    const known = typeof type === 'string' && Object.hasOwn(SAID, type) ? SAID[type] : undefined;
    return typeof key === 'string' && known !== undefined ? [[key, known] as const] : [];
  });
}

/** What may be said of an answer: see `saidIn`. */
const SAID: Readonly<Record<string, FieldType>> = {
  number: 'number',
  choice: 'string',
  'yes-no': 'boolean',
};

function declare(
  fields: Record<string, FieldDeclaration>,
  name: string,
  type: FieldType,
  label?: FieldDeclaration['label'],
): void {
  if (isFieldName(name)) fields[name] = label === undefined ? { type } : { type, label };
}

function typeOf(value: Json | undefined): FieldType {
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

// Weights have their values as keys, so that numbers and booleans come as texts.
function typeOfKeys(keys: readonly string[]): FieldType {
  if (keys.length === 0) return 'string';
  if (keys.every((key) => key === 'true' || key === 'false')) return 'boolean';
  return keys.every((key) => /^-?\d+(\.\d+)?$/.test(key)) ? 'number' : 'string';
}

function paramFields(params: Params): Readonly<Record<string, FieldDeclaration>> {
  const fields: Record<string, FieldDeclaration> = {};
  for (const { name, schema } of params.declared.values()) {
    const { format, enum: choices, title } = schema;
    const label = labelOf(title);
    const type = typeof schema['type'] === 'string' ? schema['type'] : undefined;
    if (type === 'string' && format === 'date-time') declare(fields, name, 'instant', label);
    else if (type === 'array') declare(fields, name, 'strings', label);
    else if (type === 'number' || type === 'integer') declare(fields, name, 'number', label);
    else if (type === 'boolean') declare(fields, name, 'boolean', label);
    else declare(fields, name, type === undefined ? typeOf(listOf(choices)[0]) : 'string', label);
  }
  return fields;
}

/** What people call a parameter: its title, one text or one for each language. */
function labelOf(title: Json | undefined): Text | undefined {
  if (typeof title === 'string') return { 'zh-CN': title, en: title };
  const texts = Object.entries(objectOf(title)).filter(([, text]) => typeof text === 'string' && text !== '');
  return texts.length === 0 ? undefined : (Object.fromEntries(texts) as Text);
}
