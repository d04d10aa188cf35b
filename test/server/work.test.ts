// People's work in runs, through the server: evidence, numbers, quorum, forms, and the review that ends an activity.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../engine/json.ts';
import { launchScheduled } from '../../workers/schedules.ts';
import { stand, type Speaker } from '../support/app.ts';
import { smallPlaybook } from '../support/small-playbook.ts';
import { openStage } from '../support/temporal-stage.ts';

const stage = await openStage();
const { colleague, program, store } = await stand(stage.databaseUrl, { taskQueue: stage.temporal.taskQueue });
const owner = await colleague('owner@example.com', ['owner', 'designer', 'operator']);
const second = await colleague('second@example.com', ['approver']);
const robot = await program(['owner']);

type Node = JsonObject & { readonly id: string; readonly step: string };

/** Ports that must be wired besides the one that goes on. */
const OTHER_PORTS: Readonly<Record<string, readonly string[]>> = {
  'human-task': ['expired'],
  approval: ['rejected', 'expired'],
  'collect-form': ['expired'],
  'wait-until': ['past'],
};

/** Publishes nodes in a row, each left by its first named port, and launches them. */
async function launch(id: string, nodes: readonly (readonly [Node, string])[]): Promise<string> {
  const others = nodes.flatMap(([{ id: from, step }], i) =>
    (OTHER_PORTS[step] ?? []).map((port, j) => ({ id: `o${i}-${j}`, from, port, to: 'other' })),
  );
  const document = {
    ...smallPlaybook(id),
    params: {},
    goal: { metric: 'sign_ups', baseline: 0, target: 1, deadline: { for: 'P1D' }, guardrails: [] },
    graph: {
      nodes: [
        { id: 'start', step: 'start', config: {} },
        ...nodes.map(([node]) => node),
        { id: 'end', step: 'end', config: {} },
        ...(others.length === 0 ? [] : [{ id: 'other', step: 'end', config: { reason: 'other' } }]),
      ],
      edges: [
        { id: 'e0', from: 'start', port: 'out', to: nodes[0]![0].id },
        ...nodes.map(([{ id: from }, port], i) => ({
          id: `e${i + 1}`,
          from,
          port,
          to: nodes[i + 1]?.[0].id ?? 'end',
        })),
        ...others,
      ],
    },
  };
  const { body, status } = await owner('POST', '/api/playbooks', { document });
  expect([status, body['code']]).toEqual([201, undefined]);
  const playbook = String(body['id']);
  const version = await owner('POST', `/api/playbooks/${playbook}/publish`, { revision: 1 });
  expect([version.status, version.body['problems']]).toEqual([201, expect.anything()]);
  const run = await owner('POST', '/api/runs', { playbook });
  expect(run.status).toBe(201);
  return String(run.body['id']);
}

async function open(run: string, kind: 'tasks' | 'forms' | 'reports'): Promise<Record<string, unknown>> {
  const path = kind === 'tasks' ? `/api/tasks?run=${run}` : `/api/runs/${run}/${kind}`;
  const list = async () => (await owner('GET', path)).body[kind] as Record<string, unknown>[];
  await expect.poll(async () => (await list()).length).toBe(1);
  return (await list())[0]!;
}

const becomes = (run: string, status: string) =>
  expect.poll(async () => (await owner('GET', `/api/runs/${run}`)).body['status']).toBe(status);

test('a task that asks for proof and numbers takes no less, and the number becomes a metric', async () => {
  const run = await launch('proof', [
    [
      {
        id: 'post',
        step: 'human-task',
        config: {
          role: 'operator',
          title: { 'zh-CN': '发到群里' },
          outcomes: [{ port: 'done', label: { 'zh-CN': '发了' } }],
          due: { for: 'P1D' },
          evidence: true,
          numbers: [{ name: 'seen', label: { 'zh-CN': '看到的人' } }],
        },
      },
      'done',
    ],
  ]);
  const { id } = await open(run, 'tasks');
  const decide = async (body: object) => {
    const answer = await owner('POST', `/api/tasks/${String(id)}/decide`, { outcome: 'done', ...body });
    return answer.body['code'] ?? answer.body['state'];
  };
  expect(await decide({})).toBe('needs-evidence');
  expect(await decide({ evidence: ['https://example.com/1.png'] })).toBe('needs-numbers');
  expect(await decide({ evidence: ['x'], numbers: { seen: 'many' } })).toBe('invalid-request');
  expect(await decide({ evidence: ['x'], numbers: { seen: 7, other: 1 } })).toBe('invalid-request');
  expect(await decide({ evidence: ['x'], numbers: { seen: 7 } })).toBe('done');
  await becomes(run, 'completed');
  const { rows } = await store.pool.query('select name, value from metric_point where run_id = $1', [run]);
  expect(rows).toEqual([{ name: 'seen', value: 7 }]);
});

