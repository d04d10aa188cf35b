// What the page of a run asks: counts, who stands where, who is stuck or late, and one member's story. Of real members.
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { HOUR } from '../../engine/instant.ts';
import { LATE_PAGE } from '../../server/runs/exceptions.ts';
import { ingest } from '../../workers/store/event.ts';
import { newId } from '../../workers/store/id.ts';
import { noteFailed } from '../../workers/store/ledger.ts';
import { resolveAll } from '../../workers/store/control.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { graphOf, playbook } from '../support/temporal-play.ts';
import { depsOf, launchRun, VirtualRun } from '../workers/virtual-run.ts';

const { url } = await freshDatabase();
const START = Date.UTC(2026, 11, 1, 4);
const { app, store, team, program } = await stand(url, { clock: () => START });
const owner = await program(['owner', 'operator']);

/** Eight members of a group in the order of their names; the sixth is staff, the seventh a test account. */
async function people(): Promise<{ readonly group: string; readonly ids: readonly string[] }> {
  const { pool } = store;
  const [community, group] = [newId(START), newId(START)];
  const ids = Array.from({ length: 8 }, (_, index) => newId(START + index));
  await pool.query(
    `insert into community (id, team_id, name, created_at) values ($1::uuid, $2, $1::uuid::text, instant_of(0))`,
    [community, team],
  );
  await pool.query(
    `insert into community_group (id, team_id, community_id, name, created_at) values ($1, $2, $3, 'G', instant_of(0))`,
    [group, team, community],
  );
  await pool.query(
    `insert into member (id, team_id, display_name, kind, joined_at)
     select id, $1, 'M' || no, case no when 6 then 'staff' when 7 then 'test' else 'member' end::member_kind, instant_of(0)
     from unnest($2::uuid[]) with ordinality as m (id, no)`,
    [team, ids],
  );
  await pool.query(
    `insert into membership (id, team_id, member_id, group_id, joined_at)
     select gen_random_uuid(), $1, id, $3, instant_of(0) from unnest($2::uuid[]) id`,
    [team, ids, group],
  );
  return { group, ids };
}

const document = playbook(
  {
    begin: ['start', {}, { out: 'launch' }],
    launch: [
      'journey',
      { journey: 'each', wait: true, within: 'P10D' },
      { done: 'z', expired: 'z', empty: 'z' },
    ],
    z: ['end', {}],
  },
  {
    journeys: {
      each: {
        title: { 'zh-CN': '各人' },
        graph: graphOf({
          enter: ['enter', { segment: { cel: 'member.name != "M8"' } }, { out: 'which' }],
          which: [
            'branch',
            {
              rules: [
                { port: 'vip', when: { cel: '"vip" in member.tags' } },
                { port: 'old', when: { cel: 'member.joinedAt < run.startedAt && member.zone == "x"' } },
                { port: 'any', when: { cel: 'member.days > 100.0' } },
              ],
            },
            { vip: 'mark', old: 'mark', any: 'mark', else: 'mark' },
          ],
          mark: ['tag', { add: ['seen'] }, { done: 'listen' }],
          listen: [
            'wait-for-event',
            { topics: [{ event: 'member.replied', port: 'replied' }], within: 'P1D' },
            { replied: 'bye', timeout: 'bye' },
          ],
          bye: ['end', { reason: 'through' }],
        }),
      },
      later: {
        title: { 'zh-CN': '以后' },
        graph: graphOf({ enter2: ['enter', {}, { out: 'bye2' }], bye2: ['end', {}] }),
      },
    },
  },
);

/** A run of these people that stands where everybody listens. */
async function running(more: { readonly mode?: 'real' } = {}) {
  const { group, ids } = await people();
  const { run, plan } = await launchRun(store, team, { document, startAt: START, groups: [group], ...more });
  const virtual = new VirtualRun(depsOf(store, START), run, plan, { startAt: START, seed: 1 });
  await virtual.runUntil(START + HOUR);
  const index = (node: string): number => plan.nodes.findIndex(({ id }) => id === node);
  return { run, ids, virtual, index };
}

/** Reads a list page by page. */
async function pages<T>(path: string, name: string): Promise<T[][]> {
  const read: T[][] = [];
  for (let after = ''; ;) {
    const { status, body } = await owner('GET', `${path}?limit=2${after}`);
    expect(status).toBe(200);
    read.push(body[name] as T[]);
    const next = body['next'] as string | null;
    if (next === null) return read;
    after = `&after=${next}`;
  }
}

interface Node {
  readonly node: string;
  readonly standing: number;
  readonly passed: object;
}

