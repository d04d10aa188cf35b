// A store whose statements for many rows are tried and measured before they run: for tests that none grows with the square of a batch.
// The planner is told by stale statistics that a run has a handful of rows, as it is told in production when a large one begins.
import type { Instant } from '../../engine/instant.ts';
import { inTransaction, type Store } from '../../workers/store/client.ts';
import { newId } from '../../workers/store/id.ts';
import { ensureLaunchMonth } from '../../workers/store/launch.ts';

/** One node of a plan, as PostgreSQL explains it. */
interface PlanNode {
  readonly 'Rows Removed by Join Filter'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Actual Loops'?: number;
  readonly Plans?: readonly PlanNode[];
}

interface Once {
  readonly text: string;
  readonly values: unknown[];
}

interface Explained {
  readonly 'QUERY PLAN': readonly { readonly Plan: PlanNode }[];
}

/** Watches a store. `faults` has the statements that have looked at more than `most` rows in vain, with their number. */
export function watchPlans(
  store: Store,
  most: number,
): { readonly watched: Store; readonly faults: ReadonlyMap<string, number> } {
  const faults = new Map<string, number>();
  const connect = async () => {
    const client = await store.pool.connect();
    const measure = async (text: string, values: unknown[]): Promise<void> => {
      await client.query('savepoint before');
      const { rows } = await client.query<Explained>(
        `explain (analyze, timing off, format json) ${text}`,
        values,
      );
      await client.query('rollback to savepoint before');
      const vain = inVain(rows[0]!['QUERY PLAN'][0]!.Plan);
      if (vain > most) faults.set(text, Math.max(vain, faults.get(text) ?? 0));
    };
    return {
      query: async (statement: string | Once, values?: unknown[]) => {
        // What is put together of parts comes as an object, and is about many in other ways.
        if (typeof statement === 'object') await measure(statement.text, statement.values);
        else if (values !== undefined && /unnest\(|recordset\(/.test(statement))
          await measure(statement, values);
        return client.query(statement as string, values);
      },
      release: (broken?: boolean) => client.release(broken),
    };
  };
  const query = (text: string, values?: unknown[]) =>
    inTransaction({ connect } as never, (sql) => sql.query(text, values));
  return { watched: { ...store, pool: { connect, query } as never }, faults };
}

/** Rows that were looked at and thrown away again, in all of a plan. */
function inVain(node: PlanNode): number {
  const { 'Actual Loops': loops = 1, 'Rows Removed by Join Filter': joined = 0 } = node;
  const { 'Rows Removed by Filter': filtered = 0, Plans: plans = [] } = node;
  return loops * (joined + filtered) + plans.reduce((sum, plan) => sum + inVain(plan), 0);
}

/** Statistics of two thousand runs, launched at an instant, with a row each in the tables that grow with the members of a run. */
export async function misleadPlanner({ pool }: Store, team: number, launched: Instant): Promise<void> {
  const runs = Array.from({ length: 2_000 }, () => newId(launched));
  await ensureLaunchMonth(pool, launched);
  await inTransaction(pool, async (sql) => {
    // Rows of runs that do not exist.
    await sql.query('set local session_replication_role = replica');
    for (const { into, select } of LONE_ROWS) {
      await sql.query(
        `insert into ${into} select ${select} from unnest($2::uuid[]) with ordinality as r (run, n)`,
        [team, runs],
      );
    }
  });
  await pool.query('analyze');
}

const LONE_ROWS = [
  {
    into: 'subject (run_id, graph, ordinal, team_id, shard, person, entered_at, ended_at, end_reason)',
    select: `run, 1, 0, $1, 0, n, now(), now(), 'over'`,
  },
  {
    into: 'passed_together (run_id, node, first, lap, team_id, ordinals, visits, at, port)',
    select: `run, 1, 10, 0, $1, '{[10,19]}', 10, now(), 'done'`,
  },
  {
    into: 'passed_alone (run_id, node, ordinal, lap, team_id, at, port)',
    select: `run, 1, 0, 0, $1, now(), 'done'`,
  },
  {
    into: 'ledger (run_id, node, ordinal, lap, call, team_id, effect, state, code, at)',
    select: `run, 1, 0, 0, 0, $1, 'tag', 'done', 0, now()`,
  },
  {
    into: 'listener (run_id, node, ordinal, lap, topic, team_id, shard, graph, event, person, since, until, live)',
    select: `run, 1, 0, 0, 0, $1, 0, 1, 'member.replied', n, now(), now(), false`,
  },
  { into: 'person (run_id, person, team_id)', select: 'run, n, $1' },
  {
    into: 'message (id, team_id, run_id, node, ordinal, lap, channel, class, mode, text, posted, at)',
    select: `run, $1, run, 1, 0, 0, 'simulator', 'service', 'auto', '{}', '', now()`,
  },
  {
    into: `task (id, team_id, run_id, node, ordinal, lap, kind, role, title, script, outcomes, fields, opened_at, due_at,
      state, closed_at)`,
    select: `run, $1, run, 1, 0, 0, 'work', 'owner', '{}', '{}', '[]', '[]', now(), now(), 'expired', now()`,
  },
  {
    into: 'form (id, team_id, run_id, node, ordinal, lap, title, fields, opened_at, closes_at)',
    select: `run, $1, run, 1, 0, 0, '{}', '[]', now(), now()`,
  },
] as const;
