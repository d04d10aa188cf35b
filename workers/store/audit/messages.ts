// Invariants of messages: nothing against a member's will, nothing at night, no more than caps, budgets and limits allow.
// By the settings that the gate saw; of messages from before it noted them, by what the settings say now.
import { DEFAULT_CAPS, DEFAULT_QUIET } from '../../../engine/effects/send-gate.ts';
import { LET_THROUGH, of, type Invariant } from './invariant.ts';

/** What was sent to two records before they became one was right for each. */
const UNMERGED = `not exists (
    select from member_merge g where g.into_id = d.member_id and g.at >= coalesce(d.gated_at, d.at))`;

/** What was recorded so shortly before may have come while the gate was deciding. */
const MEANWHILE = `interval '1 minute'`;

/** Marketing to members in real runs, with the instant for which the gate let it through. */
const MARKETING = `
  select d.*, m.channel, m.class from delivery d join message m on m.id = d.message_id join run r on r.id = d.run_id
  where ${of('d')} and r.mode = 'real' and m.class = 'marketing' and d.member_id is not null
    and d.gated_at is not null and d.state in ${LET_THROUGH} and ${UNMERGED}`;

const NAMED = `d.message_id || ' ' || d.recipient`;

/** What the gate has counted for the messages that it let through: a counter and a local day each, and what it saw. */
const CHARGED = `
  select d.team_id, d.member_id, d.group_id, m.class, c.value ->> 0 as key, (c.value ->> 1)::int as day,
    d.charges -> 'seen' -> 'caps' as caps, coalesce(d.gated_at, d.requested_at, d.at) as at
  from delivery d join message m on m.id = d.message_id
  cross join jsonb_array_elements(d.charges -> 'counts') as c
  where ${of('d')} and d.charges is not null and d.state in ${LET_THROUGH} and ${UNMERGED}`;

const cap = (name: keyof typeof DEFAULT_CAPS): string =>
  `coalesce((s.caps ->> '${name}')::int, (t.caps ->> '${name}')::int, ${DEFAULT_CAPS[name]})`;

/** Of those that one gate let through at one instant, the ones that saw less are taken to have come first. */
const IN_ORDER = `order by at, (caps ->> 'memberPerDay')::int, (caps ->> 'memberPerWeek')::int`;

const minutesOf = (time: string): string =>
  `(split_part(${time}, ':', 1)::int * 60 + split_part(${time}, ':', 2)::int)`;

