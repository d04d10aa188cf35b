// From CEL text back to a rule tree, where the text says no more than rules can: the other half of condition-rules.ts.
// Never guesses: what rules cannot say exactly is refused, so that a change of view never changes a meaning.
// A comparison without `has(…)` has no answer where the field has no value, and what has no answer does not hold: as a rule
// it says the same, but not under a negation, where it is refused.
import { celOfRules } from './condition-rules.ts';
import { readCel, runtime, type ASTNode } from './cel.ts';
import { fieldOf, OPERATORS_OF, type FieldSchema, type FieldType, type Operator } from './rule.ts';
import type { Rule, RuleGroup, RuleValue } from './rule.ts';

/** The rule tree that means the same as a CEL text; undefined where rules cannot say it. Never throws. */
export function rulesOfCel(cel: string, schema: FieldSchema): RuleGroup | undefined {
  const reading = readCel(cel, runtime);
  if ('fault' in reading) return undefined;
  const part = partOf(reading.ast, { schema, isSure: false });
  if (part === undefined) return undefined;
  const group: RuleGroup = isGroup(part) ? part : { combinator: 'and', rules: [part] };
  // Types, bounds and depths are checked where rules are written down.
  return 'problems' in celOfRules(group, schema) ? undefined : group;
}

interface Reading {
  readonly schema: FieldSchema;
  /** Under a negation only what is always answered may stand. */
  readonly isSure: boolean;
}

type Part = Rule | RuleGroup;

const isGroup = (part: Part): part is RuleGroup => 'rules' in part;

function partOf(node: ASTNode, reading: Reading): Part | undefined {
  if (node.op === '&&') return allOf(chainOf('&&', node), reading);
  if (node.op === '||') return anyOf(chainOf('||', node), reading);
  if (node.op === '!_') return negated(node.args, reading);
  return present(node, reading.schema) ?? (reading.isSure ? undefined : testOf(node, reading.schema));
}

/** `a && b && c` as a list. What stands in brackets on the right keeps together. */
function chainOf(op: '&&' | '||', node: ASTNode): ASTNode[] {
  const parts: ASTNode[] = [];
  let at = node;
  while (at.op === op) {
    const [left, right] = at.args as readonly [ASTNode, ASTNode];
    parts.push(right);
    at = left;
  }
  return [at, ...parts.reverse()];
}

/** Parts of which one must hold; `!has(f) || size(f) == 0` is one rule. */
function anyOf(nodes: readonly ASTNode[], reading: Reading): Part | undefined {
  const rules: Part[] = [];
  for (let at = 0; at < nodes.length;) {
    const absent = absentAt(nodes, at, reading);
    const part = absent ?? partOf(nodes[at]!, reading);
    if (part === undefined) return undefined;
    rules.push(part);
    at += absent === undefined ? 1 : 2;
  }
  return rules.length === 1 ? rules[0] : { combinator: 'or', rules };
}

/** Parts that must all hold; `has(f) && test of f` is one rule. */
function allOf(nodes: readonly ASTNode[], reading: Reading): Part | undefined {
  const rules: Part[] = [];
  for (let at = 0; at < nodes.length;) {
    const guarded = guardedAt(nodes, at, reading.schema);
    if (guarded !== undefined) {
      rules.push(guarded.rule);
      at += guarded.length;
      continue;
    }
    const part = partOf(nodes[at]!, reading);
    if (part === undefined) return undefined;
    rules.push(part);
    at += 1;
  }
  return rules.length === 1 ? rules[0] : { combinator: 'and', rules };
}

