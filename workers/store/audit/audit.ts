// Looks at every invariant of the data that exists in the code, and names the rows that break one.
// The same for the chaos run, for `kindling audit` and for tests. Reading only, at one moment of the database.
import { standing } from '../../../engine/run/inspect.ts';
import { inTransaction, type Sql, type Store } from '../client.ts';
import { recallState } from '../recall.ts';
import { runOf } from '../run.ts';
import { overBudget } from './budgets.ts';
import type { Breach, Invariant, Says } from './invariant.ts';
import { ABOUT_MEMBERS } from './members.ts';
import { ABOUT_MESSAGES } from './messages.ts';
import { ABOUT_RUNS } from './runs.ts';

export type { Breach } from './invariant.ts';

/** Those that are questions to the database; two more are asked in code. */
const INVARIANTS: readonly Invariant[] = [...ABOUT_RUNS, ...ABOUT_MEMBERS, ...ABOUT_MESSAGES];

const STANDING: Says = {
  zh: '每个步骤上计的人数就是站在那里的人数，分片从检查点找回来以后也一样',
  en: 'who stands on a step is counted there, also after a shard was found again',
};

/** How many of each kind are named. */
const MOST = 20;

/** What was looked at, and what was found. */
export interface Audit {
  /** How many invariants. */
  readonly invariants: number;
  /** A few of each kind; none in a healthy database. */
  readonly breaches: readonly Breach[];
}

/** Audits a team, or (null) all of them. */
export function audit({ pool }: Pick<Store, 'pool'>, team: number | null): Promise<Audit> {
  // What is counted and what it is counted from must not move between the two questions.
  return inTransaction(pool, async (sql) => {
    await sql.query('set transaction isolation level repeatable read read only');
    const breaches: Breach[] = [];
    for (const { id, says, sql: question } of INVARIANTS) {
      const { rows } = await sql.query<{ what: string }>(
        `select what from (${question}) as broken limit ${MOST}`,
        [team],
      );
      breaches.push(...rows.map(({ what }) => ({ invariant: id, says, what })));
    }
    const rest = [...(await overBudget(sql, team)), ...(await miscounted(sql, team))];
    // Budgets, limits, and who stands where.
    return { invariants: INVARIANTS.length + 3, breaches: [...breaches, ...rest] };
  });
}

/** Shards whose live tokens are not where they are counted, found by having the interpreter move them there again. */
async function miscounted(sql: Sql, team: number | null): Promise<Breach[]> {
  const { rows } = await sql.query<{ run: string; no: number; counts: Record<string, number> }>(
    `select run_id as run, no, counts from shard s
     where ($1::int is null or team_id = $1) and not done and advance > 0 order by run_id, no`,
    [team],
  );
  const breaches: Breach[] = [];
  for (const { run: id, no, counts } of rows) {
    const run = await runOf(sql, id);
    const recalled = run === undefined ? undefined : await recallState(sql, run, no);
    if (recalled === undefined || !recalled.isLatest) continue;
    const found = standing(recalled.state);
    for (const node of new Set([...Object.keys(counts), ...Object.keys(found)])) {
      if (counts[node] === found[Number(node)]) continue;
      breaches.push({
        invariant: 'standing-is-counted',
        says: STANDING,
        what: `${id}/${no} ${node}: ${counts[node] ?? 0} counted, ${found[Number(node)] ?? 0} there`,
      });
    }
  }
  return breaches.slice(0, MOST);
}
