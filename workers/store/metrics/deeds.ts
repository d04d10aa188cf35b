// Facts about what members did: events of a frozen population, as far as they were known at one moment.
// Counted again with the same population and the same moment they are the same, whatever has become known since.
import type { Ask, FactKinds } from '../../../engine/metrics/facts.ts';
import {
  ACTIVATION_MS,
  ACTIVE_EVENTS,
  AGAIN_MS,
  CHECK_INS,
  controlOf,
  ENGAGEMENT_HALF_LIFE_MS,
  ENGAGEMENT_WEIGHTS,
  isActive as isActiveEvent,
  RECALL_DAYS,
  SHORTEST_REPLY,
  SIGN_UPS,
  weightOf,
} from '../../../engine/metrics/facts.ts';
import type { Sql } from '../client.ts';
import { Binder, queryOnce } from '../segments/binder.ts';
import { isHeld, SENT, thereAt, type Population } from './population.ts';
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
  | 'chains'
  | 'penetration'
  | 'recall'
  | 'repeated'
  | 'afterwards'
  | 'tagged'
  | 'engagement'
  | 'event'
  | 'response'
  | 'followed'
  | 'activation'
  | 'activationGap'
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

  tagged: (binder, { scope, window: { from } }) =>
    `select (select count(*) from population) as whole,
       (select count(distinct who) from deeds join population using (who)) as part,
       (select count(*) from (${thereAt(binder, scope, from)}) as there) as members`,

  recency: (binder, { window: { to } }) =>
    `select count(distinct who) as whole,
       count(distinct who) filter (where d.at >= instant_of(${binder.bind(to - DAY_MS, 'bigint')})) as part
     from deeds d join population using (who)`,

  voices: () =>
    `, said as (select who, count(*) as n from deeds join population using (who) group by who)
     select coalesce(sum(n), 0) as whole, count(*) as speakers,
       (select coalesce(sum(n * place), 0) from (
          select n, row_number() over (order by n) as place from said) as ordered) as ranked,
       (select coalesce(sum(n), 0) from (
          select n from said order by n desc limit (select ceil(count(*) / 10.0) from said)) as loud) as part
     from said`,

  // Whoever answers, a colleague too, makes a chain of what is answered.
  chains: () =>
    `, answered as (select distinct source, reply_to from deeds where reply_to is not null)
     select count(*) as whole, count(d.reply_to) as named,
       count(*) filter (where d.reply_to is not null or a.reply_to is not null) as part
     from deeds d join population using (who)
     left join answered a on a.source = d.source and a.reply_to = d.source_id`,

  penetration: (binder, { ask: { event = '' } }) => {
    const name = binder.bind(event, 'text');
    const isActive = `d.name <> ${name} or ${isActiveEvent(event, undefined)}`;
    return `, people as (
         select who, bool_or(${isActive}) as active, bool_or(d.name = ${name}) as had
         from deeds d join population using (who) group by who)
       select count(*) filter (where active) as whole, count(*) filter (where active and had) as part from people`;
  },

  recall: (binder, { scope: { zone: name }, window: { from, to } }) => {
    const zone = binder.bind(name, 'text');
    const dayOf = (at: string) => `(${at} at time zone ${zone})::date`;
    const days = binder.bind(RECALL_DAYS, 'int');
    // The day without must lie so far back that the days in which one may come back are over.
    const dayBefore = (at: number) => `${dayOf(`instant_of(${binder.bind(at, 'bigint')})`)} - ${days} - 1`;
    return `, days as (select distinct who, ${dayOf('d.at')} as day from deeds d join population using (who)),
       gaps as (select day + 1 as missed, lead(day) over (partition by who order by day) as next from days)
     select count(*) as whole, count(*) filter (where next <= missed + ${days}) as part
     from gaps where (next is null or next > missed)
       and missed > ${dayBefore(from)} and missed <= ${dayBefore(to)}`;
  },

  repeated: () =>
    `select (select count(*) from population) as whole,
       (select count(distinct who) from deeds d join population p using (who)
        where d.at > p.at and d.at <= p.at + ${AGAIN_MS} * interval '1 millisecond') as part`,

  afterwards: (binder, { scope: { zone: name }, ask: { day = 0 } }) => {
    const zone = binder.bind(name, 'text');
    const dayOf = (at: string) => `(${at} at time zone ${zone})::date`;
    return `select (select count(*) from population) as whole,
       (select count(distinct who) from deeds d join population p using (who)
        where ${dayOf('d.at')} - ${dayOf('p.at')} = ${binder.bind(day, 'int')}) as part`;
  },

  // In exact numbers: summed in another order it is the same to the last digit.
  engagement: (binder, { window: { to } }) => {
    const [names, weights] = [Object.keys(ENGAGEMENT_WEIGHTS), Object.values(ENGAGEMENT_WEIGHTS)];
    const weight = `coalesce(w.weight, ${binder.bind(weightOf('counted.'), 'int')})`;
    const age = `extract(epoch from instant_of(${binder.bind(to, 'bigint')}) - d.at) * 1000`;
    return `, worth as (
         select name, sum(${weight} * power(0.5, ${age} / ${binder.bind(ENGAGEMENT_HALF_LIFE_MS, 'bigint')})) as points
         from deeds d join population using (who)
         left join unnest(${binder.bind(names, 'text[]')}, ${binder.bind(weights, 'int[]')}) as w (name, weight) using (name)
         group by name)
       select (select count(*) from population) as members,
         (select coalesce(round(sum(points), 6), 0) from worth) as points,
         (select coalesce(jsonb_agg(jsonb_build_object('name', name, 'points', round(points, 6))
            order by points desc, name collate "C"), '[]')
          from (select * from worth order by points desc, name collate "C" limit 3) as most) as top`;
  },

  // What happened to nobody in particular happened too, where it happened in one of the groups.
  event: () =>
    `select count(*) as count, count(distinct who) filter (where isMember) as members
     from (select d.who, p.who is not null as isMember from deeds d left join population p using (who)
       where p.who is not null or d.who is null) as d`,

  response: () => AFTERWARDS,
  followed: () => AFTERWARDS,

  activation: () =>
    `select (select count(*) from population) as whole, (select count(*) from (${ACTIVATED}) as soon) as part`,

  activationGap: (binder, { ask: { tag = '' }, window: { to } }) => {
    const share = (which: string) =>
      `jsonb_build_object('whole', count(*) filter (where ${which}),
         'part', count(*) filter (where ${which} and soon.who is not null))`;
    return `select ${share('t.tag is not null')} as holders, ${share('t.tag is null')} as others
     from population p left join (${ACTIVATED}) as soon using (who)
     left join member_tag t on t.member_id = substr(p.who, 2)::uuid and ${isHeld(binder, { tag, at: to })}`;
  },

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

