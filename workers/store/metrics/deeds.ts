// Facts about what members did: events of a frozen population, as far as they were known at one moment.
// Counted again with the same population and the same moment they are the same, whatever has become known since.
import type { Ask, FactKinds } from '../../../engine/metrics/facts.ts';
import {
  ACTIVATION_MS,
  ACTIVE_EVENTS,
  controlOf,
  ENGAGEMENT_HALF_LIFE_MS,
  ENGAGEMENT_WEIGHTS,
  SHORTEST_REPLY,
  SIGN_UPS,
  weightOf,
} from '../../../engine/metrics/facts.ts';
import type { Sql } from '../client.ts';
import { Binder, queryOnce } from '../segments/binder.ts';
import type { Population } from './population.ts';
import { ofScope, type Scope, type Window } from './scope.ts';

/** Which events were known: those whose transactions had ended by then. */
export interface Sight {
  /** No later id. After a database was restored elsewhere, numbers of transactions begin anew, ids do not. */
  readonly mark: number;
  readonly xmax: number;
  /** Transactions that had begun and not ended. */
  readonly open: readonly number[];
}

/** What is known at this moment. */
export async function sightNow(sql: Sql): Promise<Sight> {
  const { rows } = await sql.query<Sight>(
    `select coalesce((select max(id) from event), 0) as mark, pg_snapshot_xmax(s)::text::bigint as xmax,
       coalesce((select jsonb_agg(x::text::bigint) from pg_snapshot_xip(s) as x), '[]') as open
     from pg_current_snapshot() as s`,
  );
  return rows[0]!;
}

/** What a count of deeds is made of. */
export interface Counting {
  readonly scope: Scope;
  readonly window: Window;
  readonly ask: Ask;
  readonly population: Population | undefined;
  readonly sight: Sight;
}

/** Kinds that are counted here. */
export type DeedKind =
  | 'activity'
  | 'recency'
  | 'voices'
  | 'engagement'
  | 'event'
  | 'response'
  | 'followed'
  | 'activation'
  | 'retention'
  | 'split';

/** Counts them. Undefined where this scope has no such facts. */
export async function countDeeds(
  sql: Sql,
  kind: DeedKind,
  counting: Counting,
): Promise<FactKinds[DeedKind] | undefined> {
  const binder = new Binder();
  const counted = COUNT[kind](binder, counting);
  if (counted === undefined) return undefined;
  const population = populationCte(binder, kind, counting);
  const { rows } = await queryOnce<FactKinds[DeedKind]>(
    sql,
    `with population as materialized (${population}), deeds as (${deedsCte(binder, kind, counting)}) ${counted}`,
    binder,
  );
  return rows[0];
}

type Count = (binder: Binder, counting: Counting) => string | undefined;

const COUNT: Readonly<Record<DeedKind, Count>> = {
  activity: () =>
    `select (select count(*) from population) as whole,
       (select count(distinct who) from deeds join population using (who)) as part`,

  recency: (binder, { window: { to } }) =>
    `select count(distinct who) as whole,
       count(distinct who) filter (where d.at >= instant_of(${binder.bind(to - DAY_MS, 'bigint')})) as part
     from deeds d join population using (who)`,

  voices: () =>
    `, said as (select who, count(*) as n from deeds join population using (who) group by who)
     select coalesce(sum(n), 0) as whole, count(*) as speakers,
       (select coalesce(sum(n), 0) from (
          select n from said order by n desc limit (select ceil(count(*) / 10.0) from said)) as loud) as part
     from said`,

  // In exact numbers: summed in another order it is the same to the last digit.
  engagement: (binder, { window: { to } }) => {
    const [names, weights] = [Object.keys(ENGAGEMENT_WEIGHTS), Object.values(ENGAGEMENT_WEIGHTS)];
    const weight = `coalesce(w.weight, ${binder.bind(weightOf('counted.'), 'int')})`;
    const age = `extract(epoch from instant_of(${binder.bind(to, 'bigint')}) - d.at) * 1000`;
    return `select (select count(*) from population) as members,
       coalesce(round(sum(${weight} * power(0.5, ${age} / ${binder.bind(ENGAGEMENT_HALF_LIFE_MS, 'bigint')})), 6), 0) as points
     from deeds d join population using (who)
     left join unnest(${binder.bind(names, 'text[]')}, ${binder.bind(weights, 'int[]')}) as w (name, weight) using (name)`;
  },

  // What happened to nobody in particular happened too, where it happened in one of the groups.
  event: () =>
    `select count(*) as count, count(distinct who) filter (where isMember) as members
     from (select d.who, p.who is not null as isMember from deeds d left join population p using (who)
       where p.who is not null or d.who is null) as d`,

  response: () => AFTERWARDS,
  followed: () => AFTERWARDS,

  activation: () =>
    `select (select count(*) from population) as whole,
       (select count(distinct who) from deeds d join population p using (who)
        where d.at between p.at and p.at + ${ACTIVATION_MS} * interval '1 millisecond') as part`,

  retention: (binder, { scope: { team, groups, zone: name }, ask: { day = 0 } }) => {
    const zone = binder.bind(name, 'text');
    const number = binder.bind(day, 'int');
    const dayOf = (at: string) => `(${at} at time zone ${zone})::date`;
    return `, later as (
         select p.who, ${dayOf('d.at')} - ${dayOf('p.at')} as day from deeds d join population p using (who))
       select (select count(*) from population) as joined,
         (select count(distinct who) from later where day = ${number}) as active,
         (select count(distinct who) from later where day >= ${number}) as later,
         (select count(*) from population p where exists (
            select from membership s where s.team_id = ${binder.bind(team, 'int')}
              and s.member_id = substr(p.who, 2)::uuid and s.group_id = any(${binder.bind([...groups], 'uuid[]')})
              and s.joined_at < ((${dayOf('p.at')} + ${number} + 1)::timestamp at time zone ${zone})
              and (s.left_at is null
                or s.left_at >= ((${dayOf('p.at')} + ${number} + 1)::timestamp at time zone ${zone})))) as still`;
  },

  split: (binder, { scope: { run }, ask: { node: id } }) => {
    const node = run?.plan.nodes.findIndex((it) => it.id === id) ?? -1;
    const { graph = 0, ports = [] } = run?.plan.nodes[node] ?? {};
    // The activity itself is one subject, and nobody to compare it with.
    if (graph === 0) return undefined;
    const control = binder.bind(controlOf(ports.map(({ name }) => name)) ?? '', 'text');
    const share = (
      is: string,
    ) => `(select jsonb_build_object('whole', count(*), 'part', count(*) filter (where
       exists (select from deeds d where d.who = p.who and d.at >= p.at))) from population p where port ${is} ${control})`;
    return `select ${share('<>')} as treated, ${share('=')} as control`;
  },
};

