// Walks a parsed CEL expression: what it may contain, what it may cost, which fields it reads, and the types that CEL itself leaves open.
// An allow-list, not a block-list: a function or form that is not named here is refused.
import { parseInstant } from '../instant.ts';
import { isPattern, type ASTNode } from './cel.ts';
import {
  elementOf,
  EXAMPLES,
  FUNCTIONS,
  METHODS,
  ORDERED,
  SUMS,
  TAKES,
  type Kind,
} from './condition-kinds.ts';
import type { ConditionProblem } from './condition-problem.ts';
import { FIELD_ROOTS, fieldOf, nearest, pathsOf, type FieldSchema } from './rule.ts';

/** The longest list of texts that a condition looks at. */
export const MAX_LIST = 200;

// Three nested looks at a list of the longest kind.
const MAX_STEPS = 1_000_000;
const MAX_MACROS = 2;
const MAX_DEPTH = 400;

/** A finding without its pointer: the walk knows places in the text only. */
export type GuardProblem = Omit<ConditionProblem, 'pointer'>;

/** What a walk finds. */
export interface Guarded {
  readonly problems: readonly GuardProblem[];
  readonly fields: ReadonlySet<string>;
  /** The type of the whole, where it is known. */
  readonly kind: Kind | undefined;
}

/** Checks an expression. Without a schema any field is taken, and its type is unknown. */
export function checkGuards(ast: ASTNode, source: string, schema?: FieldSchema): Guarded {
  const walk: Walk = {
    source,
    schema,
    problems: [],
    fields: new Set(),
    steps: 0,
    tooDeep: false,
  };
  const kind = kindOf(ast, { walk, variables: new Map(), macros: 0, times: 1, depth: 0 });
  if (walk.tooDeep)
    report(walk, ast, { code: 'too-large', what: `> ${MAX_DEPTH}`, expected: String(MAX_DEPTH) });
  if (walk.steps > MAX_STEPS)
    report(walk, ast, { code: 'too-costly', what: String(walk.steps), expected: String(MAX_STEPS) });
  return { ...walk, kind };
}

interface Walk {
  readonly source: string;
  readonly schema: FieldSchema | undefined;
  readonly problems: GuardProblem[];
  readonly fields: Set<string>;
  steps: number;
  tooDeep: boolean;
}

/** Where in the expression the walk stands. `times` is how often this place is evaluated at most. */
interface Place {
  readonly walk: Walk;
  readonly variables: ReadonlyMap<string, Kind | undefined>;
  readonly macros: number;
  readonly times: number;
  readonly depth: number;
}

function kindOf(node: ASTNode, outer: Place): Kind | undefined {
  const { walk } = outer;
  if (outer.depth > MAX_DEPTH) {
    walk.tooDeep = true;
    return undefined;
  }
  const place = { ...outer, depth: outer.depth + 1 };
  walk.steps += place.times;
  switch (node.op) {
    case 'value':
      return literalKind(node, node.args, walk);
    case 'id':
      return variableKind(node, node.args, place);
    case '.':
      return fieldKind(node, place);
    case '[]':
      return indexKind(node, place);
    case 'list':
      return listKind(node.args, place);
    case 'call':
      return callKind(node, node.args[0], node.args[1], place);
    case 'rcall':
      return methodKind(node, place);
    case '?:':
      return choiceKind(node.args, place);
    case '&&':
    case '||':
      for (const operand of node.args) need(operand, 'boolean', place);
      return 'boolean';
    case '!_':
      need(node.args, 'boolean', place);
      return 'boolean';
    case '-_':
      return kindOf(node.args, place);
    case 'map':
    case '.?':
    case '[?]':
      return refuse(walk, node, node.op === 'map' ? '{}' : node.op);
    case 'in':
      return membershipKind(node.args, place);
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return binaryKind(node, node.op, node.args, place);
  }
}

function literalKind(node: ASTNode, value: unknown, walk: Walk): Kind | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'boolean';
  return refuse(walk, node, textOf(node, walk), value === null ? 'has(…)' : undefined);
}

function variableKind(node: ASTNode, name: string, { walk, variables }: Place): Kind | undefined {
  if (variables.has(name)) return variables.get(name);
  const isRoot = FIELD_ROOTS.some((root) => root === name);
  const known = walk.schema === undefined ? [] : pathsOf(walk.schema);
  const byKey = known.find((path) => path.endsWith(`.${name}`));
  const suggestion = byKey ?? nearest(name, known);
  return report(walk, node, {
    code: 'unknown-field',
    what: name,
    expected: isRoot ? `${name}.…` : undefined,
    suggestion,
  });
}

