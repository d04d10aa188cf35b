// What people answer: tasks with quorum, evidence and numbers, forms, and operators' commands, each once and in its place.
import { afterAll, describe, expect, test } from 'vitest';
import type { Call } from '../../../engine/run/protocol.ts';
import { perform } from '../../../workers/effects/perform.ts';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { command } from '../../../workers/store/control.ts';
import { drain } from '../../../workers/store/drain.ts';
import { submitForm } from '../../../workers/store/form.ts';
import { newId } from '../../../workers/store/id.ts';
import { settle } from '../../../workers/store/settle.ts';
import { answerTask } from '../../../workers/store/task.ts';
import { freshDatabase } from '../../support/database.ts';
import { playbook } from '../../support/temporal-play.ts';
import { depsOf, launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 16);
afterAll(() => store.close());
const team = await makeTeam(store);
const START = Date.UTC(2026, 11, 1, 4);
const HOUR = 3_600_000;

async function opened(
  step: string,
  config: Record<string, unknown>,
  effect: string,
  ports: Record<string, string>,
) {
  const document = playbook({
    start: ['start', {}, { out: 'n' }],
    n: [step, config as never, ports],
    z: ['end', {}],
  });
  const { run, plan } = await launchRun(store, team, { document, startAt: START, mode: 'real' });
  const node = plan.nodes.findIndex(({ id }) => id === 'n');
  const call = (no: number, name = effect, at = START): Call => ({
    batch: no,
    node,
    effect: name,
    stage: 0,
    visits: [{ ordinal: 0, lap: 0, call: no, due: START, at }],
  });
  const deps = depsOf(store, START);
  await perform(deps, { run, calls: [call(0)] });
  const idIn = async (table: 'task' | 'form') => {
    const { rows } = await store.pool.query<{ id: string }>(`select id from ${table} where run_id = $1`, [
      run,
    ]);
    return rows[0]!.id;
  };
  const entries = async () =>
    (await drain(store, { run, shard: 0 }, { cursor: 0, now: START + HOUR })).entries;
  return { run, node, deps, call, idIn, entries };
}

const approval = (quorum: number) =>
  opened(
    'approval',
    { role: 'approver', title: { 'zh-CN': '方案' }, quorum, due: { for: 'PT48H' } },
    'open-task',
    { approved: 'z', rejected: 'z', expired: 'z' },
  );

describe('an approval', () => {
  test('goes to its visit when enough people have said the same, once, however many answer at once', async () => {
    const { run, node, idIn, entries } = await approval(3);
    const task = await idIn('task');
    const answered = await Promise.all(
      Array.from({ length: 10 }, () =>
        answerTask(store, { team, task, by: newId(), outcome: 'approved', now: START }),
      ),
    );
    const count = (as: string) => answered.filter((it) => it.as === as).length;
    expect([count('counted'), count('done'), count('closed')]).toEqual([2, 1, 7]);
    expect(answered.flatMap((it) => ('nudges' in it ? it.nudges : []))).toEqual([{ run, shard: 0 }]);
    expect(await entries()).toMatchObject([{ kind: 'arrived', node, ordinal: 0, lap: 0, topic: 0 }]);
  });

  test('hears each person once, and knows only its own outcomes and its own team', async () => {
    const { idIn } = await approval(2);
    const task = await idIn('task');
    const by = newId();
    const answer = { team, task, by, outcome: 'approved', now: START };
    expect(await answerTask(store, answer)).toMatchObject({ as: 'counted' });
    expect(await answerTask(store, { ...answer, outcome: 'rejected' })).toEqual({ as: 'answered-before' });
    expect(await answerTask(store, { ...answer, outcome: 'later' })).toEqual({ as: 'no-such-outcome' });
    expect(await answerTask(store, { ...answer, team: team + 1_000 })).toEqual({ as: 'unknown' });
  });

  test('that was abandoned takes no answer', async () => {
    const { run, node, idIn, entries } = await approval(1);
    const task = await idIn('task');
    await settle(store, {
      run,
      shard: 0,
      advance: 1,
      now: START,
      wall: START,
      settlement: {
        passed: [],
        listens: [],
        dropped: [{ node, ordinal: 0, lap: 0 }],
        stuck: [],
        ended: [],
        wake: null,
        done: false,
      },
    });
    const answer = { team, task, by: newId(), outcome: 'approved', now: START };
    expect(await answerTask(store, answer)).toEqual({ as: 'closed' });
    expect(await entries()).toEqual([]);
  });
});

