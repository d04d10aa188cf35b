// What a burst of 10,000 events costs the history of a shard whose members do not mind waiting, on the real Temporal.
import { expect, test } from 'vitest';
import { workflowId } from '../../../workers/contract.ts';
import { ingest } from '../../../workers/store/event.ts';
import { graphOf, playbook } from '../../support/temporal-play.ts';
import { openStage } from '../../support/temporal-stage.ts';

const stage = await openStage();
const MEMBERS = 10_000;
const BATCH = 1_000;
const TICK_MS = 20_000;
/** At each tick a nudge, a timer, a few turns and their tasks; each event would otherwise be worth several. */
const A_HANDFUL = 40;
const PATIENCE_MS = 200_000;

/** No tick falls on it. */
const oddNow = (): number => Math.floor(Date.now() / 2) * 2 + 1;

test('10,000 events in a burst are saved up, and cost a handful of history events', async () => {
  const document = playbook(
    {
      begin: ['start', {}, { out: 'launch' }],
      launch: ['journey', { journey: 'all', wait: true, within: 'P3D' }, { done: 'over' }],
      over: ['end'],
    },
    {
      journeys: {
        all: {
          title: { 'zh-CN': '大家', en: 'All' },
          tolerance: 'PT20S',
          graph: graphOf({
            in: ['enter', {}, { out: 'reply' }],
            reply: [
              'wait-for-event',
              { topics: [{ event: 'member.replied', port: 'replied' }], within: 'P2D' },
              { replied: 'bye', timeout: 'lost' },
            ],
            bye: ['end', { reason: 'replied' }],
            lost: ['end', { reason: 'lost' }],
          }),
        },
      },
    },
  );
  const run = await stage.launch(document, { members: MEMBERS });
  const listening = () => stage.count('listener where run_id = $1 and live', run);
  await stage.until('everybody waits', async () => (await listening()) === MEMBERS, PATIENCE_MS);
  const handle = stage.temporal.client.workflow.getHandle(workflowId(run, 0));
  const rested = () => stage.count('shard_checkpoint where run_id = $1', run);
  await stage.until('the shard rests', async () => (await rested()) === 1, PATIENCE_MS);
  const { historyLength: before } = await handle.describe();
  const began = Date.now();

  const team = await stage.team();
  for (let first = 0; first < MEMBERS; first += BATCH) {
    const events = Array.from({ length: BATCH }, (_, i) => {
      const person = first + i;
      return {
        name: 'member.replied',
        source: 'test',
        sourceId: `reply-${person}`,
        run,
        person,
        at: Date.now(),
      };
    });
    const { accepted, nudges } = await ingest(stage.store, team, events, oddNow());
    expect(accepted).toBe(BATCH);
    expect(nudges).toEqual([]);
  }
  const through = () => stage.count(`subject where run_id = $1 and end_reason = 'replied'`, run);
  await stage.until('everybody is through', async () => (await through()) === MEMBERS, PATIENCE_MS);
  await stage.finished(run);
  const { historyLength: after } = await handle.describe();
  const ticks = Math.floor(Date.now() / TICK_MS) - Math.floor(began / TICK_MS) + 1;
  expect(after - before).toBeLessThan(A_HANDFUL * ticks);
}, 600_000);