test('a file is handed in with its task: taken by its content, bounded, and seen by the team alone', async () => {
  const config = {
    role: 'operator',
    title: { 'zh-CN': '发到群里' },
    outcomes: [{ port: 'done', label: { 'zh-CN': '发了' } }],
    due: { for: 'P1D' },
    evidence: true,
  };
  const run = await launch('file', [[{ id: 'post', step: 'human-task', config }, 'done']]);
  const { id } = await open(run, 'tasks');
  const hand = (bytes: Buffer, type = 'image/png', who: Speaker = owner) =>
    who('POST', `/api/tasks/${String(id)}/evidence`, bytes, { 'content-type': type });
  const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(100, 7)]);

  const page = Buffer.from('<script>alert(1)</script>');
  expect((await hand(page)).body['code']).toBe('evidence-type');
  expect((await hand(page, 'text/html')).status).toBe(415);
  expect((await hand(Buffer.alloc(0))).body['code']).toBe('evidence-type');
  expect((await hand(Buffer.concat([png, Buffer.alloc(8_000_000)]))).status).toBe(413);
  // What can run in a browser is no picture, whatever it is called and whatever stands behind its first bytes.
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
  expect((await hand(svg)).body['code']).toBe('evidence-type');
  expect((await hand(svg, 'image/svg+xml')).status).toBe(415);
  expect((await hand(Buffer.concat([Buffer.from('GIF89a'), page]))).body['code']).toBe('evidence-type');
  expect((await hand(png.subarray(0, 7))).body['code']).toBe('evidence-type');
  expect((await hand(Buffer.concat([Buffer.from(' '), png]))).body['code']).toBe('evidence-type');
  const webm = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(4), Buffer.from('AVI ')]);
  expect((await hand(webm, 'image/webp')).body['code']).toBe('evidence-type');
  // A form with a file in it, and JSON that says it is one, are neither.
  expect((await hand(png, 'multipart/form-data; boundary=x')).status).toBe(415);
  expect((await hand(Buffer.from('{"file":"x.png"}'), 'application/json')).body['code']).toBe(
    'evidence-type',
  );
  const { rows: kept } = await store.pool.query('select from task_evidence where task_id = $1', [id]);
  expect(kept).toEqual([]);
  // Whoever may not answer the task hands nothing in.
  expect((await hand(png, 'image/png', second)).status).toBe(404);
  // What it says of itself does not count: this is a picture.
  const { status, body } = await hand(png, 'application/pdf');
  expect([status, body['evidence']]).toEqual([201, expect.stringMatching(/^file:[0-9a-f-]{36}$/)]);
  const evidence = String(body['evidence']);

  const file = `/api/evidence/${evidence.slice('file:'.length)}`;
  const seen = await second('GET', file);
  expect([seen.status, seen.headers['content-type'], seen.headers['content-length']]).toEqual([
    200,
    'image/png',
    String(png.length),
  ]);
  expect(seen.headers['x-content-type-options']).toBe('nosniff');
  expect(seen.headers['content-security-policy']).toContain('sandbox');
  const { rows } = await store.pool.query<{ id: number }>(
    `insert into team (name, created_at) values ('Another', now()) returning id`,
  );
  const foreign = await program(['owner'], rows[0]!.id);
  expect((await foreign('GET', file)).status).toBe(404);

  const decide = async (named: string) => {
    const answer = await owner('POST', `/api/tasks/${String(id)}/decide`, {
      outcome: 'done',
      evidence: [named],
    });
    return answer.body['code'] ?? answer.body['state'];
  };
  expect(await decide(`file:${crypto.randomUUID()}`)).toBe('unknown-evidence');
  // A name is never a place: it is looked up among the files of this task.
  for (const name of ['file:../../etc/passwd', 'file:', `file:${'0'.repeat(36)}`, "file:' or true --"])
    expect(await decide(name)).toBe('unknown-evidence');
  expect((await second('GET', '/api/evidence/..%2F..%2Fetc%2Fpasswd')).status).toBe(400);
  // A name that comes along counts for nothing: a script by name is served as the picture that it is.
  const named = await owner('POST', `/api/tasks/${String(id)}/evidence`, png, {
    'content-type': 'image/png',
    'content-disposition': 'attachment; filename="../../x.html"',
  });
  const served = await second('GET', `/api/evidence/${String(named.body['evidence']).slice('file:'.length)}`);
  expect([served.headers['content-type'], served.headers['content-disposition']]).toEqual([
    'image/png',
    'inline',
  ]);
  // Twenty are enough for one task; two are there.
  const more = await Promise.all(Array.from({ length: 20 }, () => hand(png)));
  expect(more.filter(({ status: it }) => it === 201)).toHaveLength(18);
  expect(new Set(more.filter(({ status: it }) => it !== 201).map(({ body: it }) => it['code']))).toEqual(
    new Set(['too-much-evidence']),
  );
  expect(await decide(evidence)).toBe('done');
  await becomes(run, 'completed');
  expect((await hand(png)).body['code']).toBe('task-closed');
});

