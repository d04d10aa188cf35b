// What the database itself refuses: rewriting versions, plans, ledgers and decisions, and states that go back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore } from '../../../workers/store/client.ts';
import { newId } from '../../../workers/store/id.ts';
import { freshDatabase } from '../../support/database.ts';
import { playbook } from '../../support/temporal-play.ts';
import { launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 4);
afterAll(() => store.close());
const { pool } = store;
const START = Date.UTC(2026, 11, 1, 4);
const team = await makeTeam(store);
const other = await makeTeam(store);
const document = playbook({ start: ['start', {}, { out: 'z' }], z: ['end', {}] });
const { run } = await launchRun(store, team, { document, startAt: START, mode: 'real' });

const refused = (sql: string, values: readonly unknown[] = []) =>
  expect(pool.query(sql, [...values])).rejects.toThrow(/append-only|cannot|already|has to decide|violates/);

beforeAll(async () => {
  await pool.query(
    `insert into passed_alone (run_id, team_id, node, ordinal, lap, at) values ($1, $2, 0, 0, 0, instant_of(0))`,
    [run, team],
  );
  await pool.query(
    `insert into passed_together (run_id, team_id, node, ordinals, first, visits, lap, at)
     values ($1, $2, 0, '{[1,8],[10,10]}', 1, 9, 0, instant_of(0))`,
    [run, team],
  );
  await pool.query(
    `insert into event (team_id, name, source, source_id, at, recorded_at, data)
     values ($1, 'x', 's', '1', instant_of(0), instant_of(0), '{"text":"hello"}')`,
    [team],
  );
  await pool.query(
    `insert into audit_log (team_id, at, actor_kind, action, subject) values ($1, instant_of(0), 'user', 'a', 's')`,
    [team],
  );
});

describe('rows that nobody rewrites', () => {
  test.each(['plan', 'playbook_version', 'passed_alone', 'passed_together', 'audit_log', 'event'])(
    '%s',
    async (table) => {
      await refused(`update ${table} set team_id = team_id`);
      await refused(`delete from ${table}`);
    },
  );

  test('nor empties', async () => {
    await refused('truncate plan cascade');
    await refused('truncate playbook_version cascade');
  });

  test('erasing a person empties what their events say and keeps that they happened', async () => {
    await refused(`update event set data = '{"text":"other"}'`);
    await pool.query(`update event set data = '{}'`);
    const { rows } = await pool.query('select name, data from event where team_id = $1', [team]);
    expect(rows).toEqual([{ name: 'x', data: {} }]);
  });
});

describe('visits that were passed together', () => {
  const INTO = 'insert into passed_together (run_id, team_id, node, ordinals, first, visits, lap, at)';
  const refuses = (ordinals: string, first: number, visits: number) =>
    refused(`${INTO} values ($1, $2, 0, $3, $4, $5, 0, instant_of(0))`, [run, team, ordinals, first, visits]);

  test('are counted and found by what they hold, within their shard', async () => {
    await refuses('{[13,15],[17,17]}', 13, 5);
    await refuses('{[13,15],[17,17]}', 12, 4);
    await refuses('{[9999,10000]}', 9_999, 2);
    await refuses('{}', 0, 0);
  });

  test('are left once: not in two sets, not also alone', async () => {
    await refuses('{[9,10]}', 9, 2);
    await refuses('{[0,0],[20,20]}', 0, 2);
    const alone =
      'insert into passed_alone (run_id, team_id, node, ordinal, lap, at) select $1, $2, 0, o, 0, instant_of(0)';
    await refused(`${alone} from unnest('{20,10}'::int[]) as o`, [run, team]);
    await refused(
      `with a as (${alone} from unnest('{30}'::int[]) as o) ${INTO} values ($1, $2, 0, '{[30,31]}', 30, 2, 0, instant_of(0))`,
      [run, team],
    );
    // On another lap, at another step and between the others there is room.
    await pool.query(`${alone} from unnest('{9}'::int[]) as o`, [run, team]);
    await pool.query(
      `${INTO} values ($1, $2, 0, '{[1,9]}', 1, 9, 1, instant_of(0)), ($1, $2, 1, '{[1,9]}', 1, 9, 0, instant_of(0))`,
      [run, team],
    );
  });
});

