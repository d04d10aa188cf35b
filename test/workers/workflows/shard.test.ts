// Runs on the real Temporal and the real PostgreSQL: what a shard does with a plan, and what is left of it in the database.
import { expect, test } from 'vitest';
import { nudge, summaryOf } from '../../../workers/client.ts';
import { IN_FLIGHT, workflowId } from '../../../workers/contract.ts';
import { ingest } from '../../../workers/store/event.ts';
import { manyPosts } from '../../support/temporal-campaigns.ts';
import { playbook, type Sketch } from '../../support/temporal-play.ts';
import { openStage } from '../../support/temporal-stage.ts';

const stage = await openStage();

const straight = (first: string, second: string): Sketch => ({
  start: ['start', {}, { out: 'a' }],
  a: ['wait', { for: first }, { done: 'b' }],
  b: ['wait', { for: second }, { done: 'end' }],
  end: ['end', { reason: 'finished' }],
});

test('a straight campaign runs to its end, and every step leaves one row', async () => {
  const run = await stage.launch(playbook(straight('PT0.3S', 'PT0.2S')));
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'a:done', 'b:done', 'end']);
  expect(await stage.status(run)).toBe('completed');
});

test('waits are counted from the planned instant, so that nothing drifts', async () => {
  const run = await stage.launch(playbook(straight('PT0.3S', 'PT0.2S')));
  await stage.finished(run);
  const [start, a, b] = (await stage.steps(run)).map(({ at }) => at);
  expect([a! - start!, b! - a!]).toEqual([300, 200]);
});

test('launching twice makes one workflow', async () => {
  const { run } = await stage.prepare(playbook(straight('PT0.2S', 'PT0.2S')));
  await Promise.all([stage.begin(run), stage.begin(run)]);
  await stage.finished(run);
  await stage.begin(run);
  expect(await stage.count('passed where run_id = $1', run)).toBe(4);
});

const listening: Sketch = {
  start: ['start', {}, { out: 'w' }],
  w: [
    'wait-for-event',
    { topics: [{ event: 'order.paid', port: 'paid' }], within: 'PT2S' },
    { paid: 'x', timeout: 'y' },
  ],
  x: ['end', { reason: 'paid' }],
  y: ['end', { reason: 'silence' }],
};

/** The same for as long as one likes: only the event ends it. */
const patient = {
  ...listening,
  w: [
    'wait-for-event',
    { topics: [{ event: 'order.paid', port: 'paid' }], within: 'P1D' },
    { paid: 'x', timeout: 'y' },
  ],
} satisfies Sketch;

test('an event wakes whoever listens for it, at once', async () => {
  const run = await stage.launch(playbook(patient));
  await stage.until('it listens', async () => (await stage.count('listener where run_id = $1', run)) === 1);
  const before = Date.now();
  const event = { name: 'order.paid', source: 'shop', sourceId: run, at: before };
  const { nudges } = await ingest(stage.store, await stage.team(), [event], before);
  await nudge(stage.store, stage.temporal, nudges);
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'w:paid', 'x']);
  expect(await stage.count('listener where run_id = $1', run)).toBe(0);
});

test('an event whose nudge was lost is found by the sweeper', async () => {
  const run = await stage.launch(playbook(patient));
  await stage.until('it listens', async () => (await stage.count('listener where run_id = $1', run)) === 1);
  const now = Date.now();
  await ingest(
    stage.store,
    await stage.team(),
    [{ name: 'order.paid', source: 'shop', sourceId: run, at: now }],
    now,
  );
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'w:paid', 'x']);
});

test('silence ends in the timeout, at its instant', async () => {
  const run = await stage.launch(playbook(listening));
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'w:timeout', 'y']);
  const [start, wait] = await stage.steps(run);
  expect(wait!.at - start!.at).toBe(2_000);
});

