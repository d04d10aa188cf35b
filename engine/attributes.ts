// Attributes that a team declares for its members: their types, how conditions know them, and which values they take.
// Not where they are kept; and not what a playbook notes on its own, which its document declares.
import { instantAt } from './calendar/zone.ts';
import type { Text } from './document.ts';
import { BUILT_IN_FIELDS } from './fields.ts';
import { isoOf, parseInstant, type Instant } from './instant.ts';
import { isFieldName, type FieldDeclaration, type FieldSchema, type FieldType } from './language/rule.ts';

/** What an attribute holds. A date is kept as the instant at which its day begins in the team's zone. */
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];
export const ATTRIBUTE_TYPES = ['text', 'number', 'boolean', 'date', 'choice'] as const;

/** One declared attribute. */
export interface Attribute {
  readonly key: string;
  readonly type: AttributeType;
  readonly label: Text;
  /** What a choice may be; empty for other types. */
  readonly choices: readonly string[];
  /** Says something about a person: erased with them. */
  readonly personal: boolean;
}

/** A value as it is kept. */
export type AttributeValue = string | number | boolean;

/** A value that can be kept, or what would be one. */
export type ReadValue =
  | { readonly value: AttributeValue }
  | { readonly expected: { readonly zh: string; readonly en: string } };

/** Longest text of an attribute. */
export const MOST_ATTRIBUTE_CHARS = 2_000;
/** Largest number, in either direction: whole numbers up to here are exact. */
export const MOST_ATTRIBUTE_NUMBER = Number.MAX_SAFE_INTEGER;

/** True for a key that a team may give to an attribute: one that conditions can name and that is not taken. */
export const isAttributeKey = (key: string): boolean =>
  isFieldName(key) && !Object.hasOwn(BUILT_IN_FIELDS.member ?? {}, key);

const FIELD_TYPES: Readonly<Record<AttributeType, FieldType>> = {
  text: 'string',
  number: 'number',
  boolean: 'boolean',
  date: 'instant',
  choice: 'string',
};

/** Declared attributes as fields of `member`. */
export const attributeFields = (
  attributes: readonly Attribute[],
): Readonly<Record<string, FieldDeclaration>> =>
  Object.fromEntries(
    attributes.map(({ key, type, label }) => [key, { type: FIELD_TYPES[type], label }] as const),
  );

/** The fields that a rule over members may name: the built-in ones and the declared attributes. */
export const memberSchema = (attributes: readonly Attribute[]): FieldSchema => ({
  member: { ...attributeFields(attributes), ...BUILT_IN_FIELDS.member },
});

/**
 * Reads a value for an attribute. `zone` is the team's, for dates. With `textual` the value comes from a table, where
 * everything is text: numbers and booleans are read from it too.
 *
 * @example readAttribute('2026-12-01', birthday, { zone: 'Asia/Shanghai' })
 */
export function readAttribute(
  value: unknown,
  { type, choices }: Pick<Attribute, 'type' | 'choices'>,
  { zone, textual = false }: { readonly zone: string; readonly textual?: boolean },
): ReadValue {
  switch (type) {
    case 'text':
      return typeof value === 'string' && value.length <= MOST_ATTRIBUTE_CHARS
        ? { value }
        : expected(
            `文本，至多 ${MOST_ATTRIBUTE_CHARS} 个字符`,
            `text of at most ${MOST_ATTRIBUTE_CHARS} characters`,
          );
    case 'number':
      return readNumber(textual && typeof value === 'string' ? numberIn(value) : value);
    case 'boolean':
      return readBoolean(textual && typeof value === 'string' ? booleanIn(value) : value);
    case 'date':
      return readDate(value, zone);
    case 'choice': {
      const choice = choices.find((it) => it === value);
      return choice === undefined
        ? expected(`${choices.join('、')} 之一`, `one of ${choices.join(', ')}`)
        : { value: choice };
    }
  }
}

const expected = (zh: string, en: string): ReadValue => ({ expected: { zh, en } });

function readNumber(value: unknown): ReadValue {
  return typeof value === 'number' && Math.abs(value) <= MOST_ATTRIBUTE_NUMBER
    ? { value }
    : expected('数字，例如 120 或 1.5', 'a number such as 120 or 1.5');
}

function readBoolean(value: unknown): ReadValue {
  return typeof value === 'boolean' ? { value } : expected('是或否', 'true or false');
}

const numberIn = (text: string): number | undefined =>
  /^[+-]?\d{1,15}(\.\d{1,15})?$/.test(text.trim()) ? Number(text.trim()) : undefined;

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true, yes: true, '1': true, 是: true, 有: true,
  false: false, no: false, '0': false, 否: false, 无: false,
}; // prettier-ignore

function booleanIn(text: string): boolean | undefined {
  const key = text.trim().toLowerCase();
  return Object.hasOwn(BOOLEANS, key) ? BOOLEANS[key] : undefined;
}

// As spreadsheets write a day: 2026-12-01, 2026/12/1, 2026.12.1, with or without a time.
const DAY =
  /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ](\d{1,2}:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/;
// People were born before 1970, which is where plans begin.
const EARLIEST = -5_364_662_400_000;
const LATEST = 253_402_300_799_999;

/** A day or a moment as people write it, local to `zone` where it has no offset. Undefined beyond the years 1800 to 9999. */
export function readInstant(text: string, zone: string): Instant | undefined {
  const match = DAY.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month = '', day = '', time = '00:00', offset] = match;
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${time.replace(/^\d:/, '0$&')}`;
  const read = parseInstant(`${iso}${offset ?? 'Z'}`);
  const at = read === undefined || offset !== undefined ? read : instantAt(read, zone);
  return at !== undefined && at >= EARLIEST && at <= LATEST ? at : undefined;
}

/** True for a day as forms send it, `2026-12-01`, that the calendar has. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && readInstant(text, 'UTC') !== undefined;

function readDate(value: unknown, zone: string): ReadValue {
  const at = typeof value === 'string' ? readInstant(value, zone) : undefined;
  return at === undefined
    ? expected('日期，例如 2026-12-01', 'a date such as 2026-12-01')
    : { value: isoOf(at) };
}