test('a run tells its counts by step and by journey', async () => {
  const { run, virtual } = await running();
  const { body } = await owner('GET', `/api/runs/${run}`);
  const nodes = body['nodes'] as Node[];
  const of = (id: string) => nodes.find(({ node }) => node === id);
  expect(of('listen')).toMatchObject({ standing: 5, passed: {}, ended: 0, skipped: 0, late: 0, stuck: 0 });
  expect(of('mark')).toMatchObject({ standing: 0, passed: { done: 5 } });
  expect(of('launch')).toMatchObject({ standing: 1, passed: {} });
  expect(body).toMatchObject({
    subjects: { entered: 5, ended: 0 },
    journeys: [
      { journey: 'each', entered: 5, ended: 0, open: false, turnedAway: { staff: 1, test: 1, segment: 1 } },
      { journey: 'later', entered: 0, ended: 0, open: false, turnedAway: {} },
    ],
    stuck: 0,
    next: '2026-12-02T04:00:00.000Z',
  });
  await virtual.runUntil();
  const after = (await owner('GET', `/api/runs/${run}`)).body;
  expect((after['nodes'] as Node[]).find(({ node }) => node === 'bye')).toMatchObject({
    standing: 0,
    ended: 5,
  });
  expect(after).toMatchObject({ status: 'completed', subjects: { entered: 5, ended: 5 }, next: null });
});

test('who stands on a step is told page by page, with names, since when and for what', async () => {
  const { run, ids, virtual } = await running();
  const read = await pages<{ name: string; member: string }>(`/api/runs/${run}/nodes/listen`, 'visits');
  expect(read.map((page) => page.map(({ name }) => name))).toEqual([['M1', 'M2'], ['M3', 'M4'], ['M5']]);
  expect(read[0]![0]).toEqual({
    subject: 'each/0',
    ordinal: 0,
    lap: 0,
    member: ids[0],
    person: null,
    name: 'M1',
    since: '2026-12-01T04:00:00.000Z',
    waits: 'event',
    wake: '2026-12-02T04:00:00.000Z',
    stuck: null,
    why: null,
    again: null,
    task: null,
    listens: ['member.replied'],
  });
  expect(await pages(`/api/runs/${run}/nodes/mark`, 'visits')).toEqual([[]]);
  await virtual.runUntil();
  expect(await pages(`/api/runs/${run}/nodes/listen`, 'visits')).toEqual([[]]);
  expect((await owner('GET', `/api/runs/${run}/nodes/nowhere`)).status).toBe(404);
  expect((await owner('GET', `/api/runs/${run}/nodes/listen?after=x`)).status).toBe(400);
});

test('who is stuck and what came late or was skipped is told page by page, with names', async () => {
  const { run, ids, index } = await running();
  const node = index('mark');
  await store.pool.query(
    `insert into stuck_visit (run_id, node, ordinal, lap, no, team_id, at, reason)
     select $1, $2, o, 0, 0, $3, instant_of($4), 'failed' from generate_series(0, 2) as o`,
    [run, node, team, START],
  );
  await store.pool.query(
    `insert into passed_alone (run_id, team_id, node, ordinal, lap, at, port, late_ms, skipped)
     select $1, $3, $2, o, 7, instant_of($4), 'done', o * 1000, case o when 0 then 'operator' end
     from generate_series(0, 2) as o`,
    [run, node, team, START],
  );
  // Of those who were passed over together, too.
  await store.pool.query(
    `insert into passed_together (run_id, team_id, node, ordinals, first, visits, lap, at, port, skipped)
     values ($1, $3, $2, '{[0,0],[2,2]}', 0, 2, 8, instant_of($4), 'done', 'late')`,
    [run, node, team, START],
  );
  // The first of them has told why; at the second call otherwise than at the first.
  for (const [call, what] of ['links', 'params.topic'].entries())
    await noteFailed(store.pool, { team, run, node, effect: 'send' }, [
      { ordinal: 0, lap: 0, call, code: 1, at: START, why: { code: 'absent', what } },
    ]);
  interface Visit {
    readonly subject: string;
    readonly name: string;
    readonly lateMs?: number;
    readonly why?: object | null;
  }
  const stuck = await pages<Visit>(`/api/runs/${run}/stuck`, 'stuck');
  expect(stuck.map((page) => page.map(({ subject, name }) => [subject, name]))).toEqual([
    [
      ['each/0', 'M1'],
      ['each/1', 'M2'],
    ],
    [['each/2', 'M3']],
  ]);
  expect(stuck[0]![0]).toMatchObject({ node: 'mark', lap: 0, reason: 'failed', member: ids[0] });
  const whys = [{ code: 'absent', what: 'params.topic' }, null, null];
  expect(stuck.flat().map(({ why }) => why)).toEqual(whys);
  const late = await pages<Visit>(`/api/runs/${run}/late`, 'late');
  expect(late.flat()).toMatchObject([
    { node: 'mark', subject: 'each/0', lap: 7, lateMs: 0, skipped: 'operator', port: 'done' },
    { node: 'mark', subject: 'each/0', lap: 8, lateMs: 0, skipped: 'late', port: 'done' },
    { subject: 'each/1', lateMs: 1_000, skipped: null },
    { subject: 'each/2', lap: 7, lateMs: 2_000 },
    { subject: 'each/2', lap: 8, skipped: 'late' },
  ]);
  expect((await owner('GET', `/api/runs/${run}/stuck?node=listen`)).body).toEqual({ stuck: [], next: null });
  expect((await owner('GET', `/api/runs/${run}/stuck?after=1/2`)).status).toBe(400);
  const visits = [{ node, ordinal: 0, lap: 0 }];
  await resolveAll(store.pool, { run, do: 'end', visits, by: 'test', now: START });
  expect((await pages<Visit>(`/api/runs/${run}/stuck`, 'stuck')).flat()).toHaveLength(2);
});

