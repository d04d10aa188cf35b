// Putting tags on members and taking them off: the list that counts, and where each tag came from and until when it holds.
// Not the tags of a synthetic community's people, which belong to their run.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';

/** A change of the tags of many members. */
export interface Tagging {
  readonly team: number;
  readonly members: readonly string[];
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
  // In the order of ids, because others may be changing the same members.
  await sql.query('select from member where team_id = $1 and id = any($2) order by id for update', [
    team,
    members,
  ]);
  await sql.query(
    `update member m set tags = array(select distinct tag from unnest(m.tags || $3::text[]) as tag
       where tag <> all ($4::text[]) order by tag)
     where m.team_id = $1 and m.id = any($2) and (not m.tags @> $3::text[] or m.tags && $4::text[])`,
    [team, members, add, remove],
  );
  await sql.query('delete from member_tag where team_id = $1 and member_id = any($2) and tag = any($3)', [
    team,
    members,
    remove,
  ]);
  await sql.query(
    `insert into member_tag (member_id, tag, team_id, source, at, expires_at)
     select m.id, tag, $1, $4, instant_of($5), instant_of($6)
     from member m cross join unnest($3::text[]) as tag
     where m.team_id = $1 and m.id = any($2) and tag <> all ($7::text[])
     on conflict (member_id, tag) do update set source = excluded.source, at = excluded.at, expires_at = excluded.expires_at`,
    [team, members, add, source, at, until ?? null, remove],
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
