// Requests to a provider in every mood, by the real code on a real database; what arrived is counted where it arrives.
import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { UNIVERSAL } from '../../../engine/effect.ts';
import { perform } from '../../../workers/effects/perform.ts';
import type { Deps } from '../../../workers/effects/work.ts';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { command } from '../../../workers/store/control.ts';
import { claimCall } from '../../../workers/store/ledger.ts';
import { runOf } from '../../../workers/store/run.ts';
import { freshDatabase } from '../../support/database.ts';
import { playbook } from '../../support/temporal-play.ts';
import { depsOf, journeyPlaybook, launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 20);
afterAll(() => store.close());
const START = Date.UTC(2026, 11, 1, 4);
const team = await makeTeam(store);

/** Somebody else's system: how it answers, and what it has accepted. */
const other = {
  url: '',
  heard: 0,
  accepted: [] as string[],
  mood: (_response: ServerResponse, _socket: Socket): boolean => true,
};
const server = createServer((request, response) => {
  other.heard += 1;
  if (!other.mood(response, request.socket)) return;
  other.accepted.push(String(request.headers['idempotency-key']));
  response.end();
});
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): boolean => {
    response.writeHead(code, headers).end();
    return false;
  };

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  other.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => server.close());
beforeEach(() => {
  other.heard = 0;
  other.accepted = [];
  other.mood = () => true;
});

/** A run with one node that calls the other side, and how to perform that for some members. */
async function calling(members: number) {
  const { run, plan } = await launchRun(store, team, {
    document: journeyPlaybook({
      in: ['enter', {}, { out: 'h' }],
      h: ['webhook', { url: other.url }, { ok: 'z', refused: 'z', failed: 'z' }],
      z: ['end', {}],
    }),
    startAt: START,
    mode: 'real',
  });
  const node = plan.nodes.findIndex(({ id }) => id === 'h');
  const visits = Array.from({ length: members }, (_, ordinal) => ({
    ordinal,
    lap: 0,
    call: 0,
    due: START,
    at: START,
  }));
  const ask = (last = false, more: Partial<Deps> = {}) => {
    const asked = visits.map((visit) => (last ? { ...visit, last: true as const } : visit));
    const calls = [{ batch: 1, node, effect: 'webhook', stage: 0, visits: asked }];
    return perform(depsOf(store, START, { allowPrivateAddresses: true, ...more }), { run, calls });
  };
  const codes = async (last = false): Promise<number[]> =>
    Array.from((await ask(last)).results[0]?.codes ?? []);
  return { run, node, ask, codes };
}

