// Facts out of records other than events: deliveries, comings and goings, invitations, people's work, punctuality.
// They move on as the work does, so a snapshot keeps what was counted.
import type { Ask, FactKinds } from '../../../engine/metrics/facts.ts';
import { ACTIVE_EVENTS, LAST_MESSAGE_MS } from '../../../engine/metrics/facts.ts';
import type { Sql } from '../client.ts';
import { Binder, queryOnce } from '../segments/binder.ts';
import { MEMBERS_ONLY, thereAt, type Population } from './population.ts';
import type { Scope, Window } from './scope.ts';

/** Kinds that are counted here. */
export type RecordKind =
  | 'deliveries'
  | 'confirmations'
  | 'approvals'
  | 'flow'
  | 'departures'
  | 'lastMessages'
  | 'invites'
  | 'entries'
  | 'staffing'
  | 'work'
  | 'punctuality';

interface Counting {
  readonly scope: Scope;
  readonly window: Window;
  readonly ask: Ask;
  readonly population: Population | undefined;
}

/** Counts them. */
export async function countRecords<Kind extends RecordKind>(
  sql: Sql,
  kind: Kind,
  counting: Counting,
): Promise<FactKinds[Kind]> {
  const binder = new Binder();
  const { rows } = await queryOnce<FactKinds[Kind]>(sql, COUNT[kind](binder, counting), binder);
  return rows[0]!;
}

