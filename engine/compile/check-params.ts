// Parameters: their declarations, and the values given for them.
// Where they are used is checked with the value that uses them.
import { isZone } from '../calendar/zone.ts';
import { parseLocal } from '../calendar/resolve.ts';
import { isLocalTime } from '../calendar/time-rule.ts';
import { parseDuration } from '../instant.ts';
import type { Json, JsonObject } from '../json.ts';
import { nearest } from '../language/rule.ts';
import { got, typeWords } from './check-shape.ts';
import { listOf, objectOf } from './draft.ts';
import { isAddress } from './names.ts';
import type { Params } from './params.ts';
import { inside, shown } from './pointer.ts';
import type { Report } from './report.ts';
import { NAMES } from './schema.ts';

type Words = readonly [zh: string, en: string];

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

const FORMATS: Readonly<Record<string, { readonly words: Words; readonly fits: (text: string) => boolean }>> =
  {
    'date-time': {
      words: ['日期和时间，例如 2026-12-01T20:00', 'a date and time such as 2026-12-01T20:00'],
      fits: (text) => parseLocal(text, 'UTC') !== undefined,
    },
    duration: {
      words: ['时长，例如 PT30M', 'a duration such as PT30M'],
      fits: (text) => parseDuration(text) !== undefined,
    },
    'local-time': { words: ['时间，例如 09:00', 'a time of day such as 09:00'], fits: isLocalTime },
    uri: { words: ['完整的网址', 'a complete web address'], fits: isAddress },
    'time-zone': { words: ['时区，例如 Asia/Shanghai', 'a time zone such as Asia/Shanghai'], fits: isZone },
  };

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
        nearest: nearest(key, ROOT_KEYS) ?? '',
      },
    );
  }
  if ('type' in root && root['type'] !== 'object') {
    report.add(
      'E-CHOICE',
      { pointer: '/params/type' },
      {
        got: shown(root['type']),
        expected: 'object',
        nearest: '',
      },
    );
  }
  const properties = objectOf(root['properties']);
  for (const [name, schema] of Object.entries(properties)) checkDeclaration(name, schema, report);
  listOf(root['required']).forEach((name, index) => {
    if (typeof name === 'string' && Object.hasOwn(properties, name)) return;
    const param = shown(name);
    const place = { pointer: `/params/required/${index}` };
    report.add('E-PARAM-UNKNOWN', place, { param, nearest: nearest(param, Object.keys(properties)) ?? '' });
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
      const values = { param: shown(name), nearest: nearest(name, names) ?? '' };
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

/** What a declaration expects, when a value is not that. */
export function misfit(value: Json, schema: JsonObject): Words | undefined {
  const { type, enum: choices, format } = schema;
  if (typeof type === 'string' && !isOfType(value, type)) return typeWords(type);
  if (Array.isArray(choices) && !choices.some((choice) => choice === value)) {
    const list = choices.map(shown).join(', ');
    return [`是 ${list} 之一`, `one of ${list}`];
  }
  if (typeof value === 'string' && typeof format === 'string') {
    const known = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
    if (known !== undefined && !known.fits(value)) return known.words;
  }
  if (typeof value === 'number') return outside(value, schema, NUMBER_BOUNDS, '');
  if (typeof value === 'string') return outside(value.length, schema, LENGTH_BOUNDS, 'characters');
  return Array.isArray(value) ? misfitList(value as readonly Json[], schema) : undefined;
}

function misfitList(list: readonly Json[], schema: JsonObject): Words | undefined {
  const size = outside(list.length, schema, ITEM_BOUNDS, 'items');
  if (size !== undefined) return size;
  if (schema['uniqueItems'] === true && new Set(list).size < list.length) {
    return ['没有重复的项', 'without repetitions'];
  }
  const items = objectOf(schema['items']);
  return list.map((item) => misfit(item, items)).find((expected) => expected !== undefined);
}

function isOfType(value: Json, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  return typeof value === type;
}

type Bounds = readonly (readonly [
  keyword: string,
  holds: (value: number, limit: number) => boolean,
  words: Words,
])[];

const atLeast = (value: number, limit: number): boolean => value >= limit;
const atMost = (value: number, limit: number): boolean => value <= limit;
const AT_LEAST: Words = ['至少 ', 'at least '];
const AT_MOST: Words = ['最多 ', 'at most '];

const NUMBER_BOUNDS: Bounds = [
  ['minimum', atLeast, AT_LEAST],
  ['maximum', atMost, AT_MOST],
  ['exclusiveMinimum', (value, limit) => value > limit, ['大于 ', 'more than ']],
  ['exclusiveMaximum', (value, limit) => value < limit, ['小于 ', 'less than ']],
];
const LENGTH_BOUNDS: Bounds = [
  ['minLength', atLeast, AT_LEAST],
  ['maxLength', atMost, AT_MOST],
];
const ITEM_BOUNDS: Bounds = [
  ['minItems', atLeast, AT_LEAST],
  ['maxItems', atMost, AT_MOST],
];
const UNITS: Readonly<Record<string, Words>> = {
  characters: [' 个字符', ' characters'],
  items: [' 项', ' items'],
};

function outside(value: number, schema: JsonObject, bounds: Bounds, unit: string): Words | undefined {
  for (const [keyword, holds, [zh, en]] of bounds) {
    const limit = schema[keyword];
    if (typeof limit !== 'number' || holds(value, limit)) continue;
    const [unitZh, unitEn] = UNITS[unit] ?? ['', ''];
    return [`${zh}${limit}${unitZh}`, `${en}${limit}${unitEn}`];
  }
  return undefined;
}

/** Warns of parameters that nothing uses. Values that are missing where they are used are errors at a launch. */
export function checkUses({ declared, used, isLaunch, bound }: Params, report: Report): void {
  for (const { name, pointer } of declared.values()) {
    if (!used.has(name)) report.add('W-PARAM-UNUSED', { pointer }, { param: name });
    else if (isLaunch && !Object.hasOwn(bound, name))
      report.add('E-PARAM-MISSING', { pointer }, { param: name });
  }
}