/** Of those who joined, those who did it within 72 hours of joining. */
const ACTIVATED = `select distinct who from deeds d join population p using (who)
  where d.at between p.at and p.at + ${ACTIVATION_MS} * interval '1 millisecond'`;

const DAY_MS = 86_400_000;

/** Rows of `who` and the instant from which on what they do counts. */
function populationCte(binder: Binder, kind: DeedKind, counting: Counting): string {
  const { scope, population } = counting;
  if (kind === 'split') return splitCte(binder, counting);
  if (kind === 'followed' && scope.synthetic !== undefined) return personsHaving(binder, counting);
  if (scope.synthetic === undefined) {
    return `select 'm' || p.member as who, instant_of(p.at) as at
      from metric_population f cross join unnest(f.members, f.instants) as p (member, at)
      where f.id = ${binder.bind(population!.id, 'uuid')}`;
  }
  const everybody = `generate_series(0, ${binder.bind(scope.synthetic.people - 1, 'int')}) as n`;
  return kind === 'response'
    ? personsSentTo(binder, counting, everybody)
    : `select 'p' || n as who, null::timestamptz as at from ${everybody}`;
}

function personsHaving(
  binder: Binder,
  { scope: { id }, window: { from, to }, ask: { since } }: Counting,
): string {
  const names = since === undefined ? [...SIGN_UPS] : [since];
  return `select 'p' || e.person as who, min(e.at) as at from event e
    where e.run_id = ${binder.bind(id, 'uuid')} and e.person is not null and e.name = any(${binder.bind(names, 'text[]')})
      and e.at between instant_of(${binder.bind(from, 'bigint')}) and instant_of(${binder.bind(to, 'bigint')})
    group by e.person`;
}

