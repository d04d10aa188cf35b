// SQL expressions with the kind of their values, and what one kind is when another is needed.
// Invariant: none raises, whatever is stored. What has no answer is null, as CEL's errors are here.
import type { Binder } from './binder.ts';

/** An expression. `any` is jsonb, of whatever type was written; instants and durations are milliseconds. */
export type Expression = Scalar | ListExpression;

export interface Scalar {
  readonly kind: 'boolean' | 'number' | 'string' | 'instant' | 'duration' | 'any';
  readonly sql: string;
  /** The text itself, where it is written in the condition. */
  readonly constant?: string;
}

export interface ListExpression {
  readonly kind: 'strings';
  readonly sql: string;
  /** Whether a text is in it. */
  readonly holds: (text: string) => string;
}

/** Thrown for what SQL would answer differently from the evaluator, or not at all. */
export class Untranslatable extends Error {}

// A condition has at most 4,000 characters, or 200 rules; what grows beyond this repeats itself.
const MOST_CHARS = 200_000;

/** SQL for one value. Throws {@link Untranslatable} when it has grown too long. */
export const scalar = (kind: Scalar['kind'], sql: string): Scalar => {
  if (sql.length > MOST_CHARS) throw new Untranslatable('long');
  return { kind, sql };
};

/** What `and` and `or` absorb, as CEL absorbs errors. */
export const NO_ANSWER: Scalar = { kind: 'boolean', sql: 'null::boolean' };
/** Nothing: a null that is of no type yet. */
export const ABSENT: Scalar = { kind: 'any', sql: 'null::jsonb' };

/** SQL of that type; null for a value of another. */
export const asBoolean = (it: Expression): string =>
  it.kind === 'boolean' ? it.sql : it.kind === 'any' ? `boolean_in(${it.sql})` : NO_ANSWER.sql;

/** SQL of that type, a double; null for a value of another. */
export const asNumber = (it: Expression): string =>
  it.kind === 'number' ? it.sql : it.kind === 'any' ? `number_in(${it.sql})` : 'null::float8';

/** SQL of that type; null for a value of another. */
export const asText = (it: Expression): string =>
  it.kind === 'string' ? it.sql : it.kind === 'any' ? `text_in(${it.sql})` : 'null::text';

const asJson = (it: Expression): string => (it.kind === 'any' ? it.sql : `to_jsonb(${it.sql})`);

/** `==` and `!=`: values of different types are different. */
export function equal(left: Expression, right: Expression, isEqual: boolean): Scalar {
  const operator = isEqual ? '=' : '<>';
  if (left.kind === right.kind) return scalar('boolean', `(${left.sql} ${operator} ${right.sql})`);
  const isMoment = [left, right].some(({ kind }) => kind === 'instant' || kind === 'duration');
  if (!isMoment && (left.kind === 'any' || right.kind === 'any')) {
    return scalar('boolean', `(${asJson(left)} ${operator} ${asJson(right)})`);
  }
  return scalar('boolean', `(case num_nonnulls(${left.sql}, ${right.sql}) when 2 then ${!isEqual} end)`);
}

/** `<`, `<=`, `>`, `>=`. */
export function order(operator: string, left: Expression, right: Expression): Scalar {
  const compare = (a: string, b: string): Scalar => scalar('boolean', `(${a} ${operator} ${b})`);
  const kinds = [left.kind, right.kind];
  if (kinds.includes('number')) return compare(asNumber(left), asNumber(right));
  if (kinds.includes('string')) {
    // The evaluator orders UTF-16 units and PostgreSQL code points; they agree where one side has none above U+D7FF.
    const isPlain = [left, right].some(
      (it) => 'constant' in it && !/[\uD800-\uFFFF]/.test(it.constant ?? '\uFFFF'),
    );
    if (!isPlain) throw new Untranslatable('order');
    return compare(`${asText(left)} collate "C"`, `${asText(right)} collate "C"`);
  }
  if (left.kind === right.kind && (left.kind === 'instant' || left.kind === 'duration'))
    return compare(left.sql, right.sql);
  if (kinds.includes('strings') || kinds.includes('instant') || kinds.includes('duration')) return NO_ANSWER;
  throw new Untranslatable('order');
}

/** `+` and `-`. */
export function sum(operator: '+' | '-', left: Expression, right: Expression): Scalar {
  const kinds = `${left.kind} ${operator} ${right.kind}`;
  switch (kinds) {
    case 'number + number':
    case 'number - number':
    case 'number + any':
    case 'number - any':
    case 'any + number':
    case 'any - number':
      return scalar('number', `(${asNumber(left)} ${operator} ${asNumber(right)})`);
    case 'string + string':
    case 'string + any':
    case 'any + string':
      return scalar('string', `(${asText(left)} || ${asText(right)})`);
    case 'instant + duration':
    case 'instant - duration':
      return scalar('instant', `(${left.sql} ${operator} ${right.sql})`);
    default:
      throw new Untranslatable(kinds);
  }
}

