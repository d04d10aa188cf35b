// Playbooks that stay open: a published version takes the doors over, and nobody enters twice or is lost between the two.
// The workflows stand still here; their effect is performed by hand, so that the moment of taking over is the test's own.
import { expect, test } from 'vitest';
import type { Playbook } from '../../engine/document.ts';
import { HOUR, MINUTE } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import { perform } from '../../workers/effects/perform.ts';
import { audit } from '../../workers/store/audit/audit.ts';
import { runOf } from '../../workers/store/run.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { graphOf, playbook } from '../support/temporal-play.ts';
import { depsOf } from '../workers/virtual-run.ts';

const { url } = await freshDatabase();
const START = Date.UTC(2026, 11, 1, 1);
let now = START;
const { program, store } = await stand(url, {
  taskQueue: `open-ended-${process.pid}-${Date.now()}`,
  clock: () => now,
});
const owner = await program(['owner']);
const designer = await program(['designer']);
const made = async (path: string, body: object) => String((await owner('POST', path, body)).body['id']);
const community = await made('/api/communities', { name: '收纳社' });
const group = await made('/api/groups', { name: '一群', community });

interface Version {
  readonly enter?: JsonObject;
  readonly title?: string;
  readonly extra?: Partial<Playbook>;
  readonly journey?: string;
}

const documentOf = (
  id: string,
  { enter = {}, title = '一', extra = {}, journey = 'welcome' }: Version = {},
) =>
  playbook(
    {
      begin: ['start', {}, { out: 'launch' }],
      launch: ['journey', { journey }, { launched: 'over', empty: 'over' }],
      over: ['end', {}],
    },
    {
      id,
      journeys: {
        [journey]: {
          title: { 'zh-CN': title },
          graph: graphOf({
            in: ['enter', { from: 'event', event: `joined-${id}`, ...enter }, { out: 'stay' }],
            stay: ['wait', { for: 'P30D' }, { done: 'bye' }],
            bye: ['end', {}],
          }),
        },
      },
      ...extra,
    },
  );

let no = 0;
/** A playbook of its own, published and launched. */
async function launched(version: Version = {}) {
  const id = `open-${(no += 1)}`;
  const playbookId = await made('/api/playbooks', { document: documentOf(id, version) });
  await owner('POST', `/api/playbooks/${playbookId}/publish`, { revision: 1 });
  const { status, body } = await owner('POST', '/api/runs', { playbook: playbookId, groups: [group] });
  expect(status).toBe(201);
  return { id, playbook: playbookId, run: String(body['id']), event: `joined-${id}` };
}

async function publish(
  of: { readonly id: string; readonly playbook: string },
  version: Version,
  revision = 1,
) {
  const document = documentOf(of.id, version);
  await owner('PUT', `/api/playbooks/${of.playbook}/draft`, { document, revision });
  const { status, body } = await owner('POST', `/api/playbooks/${of.playbook}/publish`, {
    revision: revision + 1,
  });
  expect([status, body['code']]).toEqual([201, undefined]);
  return body['runs'] as {
    followed: { run: string; follows: string }[];
    left: { run: string; problems: string[] }[];
  };
}

/** The workflow reaches the step that opens the door. */
async function open(run: string): Promise<string> {
  const { plan, startAt } = (await runOf(store.pool, run))!;
  const node = plan.nodes.findIndex(({ id }) => id === 'launch');
  const visits = [{ ordinal: 0, lap: 0, call: 0, due: startAt, at: startAt }];
  const call = { batch: 0, node, effect: 'launch-journey', stage: 0, visits };
  const { results } = await perform(depsOf(store, now), { run, calls: [call] });
  return plan.effects['launch-journey']![results[0]!.codes[0]!]!;
}

const members = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => made('/api/members', { name: `M${no}-${index}` })));

let serial = 0;
const joined = (event: string, member: string, at = now) => ({
  name: event,
  source: 'test',
  sourceId: String((serial += 1)),
  at: new Date(at).toISOString(),
  member,
  group,
});
const report = async (events: readonly object[]) => {
  const { status, body } = await owner('POST', '/api/events', { events });
  expect([status, body['accepted']]).toEqual([202, events.length]);
};

