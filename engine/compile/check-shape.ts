// The shape of a document: what the validators find, said as our own problems.
// One mistake is one problem: of several accepted forms, the one that was meant is the one that is explained.
import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Place } from '../problem.ts';
import type { Field } from '../step.ts';
import { inside, shown } from './pointer.ts';
import type { Report } from './report.ts';

/** Where the validated value stands, and whose it is. */
export interface ShapePlace {
  /** Made from a pointer into the validated value. */
  readonly at: (pointer: string) => Place;
  /** Codes that say more than "is missing" about a key. */
  readonly missing?: Readonly<Record<string, 'E-LOOP-UNBOUNDED' | 'E-WAIT-NO-TIMEOUT'>>;
  readonly step?: string;
  /** What choices among the settings are called. */
  readonly fields?: readonly Field[];
}

/** Reports errors of a validator; gives back the pointers at which something is wrong. */
export function reportShape(errors: readonly ErrorObject[], place: ShapePlace, report: Report): string[] {
  const meant = withoutAlternatives(errors);
  for (const error of meant) reportError(error, place, report);
  return meant.map(({ instancePath }) => instancePath);
}

/** What was expected, in words: pairs of Chinese and English. */
export type Words = readonly [zh: string, en: string];

// A map, because the name of a type may come from a document: it may be `constructor`.
const TYPES: ReadonlyMap<string, Words> = new Map([
  ['string', ['文字', 'a text']],
  ['number', ['数字', 'a number']],
  ['integer', ['整数', 'a whole number']],
  ['boolean', ['true 或 false', 'true or false']],
  ['object', ['对象', 'an object']],
  ['array', ['列表', 'a list']],
  ['null', ['null', 'null']],
]);

/** The name of a JSON type, or of several, in words. */
export function typeWords(type: unknown): Words {
  const names = (Array.isArray(type) ? type : [type]).map(String);
  const words = names.map((name): Words => TYPES.get(name) ?? [shown(name), shown(name)]);
  return [words.map(([zh]) => zh).join('或'), words.map(([, en]) => en).join(' or ')];
}

/** A value with its type, as a sentence shows what it got. */
export function got(value: unknown): string {
  if (typeof value === 'string') return `"${shown(value)}"`;
  return shown(value);
}

function reportError(error: ErrorObject, place: ShapePlace, report: Report): void {
  const { keyword, instancePath, params, data, schema } = error;
  const at = place.at(instancePath);
  switch (keyword) {
    case 'type': {
      const [expectedZh, expectedEn] = typeWords(params['type']);
      return report.add('E-TYPE', at, { expectedZh, expectedEn, got: got(data) });
    }
    case 'required':
      return reportMissing(String(params['missingProperty']), at, place, report);
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return reportUnknownKey(error, place, report);
    case 'enum':
    case 'const':
      return reportChoice(error, at, place, report);
    case 'propertyNames':
      return;
    case 'pattern':
    case 'format':
    case 'not': {
      const name = error.propertyName ?? data;
      const { words, example } = formWords(keyword, params);
      return report.add('E-FORM', at, {
        got: shown(name),
        expectedZh: words[0],
        expectedEn: words[1],
        example,
      });
    }
    case 'maxLength':
      return report.add('E-LIMIT-TEXT', at, { got: String(data).length, limit: Number(params['limit']) });
    case 'uniqueItems': {
      const [first = 0, second = 0] = [Number(params['i']) + 1, Number(params['j']) + 1].sort(
        (a, b) => a - b,
      );
      return report.add('E-SAME-ITEMS', at, { first, second });
    }
    default:
      return reportBound(error, at, schema, report);
  }
}

function reportMissing(key: string, at: Place, place: ShapePlace, report: Report): void {
  const special = place.missing?.[key];
  if (special === undefined)
    return report.add('E-MISSING', { ...at, pointer: inside(at.pointer ?? '', key) }, { key });
  const step = place.step ?? '';
  if (special === 'E-LOOP-UNBOUNDED') return report.add(special, at, { step });
  report.add(special, at, { step, port: 'timeout' });
}

