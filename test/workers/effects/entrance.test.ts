// The entrance of a journey on a real database: who is let in, who is turned away, and that nobody slips in twice.
import { afterAll, expect, test } from 'vitest';
import { compile } from '../../../engine/index.ts';
import { rehearse } from '../../../engine/rehearse.ts';
import type { JsonObject } from '../../../engine/json.ts';
import { perform } from '../../../workers/effects/perform.ts';
import { openStore } from '../../../workers/store/client.ts';
import { newId } from '../../../workers/store/id.ts';
import { reportOfRun } from '../../../workers/store/inspect.ts';
import { createRun } from '../../../workers/store/launch.ts';
import { runOf } from '../../../workers/store/run.ts';
import { freshDatabase } from '../../support/database.ts';
import { graphOf, playbook } from '../../support/temporal-play.ts';
import { depsOf, journeyPlaybook, launchRun, makeTeam, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());
const START = Date.UTC(2026, 11, 1, 1);

const DAILY = (enter: JsonObject, stays: string) =>
  playbook(
    {
      begin: ['start', {}, { out: 'rounds' }],
      rounds: ['repeat', { max: 4 }, { each: 'launch', done: 'over' }],
      launch: ['journey', { journey: 'all' }, { launched: 'pause', empty: 'pause' }],
      pause: ['wait', { for: 'P1D' }, { done: 'rounds' }],
      over: ['end', { reason: 'over' }],
    },
    {
      rehearsal: { members: 9, seed: 3, attributes: { city: { 上海: 1, 杭州: 1 } } },
      journeys: {
        all: {
          title: { 'zh-CN': '大家' },
          graph: graphOf({
            in: ['enter', enter, { out: 'stay' }],
            stay: ['wait', { for: stays }, { done: 'bye' }],
            bye: ['end', { reason: 'through' }],
          }),
        },
      },
    },
  );

test.each<[string, JsonObject, string, number]>([
  ['once in the run', { again: 'run' }, 'PT1H', 9],
  ['once ever', { again: 'once' }, 'PT1H', 9],
  ['again when through', { again: 'after-exit' }, 'PT1H', 36],
  ['not while they are still inside', { again: 'after-exit' }, 'P1DT6H', 18],
  ['again after two days', { again: 'after', days: 2 }, 'PT1H', 18],
  ['as many as there is room for', { again: 'after-exit', capacity: 20 }, 'PT1H', 20],
  ['those on a list', { from: 'list', list: ['person-7', 'person-2', 'nobody'] }, 'PT1H', 2],
])('in a rehearsal as in a run, members enter %s', async (_name, enter, stays, entries) => {
  const document = DAILY(enter, stays);
  const { plan, problems } = compile(document, {});
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const rehearsed = rehearse(plan!, { start: START, settings: document.rehearsal }).report();
  const team = await makeTeam(store);
  const launched = await launchRun(store, team, { document, startAt: START, seed: 3 });
  const run = new VirtualRun(depsOf(store, START), launched.run, launched.plan, { startAt: START, seed: 3 });
  await run.runUntil();
  expect(await reportOfRun(store.pool, (await runOf(store.pool, launched.run))!)).toEqual(rehearsed);
  expect(rehearsed.traces.filter(({ subject }) => subject !== 'campaign')).toHaveLength(entries);
});

/** A team with a group of `members`, of whom one is staff and one a test account. */
async function community(members: number): Promise<{ team: number; group: string }> {
  const team = await makeTeam(store);
  const [place, group] = [newId(START), newId(START)];
  const { pool } = store;
  await pool.query(
    `insert into community (id, team_id, name, created_at) values ($1, $2, 'C', instant_of(0))`,
    [place, team],
  );
  await pool.query(
    `insert into community_group (id, team_id, community_id, name, created_at) values ($1, $2, $3, 'G', instant_of(0))`,
    [group, team, place],
  );
  await pool.query(
    `with made as (
       insert into member (id, team_id, display_name, kind, external_key, joined_at)
       select gen_random_uuid(), $1, 'M' || no,
         case no when 1 then 'staff'::member_kind when 2 then 'test'::member_kind else 'member'::member_kind end,
         'C-' || no, instant_of(0)
       from generate_series(1, $2) as no returning id)
     insert into membership (id, team_id, member_id, group_id, joined_at)
     select gen_random_uuid(), $1, id, $3, instant_of(0) from made`,
    [team, members, group],
  );
  return { team, group };
}