const tallied = (codes: readonly number[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
};
const OK = 0;

test('a provider that limits the rate is asked again when it says so, and everybody is served once', async () => {
  let room = 10;
  const refill = setInterval(() => (room = 10), 500);
  // Ten each half second; whoever comes too early is told to wait a second.
  other.mood = (response) => {
    if (room > 0) return (room -= 1) >= 0;
    return status(429, { 'retry-after': '1' })(response);
  };
  const { codes } = await calling(40);
  expect(tallied(await codes())).toEqual({ [OK]: 40 });
  clearInterval(refill);
  expect(new Set(other.accepted).size).toBe(40);
  expect(other.accepted).toHaveLength(40);
  expect(other.heard).toBeLessThan(40 * 2);
});

test('a claim whose answer is lost with the connection is still one’s own: nothing is in doubt, nobody is served twice', async () => {
  const { ask, run } = await calling(8);
  let lost = 0;
  // The statement is carried out, and the connection breaks before its answer has come.
  const query = async (text: string, values: unknown[]) => {
    const answer = await store.pool.query(text, values);
    if (text.includes(`'intended'`) && lost < 5) {
      lost += 1;
      throw new Error('Connection terminated unexpectedly');
    }
    return answer;
  };
  const pool = new Proxy(store.pool, {
    get: (target, key) => {
      const it: unknown = key === 'query' ? query : Reflect.get(target, key);
      return typeof it === 'function' ? it.bind(target) : it;
    },
  });
  const { results } = await ask(false, { store: { ...store, pool } });
  expect(lost).toBe(5);
  expect(tallied(Array.from(results[0]!.codes))).toEqual({ [OK]: 8 });
  expect(new Set(other.accepted).size).toBe(8);
  expect(other.accepted).toHaveLength(8);
  const { rows } = await store.pool.query(
    'select state::text, claim, count(*)::int as count from ledger where run_id = $1 group by 1, 2',
    [run],
  );
  expect(rows).toEqual([{ state: 'done', claim: null, count: 8 }]);
});

test('a claim is nobody else’s', async () => {
  const { run, node } = await calling(1);
  const scope = { team, run, node, effect: 'webhook' };
  const call = { ordinal: 0, lap: 0, call: 0, at: START };
  const [mine, theirs] = [randomUUID(), randomUUID()];
  expect(await claimCall(store.pool, scope, call, mine)).toEqual({ as: 'claimed' });
  expect(await claimCall(store.pool, scope, call, theirs)).toMatchObject({ as: 'taken' });
  expect(await claimCall(store.pool, scope, call, mine)).toEqual({ as: 'claimed' });
  // The run has been paused before the answer could come: it has not gone out, and nobody need find out.
  await store.pool.query(`update run set status = 'paused' where id = $1`, [run]);
  expect(await claimCall(store.pool, scope, call, mine)).toEqual({ as: 'held' });
  await store.pool.query(`update run set status = 'running' where id = $1`, [run]);
  expect(await claimCall(store.pool, scope, call, theirs)).toEqual({ as: 'claimed' });
});

test('a long Retry-After becomes the wait of the visit', async () => {
  other.mood = status(503, { 'retry-after': '120' });
  const { ask } = await calling(1);
  const { results } = await ask();
  expect(results[0]).toEqual({ batch: 1, codes: [UNIVERSAL.retry], untils: [START + 120_000] });
  expect(other.heard).toBe(1);
});

test('a header that asks for more than a day, or for nonsense, is bounded', async () => {
  const { ask } = await calling(1);
  for (const [header, until] of [
    ['9'.repeat(400), START + 86_400_000],
    ['-5', 0],
    ['soon', 0],
    ['Tue, 01 Jan 2999 00:00:00 GMT', START + 86_400_000],
  ] as const) {
    other.mood = status(503, { 'retry-after': header });
    const { results } = await ask();
    expect([header, results[0]?.codes[0], results[0]?.untils?.[0] ?? 0]).toEqual([
      header,
      UNIVERSAL.retry,
      until,
    ]);
  }
});

test('a provider that is down is not asked a hundred times, and is served in full when it is back', async () => {
  other.mood = status(500);
  const { codes } = await calling(100);
  expect(tallied(await codes())).toEqual({ [UNIVERSAL.retry]: 100 });
  expect(other.heard).toBeLessThan(20);
  other.mood = () => true;
  expect(tallied(await codes())).toEqual({ [OK]: 100 });
  expect(new Set(other.accepted).size).toBe(100);
  expect(other.accepted).toHaveLength(100);
});

test('a provider that takes requests and hangs up leaves a few in doubt, not all', async () => {
  other.mood = (_response, socket) => {
    socket.destroy();
    return false;
  };
  const { run, codes } = await calling(100);
  const first = tallied(await codes());
  const doubts = first[UNIVERSAL.doubt] ?? 0;
  expect(doubts).toBe(other.heard);
  expect(doubts).toBeGreaterThan(0);
  expect(doubts).toBeLessThan(20);
  expect(first[UNIVERSAL.retry]).toBe(100 - doubts);
  other.mood = () => true;
  await resume(run);
  expect(tallied(await codes())).toEqual({ [OK]: 100 - doubts, [UNIVERSAL.doubt]: doubts });
  expect(new Set(other.accepted).size).toBe(100 - doubts);
});

async function resume(run: string): Promise<void> {
  if ((await runOf(store.pool, run))?.status !== 'paused') return;
  const control = { do: 'resume', policy: 'hold' } as const;
  await inTransaction(store.pool, (sql) => command(sql, { run, control, by: 'test', now: START }));
}

test('when the last attempts of too many fail the run pauses itself, and the rest waits for people', async () => {
  // Every other one fails: the way stays open.
  let turn = 0;
  other.mood = (response) => ((turn += 1) % 2 === 0 ? true : status(500)(response));
  const { run, ask, codes } = await calling(200);
  const { results, held } = await ask(true);
  expect([results, held]).toEqual([[], true]);
  expect((await runOf(store.pool, run))?.status).toBe('paused');
  expect(other.heard).toBeLessThan(60);
  const before = other.accepted.length;
  expect((await ask(true)).held).toBe(true);
  expect(other.accepted).toHaveLength(before);
  // Resumed too early it pauses again.
  await resume(run);
  expect((await ask(true)).held).toBe(true);
  expect(other.accepted.length).toBeGreaterThan(before);
  const { rows } = await store.pool.query(`select 1 from notice where run_id = $1 and kind = 'breaker'`, [
    run,
  ]);
  expect(rows.length).toBeGreaterThan(0);
  other.mood = () => true;
  await resume(run);
  expect(tallied(await codes(true))).toEqual({ [OK]: 200 });
  expect(new Set(other.accepted).size).toBe(200);
  expect(other.accepted).toHaveLength(200);
});

test('a batch that is told to stop begins no other request, and another attempt goes on where it stopped', async () => {
  const { ask, codes } = await calling(60);
  const stopping = new AbortController();
  other.mood = () => {
    if (other.heard === 20) stopping.abort();
    return true;
  };
  const { results, held } = await ask(false, { stopping: stopping.signal });
  expect([results, held]).toEqual([[], true]);
  expect(other.heard).toBeLessThan(30);
  expect(tallied(await codes())).toEqual({ [OK]: 60 });
  expect(new Set(other.accepted).size).toBe(60);
  expect(other.accepted).toHaveLength(60);
});

test('two workers with one batch serve everybody once', async () => {
  const { ask } = await calling(80);
  await Promise.all([ask(), ask(), ask()]);
  expect(new Set(other.accepted).size).toBe(80);
  expect(other.accepted).toHaveLength(80);
});

test('what is performed long after it was issued counts from then; within a minute nobody notices', async () => {
  const HOUR = 3_600_000;
  const { run, plan } = await launchRun(store, team, {
    document: playbook({
      start: ['start', {}, { out: 't' }],
      t: [
        'human-task',
        {
          role: 'operator',
          title: { 'zh-CN': '看一下' },
          outcomes: [{ port: 'done' }],
          due: { for: 'PT2H' },
        },
        { done: 'z', expired: 'z' },
      ],
      z: ['end', {}],
    }),
    startAt: START,
    mode: 'real',
  });
  const node = plan.nodes.findIndex(({ id }) => id === 't');
  const dueOf = async (lap: number, delayMs: number) => {
    const visits = [{ ordinal: 0, lap, call: 0, due: START, at: START }];
    const calls = [{ batch: 1, node, effect: 'open-task', stage: 0, visits }];
    const { results } = await perform(depsOf(store, START + delayMs), { run, calls, issued: START });
    return results[0]?.untils?.[0];
  };
  expect(await dueOf(0, 50_000)).toBe(START + 2 * HOUR);
  expect(await dueOf(1, 7 * HOUR)).toBe(START + 9 * HOUR);
});
