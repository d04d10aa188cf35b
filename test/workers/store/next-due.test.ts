// When a shard must wake, asked of a run that begins where a large one has ended: the planner takes the tables for empty.
import { afterAll, expect, test } from 'vitest';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { newId } from '../../../workers/store/id.ts';
import { nextDue } from '../../../workers/store/next-due.ts';
import { freshDatabase } from '../../support/database.ts';
import { journeyPlaybook, launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 2);
afterAll(() => store.close());
const START = Date.UTC(2026, 11, 1, 4);
const PEOPLE = 1_500;

test('looks at the listeners of each person, not at all of them for each', async () => {
  const { pool } = store;
  const team = await makeTeam(store);
  const { run } = await launchRun(store, team, {
    document: journeyPlaybook({
      in: ['enter', {}, { out: 'w' }],
      w: [
        'wait-for-event',
        { topics: [{ event: 'member.read', port: 'read' }], within: 'P1D' },
        { read: 'z', timeout: 'z' },
      ],
      z: ['end', {}],
    }),
    startAt: START,
    mode: 'real',
  });
  /** Everybody has something before them, and has waited for it until a moment before. */
  const come = async (of: string): Promise<void> => {
    await pool.query(
      `insert into due (team_id, run_id, shard, at, key, payload, event, person)
       select $1, $2, 1, instant_of($3::bigint + no), 'e' || no, '{}', 'member.read', no
       from generate_series(1, $4::int) as no`,
      [team, of, START, PEOPLE],
    );
    await pool.query(
      `insert into listener (team_id, run_id, shard, graph, node, ordinal, lap, topic, event, person, since, until)
       select $1, $2, 1, 1, 1, no, 0, 0, 'member.read', no, instant_of($3::bigint), instant_of($3::bigint)
       from generate_series(1, $4::int) as no`,
      [team, of, START, PEOPLE],
    );
  };
  await come(newId(START));
  await pool.query('delete from due');
  await pool.query('delete from listener');
  await pool.query('vacuum (analyze, truncate false) listener, due');
  await come(run);
  const fetched = await inTransaction(pool, async (sql) => {
    expect(await nextDue(sql, { run, shard: 1 })).toBeNull();
    const { rows } = await sql.query<{ tuples: number }>(
      `select seq_tup_read + idx_tup_fetch as tuples from pg_stat_xact_user_tables where relname = 'listener'`,
    );
    return rows[0]!.tuples;
  });
  expect(fetched).toBeLessThanOrEqual(2 * PEOPLE);
});