function fieldKind(node: ASTNode & { op: '.' }, { walk, variables }: Place): Kind | undefined {
  const [target, key] = node.args;
  if (target.op !== 'id' || variables.has(target.args))
    return refuse(walk, node, textOf(node, walk), 'root.field');
  const path = `${target.args}.${key}`;
  const declared = walk.schema === undefined ? undefined : fieldOf(path, walk.schema);
  const isKnown =
    walk.schema === undefined ? FIELD_ROOTS.some((root) => root === target.args) : declared !== undefined;
  if (!isKnown) {
    const suggestion = nearest(path, walk.schema === undefined ? [] : pathsOf(walk.schema));
    return report(walk, node, { code: 'unknown-field', what: path, suggestion });
  }
  walk.fields.add(path);
  return declared?.type;
}

function indexKind(node: ASTNode & { op: '[]' }, place: Place): Kind | undefined {
  const [target, index] = node.args;
  if (target.op === 'id' && !place.variables.has(target.args)) {
    return refuse(place.walk, node, textOf(node, place.walk), `${target.args}.…`);
  }
  need(index, 'number', place);
  return elementOf(kindOf(target, place));
}

function listKind(items: readonly ASTNode[], place: Place): Kind {
  const [first, ...rest] = items;
  const kind = first === undefined ? undefined : kindOf(first, place);
  for (const item of rest)
    if (kind === undefined) kindOf(item, place);
    else need(item, kind, place);
  return kind === 'string' ? 'strings' : kind === 'number' ? 'numbers' : 'list';
}

function choiceKind(
  [condition, yes, no]: readonly [ASTNode, ASTNode, ASTNode],
  place: Place,
): Kind | undefined {
  need(condition, 'boolean', place);
  const kind = kindOf(yes, place);
  return kind === undefined ? kindOf(no, place) : need(no, kind, place);
}

function membershipKind([item, list]: readonly [ASTNode, ASTNode], place: Place): Kind {
  const element = kindOf(item, place);
  const kind = kindOf(list, place);
  place.walk.steps += place.times * (list.op === 'list' ? list.args.length : MAX_LIST);
  const wanted = elementOf(kind);
  if (element !== undefined && wanted !== undefined && element !== wanted)
    mismatch(place.walk, item, element, wanted);
  if (kind !== undefined && kind !== 'list' && wanted === undefined)
    mismatch(place.walk, list, kind, 'strings');
  return 'boolean';
}

function binaryKind(
  node: ASTNode,
  op: string,
  [left, right]: readonly [ASTNode, ASTNode],
  place: Place,
): Kind | undefined {
  const a = kindOf(left, place);
  const b = kindOf(right, place);
  const isComparison = op === '==' || op === '!=' || op === '<' || op === '<=' || op === '>' || op === '>=';
  if (a === undefined || b === undefined) return isComparison ? 'boolean' : undefined;
  const result = isComparison
    ? a === b && (op === '==' || op === '!=' || ORDERED.has(a))
      ? 'boolean'
      : undefined
    : SUMS[`${a} ${op} ${b}`];
  if (result === undefined) mismatch(place.walk, node, `${a} ${op} ${b}`, a);
  return result ?? (isComparison ? 'boolean' : undefined);
}

function callKind(node: ASTNode, name: string, args: readonly ASTNode[], place: Place): Kind | undefined {
  const { walk } = place;
  const [first, second] = args;
  switch (name) {
    case 'has':
      if (first?.op !== '.' || first.args[0].op !== 'id')
        return refuse(walk, node, textOf(node, walk), 'has(root.field)');
      kindOf(first, place);
      return 'boolean';
    case 'timestamp':
    case 'duration': {
      const text = literalText(first);
      // The library reads a text without a zone in the zone of the machine.
      const isGood = text !== undefined && (name === 'duration' || parseInstant(text) !== undefined);
      if (!isGood)
        report(walk, node, { code: 'bad-value', what: textOf(node, walk), expected: EXAMPLES[name] });
      return name === 'duration' ? 'duration' : 'instant';
    }
    case 'like': {
      if (first !== undefined) need(first, 'string', place);
      walk.steps += place.times * 50;
      const pattern = literalText(second);
      if (pattern === undefined || !isPattern(pattern))
        report(walk, second ?? node, {
          code: 'bad-value',
          what: textOf(second ?? node, walk),
          expected: 'like(text, "^ab.*")',
        });
      return 'boolean';
    }
    case 'size':
    case 'int':
    case 'double':
    case 'string':
    case 'bool':
      if (first === undefined || args.length > 1) return refuse(walk, node, textOf(node, walk), `${name}(…)`);
      needOne(first, TAKES[name], place);
      return name === 'string' ? 'string' : name === 'bool' ? 'boolean' : 'number';
    case 'instant': {
      // The compiler writes it around fields that are instants, and takes its own text again; elsewhere it has no meaning.
      const kind = first?.op === '.' && args.length === 1 ? (kindOf(first, place) ?? 'instant') : undefined;
      return kind === 'instant' ? kind : unknownFunction(walk, node, name, FUNCTIONS);
    }
    default:
      return unknownFunction(walk, node, name, FUNCTIONS);
  }
}