test('what comes next is told with its instant, for one run and for all, and never of another team', async () => {
  const until = { date: '2031-05-04T09:30' };
  const config = { until };
  const run = await launch('ahead', [[{ id: 'spring', step: 'wait-until', config }, 'reached']]);
  const ahead = async (who: Speaker, query = '') =>
    (await who('GET', `/api/upcoming${query}`)).body['upcoming'] as Record<string, unknown>[];
  const expected = {
    run,
    node: 'spring',
    at: '2031-05-04T01:30:00.000Z',
    next: [{ node: 'end', title: null }],
  };
  expect(await ahead(owner, `?run=${run}`)).toEqual([expect.objectContaining(expected)]);
  expect(await ahead(second)).toContainEqual(expect.objectContaining(expected));
  const { rows } = await store.pool.query<{ id: number }>(
    `insert into team (name, created_at) values ('Third', now()) returning id`,
  );
  const foreign = await program(['owner'], rows[0]!.id);
  expect(await ahead(foreign)).toEqual([]);
  expect((await foreign('GET', `/api/upcoming?run=${run}`)).status).toBe(404);
});

test('a quorum hears distinct voices', async () => {
  const config = { role: 'approver', title: { 'zh-CN': '两个人同意？' }, due: { for: 'P1D' }, quorum: 2 };
  const run = await launch('quorum', [[{ id: 'ok', step: 'approval', config }, 'approved']]);
  const { id } = await open(run, 'tasks');
  const approve = async (who: Speaker) => {
    const { body } = await who('POST', `/api/tasks/${String(id)}/decide`, { outcome: 'approved' });
    return body['code'] ?? body['state'];
  };
  // One person can make any number of keys.
  expect(await approve(robot)).toBe('needs-person');
  expect(await approve(await program(['approver']))).toBe('needs-person');
  expect(await approve(owner)).toBe('counted');
  expect(await approve(owner)).toBe('answered-before');
  expect(await approve(second)).toBe('done');
  await becomes(run, 'completed');
});

test('what must be decided by a person is not decided by a key', async () => {
  const run = await launch('person', [
    [
      {
        id: 'comfort',
        step: 'human-task',
        config: {
          role: 'operator',
          kind: 'comfort',
          title: { 'zh-CN': '安抚' },
          outcomes: [{ port: 'done', label: { 'zh-CN': '好了' } }],
          due: { for: 'P1D' },
        },
      },
      'done',
    ],
  ]);
  const { id } = await open(run, 'tasks');
  const path = `/api/tasks/${String(id)}/decide`;
  expect((await robot('POST', path, { outcome: 'done' })).body['code']).toBe('needs-person');
  expect((await owner('POST', path, { outcome: 'done' })).body['state']).toBe('done');
});

