// From a rule tree to CEL text, with every rule checked against its field on the way.
// Invariant: a tree without problems gives an expression that passes every check CEL text must pass.
import { isoOf, parseInstant } from '../instant.ts';
import type { ConditionProblem, ConditionProblemCode } from './condition-problem.ts';
import { numberLiteral } from './condition-print.ts';
import { CONDITION_LIMITS, fieldOf, nearest, OPERATORS, OPERATORS_OF, pathsOf } from './rule.ts';
import type { FieldSchema, FieldType, Operator } from './rule.ts';

/** The CEL text of a rule tree, or everything that is wrong with the tree. */
export type RulesInCel =
  | { readonly cel: string; readonly pointer: string }
  | { readonly problems: readonly ConditionProblem[] };

/** Writes a rule tree as CEL. Never throws on any JSON value. */
export function celOfRules(condition: unknown, schema: FieldSchema): RulesInCel {
  const writing: Writing = { schema, problems: [], rules: 0 };
  const cel = writeGroup(condition, '', writing, 1);
  return writing.problems.length > 0 ? { problems: writing.problems } : { cel, pointer: '' };
}

interface Writing {
  readonly schema: FieldSchema;
  readonly problems: ConditionProblem[];
  rules: number;
}

const GROUP_KEYS = ['id', 'combinator', 'not', 'rules'];
const RULE_KEYS = ['id', 'field', 'operator', 'value', 'valueSource'];

function writeGroup(group: unknown, pointer: string, writing: Writing, depth: number): string {
  const report = reporter(pointer, writing);
  if (!isRecord(group)) return report('shape', '', shown(group), 'object');
  if (depth > CONDITION_LIMITS.depth)
    return report('too-large', '', String(depth), String(CONDITION_LIMITS.depth));
  if (!checkKeys(group, GROUP_KEYS, report)) return '';
  const { combinator, rules, not } = group;
  if (combinator !== 'and' && combinator !== 'or')
    return report('shape', '/combinator', shown(combinator), 'and, or');
  if (not !== undefined && typeof not !== 'boolean')
    return report('shape', '/not', shown(not), 'true, false');
  if (!Array.isArray(rules)) return report('shape', '/rules', shown(rules), 'array');
  if (rules.length === 0) return report('empty', '/rules', '', '1');
  const parts: string[] = [];
  for (const [index, rule] of rules.entries()) {
    writing.rules += 1;
    if (writing.rules > CONDITION_LIMITS.rules) {
      if (writing.rules === CONDITION_LIMITS.rules + 1)
        report('too-large', '/rules', '', String(CONDITION_LIMITS.rules));
      break;
    }
    const place = `${pointer}/rules/${index}`;
    const nested = isRecord(rule) && (Object.hasOwn(rule, 'rules') || Object.hasOwn(rule, 'combinator'));
    parts.push(nested ? writeGroup(rule, place, writing, depth + 1) : writeRule(rule, place, writing));
  }
  const joined = parts.join(combinator === 'and' ? ' && ' : ' || ');
  return not === true ? `!(${joined})` : depth === 1 || parts.length === 1 ? joined : `(${joined})`;
}

function writeRule(rule: unknown, pointer: string, writing: Writing): string {
  const report = reporter(pointer, writing);
  if (!isRecord(rule)) return report('shape', '', shown(rule), 'object');
  if (!checkKeys(rule, RULE_KEYS, report)) return '';
  const type = fieldType(rule['field'], '/field', writing, report);
  if (type === undefined) return '';
  const field = String(rule['field']);
  const operator = OPERATORS.find((known) => known === rule['operator']);
  if (operator === undefined) {
    return report('unknown-operator', '/operator', shown(rule['operator']), OPERATORS_OF[type].join(', '));
  }
  if (!OPERATORS_OF[type].includes(operator))
    return report('wrong-operator', '/operator', operator, OPERATORS_OF[type].join(', '));
  if (operator === 'null') return absent(field, type);
  if (operator === 'notNull') return `!(${absent(field, type)})`;
  const source = rule['valueSource'];
  if (source !== undefined && source !== 'value' && source !== 'field')
    return report('shape', '/valueSource', shown(source), 'value, field');
  const opposite = OPPOSITES[operator];
  const positive = opposite ?? (operator as Positive);
  const test =
    source === 'field'
      ? writeFieldTest({ field, type, operator: positive }, rule['value'], writing, report)
      : writeValueTest({ field, type, operator: positive }, rule['value'], report);
  // A field without a value fulfils no rule; negation outside makes it fulfil the opposite.
  const whole = `has(${field}) && ${test}`;
  return opposite !== undefined ? `!(${whole})` : `(${whole})`;
}

interface Test {
  readonly field: string;
  readonly type: FieldType;
  readonly operator: Positive;
}

type Positive = '=' | '<' | '>' | '<=' | '>=' | 'contains' | 'beginsWith' | 'endsWith' | 'in' | 'between';

/** A negated comparison and the one that it is the opposite of. */
const OPPOSITES: Readonly<Partial<Record<Operator, Positive>>> = {
  '!=': '=',
  doesNotContain: 'contains',
  doesNotBeginWith: 'beginsWith',
  doesNotEndWith: 'endsWith',
  notIn: 'in',
  notBetween: 'between',
};

