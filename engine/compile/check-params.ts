// Parameters: their declarations, and the values given for them.
// Where they are used is checked with the value that uses them.
import type { Json, JsonObject } from '../json.ts';
import { got } from './check-shape.ts';
import { listOf, objectOf } from './draft.ts';
import { FORMATS, misfit } from './misfit.ts';
import { MOST_PARAMS, type Params } from './params.ts';
import { inside, shown } from './pointer.ts';
import type { Report } from './report.ts';
import { NAMES } from './schema.ts';

const ROOT_KEYS = ['type', 'properties', 'required', 'additionalProperties', 'title', 'description'];
const TYPES = ['string', 'number', 'integer', 'boolean', 'array'];
const KEYS: Readonly<Record<string, readonly string[]>> = {
  string: ['format', 'minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  boolean: [],
  array: ['items', 'minItems', 'maxItems', 'uniqueItems'],
};
const COMMON_KEYS = ['type', 'enum', 'title', 'description', 'default', 'examples'];
const NUMBERS = new Set([
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
]);

/** Checks the declarations of a document's parameters. */
export function checkDeclarations(document: JsonObject, report: Report): void {
  const root = objectOf(document['params']);
  for (const key of Object.keys(root)) {
    if (ROOT_KEYS.includes(key)) continue;
    const known = ROOT_KEYS.join(', ');
    report.add(
      'E-UNKNOWN-KEY',
      { pointer: inside('/params', key) },
      {
        key: shown(key),
        known,
        nearest: report.suggest(key, ROOT_KEYS),
      },
    );
  }
  if ('type' in root && root['type'] !== 'object') {
    report.add(
      'E-CHOICE',
      { pointer: '/params/type' },
      {
        got: shown(root['type']),
        expectedZh: 'object',
        expectedEn: 'object',
        nearest: '',
      },
    );
  }
  const properties = objectOf(root['properties']);
  const count = Object.keys(properties).length;
  if (count > MOST_PARAMS) {
    report.add(
      'E-LENGTH',
      { pointer: '/params/properties' },
      {
        got: count,
        unitZh: '个参数',
        unitEn: 'parameters',
        expectedZh: `最多 ${MOST_PARAMS} 个`,
        expectedEn: `at most ${MOST_PARAMS}`,
      },
    );
  }
  for (const [name, schema] of Object.entries(properties).slice(0, MOST_PARAMS))
    checkDeclaration(name, schema, report);
  listOf(root['required']).forEach((name, index) => {
    if (typeof name === 'string' && Object.hasOwn(properties, name)) return;
    const param = shown(name);
    const place = { pointer: `/params/required/${index}` };
    report.add('E-PARAM-UNKNOWN', place, { param, nearest: report.suggest(param, Object.keys(properties)) });
  });
}

function checkDeclaration(name: string, declared: Json, report: Report): void {
  const pointer = inside('/params/properties', name);
  const fault = (gotZh: string, gotEn: string, key?: string): void =>
    report.add(
      'E-PARAM-SCHEMA',
      { pointer: key === undefined ? pointer : inside(pointer, key) },
      {
        param: shown(name),
        gotZh,
        gotEn,
      },
    );
  if (!new RegExp(NAMES.param).test(name)) {
    return fault('名字只能用英文字母、数字和下划线', 'its name may hold letters, digits and _ only');
  }
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared)) {
    return fault(`它是 ${got(declared)}`, `it is ${got(declared)}`);
  }
  const schema = declared as JsonObject;
  checkKeywords(schema, fault);
  const samples = [
    ...('default' in schema ? [['default', schema['default'] ?? null] as const] : []),
    ...listOf(schema['examples']).map((value, index) => [`examples/${index}`, value] as const),
  ];
  for (const [key, value] of samples) {
    const expected = misfit(value, schema);
    if (expected === undefined) continue;
    const [expectedZh, expectedEn] = expected;
    const place = { pointer: `${pointer}/${key}` };
    report.add('E-PARAM-DEFAULT', place, { param: name, got: shown(value), expectedZh, expectedEn });
  }
}

type Fault = (gotZh: string, gotEn: string, key?: string) => void;

function checkKeywords(schema: JsonObject, fault: Fault): void {
  const { type, format, enum: choices, items } = schema;
  const isTyped = typeof type === 'string' && TYPES.includes(type);
  if (!isTyped && (type !== undefined || choices === undefined)) {
    fault(`类型是 ${got(type)}`, `its type is ${got(type)}`, type === undefined ? undefined : 'type');
  }
  const known = [...COMMON_KEYS, ...(isTyped ? (KEYS[type] ?? []) : Object.values(KEYS).flat())];
  for (const [key, value] of Object.entries(schema)) {
    if (!known.includes(key)) fault(`不能用「${shown(key)}」`, `"${shown(key)}" cannot be used here`, key);
    else if (NUMBERS.has(key) && typeof value !== 'number')
      fault(`「${key}」不是数字`, `"${key}" is not a number`, key);
  }
  if (format !== undefined && !(typeof format === 'string' && Object.hasOwn(FORMATS, format))) {
    const formats = Object.keys(FORMATS).join(', ');
    fault(`格式不是 ${formats} 之一`, `its format is none of ${formats}`, 'format');
  }
  if (choices !== undefined && !(Array.isArray(choices) && choices.length > 0)) {
    fault('选项是空的', 'it has no choices', 'enum');
  }
  if (type === 'array' && items !== undefined) {
    const { type: inner } = objectOf(items);
    if (typeof inner === 'string' && TYPES.includes(inner) && inner !== 'array') return;
    fault('列表里的内容没有可用的类型', 'the items of the list have no type that can be used', 'items');
  }
}

/** Checks the values given at launch. */
export function checkValues(given: JsonObject, document: JsonObject, params: Params, report: Report): void {
  const names = [...params.declared.keys()];
  for (const [name, value] of Object.entries(given)) {
    const param = params.declared.get(name);
    if (param === undefined) {
      const values = { param: shown(name), nearest: report.suggest(name, names) };
      report.add('E-PARAM-EXTRA', { pointer: '/params', port: shown(name) }, values);
      continue;
    }
    const expected = misfit(value, param.schema);
    if (expected === undefined) continue;
    const [expectedZh, expectedEn] = expected;
    report.add(
      'E-PARAM-VALUE',
      { pointer: param.pointer },
      { param: name, got: shown(value), expectedZh, expectedEn },
    );
  }
  for (const name of listOf(objectOf(document['params'])['required'])) {
    const param = typeof name === 'string' ? params.declared.get(name) : undefined;
    if (param === undefined || Object.hasOwn(params.bound, param.name)) continue;
    report.add('E-PARAM-MISSING', { pointer: param.pointer }, { param: param.name });
  }
}

/** Warns of parameters that nothing uses. Values that are missing where they are used are errors at a launch. */
export function checkUses({ declared, used, isLaunch, bound }: Params, report: Report): void {
  for (const { name, pointer } of declared.values()) {
    if (!used.has(name)) report.add('W-PARAM-UNUSED', { pointer }, { param: name });
    else if (isLaunch && !Object.hasOwn(bound, name))
      report.add('E-PARAM-MISSING', { pointer }, { param: name });
  }
}