test('a long history continues as new, and nothing is passed twice or left out', async () => {
  const rounds: Sketch = {
    start: ['start', {}, { out: 'r' }],
    r: ['repeat', { max: 8 }, { each: 'w', done: 'end' }],
    w: ['wait', { for: 'PT0.4S' }, { done: 'r' }],
    end: ['end', {}],
  };
  const run = await stage.launch(playbook(rounds), { maxEvents: 10 });
  await stage.finished(run);
  expect(await stage.count(`passed where run_id = $1 and port = 'done'`, run)).toBe(9);
  const chain = await stage.chain(run);
  // A busy machine makes several rounds in one turn.
  expect(chain.length).toBeGreaterThan(1);
  const { workflow } = stage.temporal.client;
  for (const part of chain) {
    const { events } = await workflow.getHandle(`run-${run}/0`, part).fetchHistory();
    expect(events?.length).toBeLessThan(50);
  }
});

test('a shard has a bounded number of activities under way, and whoever had to wait is served in turn', async () => {
  const run = await stage.launch(playbook(manyPosts(25)));
  await stage.finished(run);
  expect(await stage.count('ledger where run_id = $1', run)).toBe(25);
  const { events } = await stage.temporal.client.workflow.getHandle(workflowId(run, 0)).fetchHistory();
  let [flying, most] = [0, 0];
  for (const { activityTaskScheduledEventAttributes, activityTaskCompletedEventAttributes } of events ?? []) {
    if (activityTaskScheduledEventAttributes) flying += 1;
    if (activityTaskCompletedEventAttributes) flying -= 1;
    most = Math.max(most, flying);
  }
  expect([most, flying]).toEqual([IN_FLIGHT, 0]);
});

test('a shard says where it stands', async () => {
  const run = await stage.launch(playbook(straight('P1D', 'PT0.2S')));
  await stage.until('it sleeps', async () => (await stage.count('passed where run_id = $1', run)) === 1);
  const [start] = await stage.steps(run);
  const summary = await summaryOf(stage.temporal, { run, shard: 0 });
  expect(summary).toMatchObject({ wake: start!.at + 86_400_000, inFlight: 0, done: false, trouble: null });
  await stage.command(run, { do: 'cancel', reason: 'enough' });
  await stage.finished(run);
  expect(await stage.status(run)).toBe('cancelled');
});

for (const policy of ['hold', 'skip', 'shift'] as const) {
  test(`a pause across a due instant, resumed by ${policy}`, async () => {
    // All of it lies behind, so that no machine is too slow for it: paused three seconds before the wait was over.
    const startAt = Date.now() - 60_000;
    const { run } = await stage.prepare(playbook(straight('PT4S', 'PT0.2S')), { startAt });
    await stage.command(run, { do: 'pause' }, { now: startAt + 1_000 });
    await stage.begin(run);
    await stage.command(run, { do: 'pause' });
    expect(await stage.status(run)).toBe('paused');
    expect(await stage.path(run)).toEqual(['start:out']);
    const resumed = Date.now();
    await stage.command(run, { do: 'resume', policy }, { now: resumed });
    await stage.finished(run);
    expect(await stage.path(run)).toEqual(['start:out', 'a:done', 'b:done', 'end']);
    const [start, a, b] = (await stage.steps(run)).map(({ at }) => at - startAt);
    const passedAt = { hold: 4_000, skip: resumed - startAt, shift: 4_000 + resumed - startAt - 1_000 };
    expect([start, a, b! - a!]).toEqual([0, passedAt[policy], 200]);
    const skipped = await stage.count(`passed where run_id = $1 and skipped = 'operator'`, run);
    expect(skipped).toBe(policy === 'skip' ? 1 : 0);
  });
}

test('compressed time: a month of waits takes seconds, and every instant is exact', async () => {
  const startAt = Date.UTC(2026, 11, 1, 2);
  const run = await stage.launch(playbook(straight('P30D', 'PT36H')), { mode: 'fast', startAt });
  await stage.finished(run);
  expect((await stage.steps(run)).map(({ at }) => at - startAt)).toEqual([
    0,
    30 * 86_400_000,
    30 * 86_400_000 + 36 * 3_600_000,
    30 * 86_400_000 + 36 * 3_600_000,
  ]);
});