test('a single approval is a person’s too, and an ordinary task may be done by a program', async () => {
  const due = { for: 'P1D' };
  const approval = { role: 'approver', title: { 'zh-CN': '同意？' }, due };
  const approved = await launch('one-voice', [
    [{ id: 'ok', step: 'approval', config: approval }, 'approved'],
  ]);
  const first = await open(approved, 'tasks');
  const decide = async (task: unknown, outcome: string) =>
    (await robot('POST', `/api/tasks/${String(task)}/decide`, { outcome })).body;
  expect((await decide(first['id'], 'approved'))['code']).toBe('needs-person');
  const outcomes = [{ port: 'done', label: { 'zh-CN': '好了' } }];
  const config = { role: 'operator', title: { 'zh-CN': '对账' }, outcomes, due };
  const run = await launch('by-program', [[{ id: 'sums', step: 'human-task', config }, 'done']]);
  const second = await open(run, 'tasks');
  expect((await decide(second['id'], 'done'))['state']).toBe('done');
});

test('a form takes one answer per person, corrections included, and nothing it did not ask', async () => {
  const run = await launch('form', [
    [
      {
        id: 'sign-up',
        step: 'collect-form',
        config: {
          title: { 'zh-CN': '报名' },
          questions: [
            { key: 'name', label: { 'zh-CN': '称呼' }, type: 'text', required: true },
            { key: 'people', label: { 'zh-CN': '几个人' }, type: 'number' },
          ],
          until: { for: 'P1D' },
        },
      },
      'submitted',
    ],
  ]);
  const form = await open(run, 'forms');
  const submit = async (body: object) => {
    const answer = await owner('POST', `/api/forms/${String(form['id'])}/answers`, body);
    return answer.body['code'] ?? answer.body['state'];
  };
  const visitor = 'visitor-0001';
  expect(await submit({ visitor, values: { people: 2 } })).toBe('form-incomplete');
  expect(await submit({ visitor, values: { name: '雨', age: 3 } })).toBe('invalid-request');
  expect(await submit({ visitor, values: { name: '雨', people: 'two' } })).toBe('invalid-request');
  expect(await submit({ member: crypto.randomUUID(), values: { name: '雨' } })).toBe('unknown-member');
  expect(await submit({ visitor, values: { name: '雨' } })).toBe('stored');
  expect(await submit({ visitor, values: { name: '小雨', people: 2 } })).toBe('corrected');
  const { body } = await owner('GET', `/api/forms/${String(form['id'])}/answers`);
  expect(body['answers']).toMatchObject([{ by: `visitor/${visitor}`, values: { name: '小雨', people: 2 } }]);
  await owner('POST', `/api/runs/${run}/control`, { do: 'cancel', reason: 'test' });
  await becomes(run, 'cancelled');
  expect(await submit({ visitor, values: { name: '雨' } })).toBe('form-closed');
});

