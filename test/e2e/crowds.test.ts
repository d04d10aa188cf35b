// Many at once, over HTTP: launches by the hundred, each order repeated, and ten thousand events, repeated and out of order.
// Launches are counted by the requests that arrive at a web server of the test, events by the visits that they have moved.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { chance } from '../../engine/chance.ts';
import type { Playbook } from '../../engine/document.ts';
import { stand } from '../support/app.ts';
import { graphOf, playbook } from '../support/temporal-play.ts';
import { openStage } from '../support/temporal-stage.ts';
import { makePeople } from '../workers/send-stage.ts';

const stage = await openStage({ allowPrivateAddresses: true });
const { app, program, team } = await stand(stage.databaseUrl, { taskQueue: stage.temporal.taskQueue });
const { key } = await program(['operator', 'designer']);
const address = await app.listen({ host: '127.0.0.1', port: 0 });

async function ask<T>(method: string, route: string, body?: unknown): Promise<T> {
  const answer = await fetch(address + route, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const content = (await answer.json()) as T;
  if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${JSON.stringify(content)}`);
  return content;
}

async function publish(document: Playbook): Promise<string> {
  const { id } = await ask<{ id: string }>('POST', '/api/playbooks', { document });
  await ask('POST', `/api/playbooks/${id}/publish`, { revision: 1 });
  return id;
}

const heard: string[] = [];
const server = createServer((request, response) => {
  heard.push(String(request.headers['idempotency-key']));
  response.end();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

test('a hundred launches at once, each order sent twice: a hundred runs, and each acts once', async () => {
  const id = await publish(
    playbook({
      start: ['start', {}, { out: 't' }],
      t: ['tag', { add: ['launched'] }, { done: 'h' }],
      h: ['webhook', { url }, { ok: 'z', refused: 'z' }],
      z: ['end', { reason: 'finished' }],
    }),
  );
  const orders = Array.from({ length: 200 }, (_, no) => ({ playbook: id, key: `order-${no % 100}` }));
  const launched = await Promise.all(
    orders.map((order) => ask<{ id: string; created: boolean }>('POST', '/api/runs', order)),
  );
  const runs = new Set(launched.map((it) => it.id));
  expect(runs.size).toBe(100);
  expect(launched.filter(({ created }) => created)).toHaveLength(100);
  for (const [no, { id: run }] of launched.entries()) expect(run).toBe(launched[no % 100]!.id);
  const over = `run where playbook_id = $1 and status = 'completed'`;
  await stage.until('all are over', async () => (await stage.count(over, id)) === 100);
  expect(heard.toSorted()).toEqual([...runs].map((run) => `${run}/h/0/0`).toSorted());
  expect(await stage.count('ledger where run_id = any($1)', [...runs])).toBe(200);
});

const MEMBERS = 10_000;
/** Of these the first deed is reported after the second. */
const REORDERED = 1_000;

test('a burst of 10,000 events, repeated and out of order, moves everybody exactly once', async () => {
  const people = await makePeople(stage.store, MEMBERS, { team });
  const id = await publish(
    playbook(
      {
        start: ['start', {}, { out: 'j' }],
        j: [
          'journey',
          { journey: 'all', wait: true, within: 'P1D' },
          { done: 'z', expired: 'z', empty: 'z' },
        ],
        z: ['end', {}],
      },
      {
        journeys: {
          all: {
            title: { 'zh-CN': '大家' },
            tolerance: 'PT0S',
            graph: graphOf({
              in: ['enter', {}, { out: 'w' }],
              w: [
                'wait-for-event',
                {
                  topics: [
                    { event: 'member.came', port: 'came' },
                    { event: 'member.left', port: 'left' },
                  ],
                  within: 'PT1H',
                },
                { came: 'a', left: 'b', timeout: 'c' },
              ],
              a: ['end', { reason: 'came' }],
              b: ['end', { reason: 'left' }],
              c: ['end', { reason: 'silence' }],
            }),
          },
        },
      },
    ),
  );
  const { id: run } = await ask<{ id: string }>('POST', '/api/runs', {
    playbook: id,
    groups: [people.group],
  });
  const live = 'listener where run_id = $1 and live';
  await stage.until('all listen', async () => (await stage.count(live, run)) === 2 * MEMBERS);

  const began = Date.now();
  const at = (ms: number): string => new Date(began + ms).toISOString();
  await sleep(50);
  const came = people.members.map((member) => ({
    name: 'member.came',
    source: 'burst',
    sourceId: `came-${member}`,
    member,
    at: at(10),
  }));
  // What happened last is told first: within a request, what happened first is heard first.
  const batches = Array.from({ length: MEMBERS / 500 }, (_, no) => {
    const first = came.slice(no * 500, (no + 1) * 500);
    const isReordered = no < REORDERED / 500;
    const later = first.map((it) => ({
      ...it,
      name: 'member.left',
      sourceId: `left-${it.member}`,
      at: at(20),
    }));
    return isReordered ? [...later, ...first] : shuffled([...first, ...first.slice(0, 100)], no);
  });
  interface Answer {
    readonly accepted: number;
    readonly duplicates: number;
    readonly refused: number;
  }
  // All at once, and every other one again while the first is under way, as senders do that got no answer in time.
  const sent = [...batches, ...batches.filter((_, no) => no % 2 === 0)];
  const answers = await Promise.all(sent.map((events) => ask<Answer>('POST', '/api/events', { events })));
  const sum = (of: keyof Answer): number => answers.reduce((total, answer) => total + answer[of], 0);
  expect(sum('accepted')).toBe(MEMBERS + REORDERED);
  expect(sum('duplicates')).toBe(sent.flat().length - MEMBERS - REORDERED);
  expect(sum('refused')).toBe(0);

  const over = async () => (await ask<{ status: string }>('GET', `/api/runs/${run}`)).status;
  await expect.poll(over, { timeout: 120_000 }).toBe('completed');
  const { rows } = await stage.store.pool.query(
    `select end_reason as reason, count(*) as members, count(distinct member_id) as people from subject
     where run_id = $1 and graph = 1 group by 1`,
    [run],
  );
  expect(rows).toEqual([{ reason: 'came', members: MEMBERS, people: MEMBERS }]);
  const passed = 'passed where run_id = $1 and node = $2';
  expect(await stage.count(passed, run, await stage.node(run, 'w'))).toBe(MEMBERS);
  const moved = `inbox where run_id = $1 and entry->>'kind' = 'arrived' and entry->'node' = $2::text::jsonb`;
  expect(await stage.count(moved, run, await stage.node(run, 'w'))).toBe(MEMBERS);
  expect(await stage.count('event where team_id = $1', team)).toBe(MEMBERS + REORDERED);
});

/** In an order that is the same every time. */
const shuffled = <T>(all: readonly T[], seed: number): T[] =>
  all
    .map((it, no) => ({ it, rank: chance(seed, no, 'order') }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ it }) => it);
