// What must hold in the database at any moment, and of runs that are over: as questions that find the rows which break it.
// Not its enforcement: that is done by keys, checks and triggers, and by whoever writes. This looks whether it was enough.
import { standing } from '../../engine/run/inspect.ts';
import { inTransaction, type Sql, type Store } from './client.ts';
import { recallState } from './recall.ts';
import { runOf } from './run.ts';
import { SHARD_SIZE } from './shard.ts';

/** One invariant; `sql` gives the rows that break it, a few words each. */
interface Invariant {
  readonly id: string;
  readonly sql: string;
}

const OVER = `('completed', 'cancelled', 'failed')`;

const INVARIANTS: readonly Invariant[] = [
  {
    id: 'a shard has read no further than its inbox goes, and its numbers have no gaps',
    sql: `select s.run_id || '/' || s.no as what from shard s
      where s.cursor > s.head or exists (
        select from inbox i where i.run_id = s.run_id and i.shard = s.no
        having count(*) > 0 and (max(i.seq) <> s.head or count(*) <> max(i.seq) - min(i.seq) + 1))`,
  },
  {
    id: 'in a run that is over everybody has ended',
    sql: `select r.id || ' ' || s.graph || '/' || s.ordinal as what from run r join subject s on s.run_id = r.id
      where r.status in ${OVER} and s.ended_at is null`,
  },
  {
    id: 'in a run that is over every shard is done',
    sql: `select r.id || '/' || s.no as what from run r join shard s on s.run_id = r.id
      where r.status in ${OVER} and not s.done`,
  },
  {
    id: 'in a run that is over nothing is open: no task, no form, no listener, no stuck visit',
    sql: `select r.id::text as what from run r where r.status in ${OVER} and (
      exists (select from task t where t.run_id = r.id and t.closed_at is null)
      or exists (select from form f where f.run_id = r.id and f.closed_at is null)
      or exists (select from listener l where l.run_id = r.id)
      or exists (select from stuck_visit v where v.run_id = r.id and v.resolved_at is null))`,
  },
  {
    id: 'in a run that is over no request is on its way',
    sql: `select l.run_id || ' ' || l.node || '/' || l.ordinal as what from run r join ledger l on l.run_id = r.id
      where r.status = 'completed' and l.state = 'intended'`,
  },
  {
    id: 'a visit has at most one call that was done under each number, and no call twice for one answer',
    sql: `select run_id || ' ' || node || '/' || ordinal as what from ledger where state = 'done'
      group by run_id, node, ordinal, lap, call having count(*) > 1`,
  },
  {
    id: 'a launch counts those who have ended, each once',
    sql: `select l.run_id || ' ' || l.id as what from launch l
      where l.ended <> (select count(*) from subject s
        where s.run_id = l.run_id and s.launch_id = l.id and s.ended_at is not null)`,
  },
  {
    id: 'each step counts what was passed, each visit once',
    sql: `with counted as (
        select run_id, shard, node, port, passed, skipped, late from node_count
      ), found as (
        select run_id, ordinal / ${SHARD_SIZE} as shard, node, coalesce(port, '') as port, count(*)::int as passed,
          count(skipped)::int as skipped, count(*) filter (where late_ms > 0)::int as late
        from passed group by 1, 2, 3, 4
      )
      select coalesce(c.run_id, f.run_id) || ' ' || coalesce(c.node, f.node) || ' ' || coalesce(c.port, f.port) as what
      from counted c full join found f using (run_id, shard, node, port)
      where (c.passed, c.skipped, c.late) is distinct from (f.passed, f.skipped, f.late)`,
  },
  {
    id: 'a run follows one published plan',
    sql: `select r.id::text as what from run r where not exists (
      select from plan p where p.hash = r.plan_hash and p.team_id = r.team_id)`,
  },
];

/** A row that breaks an invariant. */
export interface Breach {
  readonly invariant: string;
  readonly what: string;
}

/** Looks for breaches, a few of each kind; none in a healthy database. */
export function auditInvariants({ pool }: Store): Promise<Breach[]> {
  // One moment of the database: what is counted and what it is counted from must not move between the two questions.
  return inTransaction(pool, async (sql) => {
    await sql.query('set transaction isolation level repeatable read read only');
    const breaches: Breach[] = [];
    for (const { id, sql: question } of INVARIANTS) {
      const { rows } = await sql.query<{ what: string }>(`select what from (${question}) as broken limit 20`);
      breaches.push(...rows.map(({ what }) => ({ invariant: id, what })));
    }
    return [...breaches, ...(await miscounted(sql))];
  });
}

/** Shards whose live tokens are not where they are counted, found by having the interpreter move them there again. */
async function miscounted(sql: Sql): Promise<Breach[]> {
  const { rows } = await sql.query<{ run: string; no: number; counts: Record<string, number> }>(
    `select run_id as run, no, counts from shard where not done and advance > 0 order by run_id, no`,
  );
  const breaches: Breach[] = [];
  for (const { run: id, no, counts } of rows) {
    const run = await runOf(sql, id);
    const recalled = run === undefined ? undefined : await recallState(sql, run, no);
    if (recalled === undefined || !recalled.isLatest) continue;
    const found = standing(recalled.state);
    const nodes = new Set([...Object.keys(counts), ...Object.keys(found)]);
    for (const node of nodes) {
      if (counts[node] === found[Number(node)]) continue;
      breaches.push({
        invariant: 'who stands on a step is counted there, also after a shard was found again',
        what: `${id}/${no} ${node}: ${counts[node] ?? 0} counted, ${found[Number(node)] ?? 0} there`,
      });
    }
  }
  return breaches.slice(0, 20);
}