const COUNT: Readonly<Record<RecordKind, (binder: Binder, counting: Counting) => string>> = {
  deliveries: (binder, { scope, window }) =>
    `with own as (select d.state, d.reason from ${deliveriesOf(binder, scope, window)})
     select count(*) filter (where state in ('sent', 'failed', 'unknown', 'expired')) as whole,
       count(*) filter (where state = 'sent') as part,
       coalesce((select jsonb_object_agg(reason, n) from (
         select coalesce(reason, 'other') as reason, count(*) as n from own where state = 'skipped' group by 1) as w), '{}')
         as withheld
     from own`,

  confirmations: (binder, { scope, window }) =>
    `select count(*) as whole, count(d.confirmed_at) as part,
       percentile_cont(0.5) within group (order by extract(epoch from d.confirmed_at - d.requested_at) / 60) as minutes
     from ${deliveriesOf(binder, scope, window)} and d.requested_of = 'colleague'`,

  approvals: (binder, { scope, window }) => {
    const { from, to } = instantsOf(binder, window);
    const minutes = (share: number) =>
      `percentile_cont(${share}) within group (order by extract(epoch from t.closed_at - t.opened_at) / 60)
         filter (where t.state = 'done')`;
    return `select count(*) as whole, count(*) filter (where t.outcome = 'approved') as part,
       count(*) filter (where t.state = 'done') as answered,
       ${minutes(0.5)} as minutes50, ${minutes(0.9)} as minutes90
     from task t join run r on r.id = t.run_id
     where ${runsOf(binder, scope)} and t.kind = 'approval' and t.state in ('done', 'expired')
       and t.closed_at between ${from} and ${to}`;
  },

  flow: (binder, { scope, window, population }) => {
    const { from, to } = instantsOf(binder, window);
    const turned = (column: string) =>
      `select distinct s.member_id as member from membership s join member m on m.id = s.member_id and ${MEMBERS_ONLY}
       where ${staysOf(binder, scope)} and s.${column} > ${from} and s.${column} <= ${to}`;
    return `with before as (${frozen(binder, population)}), after as (${thereAt(binder, scope, window.to)}),
       came as (${turned('joined_at')}), went as (${turned('left_at')})
     select (select count(*) from before) as before, (select count(*) from after) as after,
       (select count(*) from came where member not in (select member from before)) as joined,
       (select count(*) from went where member not in (select member from after)) as left,
       (select count(*) from before where member not in (select member from after)) as leavers`;
  },

  departures: (binder, { scope, population, ask: { day = 0 } }) => {
    const zone = binder.bind(scope.zone, 'text');
    const ends = `(((p.at at time zone ${zone})::date + ${binder.bind(day, 'int')} + 1)::timestamp at time zone ${zone})`;
    return `select count(*) as whole, count(*) filter (where not exists (
         select from membership s where s.member_id = p.member and ${staysOf(binder, scope)}
           and s.joined_at < ${ends} and (s.left_at is null or s.left_at >= ${ends}))) as part
       from (${frozenSince(binder, population)}) as p`;
  },

  lastMessages: (binder, { scope, window, population }) => {
    const { to } = instantsOf(binder, window);
    const share = (last: string) => `jsonb_build_object('whole', count(*) filter (where last = '${last}'),
       'part', count(*) filter (where last = '${last}' and gone is not null))`;
    return `with ${LAST_MESSAGES(binder, { scope, window, population })}
     select ${share('marketing')} as marketing, ${share('service')} as service, ${share('none')} as none
     from (select u.gone, coalesce(m.class::text, 'none') as last from until u
       left join last_of m using (member) where u.at <= ${to}) as each`;
  },

  invites: (binder, { scope, window, population }) => {
    const { from, to } = instantsOf(binder, window);
    const active = binder.bind([...ACTIVE_EVENTS], 'text[]');
    return `with members as (${frozen(binder, population)}),
       invited as (
         select s.member_id as member, min(s.joined_at) as at, (array_agg(s.inviter_id order by s.joined_at))[1] as inviter
         from membership s join member m on m.id = s.member_id and ${MEMBERS_ONLY}
         where ${staysOf(binder, scope)} and s.joined_at > ${from} and s.joined_at <= ${to}
           and s.inviter_id in (select member from members)
           and s.member_id not in (select member from members)
         group by s.member_id),
       qualified as (
         select i.* from invited i
         where i.member in (select member from (${thereAt(binder, scope, window.to)}) as present)
           and exists (select from event e where e.team_id = ${binder.bind(scope.team, 'int')} and e.member_id = i.member
             and (e.name = any(${active}) or e.name like 'counted.%') and e.at between i.at and ${to})),
       firsts as (
         select q.inviter, min(q.at) - (select min(o.joined_at) from membership o
           where o.member_id = q.inviter and o.group_id = any(${groups(binder, scope)})) as after
         from qualified q group by q.inviter)
     select (select count(*) from members) as members, (select count(*) from firsts) as inviters,
       (select count(*) from invited) as invited, (select count(*) from qualified) as qualified,
       (select percentile_cont(0.5) within group (order by extract(epoch from after) / 86400) from firsts) as days`;
  },

  entries: (binder, { scope, window, ask: { source } }) => {
    const { from, to } = instantsOf(binder, window);
    const of = source === undefined ? undefined : binder.bind(source, 'text');
    const seen = of === undefined ? '' : `and coalesce(e.data ->> 'source', e.source) = ${of}`;
    const came = of === undefined ? '' : `and s.join_source = ${of}`;
    const community =
      scope.kind === 'community' ? ` or e.community_id = ${binder.bind(scope.id, 'uuid')}` : '';
    return `select
       (select coalesce(sum(case when jsonb_typeof(e.data -> 'count') = 'number'
            then (e.data ->> 'count')::numeric else 1 end), 0) from event e
        where e.team_id = ${binder.bind(scope.team, 'int')} and e.name = 'entry.seen' and e.at between ${from} and ${to} ${seen}
          and (e.group_id = any(${groups(binder, scope)})${community})) as whole,
       (select count(*) from membership s join member m on m.id = s.member_id and ${MEMBERS_ONLY}
        where ${staysOf(binder, scope)} and s.joined_at between ${from} and ${to} ${came}) as part`;
  },

  staffing: (binder, { scope, window }) => {
    const { to } = instantsOf(binder, window);
    return `with running as (
         select r.groups, r.roles from run r
         where ${runsOf(binder, scope)} and r.launched_at <= ${to} and r.start_at <= ${to}
           and (r.ended_at is null or r.ended_at > ${to}))
       select (select count(distinct g) from running, unnest(groups) as g) as groups,
         (select count(distinct who) from running, jsonb_each(roles) as role,
            jsonb_array_elements_text(role.value) as who) as people`;
  },

  work: (binder, { scope, window }) => {
    const { from, to } = instantsOf(binder, window);
    const minutes = (until: string) => `extract(epoch from ${until} - t.opened_at) / 60`;
    const percentile = (share: number, of: string) =>
      `percentile_cont(${share}) within group (order by ${of})`;
    return `with own as (
         select t.id, t.state, t.opened_at, t.closed_at,
           least(t.closed_at, (select min(n.at) from task_note n where n.task_id = t.id and n.kind = 'accepted'),
             (select min(d.at) from task_decision d where d.task_id = t.id)) as first_at
         from task t join run r on r.id = t.run_id where ${runsOf(binder, scope)} and t.opened_at <= ${to}),
       opened as (select * from own t where opened_at >= ${from} and first_at <= ${to}),
       done as (select * from own t where state = 'done' and closed_at between ${from} and ${to})
     select (select count(*) from opened) as tasks,
       (select ${percentile(0.5, minutes('t.first_at'))} from opened t) as first50,
       (select ${percentile(0.9, minutes('t.first_at'))} from opened t) as first90,
       (select count(*) from done) as closed,
       (select ${percentile(0.5, minutes('t.closed_at'))} from done t) as closed50,
       (select ${percentile(0.9, minutes('t.closed_at'))} from done t) as closed90,
       (select count(distinct d.by) from task_decision d where d.task_id in (select id from done)) as people,
       extract(epoch from ${to} - ${from}) / 86400 as days`;
  },

  punctuality: (binder, { scope, window }) => {
    const { from, to } = instantsOf(binder, window);
    return `select coalesce(sum(p.visits), 0) as whole,
       coalesce(sum(p.visits) filter (where p.late_ms = 0 and p.skipped is distinct from 'late'), 0) as part
     from passed_alike p join run r on r.id = p.run_id
     where ${runsOf(binder, scope)} and p.at between ${from} and ${to}`;
  },
};

