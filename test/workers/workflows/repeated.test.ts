// A workflow task that was begun, and lost with its worker before Temporal knew of it: what it has settled is told again as it was.
// The turns of such a task, by the real activities on a real database; what the workflow would do between them is done here.
import { expect, test } from 'vitest';
import { advance, start } from '../../../engine/run/advance.ts';
import { standing } from '../../../engine/run/inspect.ts';
import type { Commands } from '../../../engine/run/protocol.ts';
import { steps } from '../../../engine/steps/index.ts';
import { activities } from '../../../workers/activities.ts';
import type { Turned } from '../../../workers/contract.ts';
import { packResults, unpackTurned } from '../../../workers/packed/payloads.ts';
import { packSettlement } from '../../../workers/packed/settlement.ts';
import { ingest } from '../../../workers/store/event.ts';
import { audit } from '../../../workers/store/audit/audit.ts';
import { playbook } from '../../support/temporal-play.ts';
import { openStage } from '../../support/temporal-stage.ts';

const stage = await openStage();

test('what came after a lost task had read its inbox is settled with the next advance, and not forgotten', async () => {
  await stage.stopWorkers();
  const document = playbook({
    start: ['start', {}, { out: 'fork' }],
    fork: ['parallel', { branches: [{ port: 'left' }, { port: 'right' }] }, { left: 'a', right: 'b' }],
    a: [
      'wait-for-event',
      { topics: [{ event: 'one', port: 'came' }], within: 'PT1H' },
      { came: 'j', timeout: 'j' },
    ],
    b: [
      'wait-for-event',
      { topics: [{ event: 'two', port: 'came' }], within: 'PT1H' },
      { came: 'j', timeout: 'j' },
    ],
    j: ['join', { need: 'all' }, { out: 'z' }],
    z: ['end', { reason: 'both' }],
  });
  const { run, plan } = await stage.prepare(document);
  const { startAt } = (
    await stage.store.pool.query<{ startAt: number }>(
      'select ms_of(start_at) as "startAt" from run where id = $1',
      [run],
    )
  ).rows[0]!;
  const { turn } = activities(stage.store, stage.temporal);

  /** The workflow, from its beginning: as it is after each turn. */
  const begin = () => {
    const { state, commands: first } = start(plan, steps, { seed: 1, now: startAt, campaign: true });
    let commands: Commands = first;
    let [advances, now, cursor, isSettled] = [1, startAt, 0, false];
    let told = packResults([]);
    return async (): Promise<Turned> => {
      const { calls: _calls, ...settle } = commands;
      const input = { run, shard: 0, fast: false, advance: advances, now, until: Date.now(), cursor };
      const packed = await turn(
        {
          ...input,
          standing: standing(state),
          idle: false,
          reissued: false,
          calls: [],
        },
        told,
        isSettled ? new Uint8Array(0) : packSettlement(settle),
      );
      const turned = unpackTurned(packed);
      isSettled = true;
      if (turned.again === undefined && turned.entries.length === 0) return turned;
      now = turned.again?.now ?? Math.max(now, turned.horizon);
      cursor = turned.cursor;
      commands = advance(plan, steps, state, { tick: { entries: turned.entries, results: [] }, now });
      told = packResults([]);
      advances += 1;
      isSettled = false;
      return turned;
    };
  };
  const happens = async (name: string) => {
    const at = Date.now();
    await ingest(
      stage.store,
      await stage.team(),
      [{ name, source: 'test', sourceId: `${run}/${name}`, at }],
      at,
    );
  };

  const lost = begin();
  await lost();
  await happens('one');
  expect((await lost()).entries).toHaveLength(1);
  await lost();
  // The worker dies here; Temporal knows of nothing. Before the task is begun again something else happens.
  await happens('two');
  const again = begin();
  expect(await again()).toMatchObject({ entries: [{ kind: 'arrived' }], again: { results: [] } });
  expect((await again()).entries).toHaveLength(1);
  await again();
  expect(await stage.path(run)).toEqual(['fork', 'start:out', 'a:came', 'b:came', 'j:out', 'z']);
  expect(await stage.count(`subject where run_id = $1 and end_reason = 'both'`, run)).toBe(1);
  expect((await audit(stage.store, null)).breaches).toEqual([]);
});
