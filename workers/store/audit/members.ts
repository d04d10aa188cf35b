// Invariants of members: stays in groups, entrances of journeys, erasure.
import { of, type Invariant } from './invariant.ts';

export const ABOUT_MEMBERS: readonly Invariant[] = [
  {
    id: 'stays-apart',
    says: {
      zh: '同一成员在同一个群里的几段时间不重叠',
      en: 'the stays of one member in one group never overlap',
    },
    sql: `select a.member_id || ' ' || a.group_id as what from membership a
      join membership b on b.member_id = a.member_id and b.group_id = a.group_id and b.id > a.id
        and tstzrange(a.joined_at, a.left_at) && tstzrange(b.joined_at, b.left_at)
      where ${of('a')}`,
  },
  {
    id: 'entrance-counts',
    says: {
      zh: '旅程入口发出的编号等于进入的对象，没有缺口，没有重复',
      en: 'the entrance of a journey has given as many numbers as subjects have entered, without gaps',
    },
    sql: `select e.run_id || ' ' || e.graph as what from entrance e
      left join (select run_id, graph, count(*) as entered, max(ordinal) + 1 as next from subject group by 1, 2) as s
        on s.run_id = e.run_id and s.graph = e.graph
      where ${of('e')} and (e.next, e.next) is distinct from (coalesce(s.entered, 0)::int, coalesce(s.next, 0))`,
  },
  {
    id: 'turned-away-counts',
    says: {
      zh: '没让进的人数等于没让进的记录，按原因分别相符',
      en: 'how many were turned away, by reason, are as many as are remembered',
    },
    sql: `select coalesce(c.run_id, f.run_id) || ' ' || coalesce(c.graph, f.graph) || ' ' || coalesce(c.reason, f.reason) as what
      from (select * from turned_count c where ${of('c')} and count <> 0) as c
      full join (select run_id, graph, reason, count(*) from turned_away t where ${of('t')} group by 1, 2, 3) as f
        using (run_id, graph, reason)
      where c.count is distinct from f.count`,
  },
  {
    id: 'stay-has-subject',
    says: {
      zh: '每个「已进入」的记录都指向一个对象',
      en: 'every key under which somebody has entered a journey belongs to a subject',
    },
    sql: `select t.run_id || ' ' || t.graph || '/' || t.ordinal as what from stay t where ${of('t')}
      and not exists (select from subject s where s.run_id = t.run_id and s.graph = t.graph and s.ordinal = t.ordinal)`,
  },
  {
    id: 'erased-is-gone',
    says: {
      zh: '已删除的成员没有留下任何个人信息',
      en: 'of an erased member nothing personal is left',
    },
    sql: `select m.id::text as what from member m where ${of('m')} and m.status = 'erased' and (
      m.external_key is not null or m.attributes <> '{}' or m.tags <> '{}' or m.zone is not null
      or exists (select from member_identity i where i.member_id = m.id)
      or exists (select from event e where e.team_id = m.team_id and e.member_id = m.id and e.data <> '{}'))`,
  },
];
