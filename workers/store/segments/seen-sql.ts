// What engine/language/seen.ts keeps of a decision, as one SQL expression about a member `m`: for decisions about all members
// at once, where nobody reads their values one by one. Bounded in the same way.
import { fieldsRead, MOST_CHARACTERS, MOST_ITEMS, valuesSeen } from '../../../engine/language/seen.ts';
import type { ConditionContext } from '../../../engine/language/condition.ts';
import type { Instant } from '../../../engine/instant.ts';
import type { Binder } from './binder.ts';
import { MEMBER_FIELDS } from './member-fields.ts';

/** An expression of type jsonb: the rule, and the values of the fields that it reads. */
export function seenInSql(
  cel: string,
  {
    binder,
    context,
    now,
  }: { readonly binder: Binder; readonly context: ConditionContext; readonly now: Instant },
): string {
  const at = binder.bind(now, 'bigint');
  const pairs = fieldsRead([cel]).map(([root, name]) => {
    const value =
      root === 'member'
        ? memberValue(name, { binder, at })
        : `${binder.bind(JSON.stringify(valueOf(cel, `${root}.${name}`, context)), 'jsonb')}`;
    return `${binder.bind(`${root}.${name}`, 'text')}, ${value}`;
  });
  return `jsonb_build_object('rule', ${binder.bind(cel, 'text')}, 'seen', jsonb_build_object(${pairs.join(', ')}))`;
}

const valueOf = (cel: string, field: string, context: ConditionContext): unknown =>
  valuesSeen([cel], context)[field] ?? null;

function memberValue(name: string, { binder, at }: { readonly binder: Binder; readonly at: string }): string {
  const field = Object.hasOwn(MEMBER_FIELDS, name) ? MEMBER_FIELDS[name] : undefined;
  if (field === undefined) return shortJson(`m.attributes -> ${binder.bind(name, 'text')}`);
  const sql = field.sql(at);
  switch (field.kind) {
    case 'string':
      return shortText(sql);
    case 'strings':
      return `to_jsonb((${sql})[1:${MOST_ITEMS}] || case when cardinality(${sql}) > ${MOST_ITEMS}
        then array['… ' || cardinality(${sql})] else '{}'::text[] end)`;
    case 'instant':
      return `to_jsonb(to_char(instant_of((${sql})::bigint) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;
    case 'number':
    case 'boolean':
      return `to_jsonb(${sql})`;
  }
}

const shortText = (text: string): string =>
  `to_jsonb(case when length(${text}) > ${MOST_CHARACTERS} then left(${text}, ${MOST_CHARACTERS}) || '…' else ${text} end)`;

// An attribute is of whatever type was written: what is long is shown by its beginning.
const shortJson = (json: string): string =>
  `case when length((${json})::text) > ${2 * MOST_CHARACTERS} then to_jsonb(left((${json}) #>> '{}', ${MOST_CHARACTERS}) || '…') else ${json} end`;
