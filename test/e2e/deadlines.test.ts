// Deadlines, pauses and outages on the real Temporal: which of two wins, what is held, what comes late, and by which version.
// What goes out is counted where it arrives; what was recorded when is known to whoever sent it.
/* oxlint-disable unicorn/no-thenable -- `then` is a word of the document format */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { LatePolicy, Playbook } from '../../engine/document.ts';
import { runOf } from '../../workers/store/run.ts';
import { stand } from '../support/app.ts';
import { graphOf, playbook, type Sketch } from '../support/temporal-play.ts';
import { openStage } from '../support/temporal-stage.ts';
import { makePeople } from '../workers/send-stage.ts';

const stage = await openStage({ allowPrivateAddresses: true });
const { program, team } = await stand(stage.databaseUrl, { taskQueue: stage.temporal.taskQueue });
const operator = await program(['operator', 'designer']);

const MEMBERS = 200;
const people = await makePeople(stage.store, MEMBERS, { team });

const heard: string[] = [];
const server = createServer((request, response) => {
  heard.push(String(request.headers['idempotency-key']));
  setTimeout(() => response.end(), 100);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

async function said(method: string, route: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await operator(method, route, body);
  if (answer.status >= 300) throw new Error(`${method} ${route}: ${answer.status} ${answer.text}`);
  return answer.body;
}

async function publish(document: Playbook): Promise<string> {
  const id = String((await said('POST', '/api/playbooks', { document }))['id']);
  await said('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
  return id;
}

const launch = async (order: object): Promise<string> =>
  String((await said('POST', '/api/runs', order))['id']);

/** Launches journeys that everybody in a group enters, and waits for their end. */
const waitingFor = (journeys: Readonly<Record<string, Sketch>>): Playbook => {
  const names = Object.keys(journeys);
  const launches = names.map((name): [string, Sketch[string]] => [
    `j-${name}`,
    [
      'journey',
      { journey: name, wait: true, within: 'P1D' },
      { done: 'join', expired: 'join', empty: 'join' },
    ],
  ]);
  return playbook(
    {
      start: ['start', {}, { out: 'fork' }],
      fork: [
        'parallel',
        { branches: names.map((port) => ({ port })) },
        Object.fromEntries(names.map((name) => [name, `j-${name}`])),
      ],
      ...Object.fromEntries(launches),
      join: ['join', { need: 'all' }, { out: 'z' }],
      z: ['end', {}],
    },
    {
      journeys: Object.fromEntries(
        names.map((name) => [
          name,
          { title: { 'zh-CN': name }, tolerance: 'PT0S', graph: graphOf(journeys[name]!) },
        ]),
      ),
    },
  );
};

const listening = (within: string): Sketch => ({
  in: ['enter', {}, { out: 'w' }],
  w: [
    'wait-for-event',
    { topics: [{ event: 'member.came', port: 'came' }], within },
    { came: 'a', timeout: 'b' },
  ],
  a: ['end', { reason: 'came' }],
  b: ['end', { reason: 'silence' }],
});
const idle = (for_: string): Sketch => ({
  enter: ['enter', {}, { out: 'nap' }],
  nap: ['wait', { for: for_ }, { done: 'bye' }],
  bye: ['end', {}],
});

/**
 * Plays a scene that must be set before so many seconds are over. On a machine that was too slow for it (the scene says so)
 * it is played again, with more time.
 */
async function inTime(seconds: number, scene: (seconds: number) => Promise<boolean>): Promise<void> {
  for (const factor of [1, 3, 9]) if (await scene(seconds * factor)) return;
  throw new Error('this machine is too slow for it');
}

/** When everybody listens: until when. Undefined where that is over already. */
async function deadlineOf(run: string, members: number): Promise<number | undefined> {
  const listening = 'listener where run_id = $1 and live';
  const over = `subject where run_id = $1 and end_reason = 'silence'`;
  const isOver = async (): Promise<boolean> => (await stage.count(over, run)) > 0;
  const areSet = async (): Promise<boolean> => (await stage.count(listening, run)) === members;
  await stage.until('all listen', async () => (await areSet()) || (await isOver()));
  if (await isOver()) return undefined;
  const { rows } = await stage.store.pool.query<{ until: number }>(
    'select distinct ms_of(until) as until from listener where run_id = $1',
    [run],
  );
  expect(rows).toHaveLength(1);
  return rows[0]!.until;
}

const report = (run: string, member: string) =>
  said('POST', '/api/events', { name: 'member.came', source: `race-${run}`, sourceId: member, member });

/** The graph in which a node of a run stands. */
const graphOfNode = async (run: string, node: number): Promise<number | undefined> =>
  (await runOf(stage.store.pool, run))?.plan.nodes[node]?.graph;

/** How each member left, each once. */
async function endsOf(run: string): Promise<Map<string, string>> {
  await expect
    .poll(async () => (await said('GET', `/api/runs/${run}`))['status'], { timeout: 120_000 })
    .toBe('completed');
  const w = await stage.node(run, 'w');
  const { rows } = await stage.store.pool.query<{ member: string; reason: string }>(
    `select s.member_id as member, s.end_reason as reason from subject s
     join passed p on p.run_id = s.run_id and p.ordinal = s.ordinal and p.node = $2
     where s.run_id = $1 and s.graph = $3`,
    [run, w, await graphOfNode(run, w)],
  );
  return new Map(rows.map(({ member, reason }) => [member, reason]));
}

test('an event races its timeout: whoever was answered before the deadline has come, whoever asked after it has not', () =>
  inTime(12, race));

async function race(seconds: number): Promise<boolean> {
  const document = waitingFor({ race: listening(`PT${seconds}S`), other: idle('PT1S') });
  const run = await launch({ playbook: await publish(document), groups: [people.group] });
  const deadline = await deadlineOf(run, MEMBERS);
  if (deadline === undefined) return false;
  // The first twenty at once, one without a word, the others one after the other from a second before the deadline to one after it.
  const [quiet, ...others] = people.members;
  const asked = others.map(async (member, no) => {
    if (no >= 20) await sleep(Math.max(0, deadline - 1_000 + no * 10 - Date.now()));
    const began = Date.now();
    await report(run, member);
    return { member, began, answered: Date.now() };
  });
  const told = await Promise.all(asked);
  const ends = await endsOf(run);
  expect(ends.size).toBe(MEMBERS);
  expect(ends.get(quiet!)).toBe('silence');
  const early = told.filter(({ answered }) => answered < deadline);
  const tooLate = told.filter(({ began }) => began > deadline);
  if (early.length === 0) return false;
  expect(new Set(early.map(({ member }) => ends.get(member)))).toEqual(new Set(['came']));
  expect(new Set(tooLate.map(({ member }) => ends.get(member)))).toEqual(new Set(['silence']));
  // Each member moved once, and only because of what was recorded.
  expect(await stage.count('passed where run_id = $1 and node = $2', run, await stage.node(run, 'w'))).toBe(
    MEMBERS,
  );
  expect(await stage.count('event where source = $1', `race-${run}`)).toBe(MEMBERS - 1);
  return true;
}

const LATE: Readonly<Record<string, LatePolicy>> = {
  run: { after: 'PT1S', then: 'run' },
  skip: { after: 'PT1S', then: 'skip' },
  ask: { after: 'PT1S', then: 'ask' },
};

/** A campaign whose three branches wake after the outage, each with another opinion about what comes late. */
function lateness(seconds: number): Playbook {
  const policies = Object.keys(LATE);
  const document = playbook({
    start: ['start', {}, { out: 'fork' }],
    fork: [
      'parallel',
      { branches: policies.map((port) => ({ port })) },
      Object.fromEntries(policies.map((policy) => [policy, `w-${policy}`])),
    ],
    ...Object.fromEntries(
      policies.flatMap((policy): [string, Sketch[string]][] => [
        [`w-${policy}`, ['wait', { for: `PT${seconds}S` }, { done: policy }]],
        [policy, ['tag', { add: [policy] }, { done: 'join' }]],
      ]),
    ),
    join: ['join', { need: 'all' }, { out: 'z' }],
    z: ['end', { reason: 'finished' }],
  });
  const nodes = document.graph.nodes.map((node) => {
    const late = LATE[node.id];
    return late === undefined ? node : { ...node, late };
  });
  return { ...document, graph: { ...document.graph, nodes } };
}

test('nobody works while deadlines pass: what was recorded before one still wins, and late steps obey their policy', () =>
  inTime(12, outage));

async function outage(seconds: number): Promise<boolean> {
  const document = waitingFor({ race: listening(`PT${seconds}S`), other: idle('PT1S') });
  const run = await launch({ playbook: await publish(document), groups: [people.group] });
  const late = await launch({ playbook: await publish(lateness(seconds)) });
  const wakes = Date.now() + seconds * 1_000;
  const passed = (): Promise<number> => stage.count('passed where run_id = $1', late);
  await stage.until('it sleeps', async () => (await passed()) >= 2);
  const deadline = await deadlineOf(run, MEMBERS);
  if (deadline === undefined) return false;
  await stage.stopWorkers();
  for (const member of people.members.slice(0, 20)) await report(run, member);
  const isInTime = Date.now() < deadline && (await passed()) === 2;
  await sleep(Math.max(0, Math.max(deadline, wakes) + 3_000 - Date.now()));
  for (const member of people.members.slice(20, 40)) await report(run, member);
  await stage.startWorkers();
  if (!isInTime) return false;

  const ends = await endsOf(run);
  const reasons = people.members.map((member) => ends.get(member));
  expect(new Set(reasons.slice(0, 20))).toEqual(new Set(['came']));
  expect(new Set(reasons.slice(20))).toEqual(new Set(['silence']));

  const parked = `stuck_visit where run_id = $1 and reason = 'late' and resolved_at is null`;
  await stage.until('a person is asked', async () => (await stage.count(parked, late)) === 1);
  const did = 'ledger where run_id = $1 and node = $2';
  const calls = async (): Promise<number[]> =>
    Promise.all(['run', 'skip', 'ask'].map(async (id) => stage.count(did, late, await stage.node(late, id))));
  expect(await calls()).toEqual([1, 0, 0]);
  expect(await stage.count(`passed where run_id = $1 and skipped = 'late'`, late)).toBe(1);
  await said('POST', `/api/runs/${late}/stuck`, { do: 'retry', which: 'late' });
  await stage.finished(late);
  expect(await calls()).toEqual([1, 0, 1]);
  expect(await stage.status(late)).toBe('completed');
  return true;
}

const AT_ONCE = 8;

for (const policy of ['hold', 'skip', 'shift'] as const) {
  test(`a pause in the middle of a batch and across due instants, resumed by ${policy}: each exactly once`, () =>
    inTime(4, (seconds) => pausing(policy, seconds)));
}

async function pausing(policy: 'hold' | 'skip' | 'shift', seconds: number): Promise<boolean> {
  const sleeper: Sketch = {
    in: ['enter', {}, { out: 'w' }],
    w: ['wait', { for: `PT${seconds}S` }, { done: 'after' }],
    after: ['tag', { add: ['woken'] }, { done: 'y' }],
    y: ['end', { reason: 'woken' }],
  };
  const caller: Sketch = {
    enter: ['enter', {}, { out: 'h' }],
    h: ['webhook', { url }, { ok: 'bye', refused: 'bye' }],
    bye: ['end', {}],
  };
  const id = await publish(waitingFor({ sleeper, caller }));
  heard.length = 0;
  const run = await launch({ playbook: id, members: MEMBERS });
  await expect.poll(() => heard.length, { timeout: 60_000, interval: 10 }).toBeGreaterThan(10);
  await said('POST', `/api/runs/${run}/control`, { do: 'pause' });
  const paused = Date.now();
  const before = heard.length;
  await sleep(seconds * 1_000 + 2_000);
  expect(heard.length - before).toBeLessThanOrEqual(AT_ONCE);
  const woken = 'passed where run_id = $1 and node = $2';
  const w = await stage.node(run, 'w');
  const isInTime = before < MEMBERS && (await stage.count(woken, run, w)) === 0;
  const pausedMs = Date.now() - paused;
  await said('POST', `/api/runs/${run}/control`, { do: 'resume', policy });
  await stage.until('it is over', async () => (await stage.status(run)) === 'completed');

  expect(heard.toSorted()).toEqual(
    Array.from({ length: MEMBERS }, (_, ordinal) => `${run}/h/${ordinal}/0`).toSorted(),
  );
  const { rows } = await stage.store.pool.query<{ skipped: string | null; slept: number }>(
    `select p.skipped, ms_of(p.at) - ms_of(s.entered_at) as slept from passed p
     join subject s on s.run_id = p.run_id and s.ordinal = p.ordinal and s.graph = $3
     where p.run_id = $1 and p.node = $2`,
    [run, w, await graphOfNode(run, w)],
  );
  expect(rows).toHaveLength(MEMBERS);
  expect(await stage.count(`person where run_id = $1 and 'woken' = any(tags)`, run)).toBe(MEMBERS);
  if (!isInTime) return false;
  const skipped = rows.filter((row) => row.skipped === 'operator');
  expect(skipped).toHaveLength(policy === 'skip' ? MEMBERS : 0);
  if (policy === 'shift')
    expect(Math.min(...rows.map(({ slept }) => slept))).toBeGreaterThanOrEqual(seconds * 1_000 + pausedMs);
  return true;
}

test('a version is published while a run waits: the run stays on its own, and the next launch takes the new one', async () => {
  const waiting = (reason: string, key: string): Playbook => ({
    ...playbook({
      start: ['start', {}, { out: 'w' }],
      w: [
        'human-task',
        {
          role: 'operator',
          title: { 'zh-CN': '看一下' },
          outcomes: [{ port: 'done' }],
          due: { for: 'P1D' },
          onTimeout: 'skip',
        },
        { done: reason, expired: reason },
      ],
      [reason]: ['end', { reason }],
    }),
    id: key,
  });
  const first = waiting('x-was', 'evolving');
  const id = await publish(first);
  const older = await launch({ playbook: id });
  const openTask = (run: string) =>
    stage.until('a task is open', async () => (await stage.count('task where run_id = $1', run)) === 1);
  await openTask(older);
  const second = waiting('x-now', 'evolving');
  await said('PUT', `/api/playbooks/${id}/draft`, { document: second, revision: 1 });
  const published = await said('POST', `/api/playbooks/${id}/publish`, { revision: 2 });
  expect(published['number']).toBe(2);
  const newer = await launch({ playbook: id });
  await openTask(newer);
  for (const run of [older, newer]) {
    const { tasks } = (await said('GET', `/api/tasks?run=${run}`)) as { tasks: { id: string }[] };
    await said('POST', `/api/tasks/${tasks[0]!.id}/decide`, { outcome: 'done' });
    await stage.finished(run);
  }
  expect(await stage.path(older)).toEqual(['start:out', 'w:done', 'x-was']);
  expect(await stage.path(newer)).toEqual(['start:out', 'w:done', 'x-now']);
  const versions = [older, newer].map(async (run) => (await said('GET', `/api/runs/${run}`))['version']);
  expect(await Promise.all(versions)).toEqual([1, 2]);
});
