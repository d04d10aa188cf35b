// Small campaigns that together take every way through the shard workflow. Recorded once per semantics number, replayed for ever.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nudge, recover } from '../../workers/client.ts';
import { workflowId } from '../../workers/contract.ts';
import { ingest } from '../../workers/store/event.ts';
import { answerTask } from '../../workers/store/task.ts';
import { graphOf, playbook, type Sketch, type Stage } from './temporal-play.ts';

/** Plays a campaign to its end; returns the run's id. */
type Play = (stage: Stage) => Promise<string>;

const straight: Sketch = {
  start: ['start', {}, { out: 'a' }],
  a: ['tag', { add: ['one'] }, { done: 'b' }],
  b: ['wait', { for: 'PT1S' }, { done: 'c' }],
  c: ['tag', { add: ['two'] }, { done: 'z' }],
  z: ['end', { reason: 'finished' }],
};

const rounds: Sketch = {
  start: ['start', {}, { out: 'r' }],
  r: ['repeat', { max: 6 }, { each: 'w', done: 'z' }],
  w: ['wait', { for: 'PT0.4S' }, { done: 't' }],
  t: ['tag', { add: ['round'] }, { done: 'r' }],
  z: ['end', {}],
};

const listening: Sketch = {
  start: ['start', {}, { out: 'w' }],
  w: [
    'wait-for-event',
    { topics: [{ event: 'order.paid', port: 'paid' }], within: 'PT60S' },
    { paid: 'x', timeout: 'y' },
  ],
  x: ['end', { reason: 'paid' }],
  y: ['end', { reason: 'silence' }],
};

const branching: Sketch = {
  start: ['start', {}, { out: 'fork' }],
  fork: ['parallel', { branches: [{ port: 'left' }, { port: 'right' }] }, { left: 'a', right: 'b' }],
  a: ['wait', { for: 'P2D' }, { done: 'join' }],
  b: ['wait', { for: 'P5D' }, { done: 't' }],
  t: ['tag', { add: ['late'] }, { done: 'join' }],
  join: ['join', { need: 'all' }, { out: 'z' }],
  z: ['end', {}],
};

/** Does not wait for the first branch, in which a request is still under way. */
const overtaken = (url: string): Sketch => ({
  start: ['start', {}, { out: 'fork' }],
  fork: ['parallel', { branches: [{ port: 'left' }, { port: 'right' }] }, { left: 'h', right: 'p' }],
  h: ['webhook', { url }, { ok: 'join', refused: 'join' }],
  p: ['wait', { for: 'PT0.5S' }, { done: 'join' }],
  join: ['join', { need: 'any' }, { out: 'w' }],
  w: ['wait', { for: 'PT4S' }, { done: 'z' }],
  z: ['end', {}],
});

const cohort: Sketch = {
  start: ['start', {}, { out: 'j' }],
  j: ['journey', { journey: 'each', wait: true, within: 'P1D' }, { done: 'z', expired: 'z', empty: 'x' }],
  x: ['end', { reason: 'empty' }],
  z: ['end', { reason: 'finished' }],
};

const each = {
  title: { 'zh-CN': '各人' },
  graph: graphOf({
    enter: ['enter', {}, { out: 't' }],
    t: ['tag', { add: ['seen'] }, { done: 'w' }],
    w: ['wait', { for: 'PT1S' }, { done: 'y' }],
    y: ['end', { reason: 'tagged' }],
  }),
};

const asking: Sketch = {
  start: ['start', {}, { out: 'a' }],
  a: [
    'human-task',
    {
      role: 'operator',
      title: { 'zh-CN': '看一下海报' },
      outcomes: [{ port: 'good' }, { port: 'bad' }],
      due: { for: 'P1D' },
      onTimeout: 'skip',
    },
    { good: 'x', bad: 'y', expired: 'z' },
  ],
  x: ['end', { reason: 'good' }],
  y: ['end', { reason: 'bad' }],
  z: ['end', { reason: 'nobody' }],
};

/** Waits until something was passed, so that the command finds the run in the middle. */
async function underWay(stage: Stage, run: string): Promise<void> {
  await stage.until('it is under way', async () => (await stage.count('passed where run_id = $1', run)) > 0);
}

async function listens(stage: Stage, run: string): Promise<void> {
  await stage.until('it listens', async () => (await stage.count('listener where run_id = $1', run)) === 1);
}