/** A rule that begins with `has(f)`: its test, two tests that are a range, or a test against another field. */
function guardedAt(
  nodes: readonly ASTNode[],
  at: number,
  schema: FieldSchema,
): { readonly rule: Rule; readonly length: number } | undefined {
  const field = hasOf(nodes[at]!);
  const next = nodes[at + 1];
  if (field === undefined || next === undefined) return undefined;
  const range = rangeOf(field, next, nodes[at + 2], schema);
  if (range !== undefined) return { rule: range, length: 3 };
  const rule = testOf(next, schema);
  if (rule?.field === field && rule.valueSource === undefined) return { rule, length: 2 };
  const other = hasOf(next);
  const test = nodes[at + 2] === undefined ? undefined : testOf(nodes[at + 2]!, schema);
  if (other === undefined || test?.valueSource !== 'field') return undefined;
  if (test.field === field && test.value === other) return { rule: test, length: 3 };
  // `x in list` is said of x, or of the list: whichever was asked for first.
  return test.operator === 'in' && test.field === other && test.value === field
    ? { rule: { field, operator: 'contains', value: other, valueSource: 'field' }, length: 3 }
    : undefined;
}

function rangeOf(
  field: string,
  low: ASTNode,
  high: ASTNode | undefined,
  schema: FieldSchema,
): Rule | undefined {
  const from = testOf(low, schema);
  const to = high === undefined ? undefined : testOf(high, schema);
  const isRange =
    from?.field === field && from.operator === '>=' && to?.field === field && to.operator === '<=';
  if (!isRange || from.valueSource !== undefined || to.valueSource !== undefined) return undefined;
  const rule: Rule = {
    field,
    operator: 'between',
    value: [from.value as string | number, to.value as string | number],
  };
  return isWritable(rule, schema) ? rule : undefined;
}

const isWritable = (rule: Rule, schema: FieldSchema): boolean =>
  !('problems' in celOfRules({ combinator: 'and', rules: [rule] }, schema));

const OPPOSITES: Readonly<Partial<Record<string, Operator>>> = {
  '=': '!=',
  contains: 'doesNotContain',
  beginsWith: 'doesNotBeginWith',
  endsWith: 'doesNotEndWith',
  in: 'notIn',
  between: 'notBetween',
  null: 'notNull',
  notNull: 'null',
};

function negated(inner: ASTNode, reading: Reading): Part | undefined {
  const part = partOf(inner, { ...reading, isSure: true });
  if (part === undefined) return undefined;
  if (isGroup(part)) return { ...part, not: part.not !== true };
  const operator = OPPOSITES[part.operator];
  return operator === undefined ? { combinator: 'and', not: true, rules: [part] } : { ...part, operator };
}

/** `has(f)` alone. A list that is there may still be empty, which rules do not tell from absent. */
function present(node: ASTNode, schema: FieldSchema): Rule | undefined {
  const field = hasOf(node);
  return field === undefined || typeOf(field, schema) === 'strings'
    ? undefined
    : { field, operator: 'notNull' };
}

/** A list without items counts as absent: `!has(f) || size(f) == 0`. */
function absentAt(nodes: readonly ASTNode[], at: number, { schema }: Reading): Rule | undefined {
  const [first, second] = nodes.slice(at, at + 2);
  if (first?.op !== '!_' || second?.op !== '==') return undefined;
  const field = hasOf(first.args);
  const [size, zero] = second.args as readonly [ASTNode, ASTNode];
  if (size.op !== 'call' || size.args[0] !== 'size' || literalOf(zero) !== 0) return undefined;
  const counted = size.args[1][0];
  const isSame = field !== undefined && counted !== undefined && pathOf(counted) === field;
  return isSame && typeOf(field, schema) === 'strings' ? { field, operator: 'null' } : undefined;
}

function hasOf(node: ASTNode): string | undefined {
  const [only] = node.op === 'call' && node.args[0] === 'has' ? node.args[1] : [];
  return only === undefined ? undefined : pathOf(only);
}

function pathOf(node: ASTNode): string | undefined {
  if (node.op !== '.') return undefined;
  const [root, key] = node.args;
  return root.op === 'id' ? `${root.args}.${key}` : undefined;
}

