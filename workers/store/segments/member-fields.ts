// The fields of `member` as SQL, one entry each: what conditions, texts and segments know of a member comes from here.
// Not their names and types for people: see engine/fields.ts; a test holds that both lists are the same.
import { DAY } from '../../../engine/instant.ts';

/** How far back `member.recentEvents` looks. */
export const RECENT_MS = 30 * DAY;

/** A field whose value is one SQL expression; null where there is no value. `m` is the member, `now` an expression. */
export interface PlainField {
  readonly kind: 'string' | 'number' | 'boolean' | 'instant';
  readonly sql: (now: string) => string;
  /** False when it always has a value. */
  readonly optional: boolean;
}

/** A field that is a list of texts. */
export interface ListField {
  readonly kind: 'strings';
  /** The list, without doubles and sorted. */
  readonly sql: (now: string) => string;
  /** Whether a text (an expression) is in it: what indexes can answer. */
  readonly holds: (text: string, now: string) => string;
}

const plain = (kind: PlainField['kind'], sql: PlainField['sql'], optional = false): PlainField => ({
  kind,
  sql,
  optional,
});

/** A list of what is in other tables: `from` with `where` gives the rows, `text` is what the list says of each. */
function gathered(text: string, rows: (now: string) => string): ListField {
  return {
    kind: 'strings',
    sql: (now) => `array(select distinct ${text} from ${rows(now)} order by 1)`,
    holds: (value, now) => `exists (select from ${rows(now)} and ${text} = ${value} offset 0)`,
  };
}

const STAYS = 'membership s join community_group g on g.id = s.group_id where s.member_id = m.id';
const IS_IN =
  'select from membership o where o.member_id = m.id and o.group_id = s.group_id and o.left_at is null';

/** Whether a member agrees to marketing. */
export const CONSENTS = `exists (select from consent n where n.member_id = m.id and n.purpose = 'marketing' and n.revoked_at is null offset 0)`;

/** Every field that is built in, by its name. */
export const MEMBER_FIELDS: Readonly<Record<string, PlainField | ListField>> = {
  id: plain('string', () => 'm.id::text'),
  name: plain('string', () => 'm.display_name'),
  tags: { kind: 'strings', sql: () => 'm.tags', holds: (text) => `${text} = any(m.tags)` },
  consent: plain('boolean', () => CONSENTS),
  joinedAt: plain('instant', () => 'ms_of(m.joined_at)::float8'),
  days: plain('number', (now) => `floor((${now} - ms_of(m.joined_at)) / 86400000.0::float8)`),
  locale: plain('string', () => 'm.locale', true),
  zone: plain('string', () => 'm.zone', true),
  groups: gathered('g.name', () => `${STAYS} and s.left_at is null`),
  formerGroups: gathered('g.name', () => `${STAYS} and not exists (${IS_IN})`),
  channels: gathered(
    'c.name',
    () => 'member_identity i join channel c on c.id = i.channel_id where i.member_id = m.id',
  ),
  consents: gathered('n.purpose', () => 'consent n where n.member_id = m.id and n.revoked_at is null'),
  optOuts: gathered(
    `case o.scope when 'all' then 'all' when 'class' then o.value else coalesce((select c.name from channel c where c.id::text = o.value), o.value) end`,
    () => 'opt_out o where o.member_id = m.id',
  ),
  lastActiveAt: plain('instant', () => 'ms_of(m.last_active_at)::float8', true),
  idleDays: plain('number', (now) => `floor((${now} - ms_of(m.last_active_at)) / 86400000.0::float8)`, true),
  recentEvents: gathered(
    'e.name',
    (now) =>
      `event e where e.team_id = m.team_id and e.member_id = m.id and e.at <= instant_of(${now}) and e.at > instant_of(${now} - ${RECENT_MS})`,
  ),
};