/** `condition ? yes : no`. */
export function choice(condition: Expression, yes: Expression, no: Expression): Scalar {
  const pick = (kind: Scalar['kind'], a: string, b: string): Scalar =>
    scalar(kind, `(case ${asBoolean(condition)} when true then ${a} when false then ${b} end)`);
  if (yes.kind === 'strings' || no.kind === 'strings') throw new Untranslatable('list');
  if (yes.kind === no.kind) return pick(yes.kind, yes.sql, no.sql);
  if ([yes, no].some(({ kind }) => kind === 'instant' || kind === 'duration'))
    throw new Untranslatable('moment');
  return pick('any', asJson(yes), asJson(no));
}

/** `item in list`. */
export function within(item: Expression, list: Expression): Scalar {
  if (list.kind === 'strings') {
    if (item.kind === 'string') {
      const holds = list.holds(item.sql);
      // To SQL nothing is in an empty list, not even what has no value.
      return scalar(
        'boolean',
        item.constant === undefined ? `(case when ${item.sql} is not null then ${holds} end)` : `(${holds})`,
      );
    }
    if (item.kind === 'any') {
      const kind = `jsonb_typeof(${item.sql})`;
      return scalar(
        'boolean',
        `(case when ${kind} = 'string' then ${list.holds(asText(item))} when ${kind} is not null then false end)`,
      );
    }
    return scalar('boolean', `(case num_nonnulls(${item.sql}) when 1 then false end)`);
  }
  if (list.kind !== 'any') return NO_ANSWER;
  const inside =
    item.kind === 'string'
      ? `${list.sql} ? ${item.sql}`
      : item.kind === 'instant' || item.kind === 'duration'
        ? 'false'
        : `${list.sql} @> jsonb_build_array(${asJson(item)})`;
  return scalar(
    'boolean',
    `(case when jsonb_typeof(${list.sql}) = 'array' and num_nonnulls(${item.sql}) = 1 then ${inside} end)`,
  );
}

/** The number of characters of a text, or of texts in a list. */
export function size(of: Expression): Scalar {
  if (of.kind === 'string') return scalar('number', `char_length(${of.sql})::float8`);
  if (of.kind === 'strings') return scalar('number', `cardinality(${of.sql})::float8`);
  if (of.kind !== 'any') return scalar('number', 'null::float8');
  const { sql } = of;
  return scalar(
    'number',
    `(case jsonb_typeof(${sql}) when 'string' then char_length(${sql} #>> '{}') when 'array' then jsonb_array_length(${sql}) end)::float8`,
  );
}

/** `contains`, `startsWith`, `endsWith`. */
export function search(name: string, text: Expression, part: Expression): Scalar {
  const [a, b] = [asText(text), asText(part)];
  if (name === 'contains') return scalar('boolean', `(strpos(${a}, ${b}) > 0)`);
  if (name === 'startsWith') return scalar('boolean', `starts_with(${a}, ${b})`);
  return scalar('boolean', `(right(${a}, char_length(${b})) = ${b})`);
}

/** `list.exists(v, test)` and `list.all(v, test)`; `row` is the alias of the elements, `test` speaks of `row.v`. */
export function quantify(name: 'exists' | 'all', range: Expression, row: string, test: Expression): Scalar {
  const [rows, isList] =
    range.kind === 'any'
      ? [
          `jsonb_array_elements_text(case when jsonb_typeof(${range.sql}) = 'array' then ${range.sql} end)`,
          `jsonb_typeof(${range.sql}) = 'array'`,
        ]
      : [`unnest(${range.sql})`, 'true'];
  if (range.kind !== 'any' && range.kind !== 'strings') return NO_ANSWER;
  // One element that decides is enough, whatever the others have no answer for.
  const decides = name === 'exists' ? 'q.p' : 'not q.p';
  return scalar(
    'boolean',
    `(case when ${isList} then (select case when bool_or(${decides}) then ${name === 'exists'} when bool_or(q.p is null) then null else ${name === 'all'} end from (select ${asBoolean(test)} as p from ${rows} as ${row} (v)) as q) end)`,
  );
}

/** A list that is written in the condition. */
export function constantList(items: readonly string[], binder: Binder): ListExpression {
  const sql = binder.bind([...items], 'text[]');
  return { kind: 'strings', sql, holds: (text) => `${text} = any(${sql})` };
}