function writeValueTest({ field, type, operator }: Test, value: unknown, report: Report): string {
  const element = type === 'strings' ? 'string' : type;
  if (operator === 'in' || operator === 'between') {
    const literals = literalsOf(value, element, report);
    if (literals === undefined) return '';
    if (operator === 'in') {
      if (type !== 'strings') return `${field} in [${literals.join(', ')}]`;
      return `(${literals.map((literal) => `${literal} in ${field}`).join(' || ')})`;
    }
    const [low, high] = literals;
    if (literals.length !== 2 || isReversed(low, high, type))
      return report('bad-value', '/value', String(value).slice(0, 100), 'from, to');
    return `${field} >= ${low} && ${field} <= ${high}`;
  }
  const literal = literalOf(value, element);
  if (literal === undefined) return report('bad-value', '/value', shown(value), EXPECTED[element]);
  return compare(field, operator, literal, type);
}

/** True when nothing can lie between: numbers and instants in the wrong order. */
function isReversed(low: string | undefined, high: string | undefined, type: FieldType): boolean {
  if (type === 'number') return Number(low) > Number(high);
  return type === 'instant' && String(low) > String(high);
}

function writeFieldTest(
  { field, type, operator }: Test,
  value: unknown,
  writing: Writing,
  report: Report,
): string {
  const other = fieldType(value, '/value', writing, report);
  if (other === undefined) return '';
  const wanted: FieldType = operator === 'in' ? 'strings' : type === 'strings' ? 'string' : type;
  if (operator === 'between' || (operator === 'in' && type !== 'string')) {
    return report('bad-value', '/valueSource', 'field', 'value');
  }
  if (other !== wanted) return report('type', '/value', `${String(value)}: ${other}`, wanted);
  return `has(${String(value)}) && ${operator === 'in' ? `${field} in ${String(value)}` : compare(field, operator, String(value), type)}`;
}

function compare(
  field: string,
  operator: Exclude<Positive, 'in' | 'between'>,
  operand: string,
  type: FieldType,
): string {
  if (operator === '=') return `${field} == ${operand}`;
  if (operator === 'contains')
    return type === 'strings' ? `${operand} in ${field}` : `${field}.contains(${operand})`;
  if (operator === 'beginsWith') return `${field}.startsWith(${operand})`;
  if (operator === 'endsWith') return `${field}.endsWith(${operand})`;
  return `${field} ${operator} ${operand}`;
}

const absent = (field: string, type: FieldType): string =>
  type === 'strings' ? `(!has(${field}) || size(${field}) == 0)` : `!has(${field})`;

function literalsOf(
  value: unknown,
  type: Exclude<FieldType, 'strings'>,
  report: Report,
): string[] | undefined {
  const values: readonly unknown[] | undefined = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(/[,，]/).map((part) => part.trim())
      : undefined;
  if (values === undefined || values.length === 0 || values.length > CONDITION_LIMITS.values) {
    report('bad-value', '/value', shown(value), `${EXPECTED[type]}, … (1–${CONDITION_LIMITS.values})`);
    return undefined;
  }
  const literals: string[] = [];
  for (const [index, item] of values.entries()) {
    const literal = literalOf(item, type);
    if (literal === undefined)
      report('bad-value', Array.isArray(value) ? `/value/${index}` : '/value', shown(item), EXPECTED[type]);
    else literals.push(literal);
  }
  return literals.length === values.length ? literals : undefined;
}

/** A value of a rule as CEL; forms hand over numbers and booleans as text too. */
function literalOf(value: unknown, type: Exclude<FieldType, 'strings'>): string | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' || typeof value === 'number' ? textLiteral(String(value)) : undefined;
    case 'number': {
      const number = typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number) ? numberLiteral(number) : undefined;
    }
    case 'boolean':
      return value === true || value === 'true'
        ? 'true'
        : value === false || value === 'false'
          ? 'false'
          : undefined;
    case 'instant': {
      const instant = typeof value === 'string' ? parseInstant(value) : undefined;
      const iso = instant === undefined ? undefined : isoOf(instant);
      // CEL's timestamps have years of four digits.
      return iso === undefined || iso.length !== 24 ? undefined : `timestamp("${iso}")`;
    }
  }
}

function textLiteral(text: string): string | undefined {
  const isWellFormed = !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
  return isWellFormed && text.length <= CONDITION_LIMITS.textChars ? JSON.stringify(text) : undefined;
}

const EXPECTED: Readonly<Record<Exclude<FieldType, 'strings'>, string>> = {
  string: `text (≤ ${CONDITION_LIMITS.textChars})`,
  number: '0, 1.5',
  boolean: 'true, false',
  instant: '2026-12-01T12:00:00Z',
};

function fieldType(path: unknown, pointer: string, writing: Writing, report: Report): FieldType | undefined {
  const declared = typeof path === 'string' ? fieldOf(path, writing.schema) : undefined;
  if (declared !== undefined) return declared.type;
  const suggestion = typeof path === 'string' ? nearest(path, pathsOf(writing.schema)) : undefined;
  report('unknown-field', pointer, shown(path), { suggestion });
  return undefined;
}

type Report = (code: ConditionProblemCode, pointer: string, what: string, hint?: string | Hint) => '';

/** What would be accepted, and what was probably meant. */
interface Hint {
  readonly expected?: string | undefined;
  readonly suggestion?: string | undefined;
}

/** Notes a problem and stands in for the text that cannot be written. */
function reporter(base: string, writing: Writing): Report {
  return (code, pointer, what, hint) => {
    const hints = typeof hint === 'string' ? { expected: hint } : hint;
    writing.problems.push({ code, pointer: `${base}${pointer}`, what, ...hints });
    return '';
  };
}

function checkKeys(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  report: Report,
): boolean {
  const extra = Object.keys(value).find((key) => !known.includes(key));
  if (extra === undefined) return true;
  report('shape', '', extra.slice(0, 100), { expected: known.join(', '), suggestion: nearest(extra, known) });
  return false;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 100);
  if (Array.isArray(value)) return `[${value.length}]`;
  return typeof value === 'object' && value !== null ? '{…}' : String(value);
}
