// A document against the team's channels, through every door: what the editor asks for, the check, publishing, launching.
import { expect, test } from 'vitest';
import type { JsonObject } from '../../engine/json.ts';
import { seed } from '../../prisma/seed.ts';
import { stand } from '../support/app.ts';
import { freshDatabase } from '../support/database.ts';
import { smallPlaybook } from '../support/small-playbook.ts';

const { url } = await freshDatabase();
const NOW = Date.UTC(2026, 11, 1, 1);
await seed(url, NOW - 1_000);
const { program, store } = await stand(url, { clock: () => NOW });
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
