// A document against the team's channels, through every door: what the editor asks for, the check, publishing, launching.
import { describe, expect, test } from 'vitest';
import { perform } from '../../workers/effects/perform.ts';
import { launchScheduled } from '../../workers/schedules.ts';
import { launchWaiting } from '../../workers/triggers.ts';
import { playbook as drawn } from '../support/temporal-play.ts';
import { depsOf, launchRun } from '../workers/virtual-run.ts';
import type { JsonObject } from '../../engine/json.ts';
import { seed } from '../../prisma/seed.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { smallPlaybook } from '../support/small-playbook.ts';

const { url } = await freshDatabase();
const NOW = Date.UTC(2026, 11, 1, 1);
await seed(url, NOW - 1_000);
const { program, store, temporal, team } = await stand(url, { clock: () => NOW });
const owner = await program(['owner']);
const english = { 'accept-language': 'en' };

const by = (id: string, channel: string, more: JsonObject = {}): JsonObject => {
  const document = smallPlaybook(id);
  const [node] = document.graph.nodes.filter((it) => it['id'] === 'hello');
  Object.assign(node!['config'] as JsonObject, { channel, ...more });
  return document;
};
const codes = (body: Record<string, unknown>): string[] =>
  (body['problems'] as { code: string }[]).flatMap(({ code }) => (code.includes('CHANNEL') ? [code] : []));
const check = async (document: JsonObject) =>
  codes((await owner('POST', '/api/check', { document }, english)).body);

/** Two group sends a day for three weeks. */
function everyDay(id: string, channel: string): JsonObject {
  const send = (text: string) => ({
    step: 'send-message',
    config: {
      channel,
      audience: { groups: 'all' },
      class: 'service',
      mode: 'confirm',
      role: 'operator',
      text: { 'zh-CN': text },
    },
  });
  return {
    ...smallPlaybook(id),
    params: { type: 'object', properties: {} },
    goal: { metric: 'sign_ups', baseline: 0, target: 10, deadline: { for: 'P30D' }, guardrails: [] },
    graph: {
      nodes: [
        { id: 'start', step: 'start', config: {} },
        { id: 'days', step: 'repeat', config: { max: 21, at: '09:00' } },
        { id: 'one', ...send('早上好') },
        { id: 'two', ...send('今天也要打卡') },
        { id: 'end', step: 'end', config: {} },
      ],
      edges: [
        { id: 'e1', from: 'start', port: 'out', to: 'days' },
        { id: 'e2', from: 'days', port: 'each', to: 'one' },
        { id: 'e3', from: 'one', port: 'sent', to: 'two' },
        { id: 'e4', from: 'two', port: 'sent', to: 'days' },
        { id: 'e5', from: 'days', port: 'done', to: 'end' },
      ],
    },
  };
}

await owner('POST', '/api/channels', { name: '公告群', kind: 'feishu' });
await owner('POST', '/api/channels', { name: '客户群发', kind: 'wecom-customers' });
await owner('POST', '/api/channels', { name: '值班群', kind: 'feishu', audience: 'staff' });

test('the editor is told what documents are checked against, and no setting of an account', async () => {
  const { body, text } = await owner('GET', '/api/registry');
  const channels = body['channels'] as JsonObject[];
  expect(new Set(channels.map(({ name }) => name))).toEqual(
    new Set(['simulator', 'wechat-group', '公告群', '客户群发']),
  );
  expect(channels.find(({ name }) => name === '公告群')).toEqual({
    name: '公告群',
    kind: 'feishu',
    budgets: [],
    trouble: 'no-secret',
  });
  expect(body['attributes']).toHaveLength(2);
  expect(text).not.toMatch(/secretRef|config/);
});

