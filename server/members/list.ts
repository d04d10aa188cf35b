// The list of members: searched, filtered, page by page in the order of their ids.
// Not who fits a condition, see workers/store/segments: a list may be narrowed down by a segment.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from '../../workers/store/client.ts';
import { queryOnce } from '../../workers/store/segments/binder.ts';
import { ask, type Within } from '../../workers/store/segments/find.ts';
import { fittingAmong } from '../../workers/store/segments/find.ts';

/** What a row of the list says; `m` is the member. */
export const MEMBER = `m.id, m.external_key as "externalKey", m.display_name as name, m.status::text, m.kind::text, m.tags,
  m.attributes, m.zone, m.locale, m.joined_at as "joinedAt", m.last_active_at as "lastActiveAt"`;

/** What is looked for. */
export interface Wanted {
  readonly team: number;
  /** A part of the name; or a whole external key or account. */
  readonly search?: string | undefined;
  readonly tag?: string | undefined;
  /** A group's id: members who are in it now. */
  readonly group?: string | undefined;
  readonly status?: string | undefined;
  readonly kind?: string | undefined;
  /** A segment's condition, with the community it is limited to. It finds active members who are neither staff nor tests. */
  readonly segment?: { readonly cel: string; readonly community?: string | undefined } | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
  readonly now: Instant;
}

/** One page. */
export interface Page {
  readonly members: readonly (Readonly<Record<string, unknown>> & { readonly id: string })[];
  /** Where the next page begins; null after the last one. */
  readonly next: string | null;
}

const NIL = '00000000-0000-0000-0000-000000000000';

/** One page of members. */
export async function listMembers(sql: Sql, wanted: Wanted): Promise<Page> {
  const { limit } = wanted;
  const found: Page['members'][number][] = [];
  // A condition that the evaluator has to answer may leave nothing of a page: the next ones are looked at as well.
  let after = wanted.after ?? NIL;
  for (;;) {
    const { rows, asked } = await pageOf(sql, { ...wanted, after });
    const fitting =
      asked.rest === undefined ? rows : await fittingAmong(sql, rows, { cel: asked.rest, now: wanted.now });
    found.push(...fitting);
    if (rows.length < limit)
      return { members: found.slice(0, limit), next: found.length > limit ? found[limit - 1]!.id : null };
    after = rows.at(-1)!.id;
    if (found.length >= limit) return { members: found.slice(0, limit), next: found[limit - 1]!.id };
  }
}

/** How many there are. */
export async function countMembers(sql: Sql, wanted: Wanted): Promise<number> {
  const { binder, where, rest } = conditions(wanted);
  if (rest === undefined) {
    const { rows } = await queryOnce<{ n: number }>(sql, `select count(*) as n ${where}`, binder);
    return rows[0]!.n;
  }
  let count = 0;
  let after: string | null = NIL;
  while (after !== null) {
    const page: Page = await listMembers(sql, { ...wanted, after, limit: 2_000 });
    count += page.members.length;
    after = page.next;
  }
  return count;
}

async function pageOf(sql: Sql, wanted: Wanted & { readonly after: string }) {
  const asked = conditions(wanted);
  const { binder, where } = asked;
  const { rows } = await queryOnce<Page['members'][number] & Record<string, unknown>>(
    sql,
    `select ${MEMBER} ${where} and m.id > ${binder.bind(wanted.after, 'uuid')} order by m.id limit ${binder.bind(wanted.limit, 'int')}`,
    binder,
  );
  return { rows, asked };
}

const STATUSES = ['active', 'left', 'blocked'];

function conditions(wanted: Wanted) {
  const { team, search, tag, group, status, kind, segment, now } = wanted;
  const within: Within = {
    team,
    ...(group === undefined ? {} : { groups: [group] }),
    ...(segment === undefined
      ? { everybody: true, statuses: status === undefined ? STATUSES : [status] }
      : { community: segment.community }),
  };
  const { binder, from, rest } = ask({ within, cel: segment?.cel, now });
  const more: string[] = [];
  if (segment !== undefined && status !== undefined)
    more.push(`m.status::text = ${binder.bind(status, 'text')}`);
  if (kind !== undefined) more.push(`m.kind::text = ${binder.bind(kind, 'text')}`);
  if (tag !== undefined) more.push(`m.tags @> array[${binder.bind(tag, 'text')}]`);
  if (search !== undefined) {
    const [part, whole] = [
      binder.bind(`%${search.replaceAll(/[\\%_]/g, '\\$&')}%`, 'text'),
      binder.bind(search, 'text'),
    ];
    const owner = binder.bind(team, 'int');
    more.push(
      `(m.display_name ilike ${part} or m.external_key = ${whole} or m.id in (select i.member_id from member_identity i
         where i.channel_id in (select id from channel where team_id = ${owner}) and i.external_id = ${whole}))`,
    );
  }
  return { binder, rest, where: [from, ...more].join('\n  and ') };
}
