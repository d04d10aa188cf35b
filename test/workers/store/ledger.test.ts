// Exactly once: whatever is repeated, interrupted or done by two workers at a time, an effect happens once.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { UNIVERSAL } from '../../../engine/effect.ts';
import type { Call } from '../../../engine/run/protocol.ts';
import { perform } from '../../../workers/effects/perform.ts';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { command } from '../../../workers/store/control.ts';
import { readLedger, writeDone } from '../../../workers/store/ledger.ts';
import { freshDatabase } from '../../support/database.ts';
import { playbook } from '../../support/temporal-play.ts';
import { depsOf, journeyPlaybook, launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 20);
const START = Date.UTC(2026, 11, 1, 4);
const team = await makeTeam(store);
afterAll(() => store.close());

const WORKERS = 8;
const call = (node: number, effect: string, visits = 1): Call => ({
  batch: 7,
  node,
  effect,
  stage: 0,
  visits: Array.from({ length: visits }, (_, ordinal) => ({
    ordinal,
    lap: 0,
    call: 0,
    due: START,
    at: START,
  })),
});
const count = async (from: string, run: string): Promise<number> => {
  const { rows } = await store.pool.query<{ count: number }>(
    `select count(*) as count from ${from} where run_id = $1`,
    [run],
  );
  return rows[0]!.count;
};

describe('an effect in the database, performed by eight workers at a time', () => {
  test('opens one task, and all of them get its answer', async () => {
    const document = playbook({
      start: ['start', {}, { out: 't' }],
      t: [
        'human-task',
        {
          role: 'operator',
          title: { 'zh-CN': '问三个人' },
          outcomes: [{ port: 'done' }],
          due: { for: 'PT2H' },
        },
        { done: 'z', expired: 'z' },
      ],
      z: ['end', {}],
    });
    const { run, plan } = await launchRun(store, team, { document, startAt: START, mode: 'real' });
    const calls = [
      call(
        plan.nodes.findIndex(({ id }) => id === 't'),
        'open-task',
      ),
    ];
    const performed = await Promise.all(
      Array.from({ length: WORKERS }, () => perform(depsOf(store, START), { run, calls })),
    );
    const answer = { batch: 7, codes: [0], untils: [START + 2 * 3_600_000] };
    expect(performed.map(({ results }) => results)).toEqual(performed.map(() => [answer]));
    expect(await count('task', run)).toBe(1);
    expect(await count('ledger', run)).toBe(1);
  });

  test('fails with its reason, which is kept once, and leaves the call to be made again', async () => {
    const who = { type: 'array', items: { type: 'string' }, default: [] };
    const document = playbook(
      {
        start: ['start', {}, { out: 'h' }],
        h: [
          'webhook',
          { url: 'https://example.org/', method: 'POST', body: { 'zh-CN': '{{ params.who[0] }}' } },
          { ok: 'z' },
        ],
        z: ['end', {}],
      },
      { params: { type: 'object', properties: { who } } },
    );
    const { run, plan } = await launchRun(store, team, { document, startAt: START, mode: 'real' });
    const node = plan.nodes.findIndex(({ id }) => id === 'h');
    const calls = [call(node, 'webhook')];
    const again = () => perform(depsOf(store, START), { run, calls });
    const performed = [...(await Promise.all(Array.from({ length: WORKERS }, again))), await again()];
    expect(new Set(performed.flatMap(({ results }) => results.map((it) => it.codes![0])))).toEqual(
      new Set([UNIVERSAL.failed]),
    );
    const { rows } = await store.pool.query('select state, why from ledger where run_id = $1', [run]);
    const why = { code: 'absent', what: 'params.who.0' };
    expect(rows).toEqual([{ state: 'released', why }]);
  });

  test('enrols everybody once', async () => {
    const document = journeyPlaybook(
      { in: ['enter', {}, { out: 'z' }], z: ['end', {}] },
      { rehearsal: { members: 40 } },
    );
    const { run, plan } = await launchRun(store, team, { document, startAt: START });
    const calls = [
      call(
        plan.nodes.findIndex(({ id }) => id === 'launch'),
        'launch-journey',
      ),
    ];
    const performed = await Promise.all(
      Array.from({ length: WORKERS }, () => perform(depsOf(store, START), { run, calls })),
    );
    expect(new Set(performed.map(({ results }) => JSON.stringify(results))).size).toBe(1);
    expect(await count('subject', run)).toBe(41);
    expect(await count('inbox', run)).toBe(1);
  });

  test('answers the visits that are new when a chunk overlaps with one that is done', async () => {
    const document = journeyPlaybook({
      in: ['enter', {}, { out: 't' }],
      t: ['tag', { add: ['vip'] }, { done: 'z' }],
      z: ['end', {}],
    });
    const { run, plan } = await launchRun(store, team, { document, startAt: START });
    const node = plan.nodes.findIndex(({ id }) => id === 't');
    await perform(depsOf(store, START), { run, calls: [call(node, 'tag', 3)] });
    const { results } = await perform(depsOf(store, START), { run, calls: [call(node, 'tag', 5)] });
    expect(results[0]!.codes).toEqual([0, 0, 0, 0, 0]);
    expect(await count('ledger', run)).toBe(5);
  });
});