test('the check names channels that are missing, broken, unable, too small or used up', async () => {
  expect(await check(by('a', 'simulator'))).toEqual([]);
  expect(await check(by('a', 'nowhere'))).toEqual(['W-CHANNEL-UNKNOWN']);
  // One for colleagues is none of a playbook's.
  expect(await check(by('a', '值班群'))).toEqual(['W-CHANNEL-UNKNOWN']);
  expect(await check(by('a', '公告群'))).toEqual(['W-CHANNEL-TROUBLE']);
  expect(await check(by('a', 'wechat-group'))).toEqual(['E-CHANNEL-CANNOT']);
  expect(await check(by('a', 'wechat-group', { mode: 'humanCopy' }))).toEqual([]);
  const long = {
    text: { 'zh-CN': '好'.repeat(3_990) },
    optOut: { 'zh-CN': '不想再收到请回复 T。' },
    mode: 'confirm',
  };
  expect(await check(by('a', '客户群发', long))).toEqual(['E-CHANNEL-LENGTH']);
  expect(await check(everyDay('b', '客户群发'))).toEqual(['E-CHANNEL-BUDGET']);
  expect(await check(everyDay('b', 'wechat-group'))).toEqual([]);
});

test('a rehearsal puts off what the budgets of the channels have no room for', async () => {
  const posted = async (channel: string) => {
    const document = everyDay('r', channel);
    const { body } = await owner('POST', '/api/rehearse', { document, start: '2026-12-01T09:00' });
    return (body['calendar'] as { count: number }[]).reduce((sum, { count }) => sum + count, 0);
  };
  const [roomy, tight] = [await posted('wechat-group'), await posted('客户群发')];
  expect(roomy).toBeGreaterThan(0);
  expect(tight).toBeLessThan(roomy);
});

test('nothing of this kind is published; what is only a warning goes with the version', async () => {
  const publish = async (document: JsonObject) => {
    const { body } = await owner('POST', '/api/playbooks', { document });
    return owner('POST', `/api/playbooks/${String(body['id'])}/publish`, { revision: 1 }, english);
  };
  for (const [document, code] of [
    [by('p1', 'wechat-group'), 'E-CHANNEL-CANNOT'],
    [everyDay('p2', '客户群发'), 'E-CHANNEL-BUDGET'],
  ] as const) {
    const { status, body } = await publish(document);
    expect([status, codes(body)]).toEqual([422, [code]]);
  }
  const warned = await publish(by('p3', '公告群'));
  expect([warned.status, codes(warned.body)]).toEqual([201, ['W-CHANNEL-TROUBLE']]);
});

test('a real launch looks again; on synthetic members no channel is needed', async () => {
  const { body } = await owner('POST', '/api/playbooks', { document: by('later', '改名群') });
  const playbook = String(body['id']);
  await owner('POST', '/api/playbooks/' + playbook + '/publish', { revision: 1 });
  // It is made after the version was published, and can do less than the text needs.
  await owner('POST', '/api/channels', { name: '改名群', kind: 'manual' });
  const { rows } = await store.pool.query<{ id: string }>(
    'select id from community_group order by id limit 1',
  );
  const order = { playbook, params: { T: '2027-01-10T20:00' } };
  const real = await owner('POST', '/api/runs', { ...order, groups: [rows[0]!.id] }, english);
  expect([real.status, codes(real.body)]).toEqual([422, ['E-CHANNEL-CANNOT']]);
  const synthetic = await owner('POST', '/api/runs', { ...order, members: 10 }, english);
  expect(synthetic.status).toBeLessThan(300);
});

