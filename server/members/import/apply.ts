// Writes the rows of an import that were kept aside: finds who is there already, what contradicts what, and then everything in one transaction.
// Each step is one statement over all rows, so a hundred thousand of them cost seconds.
import type { Instant } from '../../../engine/instant.ts';
import type { Sql } from '../../../workers/store/client.ts';
import { UUID } from '../../../workers/store/id.ts';
import type { ImportFaultCode } from '../../texts/import-faults.ts';

/** An import that is being written. */
export interface Applying {
  readonly id: string;
  readonly team: number;
  /** What the consents in it rest on. */
  readonly consent: { readonly basis: string; readonly textVersion: string };
  readonly now: Instant;
}

/** What came of it, or would. */
export interface Written {
  readonly made: number;
  readonly found: number;
  readonly changed: number;
}

/** Two rows about one member: the later one is told which came first. */
const REPEATED_KEY = `
  select line, 'externalKey' as field, first from (
    select line, min(line) over (partition by key) as first from import_row where import_id = $1 and key is not null
  ) as k where line <> first`;
const REPEATED_ACCOUNT = `
  select distinct on (line) line, 'identities.' || c.name as field, first from (
    select line, channel, min(line) over (partition by channel, account) as first
    from import_row cross join unnest(channels, accounts) as a (channel, account) where import_id = $1
  ) as k join channel c on c.id = k.channel where line <> first`;
const REPEATED_MEMBER = `
  select line, null as field, first from (
    select line, min(line) over (partition by member_id) as first
    from import_row where import_id = $1 and member_id is not null
  ) as k where line <> first`;

// Whoever has no key may be named by the id, and is looked up by it: not compared with everybody else who has none.
const HITS = `
  select r.line, m.id from import_row r
  join member m on m.team_id = r.team_id and m.external_key = r.key where r.import_id = $1
  union
  select r.line, m.id from (
    select line, team_id, key::uuid as id from import_row
    where import_id = $1 and key ~ '${UUID.source}' offset 0
  ) as r
  cross join lateral (select id, team_id, external_key from member where id = r.id offset 0) as m
  where m.team_id = r.team_id and m.external_key is null
  union
  select r.line, i.member_id from import_row r cross join unnest(r.channels, r.accounts) as a (channel, account)
  join member_identity i on i.channel_id = a.channel and i.external_id = a.account where r.import_id = $1`;

/** Finds out who is there already. Rows that contradict others, or what is known, become faults. Returns how many rows. */
export async function resolve(sql: Sql, applying: Applying): Promise<number> {
  const tell = (code: ImportFaultCode, rows: string) => tellRows(sql, applying, { code, rows });
  // The number of a record that was merged means the person, who has a number of their own.
  await sql.query(
    `update import_row r set key = m.external_key from member_merge g join member m on m.team_id = g.team_id and m.id = g.into_id
     where r.import_id = $1 and g.team_id = r.team_id and g.external_key = r.key and m.external_key is not null`,
    [applying.id],
  );
  let bad = (await tell('repeated', REPEATED_KEY)) + (await tell('repeated', REPEATED_ACCOUNT));
  await sql.query(
    `with hits as materialized (${HITS}), lines as (
       select line, min(id::text)::uuid as id, count(*) as members from hits group by line
     )
     update import_row r set member_id = l.id, several = l.members > 1 from lines l
     where r.import_id = $1 and r.line = l.line`,
    [applying.id],
  );
  // Whom an export has named by the id keeps it: it is no key.
  await sql.query('update import_row set key = null where import_id = $1 and key = member_id::text', [
    applying.id,
  ]);
  bad += await tell('two-members', one('null', 'several'));
  bad += await tell(
    'other-key',
    `select r.line, 'externalKey' as field, null::int as first from import_row r join member m on m.id = r.member_id
     where r.import_id = $1 and r.key <> m.external_key`,
  );
  bad += await tell('repeated', REPEATED_MEMBER);
  bad += await tell('name-missing', one(`'name'`, 'member_id is null and name is null'));
  return bad;
}

const one = (field: string, where: string): string =>
  `select line, ${field} as field, null::int as first from import_row where import_id = $1 and ${where}`;

/** The most faults of one kind that are told; the rows are left out all the same. */
const MOST_TOLD = 10_000;

async function tellRows(
  sql: Sql,
  { id, team }: Applying,
  { code, rows }: { readonly code: ImportFaultCode; readonly rows: string },
): Promise<number> {
  const { rows: counted } = await sql.query<{ bad: number }>(
    `with bad as materialized (${rows}), gone as (
       delete from import_row r using bad b where r.import_id = $1 and r.line = b.line
     ), told as (
       insert into import_fault (import_id, team_id, line, field, code, values)
       select $1, $2, line, field, $3, case when first is null then '{}' else jsonb_build_object('first', first) end
       from bad order by line limit ${MOST_TOLD}
     )
     select count(distinct line) as bad from bad`,
    [id, team, code],
  );
  return counted[0]!.bad;
}

/** What a row would change of a member that is there. */
const CHANGES = `(m.display_name, m.external_key, m.kind::text, m.status::text, m.zone, m.locale) is distinct from
    (coalesce(r.name, m.display_name), coalesce(r.key, m.external_key), coalesce(r.kind, m.kind::text),
     coalesce(r.status, m.status::text), coalesce(r.zone, m.zone), coalesce(r.locale, m.locale))
  or not m.attributes @> r.attributes or not m.tags @> r.tags`;

