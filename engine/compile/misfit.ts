// Does a value fit the declaration of a parameter, and if not, what would?
// By hand instead of ajv: nothing of a document is ever compiled into code.
import { parseLocal } from '../calendar/resolve.ts';
import { isLocalTime } from '../calendar/time-rule.ts';
import { isZone } from '../calendar/zone.ts';
import { parseDuration } from '../instant.ts';
import type { Json, JsonObject } from '../json.ts';
import { typeWords, type Words } from './check-shape.ts';
import { objectOf } from './draft.ts';
import { isAddress } from './names.ts';
import { shown } from './pointer.ts';

/** The formats that a text may be declared to have. */
export const FORMATS: Readonly<
  Record<string, { readonly words: Words; readonly fits: (text: string) => boolean }>
> = {
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