const SYMBOLS: Readonly<Record<string, Operator>> = {
  '==': '=',
  '<': '<',
  '>': '>',
  '<=': '<=',
  '>=': '>=',
};
const TURNED: Readonly<Record<string, string>> = { '==': '==', '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
const METHODS: Readonly<Record<string, Operator>> = {
  contains: 'contains',
  startsWith: 'beginsWith',
  endsWith: 'endsWith',
};

/** One comparison of a field, not asking whether it has a value. */
function testOf(node: ASTNode, schema: FieldSchema): Rule | undefined {
  const rule =
    comparisonOf(node, schema) ??
    membershipOf(node, schema) ??
    methodOf(node, schema) ??
    truthOf(node, schema);
  const type = rule === undefined ? undefined : fieldOf(rule.field, schema)?.type;
  if (rule === undefined || type === undefined) return undefined;
  return OPERATORS_OF[type].includes(rule.operator as Operator) ? rule : undefined;
}

function comparisonOf(node: ASTNode, schema: FieldSchema): Rule | undefined {
  if (!Object.hasOwn(SYMBOLS, node.op)) return undefined;
  const [left, right] = node.args as readonly [ASTNode, ASTNode];
  const field = pathOf(left);
  if (field !== undefined) return against(field, SYMBOLS[node.op]!, right, schema);
  const turned = pathOf(right);
  return turned === undefined ? undefined : against(turned, SYMBOLS[TURNED[node.op]!]!, left, schema);
}

function against(field: string, operator: Operator, operand: ASTNode, schema: FieldSchema): Rule | undefined {
  const value = literalOf(operand);
  if (value !== undefined) return { field, operator, value };
  const other = pathOf(operand);
  return other !== undefined && fieldOf(other, schema) !== undefined
    ? { field, operator, value: other, valueSource: 'field' }
    : undefined;
}

/** `f in ["a", "b"]`, `"a" in f`, `"a" in f || "b" in f`, `f in g`. */
function membershipOf(node: ASTNode, schema: FieldSchema): Rule | undefined {
  if (node.op === '||') {
    const tests = chainOf('||', node).map((it) => membershipOf(it, schema));
    const [first] = tests;
    const isOne =
      first !== undefined && tests.every((it) => it?.field === first.field && it.operator === 'contains');
    return isOne && tests.every((it) => it?.valueSource === undefined)
      ? { field: first.field, operator: 'in', value: tests.map((it) => String(it?.value)) }
      : undefined;
  }
  if (node.op !== 'in') return undefined;
  const [item, list] = node.args as readonly [ASTNode, ASTNode];
  const field = pathOf(item);
  const container = pathOf(list);
  if (field !== undefined && list.op === 'list') {
    const values = (list.args as readonly ASTNode[]).map(literalOf);
    return values.every((value) => typeof value === 'string' || typeof value === 'number')
      ? { field, operator: 'in', value: values }
      : undefined;
  }
  if (container === undefined) return undefined;
  const value = literalOf(item);
  if (typeof value === 'string') return { field: container, operator: 'contains', value };
  if (field === undefined || typeOf(container, schema) !== 'strings') return undefined;
  return { field, operator: 'in', value: container, valueSource: 'field' };
}

const typeOf = (path: string, schema: FieldSchema): FieldType | undefined => fieldOf(path, schema)?.type;

function methodOf(node: ASTNode, schema: FieldSchema): Rule | undefined {
  if (node.op !== 'rcall') return undefined;
  const [name, receiver, args] = node.args;
  const operator = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  const field = pathOf(receiver);
  const [operand, ...more] = args;
  if (operator === undefined || field === undefined || operand === undefined || more.length > 0)
    return undefined;
  return against(field, operator, operand, schema);
}

/** A boolean field that stands for itself. */
function truthOf(node: ASTNode, schema: FieldSchema): Rule | undefined {
  const field = pathOf(node);
  return field !== undefined && typeOf(field, schema) === 'boolean'
    ? { field, operator: '=', value: true }
    : undefined;
}

/** A literal as rules hold it; an instant is its text. */
function literalOf(node: ASTNode): Exclude<RuleValue, null | readonly unknown[]> | undefined {
  if (node.op === '-_') {
    const value = literalOf(node.args);
    return typeof value === 'number' ? -value : undefined;
  }
  if (node.op === 'call' && node.args[0] === 'timestamp') {
    const [text] = node.args[1];
    const value = text === undefined ? undefined : literalOf(text);
    return typeof value === 'string' ? value : undefined;
  }
  if (node.op !== 'value') return undefined;
  const value: unknown = node.args;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : undefined;
}