/** How many rows would be written, and as what. */
export async function foresee(sql: Sql, { id }: Applying): Promise<Written> {
  const { rows } = await sql.query<Written & Record<string, unknown>>(
    `select count(*) filter (where r.member_id is null) as made, count(r.member_id) as found,
       count(*) filter (where r.member_id is not null and (${CHANGES})) as changed
     from import_row r left join member m on m.id = r.member_id where r.import_id = $1`,
    [id],
  );
  return rows[0]!;
}

type Step = (sql: Sql, applying: Applying) => Promise<unknown>;

/** The steps of writing, in their order. */
const STEPS: readonly Step[] = [
  (sql, { id, team, now }) =>
    sql.query(
      `insert into member (id, team_id, display_name, external_key, kind, status, attributes, tags, zone, locale, joined_at)
       select id, $2, name, key, coalesce(kind, 'member')::member_kind, coalesce(status, 'active')::member_status, attributes,
         array(select distinct tag from unnest(tags) as tag order by tag), zone, locale,
         coalesce(instant_of(joined), instant_of($3))
       from import_row where import_id = $1 and member_id is null`,
      [id, team, now],
    ),
  async (sql, { id }) => {
    // In the order of ids, because others may be changing the same members.
    await sql.query(
      `select from member m where m.id in (select member_id from import_row where import_id = $1)
       order by m.id for update`,
      [id],
    );
    await sql.query(
      `update member m set display_name = coalesce(r.name, m.display_name), external_key = coalesce(r.key, m.external_key),
         kind = coalesce(r.kind::member_kind, m.kind), status = coalesce(r.status::member_status, m.status),
         zone = coalesce(r.zone, m.zone), locale = coalesce(r.locale, m.locale), attributes = m.attributes || r.attributes,
         tags = array(select distinct tag from unnest(m.tags || r.tags) as tag order by tag)
       from import_row r where r.import_id = $1 and m.id = r.member_id and (${CHANGES})`,
      [id],
    );
  },
  (sql, { id, team }) =>
    sql.query(
      `insert into member_identity (id, team_id, member_id, channel_id, external_id)
       select gen_random_uuid(), $2, coalesce(member_id, id), channel, account
       from import_row cross join unnest(channels, accounts) as a (channel, account) where import_id = $1
       on conflict (channel_id, external_id) do nothing`,
      [id, team],
    ),
  (sql, { id, team, now }) =>
    sql.query(
      `insert into membership (id, team_id, member_id, group_id, joined_at, join_source)
       select gen_random_uuid(), $2, coalesce(r.member_id, r.id), g, case when r.member_id is null then coalesce(instant_of(r.joined), instant_of($3))
         else instant_of($3) end, 'import'
       from import_row r cross join unnest(r.groups) as g
       where r.import_id = $1 and not exists (select from membership o
         where o.member_id = coalesce(r.member_id, r.id) and o.group_id = g and o.left_at is null)
       order by 3`,
      [id, team, now],
    ),
  // A file that was made before somebody took a consent back does not give it again.
  (sql, { id, team, now, consent }) =>
    sql.query(
      `insert into consent (id, team_id, member_id, purpose, basis, text_version, granted_at, evidence)
       select gen_random_uuid(), $2, coalesce(r.member_id, r.id), p.purpose, $4, $5, instant_of($3), jsonb_build_object('import', $1::text)
       from import_row r cross join unnest(r.consents) as p (purpose)
       where r.import_id = $1::uuid and not exists (select from consent o where o.member_id = coalesce(r.member_id, r.id)
         and o.purpose = p.purpose and (o.text_version = $5 or o.revoked_at is not null))`,
      [id, team, now, consent.basis, consent.textVersion],
    ),
  (sql, { id, team, now }) =>
    sql.query(
      `insert into opt_out (id, team_id, member_id, scope, value, at, source)
       select gen_random_uuid(), $2, coalesce(r.member_id, r.id), split_part(o, '/', 1), split_part(o, '/', 2), instant_of($3), 'import'
       from import_row r cross join unnest(r.opt_outs) as o where r.import_id = $1
       on conflict do nothing`,
      [id, team, now],
    ),
  (sql, { id, team, now }) =>
    sql.query(
      `insert into member_tag (member_id, tag, team_id, source, at)
       select distinct coalesce(r.member_id, r.id), tag, $2::int, 'import/' || $1::text, instant_of($3)
       from import_row r cross join unnest(r.tags) as tag where r.import_id = $1::uuid
       on conflict do nothing`,
      [id, team, now],
    ),
];

export const WRITING_STEPS = STEPS.length;

/** What the steps write to. */
export const WRITTEN_TABLES = [
  'member',
  'member_identity',
  'membership',
  'consent',
  'opt_out',
  'member_tag',
] as const;

/** Writes what is left of the rows. `after` hears of each step that is over. */
export async function write(
  sql: Sql,
  applying: Applying,
  after: (steps: number) => Promise<void>,
): Promise<Written> {
  const written = await foresee(sql, applying);
  for (const [index, step] of STEPS.entries()) {
    // The connection may have planned how it looks up a member, for a foreign key too, when there were a handful of them; nobody
    // counts the table while the transaction lasts, and each of thousands would be looked for among all others.
    await sql.query('discard plans');
    await step(sql, applying);
    await after(index + 1);
  }
  return written;
}
