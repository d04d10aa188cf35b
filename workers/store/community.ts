// Who a run is for: members of the team, or the synthetic community that its version describes; and how conditions know them.
// Not what people do: see engine/simulate.ts for the synthetic ones.
import type { Rehearsal } from '../../engine/document.ts';
import { BUILT_IN_FIELDS } from '../../engine/fields.ts';
import { DAY, type Instant } from '../../engine/instant.ts';
import { communityOf, personFields, type Community } from '../../engine/simulate.ts';
import type { Sql } from './client.ts';
import type { RunFacts } from './run.ts';

/** True for a run that names no real members or groups: its people are all synthetic. */
export const isSynthetic = ({ community, groups }: RunFacts): boolean =>
  community === null && groups.length === 0;

/** Whom a run is for: the members of its groups; of all groups of its community, where it names none. */
export const withinRun = ({ team, community, groups }: Pick<RunFacts, 'team' | 'community' | 'groups'>) =>
  groups.length === 0 && community !== null ? { team, community } : { team, groups };

/** Versions never change, so a process reads their settings once. */
const settings = new Map<string, Rehearsal>();
const KEPT = 200;

/** The synthetic community of a run: as its version describes it, with the size and seed of the launch. */
export async function communityOfRun(
  sql: Sql,
  { version, seed, members }: Pick<RunFacts, 'version' | 'seed' | 'members'>,
): Promise<Community> {
  let known = settings.get(version);
  if (known === undefined) {
    const { rows } = await sql.query<{ rehearsal: Rehearsal | null }>(
      `select document -> 'rehearsal' as rehearsal from playbook_version where id = $1`,
      [version],
    );
    known = rows[0]?.rehearsal ?? {};
    if (settings.size >= KEPT) settings.clear();
    settings.set(version, known);
  }
  return communityOf(known, { seed, ...(members === 0 ? {} : { members }) });
}

/** What was noted about somebody. */
export interface Noted {
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** One of a synthetic community as conditions see them: drawn by the seed, then what the run has noted. */
export const personValues = (
  community: Community,
  person: number,
  noted?: Noted,
): Record<string, unknown> => ({
  ...personFields(community, person),
  ...noted?.attributes,
  tags: noted?.tags ?? [],
});

/** The columns of a member that {@link memberValues} reads; `m` is the member. */
export const MEMBER_COLUMNS = `m.id as member, m.display_name as name, m.locale, m.zone, m.tags, m.attributes,
  ms_of(m.joined_at) as joined, ms_of(m.last_active_at) as "lastActive",
  exists (select from consent c where c.member_id = m.id and c.purpose = 'marketing' and c.revoked_at is null)
    as consents`;

/** A member as those columns give them. */
export interface MemberRow extends Noted {
  readonly member: string | null;
  readonly name: string | null;
  readonly locale: string | null;
  readonly zone: string | null;
  readonly joined: Instant | null;
  readonly lastActive: Instant | null;
  readonly consents: boolean;
}

/** A member as conditions and texts see them, but for what segments/values.ts gathers. An attribute never hides a field. */
export function memberValues(row: MemberRow, now: Instant): Record<string, unknown> {
  const { member, name, consents, joined, lastActive, locale, zone, attributes, tags } = row;
  const since = joined === null ? {} : { joinedAt: joined, days: daysBetween(joined, now) };
  const active =
    lastActive === null ? {} : { lastActiveAt: lastActive, idleDays: daysBetween(lastActive, now) };
  return {
    ...attributes,
    ...NOT_HERE,
    id: member,
    name,
    consent: consents,
    locale,
    zone,
    ...since,
    ...active,
    tags,
  };
}

const daysBetween = (from: Instant, to: Instant): number => Math.floor((to - from) / DAY);

// What an attribute of such a name would stand in for.
const NOT_HERE = Object.fromEntries(
  Object.keys(BUILT_IN_FIELDS.member ?? {}).map((name) => [name, undefined] as const),
);
