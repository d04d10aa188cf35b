// However many visits a batch has, its effect asks the database the same number of questions.
// Counted where production asks: at the connections of the pool.
import { afterAll, describe, expect, test } from 'vitest';
import { challenge } from '../../../bench/rehearse-10k-21d.ts';
import type { Playbook } from '../../../engine/document.ts';
import type { Call, CallVisit } from '../../../engine/run/protocol.ts';
import { inTransaction, openStore, type Store } from '../../../workers/store/client.ts';
import { newId } from '../../../workers/store/id.ts';
import { perform } from '../../../workers/effects/perform.ts';
import { misleadPlanner, watchPlans } from '../../support/watched-plans.ts';
import { freshDatabase } from '../../support/database.ts';
import type { Sketch } from '../../support/temporal-play.ts';
import { launch, makePeople, NOON, posting } from '../send-stage.ts';
import { depsOf, journeyPlaybook, launchRun, makeTeam, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());
const team = await makeTeam(store);
const START = Date.UTC(2026, 11, 1, 4);
const FEW = 20;
const MANY = 400;
/** A share of the square: a table of a few pages may well be looked through for each. */
const SOME_IN_VAIN = MANY ** 2 / 4;

const zh = (text: string) => ({ 'zh-CN': text });
const text = zh('你好，{{ member.name }}！');
const task = { role: 'operator', title: text, outcomes: [{ port: 'a' }], remindBefore: 'PT1H' };

/** One step of each kind that asks something, and its ways on. */
const sketch: Sketch = {
  in: ['enter', {}, { out: 'tag' }],
  tag: ['tag', { add: ['a'], remove: ['b'] }, { done: 'attribute' }],
  attribute: ['set-attribute', { name: 'level', value: 3 }, { done: 'branch' }],
  branch: [
    'branch',
    { rules: [{ port: 'new', when: { cel: 'member.level < 2.0' } }] },
    { new: 'until', else: 'until' },
  ],
  until: ['wait-until', { until: { at: '09:00' } }, { reached: 'hello' }],
  hello: [
    'send-message',
    { channel: 'simulator', audience: { subject: true }, text, class: 'service' },
    { sent: 'post' },
  ],
  post: [
    'send-message',
    { channel: 'by-hand', audience: { subject: true }, text, class: 'service', mode: 'humanCopy' },
    { sent: 'task' },
  ],
  task: ['human-task', { ...task, kind: 'comfort', due: { for: 'PT4H' } }, { a: 'form', expired: 'form' }],
  form: [
    'collect-form',
    { title: text, questions: [{ key: 'q', label: text, type: 'text' }], until: { for: 'P1D' } },
    { submitted: 'metric', expired: 'metric' },
  ],
  metric: [
    'branch-metric',
    { metric: 'sign_ups', bands: [{ port: 'a', atLeast: 1 }] },
    { a: 'more', else: 'more', unknown: 'more' },
  ],
  more: [
    'run-playbook',
    { playbook: 'another', wait: true, within: 'P1D' },
    { done: 'z', expired: 'z', refused: 'z' },
  ],
  z: ['end', {}],
};

const calls: readonly (readonly [effect: string, node: string])[] = [
  ['tag', 'tag'],
  ['set-attribute', 'attribute'],
  ['choose', 'branch'],
  ['instant', 'until'],
  ['send', 'hello'],
  ['send', 'post'],
  ['open-task', 'task'],
  ['remind-task', 'task'],
  ['escalate-task', 'task'],
  ['open-form', 'form'],
  ['close-form', 'form'],
  ['measure', 'metric'],
  ['start-playbook', 'more'],
];

/** A store that counts what its transactions ask. */
function counting(): { readonly counted: Store; readonly asked: () => number } {
  let asked = 0;
  const connect = async () => {
    const client = await store.pool.connect();
    return {
      query: (text: string, values?: unknown[]) => {
        asked += 1;
        return client.query(text, values);
      },
      release: (broken?: boolean) => client.release(broken),
    };
  };
  const query = (text: string, values?: unknown[]) => {
    asked += 1;
    return store.pool.query(text, values);
  };
  return { counted: { ...store, pool: { connect, query } as never }, asked: () => asked };
}

/** A run whose journey has enrolled `MANY` people of a synthetic community, or members. */
async function enrolled(kind: 'people' | 'members') {
  const document = journeyPlaybook(sketch);
  const members = kind === 'members' ? await makeMembers() : [];
  const group = kind === 'members' ? { groups: [newId()] } : { members: MANY };
  const { run, plan } = await launchRun(store, team, { document, startAt: START, ...group });
  await store.pool.query(
    `insert into subject (run_id, graph, ordinal, team_id, shard, member_id, person, entered_at)
     select $1, 1, n, $2, 0, ($3::uuid[])[n + 1], case when $4 then n end, instant_of($5)
     from generate_series(0, $6::int - 1) as n`,
    [run, team, members, kind === 'people', START, MANY],
  );
  return { run, plan };
}

