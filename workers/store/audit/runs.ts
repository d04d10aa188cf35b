// Invariants of runs: inbox, ledger, counts, and what must be closed when a run is over.
import { SHARD_SIZE } from '../shard.ts';
import { of, type Invariant } from './invariant.ts';

const OVER = `('completed', 'cancelled', 'failed')`;

export const ABOUT_RUNS: readonly Invariant[] = [
  {
    id: 'inbox-whole',
    says: {
      zh: '分片读到的不超过收件箱的末尾，编号没有缺口',
      en: 'a shard has read no further than its inbox goes, and its numbers have no gaps',
    },
    sql: `select s.run_id || '/' || s.no as what from shard s
      where ${of('s')} and (s.cursor > s.head or exists (
        select from inbox i where i.run_id = s.run_id and i.shard = s.no
        having count(*) > 0 and (max(i.seq) <> s.head or count(*) <> max(i.seq) - min(i.seq) + 1)))`,
  },
  {
    id: 'over-all-ended',
    says: { zh: '运行结束后，每个对象都已结束', en: 'in a run that is over everybody has ended' },
    sql: `select r.id || ' ' || s.graph || '/' || s.ordinal as what from run r join subject s on s.run_id = r.id
      where ${of('r')} and r.status in ${OVER} and s.ended_at is null`,
  },
  {
    id: 'over-shards-done',
    says: { zh: '运行结束后，每个分片都已完成', en: 'in a run that is over every shard is done' },
    sql: `select r.id || '/' || s.no as what from run r join shard s on s.run_id = r.id
      where ${of('r')} and r.status in ${OVER} and not s.done`,
  },
  {
    id: 'over-nothing-open',
    says: {
      zh: '运行结束后，没有任务、表单、等待或停住的到访还开着',
      en: 'in a run that is over nothing is open: no task, no form, no listener, no stuck visit',
    },
    sql: `select r.id::text as what from run r where ${of('r')} and r.status in ${OVER} and (
      exists (select from task t where t.run_id = r.id and t.closed_at is null)
      or exists (select from form f where f.run_id = r.id and f.closed_at is null)
      or exists (select from listener l where l.run_id = r.id)
      or exists (select from stuck_visit v where v.run_id = r.id and v.resolved_at is null))`,
  },
  {
    id: 'over-nothing-requested',
    says: { zh: '运行完成后，没有请求还在路上', en: 'in a run that is completed no request is on its way' },
    sql: `select l.run_id || ' ' || l.node || '/' || l.ordinal as what from run r join ledger l on l.run_id = r.id
      where ${of('r')} and r.status = 'completed' and l.state = 'intended'`,
  },
  {
    id: 'left-is-closed',
    says: {
      zh: '离开了一次到访的对象，在那里既不等待、也不停住，任务也不再开着',
      en: 'whoever has left a visit neither listens nor is parked there, and no task of it is open',
    },
    sql: `select o.run_id || ' ' || o.node || '/' || o.ordinal as what from (
        select run_id, node, ordinal, lap from listener l where ${of('l')}
        union select run_id, node, ordinal, lap from stuck_visit v where ${of('v')} and v.resolved_at is null
        union select run_id, node, ordinal, lap from task t where ${of('t')} and t.closed_at is null
      ) as o cross join lateral passed_by(o.run_id, o.ordinal) as p where (p.node, p.lap) = (o.node, o.lap)`,
  },
  {
    id: 'left-once',
    says: { zh: '每次到访只离开一次', en: 'a visit is left once' },
    // Who has left alone is kept apart by the table's key.
    sql: `select p.run_id || ' ' || p.node || '/' || p.lap as what from passed_alike p
      where ${of('p')} and exists (
        select from passed_together t where (t.run_id, t.node, t.lap) = (p.run_id, p.node, p.lap))
      group by p.run_id, p.node, p.lap having sum(p.visits) <> count_of(range_agg(p.ordinals))`,
  },
  {
    id: 'launch-counts',
    says: {
      zh: '每次发起旅程的计数等于它的对象数：进入的和走完的，各算一次',
      en: 'a launch counts those who have entered and those who have ended, each once',
    },
    sql: `select l.run_id || ' ' || l.id as what from launch l
      left join (select run_id, launch_id, count(*) as entered, count(ended_at) as ended from subject
        where launch_id is not null group by 1, 2) as s on s.run_id = l.run_id and s.launch_id = l.id
      where ${of('l')} and (l.count, l.ended) is distinct from (coalesce(s.entered, 0)::int, coalesce(s.ended, 0)::int)`,
  },
  {
    id: 'counts-are-visits',
    says: {
      zh: '每个步骤的计数等于离开它的到访，每次到访算一次',
      en: 'each step counts what was passed, each visit once',
    },
    sql: `with counted as (
        select run_id, shard, node, port, passed, skipped, late from node_count c where ${of('c')}
      ), found as (
        select run_id, lower(ordinals) / ${SHARD_SIZE} as shard, node, coalesce(port, '') as port, sum(visits)::int as passed,
          coalesce(sum(visits) filter (where skipped is not null), 0)::int as skipped,
          coalesce(sum(visits) filter (where late_ms > 0), 0)::int as late
        from passed_alike p where ${of('p')} group by 1, 2, 3, 4
      )
      select coalesce(c.run_id, f.run_id) || ' ' || coalesce(c.node, f.node) || ' ' || coalesce(c.port, f.port) as what
      from counted c full join found f using (run_id, shard, node, port)
      where (c.passed, c.skipped, c.late) is distinct from (f.passed, f.skipped, f.late)`,
  },
  {
    id: 'run-follows-plan',
    says: {
      zh: '运行只跟着一个已发布的版本和它的执行计划',
      en: 'a run follows one published version and its plan',
    },
    sql: `select r.id::text as what from run r where ${of('r')} and (
      not exists (select from plan p where p.hash = r.plan_hash and p.team_id = r.team_id)
      or not exists (select from playbook_version v where v.id = r.version_id and v.playbook_id = r.playbook_id))`,
  },
  {
    id: 'done-was-decided',
    says: { zh: '完成的任务有人（或脚本）作出的决定', en: 'a task that is done was decided by somebody' },
    sql: `select t.id::text as what from task t where ${of('t')} and t.state = 'done'
      and not exists (select from task_decision d where d.task_id = t.id)`,
  },
];
