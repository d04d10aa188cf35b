// kill -9 of each process, while a run waits and while it acts: nothing is lost, nothing is doubled, and it goes on by itself.
// What was done is counted where it arrives: at a web server of the test, and in the rows that an effect has written.
import type { ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Autosave, type Saved, type SaveState } from '../../editor/document/autosave.ts';
import type { Playbook } from '../../engine/document.ts';
import { hasEnded } from '../../server/start/process.ts';
import { stand } from '../support/app.ts';
import { smallPlaybook } from '../support/small-playbook.ts';
import { OwnServers } from '../support/temporal-own.ts';
import { graphOf, playbook, Stage, type Sketch } from '../support/temporal-play.ts';
import { startWorker } from '../support/worker.ts';
import '../support/bundle.ts';

/** By itself, and soon; a busy machine takes its time. */
const GOES_ON_MS = 60_000;

const servers = await OwnServers.start();
const stage = new Stage({
  temporal: servers.temporal,
  databaseUrl: servers.databaseUrl,
  taskQueue: 'kindling',
});
let worker: ChildProcess | undefined = await startWorker(servers);

afterAll(async () => {
  worker?.kill('SIGKILL');
  await stage.close();
  await servers.stop();
});

const { program } = await stand(servers.databaseUrl);
const designer = await program(['designer']);