describe('chunks that overlap and are performed at once', () => {
  test('do each visit once, and agree on the answers', async () => {
    const { run, plan } = await launchRun(store, team, {
      document: journeyPlaybook({
        in: ['enter', {}, { out: 'm' }],
        m: [
          'send-message',
          {
            channel: 'sim',
            audience: { subject: true },
            text: { 'zh-CN': '你好' },
            optOut: { 'zh-CN': '回复 T 退订' },
            class: 'marketing',
          },
          { sent: 'z', failed: 'z' },
        ],
        z: ['end', {}],
      }),
      startAt: START,
    });
    const index = (id: string) => plan.nodes.findIndex((node) => node.id === id);
    const deps = depsOf(store, START);
    await perform(deps, { run, calls: [call(index('launch'), 'launch-journey')] });
    const { visits, ...rest } = call(index('m'), 'send', 30);
    const chunks = [0, 5, 10, 15].map((from) => ({ ...rest, visits: visits.slice(from) }));
    const performed = await Promise.all(chunks.map((chunk) => perform(deps, { run, calls: [chunk] })));
    for (const { results } of performed) expect(new Set(results[0]!.codes as number[])).toEqual(new Set([0]));
    expect(await count('ledger', run)).toBe(31);
    const { rows } = await store.pool.query(
      `select sum(count) as sent from send_count where team_id = $1 and recipient like $2`,
      [team, `${run}/%`],
    );
    expect(rows).toEqual([{ sent: 30 }]);
  });
});

describe('a visit whose values cannot be stored', () => {
  test('fails alone: the others of its batch get their answers', async () => {
    const document = journeyPlaybook({
      in: ['enter', {}, { out: 'h' }],
      h: [
        'human-task',
        {
          role: 'operator',
          title: { 'zh-CN': '一对一' },
          outcomes: [{ port: 'done' }],
          due: { for: 'PT2H' },
        },
        { done: 'z', expired: 'z' },
      ],
      z: ['end', {}],
    });
    const { run, plan } = await launchRun(store, team, { document, startAt: START });
    const index = (id: string) => plan.nodes.findIndex((node) => node.id === id);
    await perform(depsOf(store, START), { run, calls: [call(index('launch'), 'launch-journey')] });
    // A lap that no bigint holds stands for whatever a database refuses.
    const { visits, ...rest } = call(index('h'), 'open-task', 3);
    const odd = visits.map((visit, i) => (i === 1 ? { ...visit, lap: 2 ** 63 } : visit));
    const { results } = await perform(depsOf(store, START), { run, calls: [{ ...rest, visits: odd }] });
    expect(results[0]!.codes).toEqual([0, UNIVERSAL.failed, 0]);
    expect(await count('task', run)).toBe(2);
  });
});

