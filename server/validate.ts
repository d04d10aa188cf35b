// Checks of requests by their schemas, and the first fault as a sentence in both languages.
// Bodies are taken as they are; paths and query strings are text, so numbers in them are read as numbers.
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

/** The compiler of request schemas. Unknown keys are refused and nothing is filled in. */
export function makeValidators(): FastifySchemaCompiler<unknown> {
  const make = (coerceTypes: boolean) => {
    const ajv = new Ajv2020({
      strict: false,
      discriminator: true,
      coerceTypes,
      allErrors: false,
      verbose: false,
    });
    addFormats.default(ajv, ['uuid', 'date-time', 'email', 'date']);
    return ajv;
  };
  const exact = make(false);
  const textual = make(true);
  return ({ schema, httpPart }) => (httpPart === 'body' ? exact : textual).compile(schema as object);
}

/** A check of single values; gives the first fault. */
export function makeCheck(schema: object): (value: unknown) => Fault | undefined {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  addFormats.default(ajv, ['uuid', 'date-time']);
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? undefined : sentenceOf(validate.errors ?? []));
}

/** What is wrong, for people. */
export interface Fault {
  readonly pointer: string;
  readonly zh: string;
  readonly en: string;
}

const TYPES: Readonly<Record<string, string>> = {
  string: '文本',
  number: '数字',
  integer: '整数',
  boolean: '是或否',
  array: '列表',
  object: '对象',
  null: '空',
};

/** Says the first of these faults. */
export function sentenceOf(
  errors: readonly Pick<ErrorObject, 'keyword' | 'instancePath' | 'params' | 'message'>[],
): Fault {
  const first = errors[0];
  if (first === undefined) return { pointer: '', zh: '不符合格式', en: 'does not fit' };
  const { keyword, instancePath: pointer, params, message = 'does not fit' } = first;
  const value = (name: string) => String((params as Record<string, string | number>)[name] ?? '');
  switch (keyword) {
    case 'required':
      return {
        pointer: `${pointer}/${value('missingProperty')}`,
        zh: '缺少这一项',
        en: 'it is missing',
      };
    case 'additionalProperties':
      return {
        pointer: `${pointer}/${value('additionalProperty')}`,
        zh: '不认识这一项',
        en: 'this key is not known',
      };
    case 'type':
      return {
        pointer,
        zh: `应该是${value('type')
          .split(',')
          .map((it) => TYPES[it] ?? it)
          .join('或')}`,
        en: `must be of type ${value('type')}`,
      };
    case 'discriminator':
      return { pointer: `${pointer}/${value('tag')}`, zh: '不认识这个值', en: 'this value is not known' };
    case 'enum': {
      const known = ((params as { allowedValues?: unknown[] }).allowedValues ?? []).map(String);
      return { pointer, zh: `可以是：${known.join('、')}`, en: `must be one of: ${known.join(', ')}` };
    }
    case 'format':
      return { pointer, zh: `格式应该是 ${value('format')}`, en: `must have the format ${value('format')}` };
    case 'minLength':
    case 'maxLength':
    case 'minimum':
    case 'maximum':
    case 'minItems':
    case 'maxItems': {
      const least = keyword.startsWith('min');
      const what = keyword.endsWith('Length') ? '长度' : keyword.endsWith('Items') ? '项数' : '数值';
      return { pointer, zh: `${what}${least ? '至少' : '至多'}是 ${value('limit')}`, en: message };
    }
    default:
      return { pointer, zh: `不符合格式（${keyword}）`, en: message };
  }
}
