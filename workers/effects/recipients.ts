// Whom a message is for, with what the send gate must know of each: consent and opt-out.
// Not the caps: their counters are locked by the gate itself.
import { isZone } from '../../engine/calendar/zone.ts';
import type { Naming } from '../../engine/channels/kind.ts';
import { evaluateCondition, type ConditionContext } from '../../engine/language/condition.ts';
import type { Audience } from '../../engine/effects/send.ts';
import type { Instant } from '../../engine/instant.ts';
import { groupNamed, groupName, headsOf, type Community } from '../../engine/simulate.ts';
import type { Addressee } from '../channels/channel.ts';
import {
  communityOfRun,
  isSynthetic,
  MEMBER_COLUMNS,
  memberValues,
  personValues,
  withinRun,
  type MemberRow,
  type Noted,
} from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import type { RunFacts } from '../store/run.ts';
import { fittingPages } from '../store/segments/find.ts';
import type { Subject } from './people.ts';

/** An addressee as the gate sees it, before caps and limits. */
export interface Candidate extends Addressee {
  readonly consents: boolean;
  readonly optedOut: boolean;
  /** Under which its messages are counted. */
  readonly counter: string;
  /** Its calendar. */
  readonly zone: string;
  /** Prefers this locale. */
  readonly locale: string | null;
  /** The provider's name of it; null where there is none or none is needed. */
  readonly address: string | null;
  /** There is no way to it. */
  readonly missing: 'gone' | 'address' | undefined;
}

/** How a message classes itself, for opt-outs that name a class or a channel, and how its channel finds people. */
export interface Nature {
  readonly class: 'service' | 'marketing';
  readonly channel: Reachable | null;
  /** Of whoever has no zone of its own. */
  readonly zone: string;
  /** The instant for which one asks. */
  readonly now: Instant;
}

/** What a channel must know of those to whom it sends. */
export interface Reachable {
  readonly id: string;
  /** It writes to members at all. */
  readonly dm: boolean;
  /** How the provider names them; null where they need no name. */
  readonly names: { readonly group: Naming | null; readonly member: Naming | null };
}

/** The groups or the members that an audience names, other than the subject itself. */
export async function audienceOf(
  sql: Sql,
  run: RunFacts,
  audience: Exclude<Audience, { readonly subject: true }>,
  nature: Nature & { readonly common: ConditionContext },
): Promise<readonly Candidate[]> {
  const community = await communityOfRun(sql, run);
  if ('segment' in audience) {
    const { cel } = audience.segment;
    if (!isSynthetic(run)) return membersWhere(sql, run, nature, cel);
    return peopleWhere(sql, run, (member) => evaluateCondition(cel, { ...nature.common, member }) === true);
  }
  const names = 'group' in audience ? [audience.group] : audience.groups;
  return isSynthetic(run) ? syntheticGroups(run, community, names) : groupsOf(sql, run, nature, { names });
}

/** The subjects of a batch as recipients of their own messages. */
export async function subjectsAsRecipients(
  sql: Sql,
  run: RunFacts,
  subjects: readonly Subject[],
  nature: Nature,
): Promise<Map<number, Candidate>> {
  const members = await loadMembers(
    sql,
    run,
    nature,
    subjects.flatMap(({ member }) => (member === null ? [] : [member])),
  );
  const byMember = new Map(members.map((it) => [it.memberId, it]));
  const refusing = await peopleWhoRefuse(
    sql,
    run,
    subjects.flatMap(({ person }) => (person === null ? [] : [person])),
  );
  return new Map(
    subjects.flatMap(({ ordinal, member, person, values }) => {
      const candidate =
        person === null
          ? byMember.get(member)
          : synthetic(run, person, { consents: values['consent'] === true, optedOut: refusing.has(person) });
      return candidate === undefined ? [] : [[ordinal, candidate] as const];
    }),
  );
}

function syntheticGroups(run: RunFacts, community: Community, names: 'all' | readonly string[]): Candidate[] {
  const all = Array.from({ length: community.groups }, (_, group) => group);
  const numbers =
    names === 'all' ? all : [...new Set(names)].flatMap((name) => groupNamed(community, name) ?? []);
  return numbers.map((number) => ({
    recipient: `group/${number + 1}`,
    kind: 'group',
    groupId: null,
    memberId: null,
    number,
    heads: headsOf(community, number),
    consents: true,
    optedOut: false,
    counter: `${run.id}/${groupName(number)}`,
    zone: run.plan.zone,
    locale: null,
    address: null,
    missing: undefined,
  }));
}