async function entered(run: string): Promise<string[]> {
  const { rows } = await store.pool.query<{ member: string }>(
    'select member_id as member from subject where run_id = $1 and graph = 1 order by ordinal',
    [run],
  );
  return rows.map(({ member }) => member);
}

test('a new version takes over: who is under way stays, who comes later enters it, what happened earlier too', async () => {
  const first = await launched();
  expect(await open(first.run)).toBe('launched');
  const [ann, bob, cem, dee] = (await members(4)) as [string, string, string, string];
  now += HOUR;
  await report([joined(first.event, ann)]);
  now += HOUR;
  const { followed, left } = await publish(first, { title: '二' });
  expect(left).toEqual([]);
  expect(followed).toEqual([{ run: expect.any(String), follows: first.run }]);
  const { run } = followed[0]!;
  now += MINUTE;
  // Its workflow has not come so far yet.
  await report([joined(first.event, bob)]);
  now += MINUTE;
  expect(await open(run)).toBe('launched');
  now += MINUTE;
  await report([joined(first.event, cem), joined(first.event, ann), joined(first.event, bob)]);
  await report([joined(first.event, dee, START + HOUR)]);
  expect(await entered(first.run)).toEqual([ann, bob]);
  expect(await entered(run)).toEqual([cem, dee]);
  const { body } = await owner('GET', `/api/runs/${first.run}/entrances`);
  expect(body['entrances']).toMatchObject([{ journey: 'welcome', entered: 2, closed: expect.any(String) }]);
});

test('a capacity counts over the versions', async () => {
  const first = await launched({ enter: { capacity: 3 } });
  await open(first.run);
  const people = await members(5);
  await report(people.slice(0, 2).map((member) => joined(first.event, member)));
  const { followed } = await publish(first, { enter: { capacity: 3 }, title: '二' });
  await open(followed[0]!.run);
  await report(people.slice(2).map((member) => joined(first.event, member)));
  expect(await entered(followed[0]!.run)).toEqual([people[2]]);
});

test('while the door changes hands in the midst of a burst, everybody enters one of the two, once', async () => {
  const first = await launched();
  await open(first.run);
  const people = await members(60);
  const { followed } = await publish(first, { title: '二' });
  const { run } = followed[0]!;
  const bursts = Array.from({ length: 12 }, (_, part) =>
    people
      .slice(part * 5, part * 5 + 5)
      .flatMap((member) => [joined(first.event, member), joined(first.event, member)]),
  );
  await Promise.all([...bursts.slice(0, 6).map(report), open(run), ...bursts.slice(6).map(report)]);
  const both = [...(await entered(first.run)), ...(await entered(run))];
  expect(both.toSorted()).toEqual(people.toSorted());
  expect((await audit(store, null)).breaches).toEqual([]);
});

test('versions that are published faster than their runs begin hand the door on to the newest', async () => {
  const first = await launched();
  await open(first.run);
  const second = (await publish(first, { title: '二' })).followed[0]!.run;
  const third = (await publish(first, { title: '三' }, 2)).followed;
  expect(third).toEqual([{ run: expect.any(String), follows: second }]);
  expect(await open(third[0]!.run)).toBe('launched');
  // It comes too late, and says so.
  expect(await open(second)).toBe('empty');
  const [ann] = await members(1);
  await report([joined(first.event, ann!)]);
  expect(await entered(third[0]!.run)).toEqual([ann]);
  expect([...(await entered(first.run)), ...(await entered(second))]).toEqual([]);
});