test('a run is complete when people have finished and approved its review', async () => {
  const run = await launch('review', [
    [
      {
        id: 'review',
        step: 'report',
        title: { 'zh-CN': '复盘' },
        config: { role: 'operator', due: { for: 'P3D' } },
      },
      'approved',
    ],
  ]);
  const { id, task } = await open(run, 'reports');
  const report = async () => (await owner('GET', `/api/reports/${String(id)}`)).body;
  const sections = async () =>
    (
      (await report())['sections'] as Record<
        string,
        { heading: string; computed: boolean; revision: string }[]
      >
    )['zh-CN']!;
  const own = (await sections()).filter(({ computed }) => !computed).map(({ heading }) => heading);
  expect(own).toEqual(['4 分析原因', '5 总结规律', '6 行动']);
  const revisionOf = async (heading: string) =>
    (await sections()).find((it) => it.heading === heading)!.revision;
  const answerTo = async (heading: string, text: string, from?: string) => {
    const revisions = { [heading]: from ?? (await revisionOf(heading)) };
    return owner('PUT', `/api/reports/${String(id)}/sections`, {
      locale: 'zh-CN',
      sections: { [heading]: text },
      revisions,
    });
  };
  const write = async (heading: string, text: string, from?: string) =>
    (await answerTo(heading, text, from)).body['code'] ?? 'written';
  expect(await write('3 过程', '都很好')).toBe('invalid-request');
  expect(await write('7 合规与公平', '没有退订')).toBe('invalid-request');
  expect(await write('5 总结规律', '## 下次早点预热\n- 提前三天')).toBe('written');
  // Two begin with the same text: the second is shown what the first has written, and nothing is lost.
  const begun = await revisionOf('6 行动');
  expect(await write('6 行动', '- 小李：改报名页', begun)).toBe('written');
  const late = await answerTo('6 行动', '- 小王：找赞助', begun);
  expect([late.status, late.body['code']]).toEqual([409, 'stale-section']);
  expect(late.body['theirs']).toMatchObject({ heading: '6 行动', text: '- 小李：改报名页' });
  expect(await write('6 行动', '- 小李：改报名页', begun)).toBe('written');
  expect(await write('4 分析原因', '另一节不受影响')).toBe('written');
  const { revision } = late.body['theirs'] as { readonly revision: string };
  expect(await write('6 行动', '- 小李：改报名页\n- 小王：找赞助', revision)).toBe('written');
  const markdown = (await owner('GET', `/api/reports/${String(id)}/markdown`)).text;
  expect(markdown).toContain('- 小李：改报名页\n- 小王：找赞助');
  expect(markdown).toContain('## 5 总结规律\n\n### 下次早点预热\n- 提前三天\n\n## 6 行动');
  expect(markdown).toContain('## 1 回顾目标');
  expect((await owner('POST', `/api/reports/${String(id)}/submit`)).body).toEqual({ state: 'in_review' });
  expect((await owner('GET', `/api/runs/${run}`)).body['status']).toBe('running');
  const approve = (who: Speaker) => who('POST', `/api/tasks/${String(task)}/decide`, { outcome: 'approved' });
  expect((await approve(robot)).body['code']).toBe('needs-person');
  await approve(owner);
  await becomes(run, 'completed');
  expect(await report()).toMatchObject({ state: 'approved', approvedBy: owner.id });
  expect(await write('6 行动', '晚了')).toBe('report-approved');
});

test('a schedule is kept by Temporal, and stopped', async () => {
  const { body } = await owner('POST', '/api/playbooks', { document: smallPlaybook('weekly') });
  const playbook = String(body['id']);
  await owner('POST', `/api/playbooks/${playbook}/publish`, { revision: 1 });
  const make = (more: object) =>
    owner('POST', '/api/schedules', {
      playbook,
      cron: '0 9 * * 1',
      zone: 'Asia/Shanghai',
      params: { T: '2027-01-10T20:00' },
      ...more,
    });
  expect((await make({ cron: 'each monday' })).body).toMatchObject({
    code: 'invalid-request',
    place: '/cron',
  });
  expect((await make({ zone: 'Mars' })).body).toMatchObject({ code: 'invalid-request', place: '/zone' });
  const made = await make({});
  expect([made.status, made.body['code']]).toEqual([201, undefined]);
  const handle = stage.temporal.client.schedule.getHandle(`schedule-${String(made.body['id'])}`);
  expect((await handle.describe()).spec.calendars).toHaveLength(1);
  expect((await make({ params: { T: { for: 'soon' } } })).body['code']).toBe('playbook-has-problems');
  // A rule instead of a date: each launch has its own.
  const next = await make({ params: { T: { at: '20:00', days: ['sat'], after: 'P7D' } } });
  const launched = async (at: string) => {
    await launchScheduled(store, stage.temporal, { schedule: String(next.body['id']), at: Date.parse(at) });
    const { rows } = await store.pool.query<{ T: string }>(
      `select params ->> 'T' as "T" from run where launch_key = $1`,
      [`schedule/${String(next.body['id'])}/${Date.parse(at)}`],
    );
    return rows.map(({ T }) => T);
  };
  expect(await launched('2027-01-04T09:00+08:00')).toEqual(['2027-01-16T12:00:00.000Z']);
  expect(await launched('2027-01-11T09:00+08:00')).toEqual(['2027-01-23T12:00:00.000Z']);
  expect((await owner('DELETE', `/api/schedules/${String(made.body['id'])}`)).status).toBe(200);
  await expect(handle.describe()).rejects.toThrow();
});