test('a visit in doubt says what trying it again does: asked first, sent once more, or asked of another system again', async () => {
  const { run, index } = await running();
  const node = index('mark');
  for (const [ordinal, config] of [
    { url: 'https://a.example', answersStatus: true },
    { url: 'https://b.example' },
  ].entries())
    await store.pool.query(
      `with account as (
         insert into channel (id, team_id, name, kind, config, created_at)
         values (gen_random_uuid(), $3, 'hook-' || $4::int::text, 'webhook', $5, instant_of($6)) returning id)
       insert into message (id, team_id, run_id, node, ordinal, lap, channel_id, channel, class, mode, text, posted, at, expires_at)
       select gen_random_uuid(), $3, $1, $2, $4, 0, id, 'hook', 'service', 'auto', '{}', '', instant_of($6), instant_of($6)
       from account`,
      [run, node, team, ordinal, JSON.stringify(config), START],
    );
  await store.pool.query(
    `insert into stuck_visit (run_id, node, ordinal, lap, no, team_id, at, reason)
     select $1, $2, o, 0, 0, $3, instant_of($4), 'doubt' from generate_series(0, 2) as o`,
    [run, node, team, START],
  );
  const { body } = await owner('GET', `/api/runs/${run}/stuck`);
  const told = body['stuck'] as { readonly again: string }[];
  expect(told.map(({ again }) => again)).toEqual(['asks', 'message', 'request']);
  // What an account is set to is nobody's to read here.
  expect(JSON.stringify(body)).not.toContain('example');
});

test('a late list of a run that is late everywhere opens no more than a page, and comes to its end', async () => {
  const { run, index } = await running();
  const node = index('mark');
  // Forty shards, all of them late in four laps: 1.6 million visits.
  await store.pool.query(
    `insert into passed_together (run_id, team_id, node, ordinals, first, visits, lap, at, port, late_ms)
     select $1, $3, $2, int4multirange(int4range(s * 10000, s * 10000 + 10000)), s * 10000, 10000, l, instant_of($4), 'done', 60000
     from generate_series(0, 39) as s cross join generate_series(10, 13) as l`,
    [run, node, team, START],
  );
  const page = async (after: string | null) =>
    (await owner('GET', `/api/runs/${run}/late?limit=6${after === null ? '' : `&after=${after}`}`)).body;
  const first = await page(null);
  expect(first).toMatchObject({ total: 1_600_000, next: `${node}/1/11` });
  const second = await page(String(first['next']));
  const keys = (body: Record<string, unknown>) =>
    (body['late'] as { ordinal: number; lap: number }[]).map(({ ordinal, lap }) => `${ordinal}/${lap}`);
  expect([keys(first), keys(second), second['total']]).toEqual([
    ['0/10', '0/11', '0/12', '0/13', '1/10', '1/11'],
    ['1/12', '1/13', '2/10', '2/11', '2/12', '2/13'],
    null,
  ]);
  expect(await page(`${node}/399999/13`)).toMatchObject({ late: [], next: null });
  expect(keys(await page(`${node}/399998/12`))).toEqual([
    '399998/13',
    '399999/10',
    '399999/11',
    '399999/12',
    '399999/13',
  ]);
  // No step of the statement makes more rows than there are sets, or than a page has of each of its sets.
  const { rows } = await store.pool.query<{ 'QUERY PLAN': [{ Plan: Planned }] }>(
    `explain (analyze, timing off, format json) ${LATE_PAGE}`,
    [run, '[]', null, null, null, null, 6],
  );
  expect(mostRows(rows[0]!['QUERY PLAN'][0].Plan)).toBeLessThanOrEqual(160);
});

interface Planned {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Planned[];
}

const mostRows = ({ Plans = [], ...plan }: Planned): number =>
  Math.max(plan['Actual Rows'] * plan['Actual Loops'], ...Plans.map(mostRows));