function methodKind(node: ASTNode & { op: 'rcall' }, place: Place): Kind | undefined {
  const [name, receiver, args] = node.args;
  switch (name) {
    case 'contains':
    case 'startsWith':
    case 'endsWith':
    case 'lowerAscii':
    case 'upperAscii':
    case 'trim':
      for (const part of [receiver, ...args]) need(part, 'string', place);
      return args.length > 0 ? 'boolean' : 'string';
    case 'size':
      needOne(receiver, TAKES.size, place);
      return 'number';
    case 'all':
    case 'exists':
    case 'exists_one':
    case 'map':
    case 'filter':
      return macroKind(node, place);
    case 'matches':
      return refuse(place.walk, node, 'matches', 'like(text, pattern)');
    default:
      return unknownFunction(place.walk, node, name, METHODS);
  }
}

function macroKind(node: ASTNode & { op: 'rcall' }, place: Place): Kind | undefined {
  const [name, range, [variable, ...body]] = node.args;
  const { walk } = place;
  const size = rangeSize(range, place);
  if (size === undefined) return refuse(walk, range, textOf(range, walk), 'root.field, […]');
  if (place.macros === MAX_MACROS) {
    return report(walk, node, { code: 'nested-macros', what: name, expected: String(MAX_MACROS) });
  }
  const kind = kindOf(range, place);
  if (kind !== undefined && kind !== 'list' && elementOf(kind) === undefined)
    mismatch(walk, range, kind, 'strings');
  if (variable?.op !== 'id' || FIELD_ROOTS.some((root) => root === variable.args)) {
    return refuse(walk, variable ?? node, textOf(variable ?? node, walk), 't');
  }
  const inside: Place = {
    ...place,
    variables: new Map([...place.variables, [variable.args, elementOf(kind)]]),
    macros: place.macros + 1,
    times: place.times * size,
    depth: place.depth + 1,
  };
  const results = body.map((part, index) =>
    name === 'map' && index === body.length - 1 ? kindOf(part, inside) : need(part, 'boolean', inside),
  );
  if (name === 'filter') return kind;
  if (name !== 'map') return 'boolean';
  const result = results.at(-1);
  return result === 'string' ? 'strings' : result === 'number' ? 'numbers' : 'list';
}

/** How long a list can be at most; undefined for an expression that may grow without bound. */
function rangeSize(range: ASTNode, place: Place): number | undefined {
  if (range.op === 'list') return range.args.length;
  if (range.op === '.' && range.args[0].op === 'id' && !place.variables.has(range.args[0].args))
    return MAX_LIST;
  if (range.op === 'rcall' && (range.args[0] === 'filter' || range.args[0] === 'map'))
    return rangeSize(range.args[1], place);
  return undefined;
}

function need(node: ASTNode, wanted: Kind, place: Place): Kind | undefined {
  const kind = kindOf(node, place);
  if (kind !== undefined && kind !== wanted) mismatch(place.walk, node, kind, wanted);
  return kind;
}

function needOne(node: ASTNode, wanted: readonly Kind[], place: Place): void {
  const kind = kindOf(node, place);
  if (kind !== undefined && !wanted.includes(kind)) mismatch(place.walk, node, kind, wanted.join(', '));
}

const literalText = (node: ASTNode | undefined): string | undefined =>
  node?.op === 'value' && typeof node.args === 'string' ? node.args : undefined;

const textOf = (node: ASTNode, walk: Walk): string => walk.source.slice(node.start, node.end).slice(0, 100);

const mismatch = (walk: Walk, node: ASTNode, what: string, expected: string): void =>
  report(walk, node, { code: 'type', what, expected });

function refuse(walk: Walk, node: ASTNode, what: string, expected?: string): undefined {
  return report(walk, node, { code: 'refused', what, expected });
}

function unknownFunction(walk: Walk, node: ASTNode, what: string, known: readonly string[]): undefined {
  return report(walk, node, {
    code: 'unknown-function',
    what,
    expected: known.join(', '),
    suggestion: nearest(what, known),
  });
}

function report(walk: Walk, node: ASTNode, finding: Omit<GuardProblem, 'start' | 'end'>): undefined {
  if (walk.problems.length < 100) walk.problems.push({ ...finding, start: node.start, end: node.end });
  return undefined;
}