describe('a task', () => {
  const counting = () =>
    opened(
      'human-task',
      {
        role: 'operator',
        title: { 'zh-CN': '报人数' },
        outcomes: [{ port: 'counted' }],
        numbers: [{ name: 'heads' }],
        evidence: true,
        due: { for: 'PT4H' },
        remindBefore: 'PT1H',
      },
      'open-task',
      { counted: 'z', expired: 'z' },
    );

  test('that asks for numbers and proof takes no answer without them; the numbers become metrics', async () => {
    const { run, idIn } = await counting();
    const answer = { team, task: await idIn('task'), by: newId(), outcome: 'counted', now: START };
    expect(await answerTask(store, answer)).toEqual({ as: 'needs-evidence' });
    const proven = { ...answer, evidence: ['https://example.com/a.png'] };
    expect(await answerTask(store, proven)).toEqual({ as: 'needs-numbers' });
    expect(await answerTask(store, { ...proven, numbers: { heads: 187 } })).toMatchObject({ as: 'done' });
    const { rows } = await store.pool.query('select name, value from metric_point where run_id = $1', [run]);
    expect(rows).toEqual([{ name: 'heads', value: 187 }]);
  });

  test('is reminded of and escalated once per call, with the new role and deadline', async () => {
    const { run, deps, call, idIn } = await counting();
    await idIn('task');
    const late = START + 4 * HOUR;
    for (const calls of [
      [call(1, 'remind-task')],
      [call(1, 'remind-task')],
      [call(2, 'escalate-task', late)],
      [call(2, 'escalate-task', late)],
    ]) {
      await perform(deps, { run, calls });
    }
    const { rows } = await store.pool.query(
      `select t.state, t.role, ms_of(t.due_at) as due, array_agg(n.kind order by n.id) as notes
       from task t join task_note n on n.task_id = t.id where t.run_id = $1 group by t.id`,
      [run],
    );
    expect(rows).toEqual([
      { state: 'escalated', role: 'owner', due: late + 24 * HOUR, notes: ['reminded', 'escalated'] },
    ]);
  });
});

describe('a form', () => {
  const form = () =>
    opened(
      'collect-form',
      {
        title: { 'zh-CN': '报名' },
        questions: [{ key: 'name', label: { 'zh-CN': '称呼' }, type: 'text', required: true }],
        until: { for: 'PT2H' },
        counts: 'sign_ups',
      },
      'open-form',
      { submitted: 'z', expired: 'z' },
    );

  test('counts each person once; a second answer corrects the first', async () => {
    const { run, idIn, call, deps } = await form();
    const id = await idIn('form');
    const member = newId();
    await store.pool.query(
      `insert into member (id, team_id, display_name, joined_at) values ($1, $2, '小雨', instant_of(0))`,
      [member, team],
    );
    const answer = { team, form: id, member, values: { name: '雨' }, now: START + 1 };
    const both = await Promise.all([submitForm(store, answer), submitForm(store, answer)]);
    expect(both.map(({ as }) => as).toSorted()).toEqual(['corrected', 'stored']);
    expect(await submitForm(store, { ...answer, values: { name: '' } })).toEqual({ as: 'incomplete' });
    const { rows } = await store.pool.query(
      `select count(*) as count from event where run_id = $1 and name = 'counted.sign_ups'`,
      [run],
    );
    expect(rows).toEqual([{ count: 1 }]);
    const closed = await perform(deps, { run, calls: [call(1, 'close-form', START + 2 * HOUR)] });
    expect(closed.results[0]!.codes).toEqual([0]);
    expect(await submitForm(store, answer)).toEqual({ as: 'closed' });
  });
});

describe('a command', () => {
  test('changes the values of the run together with its entry, and is refused nothing twice', async () => {
    const { run, entries } = await approval(1);
    const now = START;
    await inTransaction(store.pool, (sql) =>
      command(sql, {
        run,
        control: { do: 'retime', anchors: ['T'] },
        params: { T: '2026-12-09T20:00' },
        texts: { n: { 'zh-CN': '新方案' } },
        by: newId(),
        now,
      }),
    );
    for (const control of [{ do: 'pause' }, { do: 'resume', policy: 'hold' }] as const) {
      await inTransaction(store.pool, (sql) => command(sql, { run, control, by: newId(), now }));
    }
    const { rows } = await store.pool.query(
      'select param_overrides as params, text_overrides as texts, status from run where id = $1',
      [run],
    );
    expect(rows).toEqual([
      { params: { T: '2026-12-09T20:00' }, texts: { n: { 'zh-CN': '新方案' } }, status: 'running' },
    ]);
    expect(await entries()).toMatchObject([
      { kind: 'control', do: 'retime', anchors: ['T'] },
      { kind: 'control', do: 'pause' },
      { kind: 'control', do: 'resume', policy: 'hold' },
    ]);
  });
});