describe('the ledger', () => {
  const set = (state: string) =>
    pool.query(`update ledger set state = $2, code = 0 where run_id = $1`, [run, state]);

  test('lies in the partition of the launch’s month', async () => {
    await pool.query(
      `insert into ledger (team_id, run_id, node, ordinal, lap, call, effect, state, at)
       values ($1, $2, 0, 0, 0, 0, 'webhook', 'intended', instant_of(0))`,
      [team, run],
    );
    const { rows } = await pool.query(
      'select tableoid::regclass::text as part from ledger where run_id = $1',
      [run],
    );
    expect(rows).toEqual([{ part: 'ledger_2026_12' }]);
  });

  test('takes a call from intended to its outcome, and then nothing more', async () => {
    await set('doubt');
    await expect(set('intended')).rejects.toThrow(/append-only/);
    await set('released');
    await set('intended');
    await set('done');
    for (const state of ['intended', 'doubt', 'released', 'done']) {
      await expect(set(state)).rejects.toThrow(/append-only/);
    }
    await refused('delete from ledger');
  });

  test('makes room for a month once, however many launch at once', async () => {
    const ids = Array.from({ length: 8 }, () => newId(Date.UTC(2031, 4, 5)));
    await Promise.all(ids.map((id) => pool.query('select ensure_launch_month($1)', [id])));
    const { rows } = await pool.query(`select to_regclass('ledger_2031_05') is not null as made`);
    expect(rows).toEqual([{ made: true }]);
  });
});

describe('states that do not go back', () => {
  test('a run keeps what it was launched with, and stays over', async () => {
    await refused(`update run set params = '{"a":1}' where id = $1`, [run]);
    await refused('update run set seed = seed + 1 where id = $1', [run]);
    await pool.query(`update run set status = 'running' where id = $1`, [run]);
    await refused(`update run set status = 'scheduled' where id = $1`, [run]);
    await refused(`update run set status = 'completed' where id = $1`, [run]);
    await pool.query(`update run set status = 'completed', finished_at = instant_of(0) where id = $1`, [run]);
    await refused(`update run set status = 'running', finished_at = null where id = $1`, [run]);
  });

  test('a sensitive task closes by a person’s decision only', async () => {
    const id = newId();
    await pool.query(
      `insert into task (id, team_id, run_id, node, ordinal, lap, kind, role, title, outcomes, sensitive, opened_at, due_at)
       values ($1, $2, $3, 1, 0, 0, 'apologise', 'owner', '{}', '[]', true, instant_of(0), instant_of(1))`,
      [id, team, run],
    );
    const close = () =>
      pool.query(
        `update task set state = 'done', outcome = 'sent', closed_at = instant_of(1) where id = $1`,
        [id],
      );
    const decide = (by: string) =>
      pool.query(
        `insert into task_decision (team_id, task_id, by, outcome, at, recorded_at)
         values ($1, $2, $3, 'sent', instant_of(0), instant_of(0))`,
        [team, id, by],
      );
    await expect(close()).rejects.toThrow(/a person has to decide/);
    await decide('simulated');
    await expect(close()).rejects.toThrow(/a person has to decide/);
    await decide(newId());
    await close();
    await refused(`update task set state = 'open', closed_at = null where id = $1`, [id]);
    await refused('delete from task_decision');
  });
});

describe('rows that do not fit together', () => {
  test('stays of a member in a group never overlap, nor do two that come at once', async () => {
    const [community, group, member] = [newId(), newId(), newId()];
    await pool.query(
      `insert into community (id, team_id, name, created_at) values ($1, $2, 'c', instant_of(0))`,
      [community, team],
    );
    await pool.query(
      `insert into community_group (id, team_id, community_id, name, created_at) values ($1, $2, $3, 'g', instant_of(0))`,
      [group, team, community],
    );
    await pool.query(
      `insert into member (id, team_id, display_name, joined_at) values ($1, $2, 'x', instant_of(0))`,
      [member, team],
    );
    const join = (from: number, to: number | null) =>
      pool.query(
        `insert into membership (id, team_id, member_id, group_id, joined_at, left_at)
         values (gen_random_uuid(), $1, $2, $3, instant_of($4), instant_of($5))`,
        [team, member, group, from, to],
      );
    await join(0, 10);
    await join(10, 20);
    await expect(join(15, 30)).rejects.toThrow(/already/);
    const both = await Promise.allSettled([join(20, null), join(25, null)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('a row of one team cannot refer to another team’s', async () => {
    const community = newId();
    await pool.query(
      `insert into community (id, team_id, name, created_at) values ($1, $2, 'd', instant_of(0))`,
      [community, team],
    );
    await refused(
      `insert into community_group (id, team_id, community_id, name, created_at)
       values (gen_random_uuid(), $1, $2, 'h', instant_of(0))`,
      [other, community],
    );
  });
});
