// Checking and rehearsing beside the server: bounded for one caller and for all, in time and in memory, and others are answered meanwhile.
import { afterAll, describe, expect, test } from 'vitest';
import type { Job } from '../../workers/compute/job.ts';
import type { Bounds } from '../../workers/compute/pool.ts';
import { ComputePool } from '../../server/compute.ts';
import { Refusal } from '../../server/refusal.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { smallPlaybook } from '../support/small-playbook.ts';

const pools: ComputePool[] = [];
afterAll(() => Promise.all(pools.map((pool) => pool.close())));
const poolOf = (bounds: Partial<Bounds>): ComputePool => {
  const pool = new ComputePool(bounds);
  pools.push(pool);
  return pool;
};

const check: Job = { kind: 'check', document: smallPlaybook(), now: Date.parse('2027-01-02T09:00:00Z') };
const rehearse: Job = {
  kind: 'rehearse',
  document: smallPlaybook(),
  params: { T: '2027-01-10T20:00' },
  now: Date.parse('2027-01-02T09:00:00Z'),
};
const done = { kind: 'checked', problems: expect.any(Array) as unknown, plan: expect.any(String) as unknown };

/** What was refused, or `done`. */
const codeOf = (job: Promise<unknown>): Promise<unknown> =>
  job.then(
    () => 'done',
    (error: unknown) => (error instanceof Refusal ? error.code : error),
  );

describe('the threads', () => {
  test('do the jobs of all callers, a few of each at once', async () => {
    const pool = poolOf({ threads: 1, perCaller: 2 });
    const told = ['a', 'a', 'a', 'b', 'a', 'b'].map((caller) => codeOf(pool.run(caller, check)));
    expect(await Promise.all(told)).toEqual([
      'done',
      'done',
      'too-much-at-once',
      'done',
      'too-much-at-once',
      'done',
    ]);
    // What is over is counted no longer.
    expect(await pool.run('a', check)).toEqual(done);
  });

  test('take no more than they can do in a while', async () => {
    const pool = poolOf({ threads: 1, jobs: 3 });
    const told = ['a', 'b', 'c', 'd'].map((caller) => codeOf(pool.run(caller, check)));
    expect(await Promise.all(told)).toEqual(['done', 'done', 'done', 'busy']);
    expect(await pool.run('d', check)).toEqual(done);
  });

  test('give up what takes too long, and go on with the next', async () => {
    const pool = poolOf({ threads: 1, limitMs: { check: 60_000, rehearse: 1 } });
    const told = [rehearse, check].map((job) => codeOf(pool.run('a', job)));
    expect(await Promise.all(told)).toEqual(['rehearsal-too-long', 'done']);
  });

  test('do not hold against a job that the machine was busy with something else', async () => {
    // The wall goes on, and this process does not have the processor.
    const pool = poolOf({ threads: 1, limitMs: { check: 1, rehearse: 1 }, spentMs: () => 0 });
    const told = [rehearse, check].map((job) => codeOf(pool.run('a', job)));
    expect(await Promise.all(told)).toEqual(['done', 'done']);
  });

  test('give up what takes too much memory, and go on with the next', async () => {
    const pool = poolOf({ threads: 1, memoryMb: 96 });
    const heavy = { ...check, document: Array.from({ length: 3_000_000 }, (_, index) => ({ index })) };
    const told = [heavy, check].map((job) => codeOf(pool.run('a', job)));
    expect(await Promise.all(told)).toEqual(['check-too-long', 'done']);
  });

  test('give their memory back when there is nothing to do', async () => {
    const pool = poolOf({ threads: 1, idleMs: 1 });
    expect(await pool.run('a', check)).toEqual(done);
    expect(await pool.run('a', check)).toEqual(done);
  });

  test('refuse what is under way when the server stops', async () => {
    const pool = poolOf({ threads: 1 });
    const told = [codeOf(pool.run('a', check)), codeOf(pool.run('b', check))];
    await pool.close();
    expect(await Promise.all(told)).toEqual(['busy', 'busy']);
    expect(await codeOf(pool.run('a', check))).toBe('busy');
  });
});

describe('the server', async () => {
  const { url } = await freshDatabase();

  test('answers others while a document is checked', async () => {
    const { program } = await stand(url);
    const [one, other] = [await program(['designer']), await program(['designer'])];
    const order: string[] = [];
    await Promise.all([
      one('POST', '/api/check', { document: smallPlaybook() }).then(() => order.push('checked')),
      other('GET', '/api/playbooks').then(() => order.push('listed')),
    ]);
    expect(order).toEqual(['listed', 'checked']);
  });

  test('says when to come again', async () => {
    const { program } = await stand(url);
    const who = await program(['designer']);
    const asked = Array.from({ length: 8 }, () => who('POST', '/api/check', { document: smallPlaybook() }));
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]));
    const refused = answers.find(({ status }) => status === 429)!;
    expect(refused.body).toMatchObject({ code: 'too-much-at-once', status: 429 });
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });
});
