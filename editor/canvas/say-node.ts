// What a node says of itself: a sentence made of its settings by the kinds of its fields, never by its step type.
// Not the settings themselves, which the inspector shows.
import { sayDuration, sayTimeRule } from '../../engine/calendar/say.ts';
import { channelKind } from '../../engine/channels/index.ts';
import type { TimeRule } from '../../engine/calendar/time-rule.ts';
import type { GraphNode } from '../../engine/document.ts';
import type { Json } from '../../engine/json.ts';
import { sayCondition } from '../../engine/language/say-condition.ts';
import type { Condition, FieldSchema } from '../../engine/language/rule.ts';
import { metrics } from '../../engine/metrics.ts';
import { sayRole } from '../../engine/roles.ts';
import type { Field } from '../../engine/step.ts';
import { stepOf } from '../document/commands.ts';
import { localeOf, read, type Language } from '../words.ts';
import { isParam, isRecord } from '../values.ts';

/** What a node is called: its title, else its kind. */
export function nameOf(node: GraphNode, language: Language): string {
  const title = read(node.title, language);
  return title === '' ? (stepOf(node.step)?.label[language] ?? node.step) : title;
}

const MOST = 2;

/** What a node does, in a few words; empty while nothing is set. */
export function sayNode(node: GraphNode, language: Language, fields: FieldSchema): string {
  const parts: string[] = [];
  for (const field of stepOf(node.step)?.fields ?? []) {
    const value = node.config?.[field.key];
    const said = value === undefined ? '' : sayValue(field, value, language, fields);
    if (said !== '') parts.push(said);
    if (parts.length === MOST) break;
  }
  return parts.join(' · ');
}

function sayValue({ as, choices = {} }: Field, value: Json, language: Language, fields: FieldSchema): string {
  if (isParam(value)) return `〔${read(fields.params?.[value.param]?.label, language) || value.param}〕`;
  const locale = localeOf(language);
  const sayKind: Readonly<Partial<Record<Field['as'], () => string>>> = {
    time: () => (isRecord(value) ? sayTimeRule(value as unknown as TimeRule, locale) : ''),
    duration: () => (typeof value === 'string' ? sayDuration(value, locale) : ''),
    condition: () => (isRecord(value) ? sayCondition(value as unknown as Condition, fields, locale) : ''),
    text: () =>
      isRecord(value)
        ? shortened(named(read(value as Readonly<Record<string, string>>, language), language, fields))
        : '',
    metric: () =>
      typeof value !== 'string'
        ? ''
        : Object.hasOwn(metrics, value)
          ? metrics[value as keyof typeof metrics].label[language]
          : value,
    role: () => (typeof value === 'string' ? sayRole(value, language) : ''),
    channel: () =>
      typeof value === 'string' ? (channelKind(value)?.label[language] ?? shortened(value)) : '',
    list: () => '',
    audience: () => '',
    boolean: () => '',
  };
  const own = sayKind[as];
  if (own !== undefined) return own();
  if (Array.isArray(value))
    return value
      .filter((it) => typeof it === 'string')
      .map((it) => choices[it]?.[language] ?? it)
      .join(language === 'zh' ? '、' : ', ');
  const choice = typeof value === 'string' ? choices[value] : undefined;
  if (choice !== undefined) return choice[language];
  return typeof value === 'string' || typeof value === 'number' ? shortened(String(value)) : '';
}

/** A text with its placeholders by name, 〔活动名称〕 for `{{ params.eventTitle }}`: what is filled in is not known here. */
const named = (text: string, language: Language, fields: FieldSchema): string =>
  text.replaceAll(/\{\{\s*(?:(\w+)\.(\w+))?.*?\}\}/gs, (_, root?: keyof FieldSchema, name = '') => {
    const label = root === undefined ? undefined : fields[root]?.[name]?.label;
    return `〔${read(label, language) || name || '…'}〕`;
  });

const LONGEST = 60;

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};