/** What arrived at the test's own web server, by idempotency key; it answers when it is told to. */
class Receiver {
  readonly requests: string[] = [];
  #server: Server | undefined;
  #delayMs = 0;
  url = '';

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.requests.push(String(request.headers['idempotency-key'] ?? ''));
      setTimeout(() => response.end('{}'), this.#delayMs);
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  answerAfter(ms: number): void {
    this.#delayMs = ms;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

const receiver = new Receiver();
beforeAll(() => receiver.start());
afterAll(() => receiver.stop());
beforeEach(() => {
  receiver.requests.length = 0;
  receiver.answerAfter(0);
});

const waiting: Sketch = {
  start: ['start', {}, { out: 'a' }],
  a: ['tag', { add: ['before'] }, { done: 'w' }],
  w: ['wait', { for: 'PT4S' }, { done: 'b' }],
  b: ['tag', { add: ['after'] }, { done: 'z' }],
  z: ['end', { reason: 'finished' }],
};

/** What can be killed, and brought back as the supervisor does it. */
interface Part {
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
}

const kills: Readonly<Record<string, Part>> = {
  worker: {
    kill: async () => {
      worker?.kill('SIGKILL');
      await hasEnded(worker?.pid ?? 0, 10_000);
    },
    restart: async () => {
      worker = await startWorker(servers);
    },
  },
  temporal: { kill: () => servers.kill('temporal'), restart: () => servers.restart('temporal') },
  postgres: { kill: () => servers.kill('postgres'), restart: () => servers.restart('postgres') },
};

async function expectedOnce(run: string, path: readonly string[], calls: number): Promise<void> {
  expect(await stage.path(run)).toEqual(path);
  expect(await stage.count('ledger where run_id = $1', run)).toBe(calls);
  expect(await stage.count(`ledger where run_id = $1 and state = 'done'`, run)).toBe(calls);
  expect(await stage.status(run)).toBe('completed');
}

for (const [name, part] of Object.entries(kills)) {
  test(`${name} is killed while a run waits`, async () => {
    const run = await stage.launch(playbook(waiting));
    await stage.until('it waits', async () => (await stage.count('passed where run_id = $1', run)) === 2);
    await part.kill();
    // Longer than a turn tries again by itself, so that the workflow has to wait too.
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    await part.restart();
    await stage.until('it has ended', async () => (await stage.status(run)) === 'completed', GOES_ON_MS);
    await expectedOnce(run, ['start:out', 'a:done', 'w:done', 'b:done', 'z'], 2);
  });
}

const calling = (): Sketch => ({
  start: ['start', {}, { out: 'a' }],
  a: ['webhook', { url: receiver.url }, { ok: 'b', refused: 'x', failed: 'x' }],
  b: ['tag', { add: ['after'] }, { done: 'z' }],
  x: ['end', { reason: 'refused' }],
  z: ['end', { reason: 'finished' }],
});

/** Launches a run and waits until its request has arrived, which the receiver answers only after a while. */
async function midCall(): Promise<string> {
  receiver.answerAfter(3_000);
  const run = await stage.launch(playbook(calling()));
  await stage.until('the request is out', async () => receiver.requests.length === 1);
  return run;
}

test('the worker is killed during a request: it is in doubt, never repeated, and a person decides', async () => {
  const run = await midCall();
  await kills['worker']?.kill();
  await kills['worker']?.restart();
  const parked = `stuck_visit where run_id = $1 and reason = 'doubt' and resolved_at is null`;
  await stage.until('it is parked', async () => (await stage.count(parked, run)) === 1, GOES_ON_MS);
  expect(receiver.requests).toHaveLength(1);
  receiver.answerAfter(0);
  await stage.command(run, { do: 'retry', node: await stage.node(run, 'a'), ordinal: 0, lap: 0 });
  await stage.finished(run);
  expect(await stage.path(run)).toEqual(['start:out', 'a:ok', 'b:done', 'z']);
  // The second is the one that a person asked for; a provider that tells repetitions would have served it once.
  expect(receiver.requests).toHaveLength(2);
  expect(receiver.requests[1]).toBe(receiver.requests[0]);
});

test('Temporal is killed during a request: the request counts once, and the run goes on', async () => {
  const run = await midCall();
  await kills['temporal']?.kill();
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await kills['temporal']?.restart();
  await stage.until('it has ended', async () => (await stage.status(run)) === 'completed', GOES_ON_MS);
  expect(receiver.requests).toHaveLength(1);
  await expectedOnce(run, ['start:out', 'a:ok', 'b:done', 'z'], 2);
});

test('PostgreSQL is killed during a request: it is never repeated', async () => {
  const run = await midCall();
  await kills['postgres']?.kill();
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  await kills['postgres']?.restart();
  const settled = async (): Promise<boolean> =>
    (await stage.status(run)) === 'completed' ||
    (await stage.count(`stuck_visit where run_id = $1 and reason = 'doubt'`, run)) === 1;
  await stage.until('it is done or in doubt', settled, GOES_ON_MS);
  expect(receiver.requests).toHaveLength(1);
});

const cohort: Sketch = {
  start: ['start', {}, { out: 'j' }],
  j: ['journey', { journey: 'each', wait: true, within: 'P1D' }, { done: 'z', expired: 'z', empty: 'x' }],
  x: ['end', { reason: 'empty' }],
  z: ['end', { reason: 'finished' }],
};

for (const [name, part] of Object.entries(kills)) {
  test(`${name} is killed while thousands are tagged: each exactly once`, async () => {
    const each = {
      enter: ['enter', {}, { out: 't' }],
      t: ['tag', { add: ['seen'] }, { done: 'u' }],
      u: ['tag', { add: ['again'] }, { done: 'y' }],
      y: ['end', { reason: 'tagged' }],
    } satisfies Sketch;
    const journeys = { each: { title: { 'zh-CN': '各人', en: 'Each' }, graph: graphOf(each) } };
    const run = await stage.launch(playbook(cohort, { journeys }), { members: 6_000 });
    await stage.until(
      'the first are tagged',
      async () => (await stage.count('ledger where run_id = $1', run)) > 500,
    );
    expect(await stage.count('ledger where run_id = $1', run)).toBeLessThan(12_000);
    await part.kill();
    await part.restart();
    await stage.until('it has ended', async () => (await stage.status(run)) === 'completed');
    for (const id of ['t', 'u']) {
      const node = await stage.node(run, id);
      expect(await stage.count('ledger where run_id = $1 and node = $2', run, node)).toBe(6_000);
      expect(await stage.count('passed where run_id = $1 and node = $2', run, node)).toBe(6_000);
    }
    const ended = `subject where run_id = $1 and graph = 1 and end_reason = 'tagged'`;
    expect(await stage.count(ended, run)).toBe(6_000);
    // What it was all for: both tags on everybody, each once.
    const tagged = `person where run_id = $1 and tags = '{again,seen}'`;
    expect(await stage.count(tagged, run)).toBe(6_000);
  });
}

for (const name of ['worker', 'postgres'] as const) {
  test(`${name} is killed while members are enrolled: each enters once`, async () => {
    const each = {
      enter: ['enter', {}, { out: 't' }],
      t: ['tag', { add: ['in'] }, { done: 'y' }],
      y: ['end', {}],
    } satisfies Sketch;
    const journeys = { each: { title: { 'zh-CN': '各人', en: 'Each' }, graph: graphOf(each) } };
    const many = 10_000;
    const { run } = await stage.prepare(playbook(cohort, { journeys }), { members: many });
    const busy = `pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query ~ 'into subject'`;
    await stage.begin(run);
    const isEnrolling = async (): Promise<boolean> =>
      (await stage.count(busy)) > 0 ||
      (await stage.count('subject where run_id = $1 and graph = 1', run)) > 0;
    await stage.until('members are enrolled', isEnrolling);
    await kills[name]?.kill();
    await kills[name]?.restart();
    await stage.until('it has ended', async () => (await stage.status(run)) === 'completed');
    const { rows } = await stage.store.pool.query(
      `select count(*) as entered, count(distinct person) as people, count(ended_at) as ended, min(ordinal) as first,
         max(ordinal) as last from subject where run_id = $1 and graph = 1`,
      [run],
    );
    expect(rows).toEqual([{ entered: many, people: many, ended: many, first: 0, last: many - 1 }]);
    const t = await stage.node(run, 't');
    expect(await stage.count('ledger where run_id = $1 and node = $2', run, t)).toBe(many);
    expect(await stage.count('passed where run_id = $1 and node = $2', run, t)).toBe(many);
  });
}

/** A document of which half would show. */
const written = (no: number): Playbook =>
  ({ ...smallPlaybook('killed'), marks: Array.from({ length: 2_000 }, () => no) }) as unknown as Playbook;
const marksIn = (document: unknown): number[] => [
  ...new Set((document as { readonly marks: readonly number[] }).marks),
];

test('PostgreSQL is killed while an editor saves: nothing is half, nothing is lost, and nobody is asked about it', async () => {
  const { body } = await designer('POST', '/api/playbooks', { document: written(0) });
  const route = `/api/playbooks/${String(body['id'])}/draft`;
  let losesNext = false;
  const save = async (document: Playbook, revision: number): Promise<Saved> => {
    const answer = await designer('PUT', route, { document, revision });
    if (answer.status === 200) {
      // Its answer is lost on the way, as when a process dies between the commit and the answer.
      if (losesNext) {
        losesNext = false;
        return { as: 'away' };
      }
      return { as: 'saved', revision: Number(answer.body['revision']) };
    }
    if (answer.status >= 500) return { as: 'away' };
    const theirs = await designer('GET', route);
    if (answer.status !== 409) return { as: 'refused', message: answer.text };
    if (theirs.status !== 200) return { as: 'away' };
    return { as: 'conflict', theirs: theirs.body as unknown as { document: Playbook; revision: number } };
  };
  const states = new Set<SaveState>();
  const kept: number[] = [];
  // The editor's own autosave, with less patience.
  const later = (then: () => void, ms: number) => {
    const timer = setTimeout(then, ms / 50);
    return () => clearTimeout(timer);
  };
  const first = written(0);
  const outside = {
    keep: (it?: { document: Playbook }) => kept.push(...marksIn(it?.document ?? first)),
    save,
    later,
  };
  const autosave = new Autosave({ document: first, saved: first, revision: 1 }, outside, (it) =>
    states.add(it),
  );
  const last = 120;
  let back: Promise<void> | undefined;
  for (let no = 1; no <= last; no += 1) {
    autosave.changed(written(no));
    await sleep(20);
    if (no === 40) void kills['postgres']?.kill();
    if (no === 80) back = kills['postgres']?.restart();
    if (no === 100) losesNext = true;
  }
  await back;
  await expect.poll(() => autosave.flush(), { timeout: 60_000 }).toBe(true);
  expect(losesNext).toBe(false);
  const draft = await designer('GET', route);
  expect([draft.status, marksIn(draft.body['document'])]).toEqual([200, [last]]);
  expect(draft.body['revision']).toBe(autosave.revision);
  // While the database was away the browser kept what was written; it was never told of a conflict with itself.
  expect(states).toContain('here');
  expect(kept).toContain(60);
  expect([states.has('conflict'), states.has('refused')]).toEqual([false, false]);
});
