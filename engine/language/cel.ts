// The CEL library behind one door: our environments, our overloads, our `like`.
// Not what a condition may contain, see condition-guard.ts; nothing else in the project imports the library.
import { Environment, type ASTNode, type ParseResult } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { isInstant, parseInstant } from '../instant.ts';
import { FIELD_ROOTS, type FieldSchema, type FieldType } from './rule.ts';

export type { ASTNode } from '@marcbachmann/cel-js';

/** Where and how a text is not an expression. */
export interface CelFault {
  readonly code: string;
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** An expression that can be read, or what is wrong with it. */
export type CelReading =
  | { readonly expression: ParseResult; readonly ast: ASTNode }
  | { readonly fault: CelFault };

/** The longest text that `like` searches, and the longest pattern it takes. */
export const LIKE_LIMITS = { textChars: 10_000, patternChars: 200 } as const;

const LIMITS = {
  maxAstNodes: 20_000,
  maxDepth: 250,
  maxListElements: 1_000,
  maxMapEntries: 1_000,
  maxCallArguments: 3,
};

const CEL_TYPES: Readonly<Record<FieldType, string>> = {
  string: 'string',
  number: 'double',
  boolean: 'bool',
  instant: 'google.protobuf.Timestamp',
  strings: 'list<string>',
};

const patterns = new Map<string, RE2JS>();

/** The environment in which every compiled expression is evaluated: the roots are known, their fields are not. */
export const runtime: Environment = FIELD_ROOTS.reduce(
  (environment, root) => environment.registerVariable(root, 'map<string, dyn>'),
  makeEnvironment(),
);

const checkers = new WeakMap<FieldSchema, Environment>();

/** The environment that knows the types of a schema's fields; made once for each schema. */
export function checkerOf(schema: FieldSchema): Environment {
  const known = checkers.get(schema);
  if (known !== undefined) return known;
  const environment = makeEnvironment();
  for (const root of FIELD_ROOTS) {
    const fields = Object.entries(schema[root] ?? {}).map(
      ([name, field]) => [name, CEL_TYPES[field.type]] as const,
    );
    environment.registerVariable(root, { schema: Object.fromEntries(fields) });
  }
  checkers.set(schema, environment);
  return environment;
}

/** Reads an expression. Never throws. */
export function readCel(cel: string, environment: Environment): CelReading {
  try {
    const expression = environment.parse(cel);
    return { expression, ast: expression.ast };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

/** What the library has to say about an error it threw or returned; any other error is turned into a fault as well. */
export function faultOf(error: unknown): CelFault {
  const { code, summary, range } = (error ?? {}) as {
    code?: unknown;
    summary?: unknown;
    range?: { start: number; end: number };
  };
  return {
    code: typeof code === 'string' ? code : 'failed',
    message: typeof summary === 'string' ? summary : String(error),
    start: range?.start ?? 0,
    end: range?.end ?? 0,
  };
}

/** Whether a pattern is one that `like` can search for in linear time. */
export function isPattern(pattern: string): boolean {
  if (pattern.length > LIKE_LIMITS.patternChars) return false;
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

/** An environment with our functions and overloads, and no variables. */
export function makeEnvironment(): Environment {
  const environment = new Environment({ limits: LIMITS });
  environment.registerOperator('double % double', (left: number, right: number) => left % right);
  environment.registerFunction('like(string, string): bool', like);
  environment.registerFunction('instant(dyn): google.protobuf.Timestamp', toTimestamp);
  return environment;
}

function like(text: string, pattern: string): boolean {
  if (text.length > LIKE_LIMITS.textChars)
    throw new RangeError(`like() searches at most ${LIKE_LIMITS.textChars} characters`);
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    if (pattern.length > LIKE_LIMITS.patternChars) throw new RangeError('like() pattern too long');
    compiled = RE2JS.compile(pattern);
    if (patterns.size >= 500) patterns.clear();
    patterns.set(pattern, compiled);
  }
  return compiled.matcher(text).find();
}

// The years 1 to 9999, which are those of CEL's timestamps: sums with spans stay within what the library can show.
const FIRST = -62_135_596_800_000;
const LAST = 253_402_300_799_999;

/** The moment a value means, as the library wants it: from milliseconds or RFC 3339 text. */
function toTimestamp(value: unknown): object {
  const instant = typeof value === 'string' ? parseInstant(value) : value;
  if (!isInstant(instant) || instant < FIRST || instant > LAST) throw new RangeError('not an instant');
  // oxlint-disable-next-line no-restricted-globals -- the library's type for a given moment; no clock is read
  return new Date(instant);
}
