// A compiled condition as one SQL expression about a member `m`: true exactly for those for whom the evaluator says true.
// Not every condition: what SQL would answer differently, or could fail at, is left over for the evaluator.
//
// An expression without an answer (a field without a value, a text compared by size with a number) is null in SQL.
// CEL absorbs such errors in && and || as SQL absorbs null, so the two logics are the same three-valued one.
// Attributes are jsonb, of whatever type was written; they are read as what an operator needs, or as null.
import { isInstant, parseInstant, type Instant } from '../../../engine/instant.ts';
import {
  isFieldValue,
  parseCondition,
  spanOf,
  type ASTNode,
  type ConditionContext,
} from '../../../engine/language/condition.ts';
import { printCondition } from '../../../engine/language/condition-print.ts';
import type { Binder } from './binder.ts';
import {
  ABSENT,
  asBoolean,
  asNumber,
  choice,
  constantList,
  equal,
  order,
  quantify,
  scalar,
  search,
  size,
  sum,
  Untranslatable,
  within,
  type Expression,
} from './expression.ts';
import { MEMBER_FIELDS } from './member-fields.ts';

/** What a condition is asked with: when, and the values of every root but the member. */
export interface Asked {
  readonly binder: Binder;
  readonly now: Instant;
  readonly context: ConditionContext;
}

/** Members fit when `where` is true and, if there is a `rest`, the evaluator says true to that as well. */
export interface Translated {
  readonly where: string;
  readonly rest: string | undefined;
}

/**
 * Translates a compiled condition. Of the parts that must all hold, those that SQL can answer become `where`
 * and narrow down for whom the others are asked.
 */
export function translate(cel: string, asked: Asked): Translated {
  const parsed = parseCondition(cel);
  if (parsed === undefined) return NOBODY;
  const guards: string[] = [];
  for (const [root, name] of parsed.fields) {
    if (root === 'member') guards.push(...guardOf(name, asked.binder));
    else if (!isFieldValue(valueOf(asked.context, root, name) ?? '')) return NOBODY;
  }
  const [parts, rest]: [string[], ASTNode[]] = [[], []];
  for (const part of conjuncts(parsed.ast)) {
    const sql = attempt(() => asBoolean(express(part, { ...asked, variables: new Map() })));
    if (sql === undefined) rest.push(part);
    else parts.push(sql);
  }
  return {
    where: [...guards, ...parts].join('\n  and ') || 'true',
    rest: rest.length === 0 ? undefined : rest.map((part) => printCondition(part, {})).join(' && '),
  };
}

const NOBODY: Translated = { where: 'false', rest: undefined };

/** What must all hold, from left to right. */
function conjuncts(ast: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const open = [ast];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.op === '&&') open.push(node.args[1], node.args[0]);
    else found.push(node);
  }
  return found;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Untranslatable) return undefined;
    throw error;
  }
}

/** A field that has a value of no known kind makes the whole condition unanswerable. */
function guardOf(name: string, binder: Binder): string[] {
  if (!Object.hasOwn(MEMBER_FIELDS, name)) return [`is_field_value(${attribute(name, binder)})`];
  return name === 'tags' ? ['cardinality(m.tags) <= 200'] : [];
}

const attribute = (name: string, binder: Binder): string =>
  `nullif(m.attributes -> ${binder.bind(name, 'text')}, 'null'::jsonb)`;

interface Scope extends Asked {
  /** Variables of macros: their SQL. */
  readonly variables: ReadonlyMap<string, string>;
}

function express(node: ASTNode, scope: Scope): Expression {
  switch (node.op) {
    case 'value':
      return literal(node.args, scope.binder);
    case 'id': {
      const variable = scope.variables.get(node.args);
      if (variable === undefined) throw new Untranslatable(node.args);
      return scalar('string', variable);
    }
    case '.':
      return field(node, scope);
    case 'list':
      return constantList(node.args.map(textIn), scope.binder);
    case 'call':
      return call(node, scope);
    case 'rcall':
      return method(node, scope);
    case '?:':
      return choice(express(node.args[0], scope), express(node.args[1], scope), express(node.args[2], scope));
    case '&&':
    case '||': {
      const [left, right] = node.args.map((part) => asBoolean(express(part, scope)));
      return scalar('boolean', `(${left} ${node.op === '&&' ? 'and' : 'or'} ${right})`);
    }
    case '!_':
      return scalar('boolean', `(not ${asBoolean(express(node.args, scope))})`);
    case '-_':
      return scalar('number', `(- ${asNumber(express(node.args, scope))})`);
    case '==':
    case '!=':
      return equal(express(node.args[0], scope), express(node.args[1], scope), node.op === '==');
    case '<':
    case '<=':
    case '>':
    case '>=':
      return order(node.op, express(node.args[0], scope), express(node.args[1], scope));
    case '+':
    case '-':
      return sum(node.op, express(node.args[0], scope), express(node.args[1], scope));
    case 'in':
      return membership(node.args, scope);
    case '*':
    case '/':
    case '%':
    case '[]':
    case '[?]':
    case '.?':
    case 'map':
      throw new Untranslatable(node.op);
  }
}

// A larger number, and a text that the database cannot hold, cannot be handed over.
function literal(value: unknown, binder: Binder): Expression {
  if (typeof value === 'boolean') return scalar('boolean', String(value));
  if (typeof value === 'string')
    return { kind: 'string', sql: binder.bind(storable(value), 'text'), constant: value };
  const number = Number(value);
  if (!isFieldValue(number)) throw new Untranslatable('number');
  return scalar('number', binder.bind(number, 'float8'));
}

function storable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/\u0000|\p{Surrogate}/u.test(text)) throw new Untranslatable('text');
  return text;
}