describe('what nobody watches begin', () => {
  const published = async (document: JsonObject): Promise<string> => {
    const { body } = await owner('POST', '/api/playbooks', { document });
    const { status } = await owner('POST', `/api/playbooks/${String(body['id'])}/publish`, { revision: 1 });
    expect(status).toBe(201);
    return String(body['id']);
  };
  /** Published before its channel exists; what the channel is can be decided later. */
  const later = (id: string) => published(by(id, `群 ${id}`));
  const channel = async (id: string, kind: string): Promise<string> =>
    String((await owner('POST', '/api/channels', { name: `群 ${id}`, kind })).body['id']);
  const groupOf = async () =>
    (await store.pool.query<{ id: string }>('select id from community_group order by id limit 1')).rows[0]!
      .id;
  const noticesOf = async (playbook: string, all = false) =>
    (await owner('GET', `/api/notices?playbook=${playbook}${all ? '&all=true' : ''}`)).body['notices'] as {
      readonly run: string | null;
      readonly text: Record<string, string>;
    }[];
  const runsOf = async (playbook: string) =>
    (await owner('GET', `/api/runs?playbook=${playbook}`)).body['runs'] as { readonly id: string }[];

  const schedule = async (playbook: string, more: object = {}) =>
    String(
      (
        await owner('POST', '/api/schedules', {
          playbook,
          cron: '0 9 * * 1',
          zone: 'Asia/Shanghai',
          params: { T: { for: 'P7D' } },
          groups: [await groupOf()],
          ...more,
        })
      ).body['id'],
    );

  test('a schedule that may not launch tells once, tries for an hour, and takes it back when it could', async () => {
    const playbook = await later('s1');
    const id = await schedule(playbook);
    const wrong = await channel('s1', 'manual');
    const at = Date.now() - 60_000;
    const fire = (from: number) => launchScheduled(store, temporal, { schedule: id, at: from });
    await expect(fire(at)).rejects.toThrow('E-CHANNEL-CANNOT');
    await expect(fire(at)).rejects.toThrow('E-CHANNEL-CANNOT');
    const [told, ...others] = await noticesOf(playbook);
    expect(others).toEqual([]);
    expect(told!.run).toBeNull();
    expect(told!.text['zh-CN']).toMatch(/^到了定时启动的时间，但没有启动：.*不能自动发送.*一小时内/);
    expect(told!.text['en']).toMatch(/^It was due by its schedule and was not launched: .*send by itself/);
    expect(await runsOf(playbook)).toEqual([]);
    await owner('PATCH', `/api/channels/${wrong}`, { archived: true });
    await fire(at);
    expect(await runsOf(playbook)).toHaveLength(1);
    // It has begun, though its channel is gone now: that is what is left to tell.
    expect((await noticesOf(playbook)).map(({ run, text }) => [run === null, text['zh-CN']])).toEqual([
      [false, expect.stringMatching(/^已自动启动，但有消息发不出去：/)],
    ]);
  });

  test('after an hour a schedule waits for its next time', async () => {
    const playbook = await later('s2');
    const id = await schedule(playbook);
    await channel('s2', 'manual');
    await launchScheduled(store, temporal, { schedule: id, at: Date.now() - 3_600_000 });
    expect(await runsOf(playbook)).toEqual([]);
    expect(await noticesOf(playbook)).toHaveLength(1);
  });

  test('who orders a launch for later is refused what a launch now is refused, budgets included', async () => {
    const document = everyDay('s3', '月度群发');
    const playbook = await published(document);
    await owner('POST', '/api/channels', { name: '月度群发', kind: 'wecom-customers' });
    const order = { playbook, groups: [await groupOf()] };
    const now = await owner('POST', '/api/runs', order, english);
    const clock = await owner('POST', '/api/schedules', {
      ...order,
      cron: '0 9 * * 1',
      zone: 'Asia/Shanghai',
    });
    expect([now.status, clock.status]).toEqual([422, 422]);
    for (const { body } of [now, clock]) expect(codes(body)).toContain('E-CHANNEL-BUDGET');
    expect(await noticesOf(playbook)).toEqual([]);
  });

  test('events wait while their playbook may not begin, and operators know', async () => {
    const document = by('t1', '群 t1');
    const { nodes } = document['graph'] as { readonly nodes: readonly JsonObject[] };
    Object.assign(
      nodes.find((it) => it['step'] === 'start')!,
      {
        config: { trigger: 'event', event: 'order.paid' },
      },
    );
    const playbook = await published(document);
    const armed = await owner('POST', '/api/triggers', {
      playbook,
      params: { T: { for: 'P7D' } },
      groups: [await groupOf()],
    });
    expect(armed.status).toBe(201);
    const wrong = await channel('t1', 'manual');
    await owner('POST', '/api/events', { events: [{ name: 'order.paid', source: 'shop', sourceId: '1' }] });
    for (const now of [NOW, NOW + 1_000]) await launchWaiting(store, temporal, { now });
    expect(await runsOf(playbook)).toEqual([]);
    expect((await noticesOf(playbook)).map(({ text }) => text['zh-CN'])).toEqual([
      expect.stringMatching(/^触发的事件来了，但没有启动：.*不能自动发送.*保留一天/),
    ]);
    await owner('PATCH', `/api/channels/${wrong}`, { archived: true });
    await launchWaiting(store, temporal, { now: NOW + 61_000 });
    expect(await runsOf(playbook)).toHaveLength(1);
    expect((await noticesOf(playbook)).map(({ run }) => run === null)).toEqual([false]);
  });

  test('a version that cannot take an order’s parameters is told of with the first event', async () => {
    const start = { trigger: 'event', event: 'order.lost', where: { cel: 'params.least < 3.0' } };
    const sketch = { begin: ['start', start, { out: 'z' }], z: ['end', {}] } as const;
    const of = (params: JsonObject) =>
      ({ ...drawn(sketch as never), id: 't2', params }) as unknown as JsonObject;
    const least = { type: 'number', default: 1 };
    const playbook = await published(of({ type: 'object', properties: { least } }));
    const armed = await owner('POST', '/api/triggers', { playbook, groups: [await groupOf()] });
    expect(armed.status).toBe(201);
    const required = { type: 'object', properties: { least: { type: 'number' } }, required: ['least'] };
    await owner('PUT', `/api/playbooks/${playbook}/draft`, { document: of(required), revision: 1 });
    expect((await owner('POST', `/api/playbooks/${playbook}/publish`, { revision: 2 })).status).toBe(201);
    await owner('POST', '/api/events', { events: [{ name: 'order.lost', source: 'shop', sourceId: '2' }] });
    expect((await noticesOf(playbook)).map(({ text }) => text['zh-CN'])).toEqual([
      expect.stringMatching(/^触发的事件来了，但没有启动：/),
    ]);
  });

  test('a playbook that another one may not start is refused at its step, in both languages', async () => {
    const child = await later('c1');
    await channel('c1', 'manual');
    const parent = drawn({
      begin: ['start', {}, { out: 'p' }],
      p: [
        'run-playbook',
        { playbook: 'c1', params: { T: '2027-01-10T20:00' } },
        { started: 'z', refused: 'z' },
      ],
      z: ['end', {}],
    });
    const { run, plan } = await launchRun(store, team, {
      document: parent,
      startAt: NOW,
      mode: 'real',
      groups: [await groupOf()],
    });
    const node = plan.nodes.findIndex(({ id }) => id === 'p');
    const visits = [{ ordinal: 0, lap: 0, call: 0, due: NOW, at: NOW }];
    const calls = [{ batch: 1, node, effect: 'start-playbook', stage: 0, visits }];
    const { results } = await perform(depsOf(store, NOW), { run, calls });
    expect(results[0]!.codes).toEqual([1]);
    expect(await runsOf(child)).toEqual([]);
    expect(await noticesOf(child)).toMatchObject([
      { run, text: { 'zh-CN': expect.stringContaining('不能自动发送') as string } },
    ]);
    const { rows } = await store.pool.query<{ why: JsonObject }>('select why from ledger where run_id = $1', [
      run,
    ]);
    expect(rows[0]!.why['refusal']).toMatchObject({
      'zh-CN': expect.stringContaining('不能自动发送') as string,
      en: expect.stringContaining('send by itself') as string,
    });
  });
});