function reportUnknownKey(error: ErrorObject, place: ShapePlace, report: Report): void {
  const { additionalProperty, unevaluatedProperty } = error.params as Readonly<Record<string, unknown>>;
  const key = String(additionalProperty ?? unevaluatedProperty);
  const { properties = {} } = (error.parentSchema ?? {}) as { properties?: object };
  const known = Object.keys(properties);
  const at = place.at(error.instancePath);
  report.add(
    'E-UNKNOWN-KEY',
    { ...at, pointer: inside(at.pointer ?? '', key) },
    {
      key: shown(key),
      known: known.join(', ') || '–',
      nearest: report.suggest(key, known),
    },
  );
}

function reportChoice(
  { keyword, params, data, instancePath }: ErrorObject,
  at: Place,
  { fields = [] }: ShapePlace,
  report: Report,
): void {
  if (at.pointer === '/format') return report.add('E-FORMAT', at, { got: got(data) });
  const allowed: readonly unknown[] =
    keyword === 'const' ? [params['allowedValue']] : params['allowedValues'];
  const choices = allowed.map(String);
  // The value to be written, and what it is called where people choose it.
  const called = fields.find(({ key }) => key === instancePath.split('/')[1])?.choices ?? {};
  const words = choices.map((it): Words => {
    const own = Object.hasOwn(called, it) ? called[it] : undefined;
    return own === undefined ? [it, it] : [`${it}（${own.zh}）`, `${it} (${own.en})`];
  });
  report.add('E-CHOICE', at, {
    got: shown(data),
    expectedZh: words.map(([zh]) => zh).join('、'),
    expectedEn: words.map(([, en]) => en).join(', '),
    nearest: typeof data === 'string' ? report.suggest(data, choices) : '',
  });
}

const COMPARISONS: Readonly<Record<string, Words>> = {
  '>=': ['至少是 ', 'at least '],
  '>': ['大于 ', 'more than '],
  '<=': ['最多是 ', 'at most '],
  '<': ['小于 ', 'less than '],
};

const COUNTS: Readonly<Record<string, { readonly unit: Words; readonly most: boolean }>> = {
  minLength: { unit: ['个字符', 'characters'], most: false },
  minItems: { unit: ['项', 'items'], most: false },
  maxItems: { unit: ['项', 'items'], most: true },
  minProperties: { unit: ['个键', 'keys'], most: false },
  maxProperties: { unit: ['个键', 'keys'], most: true },
};