function textIn(node: ASTNode): string {
  if (node.op !== 'value' || typeof node.args !== 'string') throw new Untranslatable('list');
  return storable(node.args);
}

function membership([item, list]: readonly [ASTNode, ASTNode], scope: Scope): Expression {
  const wanted = express(item, scope);
  const isNumbers = list.op === 'list' && list.args.length > 0 && list.args.every(isNumber);
  if (!isNumbers) return within(wanted, express(list, scope));
  if (wanted.kind !== 'number' && wanted.kind !== 'any') throw new Untranslatable('in');
  const numbers = scope.binder.bind(
    list.args.map(({ args }) => Number(args)),
    'float8[]',
  );
  return scalar(
    'boolean',
    wanted.kind === 'number'
      ? `(${wanted.sql} = any(${numbers}))`
      : `(case jsonb_typeof(${wanted.sql}) when 'number' then ${asNumber(wanted)} = any(${numbers}) else (case num_nonnulls(${wanted.sql}) when 1 then false end) end)`,
  );
}

const isNumber = (node: ASTNode): boolean =>
  node.op === 'value' &&
  (typeof node.args === 'number' || typeof node.args === 'bigint') &&
  isFieldValue(Number(node.args));

function pathOf(node: ASTNode): readonly [root: string, name: string] {
  if (node.op !== '.' || node.args[0].op !== 'id') throw new Untranslatable('field');
  return [node.args[0].args, node.args[1]];
}

function field(node: ASTNode & { op: '.' }, scope: Scope): Expression {
  const [root, name] = pathOf(node);
  const { binder } = scope;
  if (root !== 'member') return constant(valueOf(scope.context, root, name), binder);
  const known = Object.hasOwn(MEMBER_FIELDS, name) ? MEMBER_FIELDS[name] : undefined;
  if (known === undefined) return { kind: 'any', sql: attribute(name, binder) };
  const now = binder.bind(scope.now, 'bigint');
  if (known.kind === 'strings')
    return { kind: 'strings', sql: known.sql(now), holds: (text) => known.holds(text, now) };
  return scalar(known.kind, known.sql(now));
}

/** The value of a field of another root, which is the same for everybody. */
function constant(value: unknown, binder: Binder): Expression {
  if (value === undefined || value === null) return ABSENT;
  if (Array.isArray(value))
    return constantList(
      value.map((item) => storable(String(item))),
      binder,
    );
  return literal(value, binder);
}

function valueOf(context: ConditionContext, root: string, name: string): unknown {
  const values = Object.hasOwn(context, root) ? context[root] : undefined;
  return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}

function call(node: ASTNode & { op: 'call' }, scope: Scope): Expression {
  const [name, args] = node.args;
  const [first] = args;
  if (first === undefined) throw new Untranslatable(name);
  switch (name) {
    case 'has':
      return has(first, scope);
    case 'instant':
      return instant(first, scope);
    case 'timestamp':
    case 'duration':
      return moment(name, first, scope.binder);
    case 'size':
      return size(express(first, scope));
    case 'double': {
      // A size is counted in whole numbers, and written double(size(…)). Texts are converted by the evaluator alone.
      const counted = express(first, scope);
      if (counted.kind !== 'number') throw new Untranslatable(name);
      return counted;
    }
    default:
      throw new Untranslatable(name);
  }
}

function has(node: ASTNode, scope: Scope): Expression {
  const [root, name] = pathOf(node);
  if (root !== 'member') {
    const value = valueOf(scope.context, root, name);
    return scalar('boolean', String(value !== undefined && value !== null));
  }
  const known = Object.hasOwn(MEMBER_FIELDS, name) ? MEMBER_FIELDS[name] : undefined;
  if (known === undefined) return scalar('boolean', `(${attribute(name, scope.binder)} is not null)`);
  if (known.kind === 'strings' || !known.optional) return scalar('boolean', 'true');
  return scalar('boolean', `(${known.sql(scope.binder.bind(scope.now, 'bigint'))} is not null)`);
}

function instant(node: ASTNode, scope: Scope): Expression {
  const [root, name] = pathOf(node);
  if (root === 'member') {
    const it = field(node as ASTNode & { op: '.' }, scope);
    if (it.kind === 'instant') return it;
    if (it.kind !== 'any') throw new Untranslatable('instant');
    return scalar('instant', `instant_in(${it.sql})`);
  }
  const value = valueOf(scope.context, root, name);
  const at = typeof value === 'string' ? parseInstant(value) : value;
  if (!isInstant(at)) return scalar('instant', 'null::float8');
  return scalar('instant', `instant_in(${scope.binder.bind(JSON.stringify(at), 'jsonb')})`);
}

function moment(name: 'timestamp' | 'duration', node: ASTNode, binder: Binder): Expression {
  const text = textIn(node);
  const ms = name === 'timestamp' ? parseInstant(text) : spanOf(text);
  if (ms === undefined) throw new Untranslatable(name);
  return scalar(name === 'timestamp' ? 'instant' : 'duration', binder.bind(ms, 'float8'));
}

function method(node: ASTNode & { op: 'rcall' }, scope: Scope): Expression {
  const [name, receiver, args] = node.args;
  const [first, second] = args;
  switch (name) {
    case 'size':
      return size(express(receiver, scope));
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      if (first === undefined) throw new Untranslatable(name);
      return search(name, express(receiver, scope), express(first, scope));
    case 'exists':
    case 'all': {
      if (first?.op !== 'id' || second === undefined) throw new Untranslatable(name);
      const row = `v${scope.variables.size + 1}`;
      const variables = new Map([...scope.variables, [first.args, `${row}.v`]]);
      return quantify(name, express(receiver, scope), row, express(second, { ...scope, variables }));
    }
    default:
      throw new Untranslatable(name);
  }
}