export const ABOUT_MESSAGES: readonly Invariant[] = [
  {
    id: 'I8-consent',
    says: {
      zh: '没有同意的成员没有收到营销消息（以发送时为准）',
      en: 'no marketing went to a member without consent, as it stood when it was sent',
    },
    sql: `select ${NAMED} as what from (${MARKETING}) as d where not exists (
      select from consent c where c.member_id = d.member_id and c.purpose = 'marketing' and c.granted_at <= d.gated_at
        and (c.revoked_at is null or c.revoked_at > d.gated_at - ${MEANWHILE}))`,
  },
  {
    id: 'I8-opt-out',
    says: {
      zh: '退订之后没有再收到退订范围内的消息',
      en: 'nothing went to a member who had opted out of it',
    },
    sql: `select ${NAMED} as what
      from delivery d join message m on m.id = d.message_id join run r on r.id = d.run_id
      join opt_out o on o.member_id = d.member_id and o.at < d.gated_at - ${MEANWHILE}
        and (o.scope = 'all' or (o.scope = 'class' and o.value = m.class::text)
          or (o.scope = 'channel' and o.value = d.channel_id::text))
      where ${of('d')} and r.mode = 'real' and d.gated_at is not null and d.state in ${LET_THROUGH} and ${UNMERGED}`,
  },
  {
    id: 'I9-quiet',
    says: {
      zh: '免打扰时段内没有给成员发营销消息（按成员自己的时区）',
      en: 'no marketing went to a member inside of the quiet hours of their zone',
    },
    // A zone that the database does not know says nothing; neither, where the gate had not noted it yet, does a member who
    // was changed since.
    sql: `with zone as materialized (select name from pg_timezone_names), sent as (
        select d.message_id, d.recipient, (d.gated_at at time zone z.name) as wall,
          coalesce(d.seen ->> 'from', t.quiet ->> 'from', '${DEFAULT_QUIET.from}') as "from",
          coalesce(d.seen ->> 'to', t.quiet ->> 'to', '${DEFAULT_QUIET.to}') as "to"
        from (select *, charges -> 'seen' -> 'quiet' as seen from (${MARKETING}) as m) as d
        join team t on t.id = d.team_id join member p on p.id = d.member_id
        join zone z on z.name = coalesce(d.seen ->> 'zone', p.zone, t.zone)
        where d.seen is not null or not exists (select from audit_log a where a.team_id = d.team_id and a.subject = 'member/' || d.member_id
          and a.action in ('member.change', 'member.erase') and a.at > d.gated_at)
      ), timed as (
        select *, extract(hour from wall) * 60 + extract(minute from wall) as minute,
          ${minutesOf('"from"')} as night, ${minutesOf('"to"')} as morning
        from sent)
      select ${NAMED} as what from timed d
      where case when night < morning then minute >= night and minute < morning
        when night > morning then minute >= night or minute < morning else false end`,
  },
  {
    id: 'I9-member-caps',
    says: {
      zh: '没有成员一天或一周收到的营销消息超过上限（所有剧本一起算）',
      en: 'no member got more marketing in a day or a week than the caps allow, over all playbooks',
    },
    // Each is asked how many there were with it: the caps may have been others for those that followed.
    sql: `with placed as (
        select *, row_number() over (partition by team_id, key, day ${IN_ORDER}) as today,
          count(*) over (partition by team_id, key, day) as whole_day,
          count(*) over (partition by team_id, key order by day range between 6 preceding and current row) as seven_days
        from (${CHARGED}) as c where class = 'marketing' and key = 'member/' || member_id
      ), summed as (select *, seven_days - whole_day + today as week from placed)
      select distinct s.key || ' ' || s.day as what from summed s join team t on t.id = s.team_id
      where s.today > ${cap('memberPerDay')} or s.week > ${cap('memberPerWeek')}`,
  },
  {
    id: 'I9-group-caps',
    says: {
      zh: '没有群一天收到的营销消息超过上限（所有剧本一起算）',
      en: 'no group got more marketing in a day than the cap allows, over all playbooks',
    },
    sql: `select distinct s.key || ' ' || s.day as what from (
        select *, row_number() over (partition by team_id, key, day order by at, (caps ->> 'groupPerDay')::int) as today
        from (${CHARGED}) as c where class = 'marketing' and key = 'group/' || group_id) as s
      join team t on t.id = s.team_id where s.today > ${cap('groupPerDay')}`,
  },
  {
    id: 'I9-counted',
    says: {
      zh: '放行的每条消息都计入了上限和预算的计数',
      en: 'every message that was let through is counted where caps and budgets look',
    },
    sql: `select c.key || ' ' || c.day as what from (${CHARGED}) as c
      left join send_count s on s.team_id = c.team_id and s.recipient = c.key and s.day = c.day
      group by c.team_id, c.key, c.day, s.count having count(*) > coalesce(s.count, 0)`,
  },
  {
    id: 'I10-in-time',
    says: {
      zh: '消息只在放行的有效期内交给渠道',
      en: 'a message was handed over only while what the gate had said of it still held',
    },
    sql: `select ${NAMED} as what from delivery d where ${of('d')} and d.requested_of = 'provider'
      and d.state in ${LET_THROUGH} and d.requested_at is not null and d.valid_until is not null
      and d.requested_at > d.valid_until`,
  },
];