function reportBound(
  { keyword, params, data }: ErrorObject,
  at: Place,
  schema: unknown,
  report: Report,
): void {
  const compared = COMPARISONS[String(params['comparison'])];
  if (compared !== undefined) {
    const [zh, en] = compared;
    const limit = String(params['limit']);
    return report.add('E-RANGE', at, { got: String(data), expectedZh: zh + limit, expectedEn: en + limit });
  }
  if (keyword === 'multipleOf') {
    const of = String(schema);
    return report.add('E-RANGE', at, {
      got: String(data),
      expectedZh: `是 ${of} 的倍数`,
      expectedEn: `a multiple of ${of}`,
    });
  }
  const count = COUNTS[keyword];
  if (count === undefined) return report.add('E-SHAPE', at, { got: got(data) });
  const limit = String(params['limit']);
  report.add('E-LENGTH', at, {
    got: sizeOf(data),
    unitZh: count.unit[0],
    unitEn: count.unit[1],
    expectedZh: `${count.most ? '最多' : '至少'} ${limit} ${count.unit[0]}`,
    expectedEn: (count.most ? 'at most ' : 'at least ') + limit,
  });
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

const FORMS: Readonly<Record<string, { readonly words: Words; readonly example: string }>> = {
  duration: { words: ['ISO 8601 时长', 'an ISO 8601 duration'], example: 'PT30M, P3D' },
  'local-time': { words: ['24 小时制的时间', 'a time on the 24-hour clock'], example: '09:00' },
};

function formWords(
  keyword: string,
  params: Readonly<Record<string, unknown>>,
): { words: Words; example: string } {
  if (keyword === 'not') return { words: ['另一个名字', 'another name'], example: 'welcome' };
  const known = FORMS[String(params['format'])];
  if (known !== undefined) return known;
  const pattern = String(params['pattern']);
  if (pattern.includes('[a-z]{2,3}'))
    return { words: ['语言代码', 'the code of a language'], example: 'zh-CN, en' };
  if (pattern.startsWith('^-?P')) return FORMS['duration']!;
  if (pattern.startsWith('^([01]')) return FORMS['local-time']!;
  if (pattern.startsWith('^\\d{4}')) {
    return { words: ['日期和时间', 'a date with a time'], example: '2026-12-01T20:00' };
  }
  return { words: ['字母、数字、_ 和 -', 'letters, digits, _ and -'], example: 'ask-again' };
}

/** What an error expected, in words. */
export function expectedBy({ keyword, params }: ErrorObject): Words {
  if (keyword === 'type') return typeWords(params['type']);
  if (keyword === 'enum') {
    const list = (params['allowedValues'] as readonly unknown[]).map(shown).join(', ');
    return [`${list} 之一`, `one of ${list}`];
  }
  if (keyword === 'pattern' || keyword === 'format') return formWords(keyword, params).words;
  const limit = String(params['limit']);
  const compared = COMPARISONS[String(params['comparison'])];
  if (compared !== undefined) return [compared[0] + limit, compared[1] + limit];
  const count = COUNTS[keyword];
  if (count === undefined) return ['符合这里的要求', 'what fits here'];
  const [unitZh, unitEn] = count.unit;
  return count.most
    ? [`最多 ${limit} ${unitZh}`, `at most ${limit} ${unitEn}`]
    : [`至少 ${limit} ${unitZh}`, `at least ${limit} ${unitEn}`];
}

/** Leaves out what stands below an `anyOf` or `oneOf`, but for the alternative that comes nearest. */
function withoutAlternatives(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = [...errors];
  // The outermost stands last, because ajv adds it when its alternatives have failed.
  for (const either of errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')) {
    if (!kept.includes(either)) continue;
    const below = kept.filter((error) => error !== either && isBelow(error, either));
    if (below.length === 0) continue;
    const best = nearestAlternative(below, either);
    kept = kept.filter((error) => !below.includes(error) || best.includes(error));
    if (best.length > 0) kept = kept.filter((error) => error !== either);
  }
  return kept.filter(({ keyword }) => keyword !== 'if');
}

function isBelow(error: ErrorObject, either: ErrorObject): boolean {
  return (
    error.schemaPath.startsWith(`${either.schemaPath}/`) &&
    (error.instancePath === either.instancePath || error.instancePath.startsWith(`${either.instancePath}/`))
  );
}

function nearestAlternative(errors: readonly ErrorObject[], either: ErrorObject): readonly ErrorObject[] {
  const groups = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const alternative = error.schemaPath.slice(either.schemaPath.length + 1).split('/', 1)[0] ?? '';
    groups.set(alternative, [...(groups.get(alternative) ?? []), error]);
  }
  const weigh = (group: readonly ErrorObject[]): number => {
    // An alternative of another type, or with other keys, is not the one that was meant.
    const strange = group.filter(
      ({ instancePath, keyword }) =>
        instancePath === either.instancePath &&
        ['type', 'required', 'additionalProperties', 'const'].includes(keyword),
    );
    return strange.length * 100 + group.length;
  };
  const ranked = [...groups.values()].sort((a, b) => weigh(a) - weigh(b));
  const [best = [], second] = ranked;
  const isClear = second === undefined || weigh(best) < weigh(second);
  return isClear ? best : [];
}
