// Putting tags on members and taking them off: the list that counts, and where each tag came from and until when it holds.
// Not the tags of a synthetic community's people, which belong to their run.
import type { Instant } from '../../engine/instant.ts';
import { inOneFlight, type Sql } from './client.ts';
import { changeMembers, idsOf, whoseValues, type Whose } from './member-change.ts';

/** A change of the tags of many members. */
export interface Tagging {
  readonly team: number;
  readonly members: Whose;
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  /** api, import/<id> or run/<id> */
  readonly source: string;
  /** The added ones come off by themselves then. */
  readonly until?: Instant | undefined;
  readonly at: Instant;
}

/** Changes tags. The last one to put a tag on says where it comes from and how long it holds. */
export async function setTags(
  sql: Sql,
  { team, members, add = [], remove = [], source, until, at }: Tagging,
): Promise<void> {
  const added = [...new Set(add)].filter((tag) => !remove.includes(tag));
  // The notes in a statement of their own: it sees what others have noted before the members were ours.
  await inOneFlight(
    changeMembers(sql, {
      members,
      values: [added, remove],
      change: `tags = array(select distinct tag from unnest(m.tags || $1::text[]) as tag
        where tag <> all ($2::text[]) order by tag)`,
      where: '(not m.tags @> $1::text[] or m.tags && $2::text[])',
    }),
    sql.query(
      `with who as materialized (${idsOf(members, 7)}), gone as (
         delete from member_tag t using who where t.team_id = $1 and t.member_id = who.id and t.tag = any($3)
       )
       insert into member_tag (member_id, tag, team_id, source, at, expires_at)
       select who.id, tag, $1, $4, instant_of($5), instant_of($6) from who cross join unnest($2::text[]) as tag
       on conflict (member_id, tag) do update
         set source = excluded.source, at = excluded.at, expires_at = excluded.expires_at`,
      [team, added, remove, source, at, until ?? null, ...whoseValues(members)],
    ),
  );
}

/** Takes off what has come to its end. Returns how many tags. */
export async function expireTags(sql: Sql, now: Instant): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `with gone as (
       delete from member_tag where expires_at <= instant_of($1) returning member_id, tag
     ), bare as (
       update member m set tags = array(select tag from unnest(m.tags) as tag where tag <> all (g.tags) order by tag)
       from (select member_id, array_agg(tag) as tags from gone group by member_id) as g where m.id = g.member_id
     )
     select count(*) as count from gone`,
    [now],
  );
  return rows[0]!.count;
}
