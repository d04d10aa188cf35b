// Conditions and their fields as data: what an operator's rule tree or CEL text looks like, and what it may speak about.
// Not their checking (condition.ts) and no library: step files and the editor may import this one.
import type { Text } from '../document.ts';
import { typed } from '../json.ts';

/** What a condition speaks about: the member, the event that woke, the run, its parameters, its metrics. */
export type FieldRoot = (typeof FIELD_ROOTS)[number];
export const FIELD_ROOTS = ['member', 'event', 'run', 'params', 'metrics'] as const;

/** The type of a field. `instant` is a moment, `strings` a list of texts such as tags. */
export type FieldType = 'string' | 'number' | 'boolean' | 'instant' | 'strings';

/** One field: its type, and what people call it. */
export interface FieldDeclaration {
  readonly type: FieldType;
  readonly label?: Text;
}

/** Every field that a condition or a text may name, by root and key. Keys are ASCII, see `isFieldName`. */
export type FieldSchema = Readonly<Partial<Record<FieldRoot, Readonly<Record<string, FieldDeclaration>>>>>;

/** A condition: a rule tree as react-querybuilder keeps it, or CEL text. */
export type Condition = RuleGroup | CelCondition;

/** CEL text, for those who prefer to write: `{ cel: 'member.points > 100' }`. */
export interface CelCondition {
  readonly cel: string;
}

/** Rules that must all hold, or of which one must. */
export interface RuleGroup {
  readonly id?: string;
  readonly combinator: 'and' | 'or';
  readonly not?: boolean;
  readonly rules: readonly (Rule | RuleGroup)[];
}

/** One comparison. `field` is `root.key`; with `valueSource: 'field'` the value names another field. */
export interface Rule {
  readonly id?: string;
  readonly field: string;
  readonly operator: string;
  readonly value?: RuleValue;
  readonly valueSource?: 'value' | 'field';
}

/** What a rule compares with: one value, or several as a list or separated by commas. */
export type RuleValue = string | number | boolean | null | readonly (string | number)[];

/** The comparisons that a rule may make; the names are react-querybuilder's. */
export const OPERATORS = [
  '=', '!=', '<', '>', '<=', '>=',
  'contains', 'beginsWith', 'endsWith', 'doesNotContain', 'doesNotBeginWith', 'doesNotEndWith',
  'null', 'notNull', 'in', 'notIn', 'between', 'notBetween',
] as const; // prettier-ignore
export type Operator = (typeof OPERATORS)[number];

/** The comparisons that make sense for a type of field, in the order in which a form offers them. */
export const OPERATORS_OF: Readonly<Record<FieldType, readonly Operator[]>> = {
  string: OPERATORS,
  number: ['=', '!=', '<', '>', '<=', '>=', 'between', 'notBetween', 'in', 'notIn', 'null', 'notNull'],
  boolean: ['=', '!=', 'null', 'notNull'],
  instant: ['=', '!=', '<', '>', '<=', '>=', 'between', 'notBetween', 'null', 'notNull'],
  strings: ['contains', 'doesNotContain', 'in', 'notIn', 'null', 'notNull'],
};

/** The most that a condition may hold. */
export const CONDITION_LIMITS = {
  celChars: 4_000,
  rules: 200,
  depth: 10,
  values: 200,
  textChars: 1_000,
} as const;

/**
 * JSON Schema of a condition's outermost shape. Groups nest, which a schema without `$ref` cannot say:
 * the rules inside are checked by `compileCondition`, which names the place better too.
 */
export const conditionSchema = typed<Condition>({
  type: 'object',
  anyOf: [
    {
      additionalProperties: false,
      required: ['cel'],
      properties: { cel: { type: 'string', minLength: 1, maxLength: CONDITION_LIMITS.celChars } },
    },
    {
      additionalProperties: false,
      required: ['combinator', 'rules'],
      properties: {
        id: { type: 'string', maxLength: 100 },
        combinator: { enum: ['and', 'or'] },
        not: { type: 'boolean' },
        rules: { type: 'array', maxItems: CONDITION_LIMITS.rules, items: { type: 'object' } },
      },
    },
  ],
});

// What CEL keeps for itself; a field of such a name could not be written.
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** True for a key that a field may have: ASCII letters, digits and `_`, not a word of the expression language. */
export function isFieldName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name) && !name.startsWith('__') && !RESERVED.has(name);
}

/** The declaration of a field written `root.key`; undefined for any other text. */
export function fieldOf(path: string, schema: FieldSchema): FieldDeclaration | undefined {
  const dot = path.indexOf('.');
  const root = FIELD_ROOTS.find((known) => known === path.slice(0, dot));
  const name = path.slice(dot + 1);
  const fields = root === undefined ? undefined : schema[root];
  return fields !== undefined && isFieldName(name) && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Every field of a schema as `root.key`, in the order of declaration. */
export function pathsOf(schema: FieldSchema): string[] {
  return FIELD_ROOTS.flatMap((root) => Object.keys(schema[root] ?? {}).map((name) => `${root}.${name}`));
}

/** The known name that is most like a mistyped one, if any is near enough to be meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.slice(0, 100).toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= least) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const substituted = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