async function makeMembers(): Promise<string[]> {
  const ids = Array.from({ length: MANY }, () => newId());
  await store.pool.query(
    `insert into member (id, team_id, display_name, joined_at)
     select id, $1, '小雨', instant_of($2) from unnest($3::uuid[]) as id`,
    [team, START, ids],
  );
  return ids;
}

await store.pool.query(
  `insert into channel (id, team_id, kind, name, created_at) values ($1, $2, 'manual', 'by-hand', instant_of($4)),
     ($3, $2, 'simulator', 'simulator', instant_of($4))`,
  [newId(), team, newId(), START],
);

describe.each(['people', 'members'] as const)('a batch of %s', (kind) => {
  test('is never compared row by row with a list, whatever the planner thinks of the run', async () => {
    await misleadPlanner(store, team, START);
    const { run, plan } = await enrolled(kind);
    const { watched, faults } = watchPlans(store, SOME_IN_VAIN);
    for (const [effect, id] of calls) {
      const visits = Array.from({ length: MANY }, (_, ordinal): CallVisit => {
        return { ordinal, lap: 0, call: 0, due: START, at: START };
      });
      const node = plan.nodes.findIndex((it) => it.id === id);
      const call: Call = { batch: 1, node, effect, stage: 0, visits };
      await perform(depsOf(watched, START), { run, calls: [call] });
    }
    expect([...faults]).toEqual([]);
  });

  test('costs as many statements as a few visits', async () => {
    const { run, plan } = await enrolled(kind);
    for (const [effect, id] of calls) {
      const node = plan.nodes.findIndex((it) => it.id === id);
      const ask = async (first: number, end: number): Promise<number> => {
        const { counted, asked } = counting();
        const visits = Array.from({ length: end - first }, (_, n): CallVisit => {
          return { ordinal: first + n, lap: 0, call: 0, due: START, at: START };
        });
        const call: Call = { batch: 1, node, effect, stage: 0, visits };
        const { results } = await perform(depsOf(counted, START), { run, calls: [call] });
        expect(results[0]?.codes, effect).toHaveLength(visits.length);
        expect(
          Array.from(results[0]?.codes ?? []).every((code) => code < 128),
          effect,
        ).toBe(true);
        return asked();
      };
      const few = await ask(0, FEW);
      // The first may ask for what a process keeps.
      expect(await ask(FEW, MANY), `${effect} of ${id}`).toBeLessThanOrEqual(few);
      expect(few, `${effect} of ${id}`).toBeLessThan(24);
    }
  });
});

/** The challenge of two days. */
function twoDays(): Playbook {
  const { journeys, rehearsal } = challenge;
  const { daily } = journeys;
  const nodes = daily.graph.nodes.map((node) =>
    node.id === 'days' ? { ...node, config: { max: 2, at: '09:00' } } : node,
  );
  return {
    ...challenge,
    journeys: { daily: { ...daily, tolerance: 'PT1H', graph: { ...daily.graph, nodes } } },
    rehearsal: { ...rehearsal, members: MANY },
  } as unknown as Playbook;
}

/** Runs it to its end on a store that is watched. Returns the statements at fault. */
async function courseOf(document: Playbook) {
  const { watched, faults } = watchPlans(store, SOME_IN_VAIN);
  await play(document, watched);
  return [...faults];
}

async function play(document: Playbook, on: Store): Promise<void> {
  const { run, plan } = await launchRun(store, team, { document, startAt: START, members: MANY });
  await new VirtualRun(depsOf(on, START), run, plan, { startAt: START, seed: 1 }).runUntil();
  const { rows } = await store.pool.query('select from subject where run_id = $1 and ended_at is not null', [
    run,
  ]);
  expect(rows).toHaveLength(MANY + 1);
}

describe('in the course of a journey nothing compares row by row', () => {
  test('whatever the planner thinks of the run', async () => {
    await misleadPlanner(store, team, START);
    expect(await courseOf(twoDays())).toEqual([]);
  });

  test('although all that the planner has ever seen was over', async () => {
    await forgetOtherRuns();
    await play(twoDays(), store);
    await store.pool.query('analyze');
    expect(await courseOf(twoDays())).toEqual([]);
  });
});

/** What is left then is the run that comes next. */
async function forgetOtherRuns(): Promise<void> {
  await inTransaction(store.pool, async (sql) => {
    await sql.query('set local session_replication_role = replica');
    for (const table of [
      'subject',
      'passed_alone',
      'passed_together',
      'ledger',
      'listener',
      'person',
      'message',
      'delivery',
      'task',
      'form',
    ])
      await sql.query(`delete from ${table}`);
  });
}

test('an audience that has just joined is found without comparing each with each', async () => {
  const people = await makePeople(store, MANY);
  const { watched, faults } = watchPlans(store, SOME_IN_VAIN);
  const { send } = await launch(store, people, posting('segment'), { store: watched });
  expect((await send(NOON)).code).toBe('sent');
  expect([...faults]).toEqual([]);
});
