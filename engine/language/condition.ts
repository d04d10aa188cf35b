// Conditions: an operator's rule tree or CEL text becomes one checked CEL expression, which is then evaluated.
// Neither compiling nor evaluating throws, whatever comes in. Not a general CEL: see condition-guard.ts for what is refused.
import { checkerOf, faultOf, readCel, runtime, type ASTNode } from './cel.ts';
import { checkGuards, MAX_LIST } from './condition-guard.ts';
import type { ConditionProblem, ConditionProblemCode } from './condition-problem.ts';
import { printCondition } from './condition-print.ts';
import { celOfRules } from './condition-rules.ts';
import { CONDITION_LIMITS, type FieldSchema } from './rule.ts';

export type { ASTNode } from './cel.ts';
export type { ConditionProblem, ConditionProblemCode } from './condition-problem.ts';

/** A condition made ready. With problems, `cel` is empty. */
export interface CompiledCondition {
  readonly cel: string;
  /** The fields it reads, `root.key`, sorted. */
  readonly fields: readonly string[];
  readonly problems: readonly ConditionProblem[];
}

/** Why a condition has no answer. */
export interface EvaluationProblem {
  /** `absent`: fields it reads have no value (`what` lists them). `value`: a field has a value of no known type. `failed`: the rest. */
  readonly code: 'absent' | 'value' | 'failed';
  readonly what: string;
}

/** The values of fields: JSON values; an instant in milliseconds or as RFC 3339 text. */
export type ConditionContext = Readonly<Partial<Record<string, Readonly<Record<string, unknown>>>>>;

/**
 * Turns a condition into one checked CEL expression, with every problem that it has.
 * A field without a value fulfils no rule, and every negated one: "city is not Shanghai" holds where the city is unknown.
 *
 * @example compileCondition({ cel: 'member.points > 100' }, schema).problems
 */
export function compileCondition(condition: unknown, schema: FieldSchema): CompiledCondition {
  try {
    const source = sourceOf(condition, schema);
    if ('problems' in source) return { cel: '', fields: [], problems: source.problems };
    return compileCel(source.cel, source.pointer, schema);
  } catch (error) {
    // The stack can still overflow where the library recurses deeper than its own limits say.
    return {
      cel: '',
      fields: [],
      problems: [{ code: 'too-large', pointer: '', what: faultOf(error).message }],
    };
  }
}

/**
 * Answers a condition for one subject: true, false, or why it cannot be answered. Never throws.
 * A field that is null, undefined or missing has no value.
 *
 * @example evaluateCondition(compiled.cel, { member: { points: 120 } }) === true
 */
export function evaluateCondition(
  condition: CompiledCondition | string,
  context: ConditionContext,
): boolean | { readonly problem: EvaluationProblem } {
  const prepared = prepare(typeof condition === 'object' ? ownValue(condition, 'cel') : condition);
  if ('problem' in prepared) return prepared;
  const values: Record<string, Record<string, unknown>> = {
    member: {},
    event: {},
    run: {},
    params: {},
    metrics: {},
  };
  for (const [root, name] of prepared.fields) {
    const value = ownValue(ownValue(context, root), name);
    if (value === undefined || value === null) continue;
    if (!isFieldValue(value)) return { problem: { code: 'value', what: `${root}.${name}` } };
    (values[root] ??= {})[name] = value;
  }
  try {
    const answer: unknown = prepared.evaluate(values);
    return typeof answer === 'boolean'
      ? answer
      : { problem: { code: 'failed', what: `not boolean: ${typeof answer}` } };
  } catch (error) {
    const { code, message } = faultOf(error);
    if (code !== 'no_such_key') return { problem: { code: 'failed', what: message } };
    const absent = prepared.fields.filter(([root, name]) => !Object.hasOwn(values[root] ?? {}, name));
    return { problem: { code: 'absent', what: absent.map((path) => path.join('.')).join(', ') } };
  }
}

/**
 * Takes a compiled condition apart, for whoever answers it in another way. Undefined for a text that would be refused.
 * The parts can be written out again by `printCondition(node, {})`.
 */
export function parseCondition(
  cel: string,
):
  | { readonly ast: ASTNode; readonly fields: readonly (readonly [root: string, name: string])[] }
  | undefined {
  const prepared = prepare(cel);
  return 'problem' in prepared ? undefined : prepared;
}

/** The whole milliseconds of a span as conditions write it (`48h`, `1h30m`); undefined for any other, and for finer ones. */
export function spanOf(text: string): number | undefined {
  const reading = readCel(`duration(${JSON.stringify(text)})`, runtime);
  if ('fault' in reading) return undefined;
  try {
    const ms = Number(reading.expression({}));
    return Number.isSafeInteger(ms) && Math.abs(ms) <= MAX_SPAN ? ms : undefined;
  } catch {
    return undefined;
  }
}

// Three hundred years.
const MAX_SPAN = 10_000_000_000_000;

type Prepared =
  | {
      readonly ast: ASTNode;
      readonly fields: readonly (readonly [string, string])[];
      readonly evaluate: (values: Record<string, unknown>) => unknown;
    }
  | { readonly problem: EvaluationProblem };

const preparedByText = new Map<string, Prepared>();