/** Tells the event for which {@link listening} waits. */
async function pay(stage: Stage, run: string): Promise<void> {
  const at = Date.now();
  const paid = { name: 'order.paid', source: 'shop', sourceId: run, at };
  const { nudges } = await ingest(stage.store, await stage.team(), [paid], at);
  await nudge(stage.store, stage.temporal, nudges);
}

/** Every campaign by its name. */
/** Posts on so many branches at once, and the messages leave one by one. */
export function manyPosts(branches: number): Sketch {
  const names = Array.from({ length: branches }, (_, no) => `p${no}`);
  const post: Sketch[string] = [
    'send-message',
    { channel: 'simulator', audience: { groups: 'all' }, text: { 'zh-CN': '开始啦' }, class: 'service' },
    { sent: 'join', partial: 'join', skipped: 'join', expired: 'join', failed: 'join' },
  ];
  return {
    start: ['start', {}, { out: 'fork' }],
    fork: [
      'parallel',
      { branches: names.map((port) => ({ port })) },
      Object.fromEntries(names.map((port) => [port, port])),
    ],
    ...Object.fromEntries(names.map((name) => [name, post])),
    join: ['join', { need: 'all' }, { out: 'z' }],
    z: ['end', { reason: 'finished' }],
  };
}

export const campaigns: Readonly<Record<string, Play>> = {
  async straight(stage) {
    const run = await stage.launch(playbook(straight));
    await stage.finished(run);
    return run;
  },

  async 'continue-as-new'(stage) {
    const run = await stage.launch(playbook(rounds), { maxEvents: 20 });
    await stage.finished(run);
    return run;
  },

  async compressed(stage) {
    const run = await stage.launch(playbook(branching), { mode: 'fast', startAt: Date.UTC(2026, 11, 1) });
    await stage.finished(run);
    return run;
  },

  async event(stage) {
    const run = await stage.launch(playbook(listening));
    await listens(stage, run);
    await pay(stage, run);
    await stage.finished(run);
    return run;
  },

  /** Goes on from a checkpoint after its first workflow was lost. */
  async recovered(stage) {
    const run = await stage.launch(playbook(listening));
    await listens(stage, run);
    const kept = 'shard_checkpoint where run_id = $1';
    await stage.until('it is kept', async () => (await stage.count(kept, run)) === 1);
    await stage.temporal.client.workflow.getHandle(workflowId(run, 0)).terminate('lost');
    await recover(stage.store, stage.temporal, { run, shard: 0 });
    await pay(stage, run);
    await stage.finished(run);
    return run;
  },

  /** Continues as new while batches are under way, and takes along what they bring. */
  async 'carried-results'(stage) {
    const members = 1_200;
    const run = await stage.launch(playbook(cohort, { journeys: { each } }), { members, maxEvents: 10 });
    await stage.finished(run);
    return run;
  },

  /** Continues as new while a request is under way for a visit that was abandoned. */
  async 'carried-dropped'(stage) {
    const slow = createServer((_request, response) => setTimeout(() => response.end(), 2_000));
    slow.listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}/`;
    const run = await stage.launch(playbook(overtaken(url)), { maxEvents: 14 });
    await stage.finished(run);
    slow.close();
    return run;
  },

  async cohort(stage) {
    const run = await stage.launch(playbook(cohort, { journeys: { each } }), { members: 1_200 });
    await stage.finished(run);
    return run;
  },

  async task(stage) {
    const run = await stage.launch(playbook(asking));
    const find = async () =>
      (await stage.store.pool.query<{ id: string }>('select id from task where run_id = $1', [run])).rows[0]
        ?.id;
    await stage.until('a task is open', async () => (await find()) !== undefined);
    const answer = {
      team: await stage.team(),
      task: (await find())!,
      by: 'u1',
      outcome: 'good',
      now: Date.now(),
    };
    const answered = await answerTask(stage.store, answer);
    await nudge(stage.store, stage.temporal, 'nudges' in answered ? answered.nudges : []);
    await stage.finished(run);
    return run;
  },

  /** More activities at once than a shard has under way. `crowded` is the same from before there was a bound. */
  async bounded(stage) {
    const run = await stage.launch(playbook(manyPosts(25)));
    await stage.finished(run);
    return run;
  },

  async commands(stage) {
    const run = await stage.launch(playbook(straight));
    await underWay(stage, run);
    await stage.command(run, { do: 'pause' });
    await stage.command(run, { do: 'resume', policy: 'shift' });
    await stage.command(run, { do: 'cancel', reason: 'enough' });
    await stage.finished(run);
    return run;
  },
};