test('a member has a story in every run of the team: entered, turned away, or never asked', async () => {
  const { run, ids } = await running();
  const story = async (id: string) => (await owner('GET', `/api/runs/${run}/members/${id}`)).body;
  expect(await story(ids[0]!)).toMatchObject({
    member: ids[0],
    name: 'M1',
    journeys: [
      {
        journey: 'each',
        answer: 'entered',
        turnedAway: null,
        openSince: '2026-12-01T04:00:00.000Z',
        stays: [
          {
            subject: 'each/0',
            ended: null,
            visits: [
              { node: 'enter', port: 'out' },
              {
                node: 'which',
                port: 'any',
                decisions: [
                  {
                    effect: 'choose',
                    why: {
                      rule: expect.stringContaining('member.days > 100.0'),
                      seen: {
                        'member.tags': [],
                        'member.joinedAt': '1970-01-01T00:00:00.000Z',
                        'run.startedAt': '2026-12-01T04:00:00.000Z',
                        'member.zone': null,
                        'member.days': 20_788,
                      },
                    },
                  },
                ],
              },
              { node: 'mark', port: 'done', decisions: [{ effect: 'tag' }] },
            ],
          },
        ],
      },
      { journey: 'later', answer: 'not-open', openSince: null, stays: [] },
    ],
    messages: [],
  });
  expect((await story(ids[5]!))['journeys']).toMatchObject([
    { answer: 'turned-away', turnedAway: { reason: 'staff', times: 1, name: 'M6' }, stays: [] },
    { answer: 'not-open' },
  ]);
  expect((await story(ids[7]!))['journeys']).toMatchObject([
    {
      answer: 'turned-away',
      turnedAway: {
        reason: 'segment',
        why: { rule: expect.stringContaining('member.name'), seen: { 'member.name': 'M8' } },
      },
    },
    { answer: 'not-open' },
  ]);
  const elsewhere = (await people()).ids[0]!;
  expect((await story(elsewhere))['journeys']).toMatchObject([
    { answer: 'not-asked' },
    { answer: 'not-open' },
  ]);
  for (const [id, status] of [
    [newId(), 404],
    ['person-3', 404],
    ['nobody', 400],
  ] as const)
    expect([id, (await owner('GET', `/api/runs/${run}/members/${id}`)).status]).toEqual([id, status]);
  const stranger = await program(['owner'], await otherTeam());
  expect((await stranger('GET', `/api/runs/${run}/members/${ids[0]}`)).status).toBe(404);
  expect((await stranger('GET', `/api/runs/${run}/late`)).status).toBe(404);
});

test('a story tells what a member was heard to do, and where that led', async () => {
  const { run, ids, virtual } = await running({ mode: 'real' });
  const at = START + HOUR;
  const event = { name: 'member.replied', source: 'test', sourceId: run, member: ids[1]!, at };
  await ingest(store, team, [event], at);
  await virtual.runUntil(at);
  const { body } = await owner('GET', `/api/runs/${run}/members/${ids[1]}`);
  const [stay] = (body['journeys'] as { stays: object[] }[])[0]!.stays;
  expect(stay).toMatchObject({
    subject: 'each/1',
    event: { name: 'member.replied', at: '2026-12-01T05:00:00.000Z' },
    end: 'through',
  });
  expect((stay as { visits: object[] }).visits.slice(-2)).toMatchObject([
    { node: 'listen', port: 'replied' },
    { node: 'bye', port: null },
  ]);
});

async function otherTeam(): Promise<number> {
  const { rows } = await store.pool.query<{ id: number }>(
    `insert into team (name, created_at) values ('other', instant_of(0)) returning id`,
  );
  return rows[0]!.id;
}

test('live progress tells the counts at once and whenever they change', async () => {
  const { run, virtual } = await running();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/api/runs/${run}/live`, {
    headers: { authorization: `Bearer ${owner.key}` },
  });
  const counts: { nodes: Node[]; journeys: object[] }[] = [];
  const reading = (async () => {
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const told = [...text.matchAll(/^event: counts\ndata: (.*)\n\n/gm)].map(
        ([, data]) => JSON.parse(data!) as (typeof counts)[number],
      );
      counts.splice(0, counts.length, ...told);
    }
  })();
  await expect.poll(() => counts.length).toBe(1);
  expect(counts[0]!.nodes.find(({ node }) => node === 'listen')).toMatchObject({ standing: 5, stuck: 0 });
  expect(counts[0]!.journeys[0]).toEqual({ journey: 'each', entered: 5, ended: 0, open: false });
  await virtual.runUntil();
  // A run that is over ends the stream by itself.
  await reading;
  expect(counts.at(-1)!.nodes.find(({ node }) => node === 'bye')).toMatchObject({ standing: 0, ended: 5 });
  expect(counts.at(-1)!.journeys[0]).toMatchObject({ ended: 5 });
});
