// From launch to end: a campaign of three quick effects, against a workflow written by hand with three activities.
// Both on the same PostgreSQL, the same Temporal server and the same machine, taking turns.
import path from 'node:path';
import { NativeConnection, Worker } from '@temporalio/worker';
import { launch } from '../workers/client.ts';
import { runOf } from '../workers/store/run.ts';
import { OwnServers } from '../test/support/temporal-own.ts';
import { playbook, Stage } from '../test/support/temporal-play.ts';
import type { ThreeStepsActivities } from './reference/three-steps.ts';
import type { Figure } from './figure.ts';

const ROUNDS = 150;
const WARM_UP = 15;
const BY_HAND = 'bench-by-hand';

/** Measures both in turns and compares their medians. */
export async function bench(): Promise<Figure> {
  const servers = await OwnServers.start();
  try {
    const stage = new Stage({
      temporal: servers.temporal,
      databaseUrl: servers.databaseUrl,
      taskQueue: 'bench-kindling',
    });
    try {
      return await compare(stage, servers);
    } finally {
      await stage.close();
    }
  } finally {
    await servers.stop();
  }
}

async function compare(stage: Stage, servers: OwnServers): Promise<Figure> {
  await stage.startWorkers();
  const byHand = await startByHand(stage, servers);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const own = await ourRound(stage);
    const other = await byHand.round(round);
    if (round < WARM_UP) continue;
    ours.push(own);
    theirs.push(other);
  }
  await byHand.stop();
  const value = median(ours);
  const reference = median(theirs);
  return {
    name: 'three-steps-latency',
    value,
    unit: `ms from launch to end, median of ${ROUNDS}; reference: three activities by hand`,
    reference,
    ratio: Math.round((value / reference) * 100) / 100,
    goal: 'ratio <= 1',
    ok: value <= reference,
  };
}

const threeTags = playbook({
  start: ['start', {}, { out: 'a' }],
  a: ['tag', { add: ['one'] }, { done: 'b' }],
  b: ['tag', { add: ['two'] }, { done: 'c' }],
  c: ['tag', { add: ['three'] }, { done: 'z' }],
  z: ['end', {}],
});

/** The run's row is made before, as the reference has none. */
async function ourRound(stage: Stage): Promise<number> {
  const { run } = await stage.prepare(threeTags);
  const facts = await runOf(stage.store.pool, run);
  if (facts === undefined) throw new Error(`There is no run ${run}.`);
  const began = performance.now();
  await launch(stage.temporal, facts);
  await stage.finished(run);
  return performance.now() - began;
}

async function startByHand({ store, temporal }: Stage, servers: OwnServers) {
  await store.pool.query('create table by_hand (run text, step int, primary key (run, step))');
  const connection = await NativeConnection.connect({ address: servers.temporal.address });
  const activities: ThreeStepsActivities = {
    act: async (run, step) => {
      await store.pool.query('insert into by_hand values ($1, $2) on conflict do nothing', [run, step]);
    },
  };
  const worker = await Worker.create({
    connection,
    namespace: servers.temporal.namespace,
    taskQueue: BY_HAND,
    workflowsPath: path.join(import.meta.dirname, 'reference', 'three-steps.ts'),
    activities: { ...activities },
  });
  const over = worker.run();
  return {
    async round(number: number): Promise<number> {
      const began = performance.now();
      await temporal.client.workflow.execute('threeSteps', {
        taskQueue: BY_HAND,
        workflowId: `by-hand-${number}`,
        args: [`run-${number}`],
      });
      return performance.now() - began;
    },
    async stop(): Promise<void> {
      worker.shutdown();
      await over;
      await connection.close();
    },
  };
}

const median = (values: readonly number[]): number =>
  Math.round((values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0) * 10) / 10;
