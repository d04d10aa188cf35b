// The values that conditions looked at, kept beside a decision so that a person can see why it fell as it did.
// Bounded: a decision of each of a hundred thousand members is kept. Conditions know no secrets, so there are none in it.
import { BUILT_IN_FIELDS } from '../fields.ts';
import { isInstant, isoOf } from '../instant.ts';
import { parseCondition, type ConditionContext } from './condition.ts';

/** The most fields that are kept of one decision. */
const MOST_FIELDS = 12;
/** Longer texts are cut, longer lists counted. */
export const MOST_CHARACTERS = 80;
export const MOST_ITEMS = 8;

/**
 * The fields that these conditions (as CEL) read, by `root.name` in their order, with their values at that moment;
 * null where there was none.
 *
 * @example valuesSeen(['member.points > 100'], { member: { points: 120 } }) // { 'member.points': 120 }
 */
export function valuesSeen(
  conditions: readonly string[],
  context: ConditionContext,
): Record<string, unknown> {
  return Object.fromEntries(
    fieldsRead(conditions).map(([root, name]) => {
      const values = context[root];
      const value = values !== undefined && Object.hasOwn(values, name) ? values[name] : null;
      return [`${root}.${name}`, short(isMoment(root, name) ? asMoment(value) : value)];
    }),
  );
}

/** The fields that these conditions (as CEL) read, in their order, as many as are kept. */
export function fieldsRead(conditions: readonly string[]): (readonly [root: string, name: string])[] {
  const fields = conditions.flatMap((cel) => parseCondition(cel)?.fields ?? []);
  return [...new Map(fields.map((field) => [field.join('.'), field])).values()].slice(0, MOST_FIELDS);
}

const isMoment = (root: string, name: string): boolean =>
  Object.entries(BUILT_IN_FIELDS).some(([own, fields]) => own === root && fields[name]?.type === 'instant');

const asMoment = (value: unknown): unknown =>
  typeof value === 'number' && isInstant(value) ? isoOf(value) : value;

function short(value: unknown): unknown {
  if (typeof value === 'string')
    return value.length > MOST_CHARACTERS ? `${cut(value, MOST_CHARACTERS)}…` : value;
  if (Array.isArray(value)) {
    const items = value.slice(0, MOST_ITEMS).map(short);
    return value.length > MOST_ITEMS ? [...items, `… ${value.length}`] : items;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : `(${typeof value})`;
}

// Half of a pair of surrogates is no text that a database takes.
function cut(text: string, most: number): string {
  const last = text.charCodeAt(most - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? most - 1 : most);
}