test('a version that cannot take over leaves the door where it is, and says why', async () => {
  const first = await launched();
  await open(first.run);
  const needy = {
    params: {
      type: 'object',
      required: ['cadence'],
      properties: { cadence: { type: 'string', title: { 'zh-CN': '节奏' } } },
    },
  } as unknown as Partial<Playbook>;
  const missing = await publish(first, { extra: needy });
  expect(missing).toEqual({
    followed: [],
    left: [{ run: first.run, problems: [expect.stringMatching(/^E-/)] }],
  });
  expect(await publish(first, { journey: 'other' }, 2)).toMatchObject({
    followed: [],
    left: [{ run: first.run, problems: ['no-door'] }],
  });
  const [ann] = await members(1);
  await report([joined(first.event, ann!)]);
  expect(await entered(first.run)).toEqual([ann]);
  const { body } = await owner('GET', `/api/runs/${first.run}/entrances`);
  expect(body).toMatchObject({
    follows: null,
    followedBy: null,
    left: { version: 3, problems: ['no-door'] },
  });
  // When one succeeds later, nothing is left of it.
  const { followed } = await publish(first, { title: '四' }, 3);
  const { body: later } = await owner('GET', `/api/runs/${first.run}/entrances`);
  expect(later).toMatchObject({ followedBy: followed[0]!.run, left: null });
  const { body: next } = await owner('GET', `/api/runs/${followed[0]!.run}/entrances`);
  expect(next).toMatchObject({ follows: first.run, followedBy: null, left: null });
});

test('who came in by a door is listed page by page, the latest first', async () => {
  const first = await launched();
  await open(first.run);
  const people = await members(3);
  for (const member of people) {
    now += MINUTE;
    await report([joined(first.event, member)]);
  }
  const page = async (rest: string) =>
    (await owner('GET', `/api/runs/${first.run}/entered?journey=welcome&limit=2${rest}`)).body as {
      members: { member: string; ended: string | null }[];
      next: number | null;
    };
  const latest = await page('');
  expect(latest.members.map(({ member, ended }) => [member, ended])).toEqual([
    [people[2], null],
    [people[1], null],
  ]);
  const rest = await page(`&before=${latest.next}`);
  expect([rest.members.map(({ member }) => member), rest.next]).toEqual([[people[0]], null]);
  const { status } = await owner('GET', `/api/runs/${first.run}/entered?journey=campaign`);
  expect(status).toBe(404);
});

test('campaigns with an end, rehearsed communities and runs that are over are not followed', async () => {
  const bounded = await launched({ enter: { open: 'P7D' } });
  await open(bounded.run);
  expect(await publish(bounded, { enter: { open: 'P7D' }, title: '二' })).toEqual({ followed: [], left: [] });
  const over = await launched();
  await open(over.run);
  await owner('POST', `/api/runs/${over.run}/control`, { do: 'cancel', reason: '不办了' });
  expect(await publish(over, { title: '二' })).toEqual({ followed: [], left: [] });
  const [ann] = await members(1);
  await report([joined(over.event, ann!)]);
  expect(await entered(over.run)).toEqual([]);
});

test('a paused run is followed by one that is paused, and lets members in until that one goes on', async () => {
  const first = await launched();
  await open(first.run);
  await owner('POST', `/api/runs/${first.run}/control`, { do: 'pause' });
  const { followed } = await publish(first, { title: '二' });
  const { run } = followed[0]!;
  expect((await runOf(store.pool, run))?.status).toBe('paused');
  const [ann] = await members(1);
  await report([joined(first.event, ann!)]);
  expect(await entered(first.run)).toEqual([ann]);
});

test('an operator closes an entrance, once, and nobody else may', async () => {
  const first = await launched();
  await open(first.run);
  const close = `/api/runs/${first.run}/entrances/welcome/close`;
  expect((await designer('POST', close)).status).toBe(404);
  expect((await owner('POST', `/api/runs/${first.run}/entrances/none/close`)).status).toBe(404);
  expect(await owner('POST', close)).toMatchObject({ status: 200, body: { closed: true } });
  expect(await owner('POST', close)).toMatchObject({ status: 409, body: { code: 'door-not-open' } });
  const [ann] = await members(1);
  await report([joined(first.event, ann!)]);
  expect(await entered(first.run)).toEqual([]);
  const elsewhere = await program(['owner'], (await otherTeam()).id);
  expect((await elsewhere('POST', close)).status).toBe(404);
});

async function otherTeam(): Promise<{ readonly id: number }> {
  const { rows } = await store.pool.query<{ id: number }>(
    `insert into team (name, created_at) values ('Other', instant_of(0)) returning id`,
  );
  return rows[0]!;
}

