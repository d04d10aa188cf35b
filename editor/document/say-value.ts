// What is set in a field, in the operator's words, by the kind of the field and never by the step: for the drawing, for the list
// of what has changed, for whoever listens. Pure.
import { sayDuration, sayTimeRule } from '../../engine/calendar/say.ts';
import type { TimeRule } from '../../engine/calendar/time-rule.ts';
import { channelKind } from '../../engine/channels/index.ts';
import { sayEvent } from '../../engine/event-words.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Condition } from '../../engine/language/rule.ts';
import { sayCondition } from '../../engine/language/say-condition.ts';
import { sayMetric } from '../../engine/metrics/say.ts';
import { sayRole } from '../../engine/roles.ts';
import { END_WORDS } from '../../engine/run/words.ts';
import type { Field } from '../../engine/step.ts';
import { isParam, isRecord } from '../values.ts';
import { localeOf, read } from '../words.ts';
import type { Names, Reader } from './names.ts';

type Say = (value: Json, reader: Reader, field: Field) => string;

/** What stands where something is filled in: 〔活动名称〕, [Name of the event]. */
const gap = (name: string, { language }: Reader): string => (language === 'zh' ? `〔${name}〕` : `[${name}]`);

const sayParam = (name: string, reader: Reader): string =>
  gap(read(reader.names.fields.params?.[name]?.label, reader.language) || name, reader);

/** A name that programs use to tell things apart; operators write words. */
export const isCode = (name: string): boolean => /^[a-z][a-z0-9-]*$/.test(name);

const byName =
  (say: (name: string, reader: Reader) => string): Say =>
  (value, reader) =>
    [value]
      .flat()
      .filter((it) => typeof it === 'string')
      .map((it) => say(it, reader))
      .join(reader.language === 'zh' ? '、' : ', ');

const KINDS: Readonly<Partial<Record<Field['as'], Say>>> = {
  time: (value, reader) => {
    if (!isRecord(value)) return '';
    // A length of time inside of a rule may be a parameter's.
    const rule = Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, isParam(part) ? sayParam(part.param, reader) : part]),
    );
    return sayTimeRule(rule as unknown as TimeRule, localeOf(reader.language));
  },
  duration: byName((it, { language }) => sayDuration(it, localeOf(language))),
  condition: (value, { language, names }) =>
    isRecord(value) ? sayCondition(value as unknown as Condition, names.fields, localeOf(language)) : '',
  text: (value, reader) =>
    isRecord(value)
      ? sayPlaceholders(read(value as Readonly<Record<string, string>>, reader.language), reader)
      : '',
  metric: byName((it, { language }) => sayMetric(it, language)),
  role: byName((it, { language }) => sayRole(it, language)),
  channel: byName((it, { language }) => channelKind(it)?.label[language] ?? it),
  event: byName((it, { language }) => sayEvent(it, language)),
  attribute: byName((it, { language, names }) => read(names.fields.member?.[it]?.label, language) || it),
  journey: byName((it, { language, names }) => read(names.journeys[it], language) || it),
  reason: byName((it, { language }) =>
    Object.hasOwn(END_WORDS, it) ? END_WORDS[it as keyof typeof END_WORDS][language] : it,
  ),
  boolean: (value, { language }) =>
    ({ zh: value === true ? '是' : '否', en: value === true ? 'yes' : 'no' })[language],
  audience: sayAudience,
  list: (value, reader, { of = [] }) =>
    Array.isArray(value)
      ? value
          .map((row: Json) => (isRecord(row) ? sayRow(row, of, reader) : sayPlain(row, reader)))
          .join(reader.language === 'zh' ? '；' : '; ')
      : '',
};

/** A setting in words; empty where there are none for it. */
export function sayValue(field: Field, value: Json, reader: Reader): string {
  if (isParam(value)) return sayParam(value.param, reader);
  const { choices } = field;
  if (choices !== undefined)
    return byName((it, { language }) => (Object.hasOwn(choices, it) ? choices[it]![language] : it))(
      value,
      reader,
      field,
    );
  return (KINDS[field.as] ?? sayPlain)(value, reader, field);
}

function sayPlain(value: Json, { language }: Pick<Reader, 'language'>): string {
  if (typeof value === 'number') return new Intl.NumberFormat(localeOf(language)).format(value);
  if (Array.isArray(value))
    return value.map((it: Json) => sayPlain(it, { language })).join(language === 'zh' ? '、' : ', ');
  return typeof value === 'string' ? value : '';
}

const sayRow = (row: JsonObject, fields: readonly Field[], reader: Reader): string =>
  fields
    .flatMap((field) => {
      const value = row[field.key];
      const said = value === undefined ? '' : sayValue(field, value, reader);
      return said === '' ? [] : [said];
    })
    .join(' · ');

function sayAudience(value: Json, reader: Reader): string {
  if (!isRecord(value)) return '';
  const { language } = reader;
  const { group, segment } = value;
  const groups = value['groups'] ?? group;
  if ('subject' in value) return { zh: '这位成员', en: 'this member' }[language];
  if (isRecord(segment))
    return sayCondition(segment as unknown as Condition, reader.names.fields, localeOf(language));
  if (groups === 'all') return { zh: '活动的所有群', en: 'all groups of the activity' }[language];
  return groups === undefined ? '' : sayPlain(groups, reader);
}

/** A text with its placeholders by name, 〔活动名称〕 for `{{ params.eventTitle }}`: what is filled in is not known here. */
const sayPlaceholders = (text: string, reader: Reader): string =>
  text.replaceAll(/\{\{\s*(?:(\w+)\.([\w-]+))?.*?\}\}/gs, (_, root?: string, name = '') => {
    const { language, names } = reader;
    const label =
      root === 'links'
        ? names.pages[name]
        : root === undefined
          ? undefined
          : names.fields[root as keyof Names['fields']]?.[name]?.label;
    return gap(read(label, language) || name || '…', reader);
  });
