// The facts beside a decision, in words: rules as sentences, times on the calendar, fields and reasons by their names.
// Not the decision itself, which the story shows above them.
import { sayDuration, sayTimeRule } from '../../engine/calendar/say.ts';
import type { TimeRule } from '../../engine/calendar/time-rule.ts';
import type { Playbook, Text } from '../../engine/document.ts';
import { sayReason } from '../../engine/effects/send-reasons.ts';
import { sayFact, sayFactValue } from '../../engine/effects/words.ts';
import { BUILT_IN_FIELDS } from '../../engine/fields.ts';
import type { Json } from '../../engine/json.ts';
import { rulesOfCel } from '../../engine/language/rules-of-cel.ts';
import { sayCondition } from '../../engine/language/say-condition.ts';
import { sayMetric } from '../../engine/metrics/say.ts';
import { sayRole } from '../../engine/roles.ts';
import { paramTitle } from '../document/params.ts';
import { read, useSpeech } from '../say.ts';
import { isRecord } from '../values.ts';
import { localeOf, type Language } from '../words.ts';
import { sayChannel } from './say-code.ts';
import { sayAt } from './words.ts';

type Facts = Readonly<Record<string, Json>>;

/** Kept for programs: it computes a number again, or is said together with another fact. */
const SILENT = new Set(['snapshot', 'op']);

export function Why({
  why,
  zone,
  document,
}: {
  readonly why: Facts;
  readonly zone: string;
  /** Knows what its parameters are called. */
  readonly document?: Playbook;
}) {
  const language = useSpeech(({ language: it }) => it);
  const lines = whyLines(document === undefined ? why : named(why, document, language), language, zone);
  if (lines.length === 0) return null;
  return (
    <dl className="why">
      {lines.map(({ name, says }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{says}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A parameter that was missing, by its title: a text names it as `params.topic`. */
function named({ what, ...why }: Facts, document: Playbook, language: Language): Facts {
  if (what === undefined) return why;
  const param = typeof what === 'string' ? /^params\.([^.]+)/.exec(what)?.[1] : undefined;
  return { ...why, what: param === undefined ? what : paramTitle(document, param, language) };
}

/** Each fact on a line of its own; what is empty says nothing. */
export function whyLines(
  why: Facts,
  language: Language,
  zone: string,
): { readonly name: string; readonly says: string }[] {
  return Object.entries(why)
    .filter(([key]) => !SILENT.has(key))
    .map(([key, value]) => ({
      name: sayFact(key)[language],
      says: says({ key, value, why, language, zone }),
    }))
    .filter((line) => line.says !== '');
}

interface Fact {
  readonly key: string;
  readonly value: Json;
  readonly why: Facts;
  readonly language: Language;
  readonly zone: string;
}

function says(fact: Fact): string {
  const { key, value } = fact;
  return (SAYS[key] ?? plain)(fact, value);
}

type Say = (fact: Fact, value: Json) => string;

const plain: Say = ({ language, zone }, value) => shown(value, language, zone);

const rule: Say = ({ language }, value) => {
  const locale = localeOf(language);
  if (typeof value === 'string') return condition(value, language);
  return isRecord(value) ? sayTimeRule(value as unknown as TimeRule, locale) : '';
};

function condition(cel: string, language: Language): string {
  const rules = rulesOfCel(cel, BUILT_IN_FIELDS);
  return sayCondition(rules ?? { cel }, BUILT_IN_FIELDS, localeOf(language));
}

/** `member.points` by its label. */
function fieldName(path: string, language: Language): string {
  const [root = '', name = ''] = path.split('.');
  const label = BUILT_IN_FIELDS[root as keyof typeof BUILT_IN_FIELDS]?.[name]?.label;
  return read(label, language) || path;
}

const metric: Say = ({ language }, value) => (typeof value === 'string' ? sayMetric(value, language) : '');

/** Pairs of a record, by words for their keys. */
const pairs =
  (name: (key: string, language: Language) => string, separator = ' '): Say =>
  ({ language, zone }, value) =>
    isRecord(value)
      ? Object.entries(value)
          .map(([key, it]) => `${name(key, language)}${separator}${shown(it, language, zone)}`)
          .join(language === 'zh' ? '，' : ', ')
      : shown(value, language, zone);

const OPS: Readonly<Record<string, string>> = { '<': '<', '<=': '≤', '>': '>', '>=': '≥' };

const SAYS: Readonly<Record<string, Say>> = {
  rule,
  seen: pairs(fieldName, ' = '),
  unanswered: ({ language }, value) =>
    isRecord(value)
      ? Object.keys(value)
          .map((cel) => condition(cel, language))
          .join(language === 'zh' ? '；' : '; ')
      : '',
  metric,
  limit: ({ why: { op }, language, zone }, value) =>
    `${typeof op === 'string' ? `${OPS[op] ?? op} ` : ''}${shown(value, language, zone)}`,
  withheld: pairs((reason, language) => read(sayReason(reason), language)),
  // In both languages; in one only where it was written before there were two.
  refusal: ({ language, zone }, value) =>
    isRecord(value) ? read(value as Text, language) : shown(value, language, zone),
  channel: ({ language }, value) => (typeof value === 'string' ? sayChannel(value, language) : ''),
  to: ({ language }, value) => (typeof value === 'string' ? sayRole(value, language) : ''),
  within: ({ language }, value) => (typeof value === 'string' ? sayDuration(value, localeOf(language)) : ''),
};

/** Instants are kept in milliseconds: nothing else of a decision is as large. */
const ERA = { from: 1e12, to: 1e13 } as const;

function shown(value: Json, language: Language, zone: string): string {
  if (value === null) return language === 'zh' ? '没有' : 'nothing';
  if (typeof value === 'boolean') return { zh: value ? '是' : '否', en: value ? 'yes' : 'no' }[language];
  if (typeof value === 'number')
    return value >= ERA.from && value < ERA.to
      ? sayAt(new Date(value).toISOString(), language, zone)
      : new Intl.NumberFormat(localeOf(language)).format(value);
  if (typeof value === 'string')
    return /^\d{4}-\d\d-\d\dT\d\d:/.test(value)
      ? sayAt(value, language, zone)
      : sayFactValue(value)[language];
  if (Array.isArray(value))
    return value.map((it: Json) => shown(it, language, zone)).join(language === 'zh' ? '、' : ', ');
  return pairs((key) => key, ' = ')({ key: '', value, why: {}, language, zone }, value);
}