function prepare(cel: unknown): Prepared {
  if (typeof cel !== 'string') return { problem: { code: 'failed', what: `no text: ${typeof cel}` } };
  const known = preparedByText.get(cel);
  if (known !== undefined) return known;
  const prepared = read(cel);
  if (preparedByText.size >= 1_000) preparedByText.clear();
  preparedByText.set(cel, prepared);
  return prepared;
}

// Whoever evaluates may not have compiled: the text is guarded again, once.
function read(cel: string): Prepared {
  const refused = (what: string): Prepared => ({ problem: { code: 'failed', what } });
  if (cel.length > MAX_COMPILED) return refused(`longer than ${MAX_COMPILED}`);
  const reading = readCel(cel, runtime);
  if ('fault' in reading) return refused(reading.fault.message);
  const { problems, fields } = checkGuards(reading.ast, cel);
  const [problem] = problems;
  if (problem !== undefined) return refused(`${problem.code}: ${problem.what}`);
  const paths = [...fields].map(
    (path) => [path.slice(0, path.indexOf('.')), path.slice(path.indexOf('.') + 1)] as const,
  );
  return { ast: reading.ast, fields: paths, evaluate: reading.expression };
}

// Two hundred rules with two hundred values each would be longer; the compiler refuses those with the same number.
const MAX_COMPILED = 200_000;

function ownValue(target: unknown, key: string): unknown {
  return typeof target === 'object' && target !== null && Object.hasOwn(target, key)
    ? (target as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

/** True for what a field may be: a text, a number, a boolean or a list of texts, none of them too large. */
export function isFieldValue(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT;
  if (Array.isArray(value))
    return value.length <= MAX_LIST && value.every((item) => typeof item === 'string' && isFieldValue(item));
  return typeof value === 'boolean' || (typeof value === 'number' && Math.abs(value) <= MAX_NUMBER);
}

const MAX_TEXT = 100_000;
// Sums of such numbers stay finite, so that SQL, which refuses the others, gives the same answer.
const MAX_NUMBER = 1e300;

type Source =
  | { readonly cel: string; readonly pointer: string }
  | { readonly problems: readonly ConditionProblem[] };

function sourceOf(condition: unknown, schema: FieldSchema): Source {
  if (typeof condition !== 'object' || condition === null || !Object.hasOwn(condition, 'cel'))
    return celOfRules(condition, schema);
  const { cel } = condition as { cel: unknown };
  const one = (code: ConditionProblemCode, what: string, expected: string, pointer = '/cel'): Source => ({
    problems: [{ code, pointer, what, expected }],
  });
  const extra = Object.keys(condition).find((key) => key !== 'cel');
  if (extra !== undefined) return one('shape', extra.slice(0, 100), 'cel', '');
  if (typeof cel !== 'string') return one('shape', typeof cel, 'string');
  if (cel.trim() === '') return one('empty', '', 'CEL');
  if (cel.length > CONDITION_LIMITS.celChars)
    return one('too-large', String(cel.length), String(CONDITION_LIMITS.celChars));
  return { cel, pointer: '/cel' };
}

function compileCel(cel: string, pointer: string, schema: FieldSchema): CompiledCondition {
  const failed = (problems: readonly ConditionProblem[]): CompiledCondition => ({
    cel: '',
    fields: [],
    problems,
  });
  if (cel.length > MAX_COMPILED)
    return failed([{ code: 'too-large', pointer, what: String(cel.length), expected: String(MAX_COMPILED) }]);
  const reading = readCel(cel, runtime);
  if ('fault' in reading) {
    const { start, end, message, code } = reading.fault;
    return failed([
      { code: code === 'limit_exceeded' ? 'too-large' : 'syntax', pointer, start, end, what: message },
    ]);
  }
  const guarded = checkGuards(reading.ast, cel, schema);
  if (guarded.problems.length > 0)
    return failed(guarded.problems.map((problem) => ({ ...problem, pointer })));
  const whole = { pointer, start: 0, end: cel.length };
  if (guarded.kind !== 'boolean') {
    return failed([{ ...whole, code: 'not-boolean', what: guarded.kind ?? 'dyn', expected: 'boolean' }]);
  }
  const printed = printCondition(reading.ast, schema);
  if (printed.length > MAX_COMPILED)
    return failed([
      { ...whole, code: 'too-large', what: String(printed.length), expected: String(MAX_COMPILED) },
    ]);
  // The guards know the types as the library does; where it knows better it has the last word, without a place.
  const checked = checkerOf(schema).check(printed);
  if (!checked.valid) {
    const { code, message } = faultOf(checked.error);
    return failed([{ ...whole, code: code === 'limit_exceeded' ? 'too-large' : 'type', what: message }]);
  }
  // What is written out converts more than what was written, so it may cost more: whoever evaluates counts that.
  const runnable = readCel(printed, runtime);
  if ('fault' in runnable) return failed([{ ...whole, code: 'too-large', what: runnable.fault.message }]);
  const costly = checkGuards(runnable.ast, printed).problems;
  if (costly.length > 0) return failed(costly.map((problem) => ({ ...problem, ...whole })));
  return { cel: printed, fields: [...guarded.fields].sort(), problems: [] };
}