/** Of the population, those who did it from their instant on. */
const AFTERWARDS = `select (select count(*) from population) as whole,
  (select count(distinct who) from deeds d join population p using (who) where d.at >= p.at) as part`;

const DAY_MS = 86_400_000;

/** Rows of `who` and the instant from which on what they do counts. */
function populationCte(binder: Binder, kind: DeedKind, counting: Counting): string {
  const { scope, population } = counting;
  if (kind === 'split') return splitCte(binder, counting);
  if (kind === 'followed' && scope.synthetic !== undefined) return signedUpPersons(binder, counting);
  if (scope.synthetic === undefined) {
    return `select 'm' || p.member as who, instant_of(p.at) as at
      from metric_population f cross join unnest(f.members, f.instants) as p (member, at)
      where f.id = ${binder.bind(population!.id, 'uuid')}`;
  }
  const everybody = `generate_series(0, ${binder.bind(scope.synthetic.people - 1, 'int')}) as n`;
  return kind === 'response'
    ? reachedPersons(binder, counting, everybody)
    : `select 'p' || n as who, null::timestamptz as at from ${everybody}`;
}

function signedUpPersons(binder: Binder, { scope: { id }, window: { from, to } }: Counting): string {
  return `select 'p' || e.person as who, min(e.at) as at from event e
    where e.run_id = ${binder.bind(id, 'uuid')} and e.person is not null and e.name = any(${binder.bind([...SIGN_UPS], 'text[]')})
      and e.at between instant_of(${binder.bind(from, 'bigint')}) and instant_of(${binder.bind(to, 'bigint')})
    group by e.person`;
}

function reachedPersons(
  binder: Binder,
  { scope: { id, synthetic }, window: { from, to } }: Counting,
  everybody: string,
): string {
  const groups = binder.bind(Math.max(1, synthetic?.groups ?? 1), 'int');
  return `select 'p' || n as who, min(d.at) as at from ${everybody}
    join delivery d on d.recipient in ('person/' || n, 'group/' || (n % ${groups} + 1))
    where d.run_id = ${binder.bind(id, 'uuid')} and d.state = 'sent'
      and d.at between instant_of(${binder.bind(from, 'bigint')}) and instant_of(${binder.bind(to, 'bigint')})
    group by n`;
}

/** Who went which way, the first time that they came by. */
function splitCte(binder: Binder, { scope: { run }, ask: { node: id }, window: { to } }: Counting): string {
  const node = run!.plan.nodes.findIndex((it) => it.id === id);
  return `select distinct on (p.ordinal) coalesce('m' || s.member_id, 'p' || s.person) as who, p.at, p.port
    from passed p
    join subject s on s.run_id = p.run_id and s.graph = ${binder.bind(run!.plan.nodes[node]!.graph, 'int')}
      and s.ordinal = p.ordinal
    left join member m on m.id = s.member_id
    where p.run_id = ${binder.bind(run!.id, 'uuid')} and p.node = ${binder.bind(node, 'int')}
      and p.at <= instant_of(${binder.bind(to, 'bigint')}) and coalesce(m.kind, 'member') = 'member'
    order by p.ordinal, p.at, p.lap`;
}

/** Rows of `who` (null for nobody in particular), `name` and `at`. */
function deedsCte(
  binder: Binder,
  kind: DeedKind,
  { scope, window: { from, to }, ask: { event, day = 0 }, sight }: Counting,
): string {
  const [names, isAny] =
    kind === 'voices'
      ? [['member.replied'], false]
      : event === undefined
        ? [ACTIVE_EVENTS, true]
        : [[event], false];
  // Whoever joins first and acts later has done so since the cohort began to join.
  const before = kind === 'activation' ? ACTIVATION_MS : kind === 'retention' ? (day + 2) * DAY_MS : 0;
  const which = `e.name = any(${binder.bind([...names], 'text[]')})`;
  return `select coalesce('m' || e.member_id, 'p' || e.person) as who, e.name, e.at
    from event e
    where e.team_id = ${binder.bind(scope.team, 'int')}
      and e.at between instant_of(${binder.bind(from - before, 'bigint')}) and instant_of(${binder.bind(to, 'bigint')})
      and ${isAny ? `(${which} or e.name like 'counted.%')` : which}
      ${isAny ? `and (e.name <> 'member.replied' or coalesce(char_length(e.data ->> 'text'), ${SHORTEST_REPLY}) >= ${SHORTEST_REPLY})` : ''}
      and e.id <= ${binder.bind(sight.mark, 'bigint')} and e.tx < ${binder.bind(sight.xmax, 'bigint')}
      and e.tx <> all(${binder.bind([...sight.open], 'bigint[]')})
      and ${ofScope(binder, scope)}`;
}