/** Two runs of one playbook whose campaigns launch its journey at the same moment, several times over. */
async function race(team: number, group: string, enter: JsonObject, runs: number) {
  const document = journeyPlaybook({ in: ['enter', enter, { out: 'bye' }], bye: ['end', {}] });
  const first = await launchRun(store, team, { document, startAt: START, mode: 'real', groups: [group] });
  const { version, playbook: id } = (await runOf(store.pool, first.run))!;
  const ids = [first.run];
  for (let no = 1; no < runs; no += 1) {
    const { run } = await createRun(store, {
      team,
      playbook: id,
      version,
      planHash: first.plan.hash,
      params: {},
      roles: {},
      groups: [group],
      seed: 1,
      mode: 'real',
      startAt: START,
      now: START,
    });
    ids.push(run);
  }
  const node = first.plan.nodes.findIndex((it) => it.id === 'launch');
  const visits = [{ ordinal: 0, lap: 0, call: 0, due: START, at: START }];
  const call = { batch: 0, node, effect: 'launch-journey', stage: 0, visits };
  await Promise.all(
    // Each twice at once, as after a worker that was slow to die.
    [...ids, ...ids].map((run) => perform(depsOf(store, START), { run, calls: [call] })),
  );
  return ids;
}

test('members enter once ever, although four runs of the playbook launch at once; staff and tests do not', async () => {
  const { team, group } = await community(302);
  const runs = await race(team, group, { again: 'once' }, 4);
  const { rows } = await store.pool.query(
    `select count(*) as entries, count(distinct member_id) as members from subject where run_id = any($1) and graph = 1`,
    [runs],
  );
  expect(rows[0]).toEqual({ entries: 300, members: 300 });
  const { rows: away } = await store.pool.query(
    `select reason, count(*) as count from turned_away where run_id = any($1) group by reason order by reason`,
    [runs],
  );
  expect(away).toEqual([
    { reason: 'again', count: 900 },
    { reason: 'staff', count: 4 },
    { reason: 'test', count: 4 },
  ]);
});

test('a capacity is kept although its run launches from two workers at once, and those left out are told', async () => {
  const { team, group } = await community(102);
  const runs = await race(team, group, { capacity: 30 }, 3);
  const { rows } = await store.pool.query(
    `select (select count(*) from subject s where s.run_id = r.id and graph = 1) as entered,
       (select count(distinct ordinal) from subject s where s.run_id = r.id and graph = 1) as numbers,
       (select count(*) from turned_away t where t.run_id = r.id and reason = 'full') as full
     from run r where id = any($1)`,
    [runs],
  );
  expect(rows).toEqual(Array.from({ length: 3 }, () => ({ entered: 30, numbers: 30, full: 70 })));
});

test('a list names members by their id or by the team’s own key', async () => {
  const { team, group } = await community(20);
  const { rows: known } = await store.pool.query<{ id: string }>(
    `select id from member where team_id = $1 and external_key = 'C-9'`,
    [team],
  );
  const [run] = await race(team, group, { from: 'list', list: [known[0]!.id, 'C-12', 'C-1', 'C-404'] }, 1);
  const { rows } = await store.pool.query<{ key: string }>(
    `select m.external_key as key from subject s join member m on m.id = s.member_id
     where s.run_id = $1 and s.graph = 1 order by 1`,
    [run],
  );
  expect(rows.map(({ key }) => key)).toEqual(['C-12', 'C-9']);
});
