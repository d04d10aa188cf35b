// What the team knows of what events name: their sources, the channels of accounts, members, groups and communities.
import type { Sql } from '../../workers/store/client.ts';
import { UUID } from '../../workers/store/id.ts';
import type { Reported } from './report.ts';

/** A declared source. */
export interface Source {
  readonly makesMembers: boolean;
  readonly enabled: boolean;
  /** Ids; empty for all. */
  readonly channels: readonly string[];
}

/** What is known, of what these events name. */
export interface Known {
  readonly sources: ReadonlyMap<string, Source>;
  /** Channels by name and by id. */
  readonly channels: ReadonlyMap<string, string>;
  /** Ids of members, groups and communities, in lower case. */
  readonly ids: ReadonlySet<string>;
}

/** Asks for all of them at once. */
export async function known(sql: Sql, team: number, events: readonly Reported[]): Promise<Known> {
  const sources = await sql.query<Source & { readonly name: string }>(
    `select name, makes_members as "makesMembers", enabled, channels from event_source
     where team_id = $1 and name = any($2)`,
    [team, [...new Set(events.map(({ source }) => source))]],
  );
  return {
    sources: new Map(sources.rows.map(({ name, ...source }) => [name, source])),
    channels: await channelsOf(sql, team, events),
    ids: await idsOf(sql, team, events),
  };
}

/** The part of a subject that may name a channel or a kind. */
const kindIn = ({ subject }: Reported): string[] => {
  const slash = subject?.indexOf('/') ?? -1;
  return subject === undefined || slash < 1 ? [] : [subject.slice(0, slash)];
};

async function channelsOf(sql: Sql, team: number, events: readonly Reported[]): Promise<Map<string, string>> {
  const names = new Set(
    events.flatMap((event) => (event.identity === undefined ? kindIn(event) : [event.identity.channel])),
  );
  if (names.size === 0) return new Map();
  const { rows } = await sql.query<{ id: string; name: string }>(
    'select id, name from channel where team_id = $1 and (name = any($2) or id::text = any($2))',
    [team, [...names]],
  );
  // A name wins over an id that looks the same.
  return new Map([
    ...rows.map(({ id }) => [id, id] as const),
    ...rows.map(({ id, name }) => [name, id] as const),
  ]);
}

async function idsOf(sql: Sql, team: number, events: readonly Reported[]): Promise<Set<string>> {
  const ids = events.flatMap(({ member, group, community, subject }) => [
    member,
    group,
    community,
    subject?.startsWith('member/') === true ? subject.slice('member/'.length) : undefined,
  ]);
  const named = [...new Set(ids.filter((id): id is string => id !== undefined && UUID.test(id)))];
  if (named.length === 0) return new Set();
  const { rows } = await sql.query<{ id: string }>(
    `select id from member where team_id = $1 and id = any($2) and status <> 'erased'
     union all select from_id from member_merge where team_id = $1 and from_id = any($2)
     union all select id from community_group where team_id = $1 and id = any($2)
     union all select id from community where team_id = $1 and id = any($2)`,
    [team, named],
  );
  return new Set(rows.map(({ id }) => id));
}