function personsSentTo(
  binder: Binder,
  { scope: { id, synthetic }, window: { from, to }, ask: { of } }: Counting,
  everybody: string,
): string {
  const groups = binder.bind(Math.max(1, synthetic?.groups ?? 1), 'int');
  const states = binder.bind(of === 'eligible' ? [...SENT] : ['sent'], 'delivery_state[]');
  return `select 'p' || n as who, min(d.at) as at from ${everybody}
    join delivery d on d.recipient in ('person/' || n, 'group/' || (n % ${groups} + 1))
    where d.run_id = ${binder.bind(id, 'uuid')} and d.state = any(${states})
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
  const { names, isAny } = namesOf(kind, event);
  const before = beforeOf(kind, day);
  const which = `e.name = any(${binder.bind([...names], 'text[]')})`;
  const message = kind === 'chains' ? `, e.source, e.source_id, e.data ->> 'replyTo' as reply_to` : '';
  return `select coalesce('m' || e.member_id, 'p' || e.person) as who, e.name, e.at${message}
    from event e
    where e.team_id = ${binder.bind(scope.team, 'int')}
      and e.at between instant_of(${binder.bind(from - before, 'bigint')}) and instant_of(${binder.bind(to, 'bigint')})
      and ${isAny ? `(${which} or e.name like 'counted.%')` : which}
      ${isAny ? `and (e.name <> 'member.replied' or coalesce(char_length(e.data ->> 'text'), ${SHORTEST_REPLY}) >= ${SHORTEST_REPLY})` : ''}
      and e.id <= ${binder.bind(sight.mark, 'bigint')} and e.tx < ${binder.bind(sight.xmax, 'bigint')}
      and e.tx <> all(${binder.bind([...sight.open], 'bigint[]')})
      and ${ofScope(binder, scope)}`;
}

interface Names {
  readonly names: readonly string[];
  /** Whatever makes its member active, besides these. */
  readonly isAny: boolean;
}

function namesOf(kind: DeedKind, event: string | undefined): Names {
  if (kind === 'penetration') return { names: [...ACTIVE_EVENTS, event ?? ''], isAny: true };
  const own = OWN_NAMES.get(kind) ?? (event === undefined ? undefined : [event]);
  return own === undefined ? { names: ACTIVE_EVENTS, isAny: true } : { names: own, isAny: false };
}

/** Kinds that look at events of their own. */
const OWN_NAMES: ReadonlyMap<DeedKind, readonly string[]> = new Map([
  ['voices', ['member.replied']],
  ['chains', ['member.replied']],
  ['recall', CHECK_INS],
]);

/** How much earlier than the window what is counted may have happened: whoever joins first and acts later, for example. */
function beforeOf(kind: DeedKind, day: number): number {
  return kind === 'retention' ? (day + 2) * DAY_MS : (BEFORE.get(kind) ?? 0);
}

const BEFORE: ReadonlyMap<DeedKind, number> = new Map([
  ['activation', ACTIVATION_MS],
  ['activationGap', ACTIVATION_MS],
  ['repeated', AGAIN_MS],
  ['recall', (RECALL_DAYS + 3) * DAY_MS],
]);
