// What conditions know of members beyond their own row: groups, channels, consents, what they did lately.
// Asked only where a condition or a text names it: most do not, and it costs a look into other tables for each member.
import type { Instant } from '../../../engine/instant.ts';
import type { Sql } from '../client.ts';
import { MEMBER_COLUMNS, memberValues, type MemberRow } from '../community.ts';
import { Binder, queryOnce } from './binder.ts';
import { MEMBER_FIELDS, type ListField } from './member-fields.ts';

/** Values by the names of fields. */
export type Values = Readonly<Record<string, unknown>>;

/** The lists that have to be gathered, by name. Tags stand in the member's row. */
const GATHERED = Object.entries(MEMBER_FIELDS).filter(
  (it): it is [string, ListField] => it[1].kind === 'strings' && it[0] !== 'tags',
);

/** The names of gathered lists that conditions and texts, as they stand in configs, mention. */
export function gatheredIn(configs: unknown): string[] {
  const text = JSON.stringify(configs) ?? '';
  return GATHERED.flatMap(([name]) => (text.includes(`member.${name}`) ? [name] : []));
}

/** The gathered lists of these members, by id. Nothing is asked when no names are. */
export async function gather(
  sql: Sql,
  ids: readonly string[],
  { now, names }: { readonly now: Instant; readonly names: readonly string[] },
): Promise<ReadonlyMap<string, Values>> {
  const wanted = GATHERED.filter(([name]) => names.includes(name));
  if (wanted.length === 0 || ids.length === 0) return new Map();
  const binder = new Binder();
  const at = binder.bind(now, 'bigint');
  const lists = wanted.map(([name, field]) => `${field.sql(at)} as "${name}"`);
  const { rows } = await queryOnce<{ id: string } & Record<string, unknown>>(
    sql,
    `select m.id, ${lists.join(', ')} from member m where m.id = any(${binder.bind([...ids], 'uuid[]')})`,
    binder,
  );
  return new Map(rows.map(({ id, ...values }) => [id, values]));
}

/** Everything that conditions know of these members, by id; of the gathered lists only those that `names` holds. */
export async function valuesOfMembers(
  sql: Sql,
  ids: readonly string[],
  asked: { readonly now: Instant; readonly names: readonly string[] },
): Promise<ReadonlyMap<string, Values>> {
  const { rows } = await sql.query<MemberRow & { readonly member: string }>(
    `select ${MEMBER_COLUMNS} from member m where m.id = any($1)`,
    [ids],
  );
  const lists = await gather(sql, ids, asked);
  return new Map(
    rows.map((row) => [row.member, { ...memberValues(row, asked.now), ...lists.get(row.member) }]),
  );
}

/** What conditions know of members at the moments of their events: asked for all at once, of those whom `conditions` concern. */
export async function membersAt(
  sql: Sql,
  events: readonly { readonly member: string; readonly at: Instant }[],
  conditions: Iterable<string>,
): Promise<(member: string | null, at: Instant) => Values> {
  const ids = [...new Set(events.map(({ member }) => member))];
  if (ids.length === 0) return () => ({});
  const { rows } = await sql.query<MemberRow & { readonly member: string }>(
    `select ${MEMBER_COLUMNS} from member m where m.id = any($1)`,
    [ids],
  );
  const now = events.reduce((latest, { at }) => Math.max(latest, at), 0);
  const lists = await gather(sql, ids, { now, names: gatheredIn([...conditions]) });
  const members = new Map(rows.map((row) => [row.member, row]));
  return (member, at) => {
    const row = members.get(member ?? '');
    return row === undefined ? {} : { ...memberValues(row, at), ...lists.get(row.member) };
  };
}