describe('a request to somebody else', () => {
  const document = (port: number) =>
    playbook({
      start: ['start', {}, { out: 'h' }],
      h: [
        'webhook',
        { url: `http://127.0.0.1:${port}/hook`, method: 'POST', body: { 'zh-CN': '{"run":"{{ run.id }}"}' } },
        { ok: 'z', refused: 'z', failed: 'z' },
      ],
      z: ['end', {}],
    });

  /** A server that answers with a status, or takes the request and hangs up. */
  async function serverOf(answer: number | 'hang-up') {
    const keys: string[] = [];
    const server = createServer((request, response) => {
      keys.push(String(request.headers['idempotency-key']));
      if (answer === 'hang-up') request.socket.destroy();
      else response.writeHead(answer).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterAll(() => server.close());
    return { keys, port: (server.address() as AddressInfo).port };
  }

  async function hook(answer: number | 'hang-up') {
    const { keys, port } = await serverOf(answer);
    const { run, plan } = await launchRun(store, team, {
      document: document(port),
      startAt: START,
      mode: 'real',
    });
    const node = plan.nodes.findIndex(({ id }) => id === 'h');
    const deps = depsOf(store, START, { allowPrivateAddresses: true });
    const again = async (no = 0) => {
      const { visits, ...rest } = call(node, 'webhook');
      const calls = [{ ...rest, visits: visits.map((visit) => ({ ...visit, call: no })) }];
      return (await perform(deps, { run, calls })).results[0]!.codes[0];
    };
    return { run, node, keys, again, deps };
  }

  test('that was accepted goes out once, with a key of its own', async () => {
    const { keys, again } = await hook(204);
    expect([await again(), await again()]).toEqual([0, 0]);
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}\/h\/0\/0$/);
  });

  test('that may succeed later is tried again with the same key', async () => {
    const { keys, again } = await hook(503);
    expect([await again(), await again()]).toEqual([UNIVERSAL.retry, UNIVERSAL.retry]);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  test('without an answer is in doubt and is not repeated, until a person says so', async () => {
    const { run, node, keys, again } = await hook('hang-up');
    expect([await again(), await again()]).toEqual([UNIVERSAL.doubt, UNIVERSAL.doubt]);
    expect(keys).toHaveLength(1);
    await inTransaction(store.pool, (sql) =>
      command(sql, { run, control: { do: 'retry', node, ordinal: 0, lap: 0 }, by: 'somebody', now: START }),
    );
    expect(await again(1)).toBe(UNIVERSAL.doubt);
    expect(keys).toHaveLength(2);
    // The call is a new one for the ledger, and the same for a provider that tells repetitions.
    expect(keys[1]).toBe(keys[0]);
    expect(await count('ledger', run)).toBe(2);
  });

  test('found half done after a crash is in doubt, and does not go out again', async () => {
    const { run, node, keys, again } = await hook(204);
    await store.pool.query(
      `insert into ledger (team_id, run_id, node, ordinal, lap, call, effect, state, at)
       values ($1, $2, $3, 0, 0, 0, 'webhook', 'intended', instant_of($4))`,
      [team, run, node, START],
    );
    expect(await again()).toBe(UNIVERSAL.doubt);
    expect(keys).toEqual([]);
  });

  test('never reaches a private address unless the installation allows it', async () => {
    const { port, keys } = await serverOf(200);
    const { run, plan } = await launchRun(store, team, {
      document: document(port),
      startAt: START,
      mode: 'real',
    });
    const node = plan.nodes.findIndex(({ id }) => id === 'h');
    const { results } = await perform(depsOf(store, START), { run, calls: [call(node, 'webhook')] });
    expect(results[0]!.codes[0]).toBe(1);
    expect(keys).toEqual([]);
  });

  test('is not led elsewhere', async () => {
    const { again } = await hook(302);
    expect(await again()).toBe(1);
  });
});

describe('the circuit breaker', () => {
  test('pauses the run and says so when more than a tenth of at least twenty visits fail', async () => {
    const document = journeyPlaybook(
      {
        in: ['enter', {}, { out: 'm' }],
        m: [
          'send-message',
          {
            channel: 'simulator',
            audience: { subject: true },
            text: { 'zh-CN': '你好' },
            class: 'service',
          },
          { sent: 'z', failed: 'z' },
        ],
        z: ['end', {}],
      },
      { rehearsal: { members: 40, rates: { fail: 1 } } },
    );
    const { run, plan } = await launchRun(store, team, { document, startAt: START });
    const index = (id: string) => plan.nodes.findIndex((node) => node.id === id);
    const deps = depsOf(store, START);
    await perform(deps, { run, calls: [call(index('launch'), 'launch-journey')] });
    const chunk = (from: number, to: number): Call => {
      const all = call(index('m'), 'send', to);
      return { ...all, visits: all.visits.slice(from) };
    };
    const state = async () => {
      const { rows } = await store.pool.query<{ status: string; notices: number }>(
        `select status, (select count(*) from notice n where n.run_id = r.id and n.kind = 'breaker') as notices
         from run r where id = $1`,
        [run],
      );
      return rows[0];
    };
    const { results } = await perform(deps, { run, calls: [chunk(0, 19)] });
    expect(new Set(results[0]!.codes as number[])).toEqual(new Set([UNIVERSAL.failed]));
    expect(await state()).toEqual({ status: 'scheduled', notices: 0 });
    await perform(deps, { run, calls: [chunk(19, 20)] });
    expect(await state()).toEqual({ status: 'paused', notices: 1 });
    await perform(deps, { run, calls: [chunk(20, 40)] });
    expect(await state()).toEqual({ status: 'paused', notices: 1 });
  });
});

test('who takes calls for new that somebody has answered meanwhile is told so, and keeps none of its answers', async () => {
  const document = playbook({ start: ['start', {}, { out: 'z' }], z: ['end', {}] });
  const { run } = await launchRun(store, team, { document, startAt: START, mode: 'real' });
  const scope = { team, run, node: 0, effect: 'tag' };
  const entry = (ordinal: number, code: number) => ({ ordinal, lap: 0, call: 0, code, at: START });
  expect(await writeDone(store.pool, scope, [entry(0, 1), entry(1, 1)], { isNew: true })).toBe(true);
  expect(await writeDone(store.pool, scope, [entry(1, 2), entry(2, 2)], { isNew: true })).toBe(false);
  const rows = await readLedger(store.pool, scope, [entry(0, 0), entry(1, 0), entry(2, 0)]);
  expect(rows.map(({ ordinal, code }) => [ordinal, code])).toEqual([
    [0, 1],
    [1, 1],
  ]);
});
