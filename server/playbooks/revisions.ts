// What a draft was: one state for each stretch of somebody's work, thinned as it grows old. Nothing of it is ever changed.
// Not the versions: those are published, and kept whole.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';

/** A stretch of one person's work leaves one state behind. */
const STRETCH = "interval '10 minutes'";
/** The most states of one draft. */
const MOST = 300;

interface About {
  readonly team: number;
  readonly playbook: string;
}

/** A state as the list shows it. */
export interface RevisionRow {
  readonly revision: number;
  readonly savedAt: Date;
  readonly savedBy: string | null;
  /** What the colleague is called; null for programs. */
  readonly name: string | null;
}

/** Keeps the state before the first change ever made to a draft: begun with, or older than this history. */
export async function keepFirst(sql: Sql, { team, playbook }: About): Promise<void> {
  await sql.query(
    `insert into draft_revision (playbook_id, team_id, revision, document, begun_at, saved_at, saved_by)
     select playbook_id, team_id, revision, document, updated_at, updated_at, updated_by from draft
     where team_id = $1 and playbook_id = $2
       and not exists (select from draft_revision where team_id = $1 and playbook_id = $2)`,
    [team, playbook],
  );
}

/**
 * Keeps the draft as it is now. While the same person's stretch goes on, it takes the place of the last state; the first
 * state of all is never replaced. Older ones are thinned: of a day one for each hour, of a month one for each day.
 */
export async function keepRevision(
  sql: Sql,
  { team, playbook, now }: About & { readonly now: Instant },
): Promise<void> {
  const { rowCount } = await sql.query(
    `with last as (
       select revision, saved_by, begun_at from draft_revision where team_id = $1 and playbook_id = $2
       order by revision desc limit 1
     ), gone as (
       delete from draft_revision d using last, draft
       where d.team_id = $1 and d.playbook_id = $2 and d.revision = last.revision
         and draft.team_id = $1 and draft.playbook_id = $2
         and last.saved_by is not distinct from draft.updated_by and last.begun_at > instant_of($3) - ${STRETCH}
         and exists (select from draft_revision f where f.team_id = $1 and f.playbook_id = $2 and f.revision < last.revision)
       returning d.begun_at
     ), kept as (
       insert into draft_revision (playbook_id, team_id, revision, document, begun_at, saved_at, saved_by)
       select playbook_id, team_id, revision, document, coalesce((select begun_at from gone), updated_at), updated_at,
         updated_by
       from draft where team_id = $1 and playbook_id = $2
     )
     select from gone`,
    [team, playbook, now],
  );
  if (rowCount === 0) await thin(sql, { team, playbook, now });
}

/** Leaves of what is old as much as somebody would look for. */
async function thin(sql: Sql, { team, playbook, now }: About & { readonly now: Instant }): Promise<void> {
  await sql.query(
    `delete from draft_revision d using (
       select revision, row_number() over (order by revision desc) as age, row_number() over (
         partition by case
           when saved_at < instant_of($3) - interval '30 days' then date_trunc('day', saved_at)
           when saved_at < instant_of($3) - interval '1 day' then date_trunc('hour', saved_at)
           else saved_at end
         order by revision desc) as no,
         min(revision) over () as first
       from draft_revision where team_id = $1 and playbook_id = $2
     ) as known
     where d.team_id = $1 and d.playbook_id = $2 and d.revision = known.revision and d.revision <> known.first
       and (known.no > 1 or known.age > ${MOST})`,
    [team, playbook, now],
  );
}

/** The states of a draft, the newest first. */
export async function revisionsOf(sql: Sql, { team, playbook }: About): Promise<readonly RevisionRow[]> {
  const { rows } = await sql.query<RevisionRow>(
    `select d.revision, d.saved_at as "savedAt", d.saved_by as "savedBy", u.name
     from draft_revision d left join user_account u on u.id = d.saved_by and u.team_id = d.team_id
     where d.team_id = $1 and d.playbook_id = $2 order by d.revision desc`,
    [team, playbook],
  );
  return rows;
}

/** One state; undefined when it is not kept any more. */
export async function revisionOf(
  sql: Sql,
  { team, playbook, revision }: About & { readonly revision: number },
): Promise<(RevisionRow & { readonly document: unknown }) | undefined> {
  const { rows } = await sql.query<RevisionRow & { readonly document: unknown }>(
    `select d.revision, d.document, d.saved_at as "savedAt", d.saved_by as "savedBy", u.name
     from draft_revision d left join user_account u on u.id = d.saved_by and u.team_id = d.team_id
     where d.team_id = $1 and d.playbook_id = $2 and d.revision = $3`,
    [team, playbook, revision],
  );
  return rows[0];
}
