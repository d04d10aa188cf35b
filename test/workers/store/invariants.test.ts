// The audit of invariants finds what breaks them, and nothing in a database that is sound.
import { afterAll, expect, test } from 'vitest';
import { openStore } from '../../../workers/store/client.ts';
import { auditInvariants } from '../../../workers/store/invariants.ts';
import { freshDatabase } from '../../support/database.ts';
import { journeyPlaybook, launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());
const START = Date.UTC(2026, 11, 1, 4);

test('a run that is over although its campaign has not ended is found, and a sound one is not', async () => {
  const team = await makeTeam(store);
  const document = journeyPlaybook({ in: ['enter', {}, { out: 'z' }], z: ['end', {}] });
  const { run } = await launchRun(store, team, { document, startAt: START });
  expect(await auditInvariants(store)).toEqual([]);
  await store.pool.query(`update run set status = 'completed', finished_at = now() where id = $1`, [run]);
  await store.pool.query('update shard set head = 3 where run_id = $1', [run]);
  const found = await auditInvariants(store);
  expect(found.every(({ what }) => what.startsWith(run))).toBe(true);
  expect(found.map(({ invariant }) => invariant)).toEqual([
    'in a run that is over everybody has ended',
    'in a run that is over every shard is done',
  ]);
  await store.pool.query(
    `insert into inbox (run_id, shard, seq, team_id, at, entry) values ($1, 0, 2, $2, now(), '{}')`,
    [run, team],
  );
  expect((await auditInvariants(store))[0]?.invariant).toMatch(/no gaps/);
});