function instantsOf(binder: Binder, { from, to }: Window): { readonly from: string; readonly to: string } {
  const instant = (at: number) => `instant_of(${binder.bind(at, 'bigint')})`;
  return { from: instant(from), to: instant(to) };
}

const groups = (binder: Binder, scope: Scope): string => binder.bind([...scope.groups], 'uuid[]');

const staysOf = (binder: Binder, scope: Scope): string =>
  `s.team_id = ${binder.bind(scope.team, 'int')} and s.group_id = any(${groups(binder, scope)})`;

const frozen = (binder: Binder, population: Population | undefined): string =>
  `select unnest(members) as member from metric_population where id = ${binder.bind(population!.id, 'uuid')}`;

const frozenSince = (binder: Binder, population: Population | undefined): string =>
  `select p.member, instant_of(p.at) as at from metric_population f cross join unnest(f.members, f.instants) as p (member, at)
   where f.id = ${binder.bind(population!.id, 'uuid')}`;

/**
 * `until`: the members at the beginning, when those who are gone went (`gone`), and until when messages to them count (`at`).
 * `last_of`: the class of the last that each of them got by then, themselves or in one of the groups, no longer ago than a month.
 */
const LAST_MESSAGES = (binder: Binder, { scope, window, population }: Omit<Counting, 'ask'>): string => {
  const { to } = instantsOf(binder, window);
  const since = `instant_of(${binder.bind(window.from - LAST_MESSAGE_MS, 'bigint')})`;
  const month = `${binder.bind(LAST_MESSAGE_MS, 'bigint')} * interval '1 millisecond'`;
  return `whom as (${frozen(binder, population)}), present as (${thereAt(binder, scope, window.to)}),
    until as materialized (
      select w.member, g.gone, coalesce(g.gone, ${to}) as at from whom w
      left join (select s.member_id as member, max(s.left_at) as gone from membership s
        where ${staysOf(binder, scope)} and s.left_at <= ${to}
          and s.member_id not in (select member from present) group by s.member_id) as g using (member)),
    told as materialized (
      select d.member_id, d.group_id, d.at, m.class from delivery d
      join message m on m.id = d.message_id join run r on r.id = d.run_id
      where d.team_id = ${binder.bind(scope.team, 'int')} and d.state = 'sent' and d.at between ${since} and ${to}
        and ${scope.run?.mode === 'fast' ? `r.id = ${binder.bind(scope.id, 'uuid')}` : `r.mode = 'real'`}),
    last_of as (
      select distinct on (member) member, class from (
        select u.member, t.at, t.class from told t join until u on u.member = t.member_id
          where t.at <= u.at and t.at > u.at - ${month}
        union all
        select u.member, t.at, t.class from told t
          join membership s on s.group_id = t.group_id and ${staysOf(binder, scope)}
            and s.joined_at <= t.at and (s.left_at is null or s.left_at > t.at)
          join until u on u.member = s.member_id
          where t.at <= u.at and t.at > u.at - ${month}) as got
      order by member, at desc, class)`;
};

/** Runs, as `r`, that are for this scope; what was tried out in compressed time counts in its own run alone. */
function runsOf(binder: Binder, scope: Scope): string {
  const team = `r.team_id = ${binder.bind(scope.team, 'int')}`;
  if (scope.kind === 'run') return `${team} and r.id = ${binder.bind(scope.id, 'uuid')}`;
  const community = scope.kind === 'community' ? ` or r.community_id = ${binder.bind(scope.id, 'uuid')}` : '';
  return `${team} and r.mode = 'real' and (r.groups && ${groups(binder, scope)}${community})`;
}

/** Deliveries, as `d`, of a run, or to groups and to whoever was in them. */
function deliveriesOf(binder: Binder, scope: Scope, window: Window): string {
  const { from, to } = instantsOf(binder, window);
  const within = `d.team_id = ${binder.bind(scope.team, 'int')} and d.at between ${from} and ${to}`;
  if (scope.kind === 'run')
    return `delivery d where ${within} and d.run_id = ${binder.bind(scope.id, 'uuid')}`;
  return `delivery d join run r on r.id = d.run_id and r.mode = 'real'
    where ${within} and (d.group_id = any(${groups(binder, scope)}) or exists (
      select from membership s where s.member_id = d.member_id and ${staysOf(binder, scope)}
        and s.joined_at <= d.at and (s.left_at is null or s.left_at > d.at)))`;
}
