// A condition as a sentence, zh-CN and en, for the canvas and for the reasons on a timeline.
// Not a check: an unfinished or broken rule is still said as well as it can be.
import {
  fieldOf,
  OPERATORS,
  type Condition,
  type FieldSchema,
  type Operator,
  type Rule,
  type RuleGroup,
} from './rule.ts';

/**
 * A rule tree in words: `积分 大于 100，并且 城市 是「上海」`, `Points is more than 100 and City is "Shanghai"`.
 * CEL text stands for itself.
 */
export function sayCondition(condition: Condition, schema: FieldSchema, locale: string): string {
  if ('cel' in condition) return condition.cel;
  return sayGroup(condition, { schema, locale, words: locale.toLowerCase().startsWith('zh') ? ZH : EN }, 0);
}

/** A comparison in words, as a form offers it: `大于`, `is more than`. */
export const sayOperator = (operator: Operator, locale: string): string =>
  (locale.toLowerCase().startsWith('zh') ? ZH : EN).operators[operator];

interface Speaker {
  readonly schema: FieldSchema;
  readonly locale: string;
  readonly words: Words;
}

interface Words {
  readonly operators: Readonly<Record<Operator, string>>;
  readonly and: string;
  readonly or: string;
  readonly not: (inner: string) => string;
  readonly group: (inner: string) => string;
  readonly quote: (text: string) => string;
  readonly between: (from: string, to: string) => string;
  readonly list: string;
  readonly nothing: string;
  readonly yes: string;
  readonly no: string;
}

function sayGroup(group: RuleGroup, speaker: Speaker, depth: number): string {
  const { words } = speaker;
  // A tree deeper than the compiler takes is not worth a sentence.
  if (depth > 10 || !Array.isArray(group.rules) || group.rules.length === 0) return words.nothing;
  const parts = group.rules.map((rule) =>
    'rules' in rule ? sayGroup(rule, speaker, depth + 1) : sayRule(rule, speaker),
  );
  const joined = parts.join(group.combinator === 'or' ? words.or : words.and);
  if (group.not === true) return words.not(joined);
  return depth > 0 && parts.length > 1 ? words.group(joined) : joined;
}

function sayRule(rule: Rule, speaker: Speaker): string {
  const { words } = speaker;
  const field = nameOf(rule.field, speaker);
  const operator = OPERATORS.find((known) => known === rule.operator);
  if (operator === undefined) return `${field} ${rule.operator} ${sayValue(rule, speaker)}`;
  if (operator === 'null' || operator === 'notNull') return `${field} ${words.operators[operator]}`;
  if (operator === 'between' || operator === 'notBetween') {
    const [from = '…', to = '…'] = itemsOf(rule.value).map((item) => sayItem(item, speaker));
    return joinWords(field, words.operators[operator], words.between(from, to));
  }
  return joinWords(field, words.operators[operator], sayValue(rule, speaker));
}

// A Chinese quotation mark brings its own space.
const joinWords = (field: string, operator: string, value: string): string =>
  `${field} ${operator}${value.startsWith('「') ? '' : ' '}${value}`;

function sayValue(rule: Rule, speaker: Speaker): string {
  if (rule.valueSource === 'field') return nameOf(String(rule.value), speaker);
  const many = rule.operator === 'in' || rule.operator === 'notIn';
  if (!many) return sayItem(rule.value, speaker);
  return itemsOf(rule.value)
    .map((item) => sayItem(item, speaker))
    .join(speaker.words.list);
}

function itemsOf(value: Rule['value']): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? value.split(/[,，]/).map((part) => part.trim()) : [];
}

function sayItem(item: unknown, { words }: Speaker): string {
  if (item === true || item === 'true') return words.yes;
  if (item === false || item === 'false') return words.no;
  if (typeof item === 'number' || (typeof item === 'string' && /^-?\d+(\.\d+)?$/.test(item)))
    return String(item);
  return typeof item === 'string' ? words.quote(item) : '…';
}

function nameOf(path: string, { schema, locale }: Speaker): string {
  const label = fieldOf(path, schema)?.label;
  return label?.[locale] ?? label?.['zh-CN'] ?? label?.['en'] ?? path;
}

const ZH: Words = {
  operators: {
    '=': '是',
    '!=': '不是',
    '<': '小于',
    '>': '大于',
    '<=': '不超过',
    '>=': '不少于',
    contains: '包含',
    beginsWith: '开头是',
    endsWith: '结尾是',
    doesNotContain: '不包含',
    doesNotBeginWith: '开头不是',
    doesNotEndWith: '结尾不是',
    null: '没有值',
    notNull: '有值',
    in: '是其中之一：',
    notIn: '不在其中：',
    between: '介于',
    notBetween: '不在',
  },
  and: '，并且 ',
  or: '，或者 ',
  not: (inner) => `并非（${inner}）`,
  group: (inner) => `（${inner}）`,
  quote: (text) => `「${text}」`,
  between: (from, to) => `${from} 和 ${to} 之间`.replaceAll('」 ', '」').replaceAll(' 「', '「'),
  list: '、',
  nothing: '（没有规则）',
  yes: '真',
  no: '假',
};

const EN: Words = {
  operators: {
    '=': 'is',
    '!=': 'is not',
    '<': 'is less than',
    '>': 'is more than',
    '<=': 'is at most',
    '>=': 'is at least',
    contains: 'contains',
    beginsWith: 'begins with',
    endsWith: 'ends with',
    doesNotContain: 'does not contain',
    doesNotBeginWith: 'does not begin with',
    doesNotEndWith: 'does not end with',
    null: 'has no value',
    notNull: 'has a value',
    in: 'is one of',
    notIn: 'is none of',
    between: 'is between',
    notBetween: 'is not between',
  },
  and: ' and ',
  or: ' or ',
  not: (inner) => `not (${inner})`,
  group: (inner) => `(${inner})`,
  quote: (text) => `"${text}"`,
  between: (from, to) => `${from} and ${to}`,
  list: ', ',
  nothing: '(no rules)',
  yes: 'true',
  no: 'false',
};