/** One of a synthetic community, with the values under which conditions know them. */
export interface CommunityPerson {
  readonly person: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Everybody of a run's synthetic community, in the order of their numbers. */
export async function communityPeople(sql: Sql, run: RunFacts): Promise<CommunityPerson[]> {
  const community = await communityOfRun(sql, run);
  const { rows } = await sql.query<{ person: number } & Noted>(
    'select person, tags, attributes from person where run_id = $1',
    [run.id],
  );
  const noted = new Map(rows.map((row) => [row.person, row]));
  return Array.from({ length: community.people }, (_, person) => ({
    person,
    values: personValues(community, person, noted.get(person)),
  }));
}

async function peopleWhere(
  sql: Sql,
  run: RunFacts,
  fits: (member: Readonly<Record<string, unknown>>) => boolean,
): Promise<Candidate[]> {
  const people = (await communityPeople(sql, run)).filter(({ values }) => fits(values));
  const refusing = await peopleWhoRefuse(
    sql,
    run,
    people.map(({ person }) => person),
  );
  return people.map(({ person, values }) =>
    synthetic(run, person, { consents: values['consent'] === true, optedOut: refusing.has(person) }),
  );
}

const synthetic = (
  run: RunFacts,
  person: number,
  state: { readonly consents: boolean; readonly optedOut: boolean },
): Candidate => ({
  recipient: `person/${person}`,
  kind: 'member',
  groupId: null,
  memberId: null,
  number: person,
  heads: 1,
  counter: `${run.id}/person/${person}`,
  zone: run.plan.zone,
  locale: null,
  address: null,
  missing: undefined,
  ...state,
});

async function peopleWhoRefuse(sql: Sql, run: RunFacts, people: readonly number[]): Promise<Set<number>> {
  if (people.length === 0) return new Set();
  const { rows } = await sql.query<{ person: number }>(
    `select distinct person from event where run_id = $1 and name = 'member.opted-out' and person = any($2)`,
    [run.id, people],
  );
  return new Set(rows.map(({ person }) => person));
}

/** Groups of the run by name or id, or by id alone whether or not the run is still theirs. */
async function groupsOf(
  sql: Sql,
  run: RunFacts,
  { channel, zone: teamZone }: Nature,
  which: { readonly names: 'all' | readonly string[] } | { readonly ids: readonly string[] },
): Promise<Candidate[]> {
  const { rows } = await sql.query<GroupRow>(
    `select g.id, g.zone, case when g.channel_id = $4 then g.external_id end as address,
       greatest(g.head_count, (select count(*) from membership m where m.group_id = g.id and m.left_at is null)::int)
       as heads
     from community_group g where g.team_id = $1 and g.id = any($2) and ($3::text[] is null or g.name = any($3) or g.id::text = any($3))
     order by g.name`,
    [
      run.team,
      'ids' in which ? which.ids : run.groups,
      'ids' in which || which.names === 'all' ? null : which.names,
      channel?.id ?? null,
    ],
  );
  const needsAddress = channel !== null && channel.names.group !== null;
  return rows.map(({ id, zone, address, heads }) => ({
    recipient: `group/${id}`,
    kind: 'group',
    groupId: id,
    memberId: null,
    number: null,
    heads,
    consents: true,
    optedOut: false,
    counter: `group/${id}`,
    zone: isZone(zone) ? zone : teamZone,
    locale: null,
    address,
    missing: needsAddress && address === null ? 'address' : undefined,
  }));
}

interface GroupRow {
  readonly id: string;
  readonly zone: string | null;
  readonly address: string | null;
  readonly heads: number;
}

/** Recipients as they are now, by their groups' and members' ids: what the gate asks of those whom it has put off. */
export async function recipientsAgain(
  sql: Sql,
  run: RunFacts,
  nature: Nature,
  { groups, members }: { readonly groups: readonly string[]; readonly members: readonly string[] },
): Promise<Map<string, Candidate>> {
  const found = [
    ...(groups.length === 0 ? [] : await groupsOf(sql, run, nature, { ids: groups })),
    ...(await loadMembers(sql, run, nature, members)),
  ];
  return new Map(found.map((it) => [it.recipient, it]));
}

/** The active members of a run's groups who fit a condition, in the order of their ids. Staff and test accounts are none. */
async function membersWhere(
  sql: Sql,
  run: RunFacts,
  { common, ...nature }: Nature & { readonly common: ConditionContext },
  cel: string,
): Promise<Candidate[]> {
  const ids: string[] = [];
  for await (const page of fittingPages(sql, {
    within: withinRun(run),
    cel,
    context: common,
    now: nature.now,
  }))
    ids.push(...page);
  return loadMembers(sql, run, nature, ids);
}

type Loaded = Candidate & { readonly values: Readonly<Record<string, unknown>> };

async function loadMembers(
  sql: Sql,
  run: RunFacts,
  { class: kind, channel, now, zone: teamZone }: Nature,
  ids: readonly string[],
): Promise<Loaded[]> {
  if (ids.length === 0) return [];
  const needsAddress = channel !== null && channel.names.member !== null;
  // 'is not distinct from' is asked of no index: while nobody has counted the addresses, that of the channel looks as good as that
  // of the member, and each would be looked for among all of the channel.
  const { rows } = await sql.query<LoadedRow>(
    `select ${MEMBER_COLUMNS}, m.status <> 'active' as gone,
       case when $5 then (select i.external_id from member_identity i where i.member_id = m.id
         and i.channel_id is not distinct from $4::uuid order by i.external_id limit 1) end as address,
       exists (select from opt_out o where o.member_id = m.id and (o.scope = 'all'
         or (o.scope = 'class' and o.value = $3) or (o.scope = 'channel' and o.value = $4::uuid::text))) as "optedOut"
     from member m
     where m.team_id = $1 and m.id = any($2) order by m.id`,
    [run.team, ids, kind, channel?.id ?? null, needsAddress],
  );
  const cannotWrite = channel !== null && !channel.dm;
  return rows.map((row) => ({
    recipient: `member/${row.member}`,
    kind: 'member',
    groupId: null,
    memberId: row.member,
    number: null,
    heads: 1,
    consents: row.consents,
    optedOut: row.optedOut,
    counter: `member/${row.member}`,
    zone: isZone(row.zone) ? row.zone : teamZone,
    locale: row.locale,
    address: row.address,
    missing: row.gone
      ? 'gone'
      : cannotWrite || (needsAddress && row.address === null)
        ? 'address'
        : undefined,
    values: memberValues(row, now),
  }));
}

interface LoadedRow extends MemberRow {
  readonly member: string;
  readonly gone: boolean;
  readonly address: string | null;
  readonly optedOut: boolean;
}
