// What joining and leaving make of the stays of members in groups, in whatever order the two are reported.
// Not the only writer of stays: people and imports write them too, and what they wrote is only shortened or begun earlier.
import type { Instant } from '../../engine/instant.ts';
import type { Sql } from './client.ts';
import type { StoredEvent } from './stored-event.ts';
import { newId, UUID } from './id.ts';

/** A member came into a group; `data.inviter` may name the member who brought them, `data.source` where from. */
export const JOINED = 'member.joined';
/** A member has left a group. */
export const LEFT = 'member.left';

/** From when until when; null while it lasts. A stay that is not written yet has no id. */
export interface Stay {
  readonly id?: string;
  readonly from: Instant;
  readonly to: Instant | null;
}

/** Somebody came or went. */
export interface Turn {
  readonly at: Instant;
  readonly kind: 'joined' | 'left';
}

/**
 * The stays of one member in one group once these turns are known; `turns` are all that are known from the first of
 * them on. The result does not depend on the order in which they became known.
 * A leave ends the stay that it falls into. A join inside of a stay says nothing new; one before a stay, with no leave
 * between them, says that it began earlier.
 */
export function staysAfter(stays: readonly Stay[], turns: readonly Turn[]): Stay[] {
  // At one instant somebody leaves before they come back.
  const ordered = turns.toSorted((a, b) => a.at - b.at || (a.kind === 'left' ? -1 : 1));
  const leaves = ordered.filter(({ kind }) => kind === 'left').map(({ at }) => at);
  const result = stays.map((stay) => {
    const leave = leaves.find((at) => at > stay.from);
    return leave === undefined || (stay.to !== null && stay.to <= leave) ? stay : { ...stay, to: leave };
  });
  for (const { at, kind } of ordered) {
    if (kind === 'left' || result.some(({ from, to }) => from <= at && (to === null || to > at))) continue;
    const leave = leaves.find((it) => it > at) ?? null;
    const next = result.reduce<number>(
      (found, { from }, index) => (from > at && from < (result[found]?.from ?? Infinity) ? index : found),
      -1,
    );
    const later = result[next];
    if (later !== undefined && (leave === null || leave > later.from)) result[next] = { ...later, from: at };
    else result.push({ from: at, to: leave });
  }
  return result.sort((a, b) => a.from - b.from);
}

/** Applies joins and leaves among new events. The rows of these members must be locked. */
export async function applyTurns(
  sql: Sql,
  { team, events }: { readonly team: number; readonly events: readonly StoredEvent[] },
): Promise<void> {
  const turning = events.filter(
    ({ name, member, group }) =>
      (name === JOINED || name === LEFT) && member !== undefined && group !== undefined,
  );
  if (turning.length === 0) return;
  const known = await knownOf(sql, team, turning);
  const begun: NewStay[] = [];
  const changed: (Stay & { readonly id: string })[] = [];
  for (const { member, group, stays, turns } of known) {
    const before = new Map(stays.map((stay) => [stay.id, stay]));
    for (const stay of staysAfter(stays, turns)) {
      const { id, from, to } = stay;
      if (id === undefined) begun.push({ member, group, from, to, ...originOf(turns, from) });
      else if (before.get(id)!.from !== from || before.get(id)!.to !== to) changed.push({ id, from, to });
    }
  }
  await change(sql, changed);
  await begin(sql, team, begun);
}

interface KnownTurn extends Turn {
  readonly source: string;
  readonly inviter: string | null;
}

interface Known {
  readonly member: string;
  readonly group: string;
  readonly stays: readonly (Stay & { readonly id: string })[];
  readonly turns: readonly KnownTurn[];
}

/** The id that a text is, and null for any other text: compared as texts, each would be looked for among all members. */
const idIn = (text: string): string => `case when ${text} ~* '${UUID.source}' then (${text})::uuid end`;

/** What is known of the pairs of member and group that turned: their stays, and their turns since the first of these. */
async function knownOf(sql: Sql, team: number, turning: readonly StoredEvent[]): Promise<Known[]> {
  const since = new Map<string, { member: string; group: string; at: Instant }>();
  for (const { member = '', group = '', at } of turning) {
    const key = `${member}/${group}`;
    since.set(key, { member, group, at: Math.min(at, since.get(key)?.at ?? at) });
  }
  const pairs = [...since.values()];
  const { rows } = await sql.query<Known>(
    `select p.member, p."group",
       (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'from', ms_of(s.joined_at), 'to', ms_of(s.left_at))
          order by s.joined_at), '[]')
        from membership s where s.member_id = p.member and s.group_id = p."group") as stays,
       (select coalesce(jsonb_agg(jsonb_build_object('at', ms_of(e.at), 'kind', substr(e.name, 8),
          'source', coalesce(e.data ->> 'source', e.source),
          'inviter', (select i.id from member i where i.team_id = $1 and i.id = ${idIn(`e.data ->> 'inviter'`)}))
          order by e.at, e.id), '[]')
        from event e where e.team_id = $1 and e.name in ('${JOINED}', '${LEFT}') and e.member_id = p.member
          and e.group_id = p."group" and e.at >= instant_of(p.at)) as turns
     from unnest($2::uuid[], $3::uuid[], $4::bigint[]) as p (member, "group", at)
     join community_group g on g.team_id = $1 and g.id = p."group"
     join member m on m.team_id = $1 and m.id = p.member
     order by p.member, p."group"`,
    [team, pairs.map(({ member }) => member), pairs.map(({ group }) => group), pairs.map(({ at }) => at)],
  );
  return rows;
}

interface NewStay extends Stay {
  readonly member: string;
  readonly group: string;
  readonly source: string | null;
  readonly inviter: string | null;
}

function originOf(turns: readonly KnownTurn[], from: Instant): Pick<NewStay, 'source' | 'inviter'> {
  const { source = null, inviter = null } =
    turns.find(({ at, kind }) => kind === 'joined' && at === from) ?? {};
  return { source, inviter };
}

// Ends before beginnings: what begins earlier may need the room that another has just given up.
async function change(sql: Sql, stays: readonly (Stay & { readonly id: string })[]): Promise<void> {
  if (stays.length === 0) return;
  const ids = stays.map(({ id }) => id);
  await sql.query(
    `update membership m set left_at = instant_of(s.stop)
     from unnest($1::uuid[], $2::bigint[]) as s (id, stop)
     where m.id = s.id and m.left_at is distinct from instant_of(s.stop)`,
    [ids, stays.map(({ to }) => to)],
  );
  await sql.query(
    `update membership m set joined_at = instant_of(s.start)
     from unnest($1::uuid[], $2::bigint[]) as s (id, start)
     where m.id = s.id and m.joined_at <> instant_of(s.start)`,
    [ids, stays.map(({ from }) => from)],
  );
}

async function begin(sql: Sql, team: number, stays: readonly NewStay[]): Promise<void> {
  if (stays.length === 0) return;
  await sql.query(
    `insert into membership (id, team_id, member_id, group_id, joined_at, left_at, join_source, inviter_id)
     select s.id, $1, s.member, s."group", instant_of(s.start), instant_of(s.stop), s.source, s.inviter
     from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::text[], $8::uuid[])
       as s (id, member, "group", start, stop, source, inviter)`,
    [
      team,
      stays.map(({ from }) => newId(from)),
      stays.map(({ member }) => member),
      stays.map(({ group }) => group),
      stays.map(({ from }) => from),
      stays.map(({ to }) => to),
      stays.map(({ source }) => source),
      stays.map(({ inviter }) => inviter),
    ],
  );
}