test('publishing says what a version that takes over does once more, and says nothing where nothing is taken over', async () => {
  const announcing = (id: string, text: string) => {
    const { graph, ...rest } = documentOf(id);
    const send = {
      id: 'tell',
      step: 'send-message',
      title: { 'zh-CN': '公告', en: 'Announcement' },
      config: {
        channel: 'simulator',
        audience: { groups: 'all' },
        class: 'service',
        mode: 'auto',
        text: { 'zh-CN': text },
      },
    };
    const edges = [
      { id: 'a', from: 'begin', port: 'out', to: 'tell' },
      { id: 'b', from: 'tell', port: 'sent', to: 'launch' },
      ...graph.edges.filter(({ from }) => from !== 'begin'),
    ];
    return { ...rest, graph: { nodes: [...graph.nodes, send], edges } };
  };
  const id = `open-${(no += 1)}`;
  const playbookId = await made('/api/playbooks', { document: announcing(id, '一') });
  const repeats = ({ body }: { readonly body: Record<string, unknown> }) =>
    (body['problems'] as { code: string; place: { node: string }; message: string }[]).filter(
      ({ code }) => code === 'W-TAKEOVER-REPEATS',
    );
  const publishing = async (revision: number) => {
    const answer = await owner('POST', `/api/playbooks/${playbookId}/publish`, { revision });
    expect(answer.status).toBe(201);
    return answer;
  };
  const changes = () => owner('GET', `/api/playbooks/${playbookId}/changes`);
  expect(repeats(await publishing(1))).toEqual([]);
  expect((await changes()).body['takesOver']).toBe(false);
  await owner('POST', '/api/runs', { playbook: playbookId, groups: [group] });
  expect((await changes()).body['takesOver']).toBe(true);
  await owner('PUT', `/api/playbooks/${playbookId}/draft`, { document: announcing(id, '二'), revision: 1 });
  const found = repeats(await publishing(2));
  expect(found.map(({ place, message }) => [place.node, message.includes('「公告」会再做一次')])).toEqual([
    ['tell', true],
  ]);
});

test('a run whose own parameters would use up a channel is not taken over, one with others is', async () => {
  const post = (text: string) => ({
    channel: { param: 'channel' },
    audience: { groups: 'all' },
    class: 'service',
    mode: 'confirm',
    role: 'operator',
    text: { 'zh-CN': text },
  });
  // A campaign that posts twice a day by the channel that its run was launched with.
  const version = (title: string) => ({
    title,
    extra: {
      params: {
        type: 'object',
        properties: { channel: { type: 'string', default: '公告栏' } },
      },
      graph: graphOf({
        begin: ['start', {}, { out: 'launch' }],
        launch: ['journey', { journey: 'welcome' }, { launched: 'daily', empty: 'over' }],
        daily: ['repeat', { max: 21, at: '09:00' }, { each: 'one', done: 'over' }],
        one: ['send-message', post('早上好'), { sent: 'two' }],
        two: ['send-message', post('晚上好'), { sent: 'daily' }],
        over: ['end', {}],
      }),
    } as unknown as Partial<Playbook>,
  });
  const first = await launched(version('一'));
  const { rows } = await store.pool.query<{ id: string }>(
    `insert into community_group (id, team_id, community_id, name, created_at)
     select gen_random_uuid(), team_id, community_id, '二群', created_at from community_group where id = $1 returning id`,
    [group],
  );
  const other = await owner('POST', '/api/runs', {
    playbook: first.playbook,
    groups: [rows[0]!.id],
    params: { channel: '客户群发' },
  });
  expect(other.status).toBe(201);
  // It has a budget, and is made only now.
  await made('/api/channels', { name: '客户群发', kind: 'wecom-customers' });
  const { followed, left } = await publish(first, version('二'));
  expect(left).toEqual([{ run: String(other.body['id']), problems: ['E-CHANNEL-BUDGET'] }]);
  expect(followed.map(({ follows }) => follows)).toEqual([first.run]);
});
