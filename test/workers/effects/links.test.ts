// Links in what is sent, on a real database: each recipient gets their own, they lead to the pages, and nothing stored holds one.
import { afterAll, expect, test } from 'vitest';
import type { JsonObject } from '../../../engine/json.ts';
import { adapters } from '../../../workers/channels/index.ts';
import type { Adapter, OutMessage } from '../../../workers/channels/channel.ts';
import { openStore } from '../../../workers/store/client.ts';
import { officeOf, readLink } from '../../../workers/store/link.ts';
import { freshDatabase } from '../../support/database.ts';
import { confirm, keyring, launch, makePeople, NOON, posting } from '../send-stage.ts';

const { url } = await freshDatabase();
const store = openStore(url, 8);
afterAll(() => store.close());
const links = officeOf(keyring, 'https://k.example')!;

const LIVE = 'https://example.com/live?id=7';
const TEXT: JsonObject = {
  text: { 'zh-CN': `看直播 {{ '${LIVE}' | counted }}` },
  optOut: { 'zh-CN': '退订 {{ links.optOut }}' },
};

/** A provider that takes everything, and remembers what. */
function provider(): { readonly taken: OutMessage[]; readonly adapters: Readonly<Record<string, Adapter>> } {
  const taken: OutMessage[] = [];
  const adapter: Adapter = {
    capabilities: adapters['webhook']!.capabilities,
    send: (_account, message) => {
      taken.push(message);
      return Promise.resolve({ outcome: 'accepted', providerId: null });
    },
  };
  return { taken, adapters: { ...adapters, webhook: adapter } };
}

const tokenIn = (text: string, after: string): string =>
  new RegExp(`${after} https://k\\.example/m/([\\w-]+)`).exec(text)?.[1] ?? '';
const claimIn = (text: string, after: string): unknown =>
  readLink(links.keys, tokenIn(text, after), NOON)?.claim;

test('each member gets links of their own, and the message that is kept has none', async () => {
  const people = await makePeople(store, 3, { kind: 'webhook', config: { url: 'https://hook.example/' } });
  const { taken, adapters: all } = provider();
  const sender = await launch(store, people, posting('segment', 'marketing', TEXT), {
    adapters: all,
    keyring,
    links,
  });
  expect((await sender.send(NOON)).code).toBe('sent');
  expect(taken.length).toBe(3);
  const members = taken.map(({ text }) => (claimIn(text, '退订') as { member: string }).member);
  expect(members.toSorted()).toEqual([...people.members].toSorted());
  for (const { text, optOutUrl, to } of taken) {
    expect(claimIn(text, '退订')).toEqual({ kind: 'preferences', team: people.team, member: to.externalId });
    expect(optOutUrl).toBe(`https://k.example/m/${tokenIn(text, '退订')}`);
    const counted = claimIn(text, '看直播') as { kind: string; link: string; member: string };
    expect([counted.kind, counted.member]).toEqual(['counted', to.externalId]);
    const { rows } = await store.pool.query('select url, run_id as run from counted_link where id = $1', [
      counted.link,
    ]);
    expect(rows).toEqual([{ url: LIVE, run: sender.run }]);
  }
  const { rows } = await store.pool.query<{ text: object }>('select text from message where run_id = $1', [
    sender.run,
  ]);
  expect(rows[0]!.text).toEqual({ 'zh-CN': `看直播 ${LIVE}\n退订 https://…/optOut` });
});

test('a post to a group carries nobody’s link; a colleague who pastes it gets it filled in', async () => {
  const people = await makePeople(store, 2, { kind: 'webhook', config: { url: 'https://hook.example/' } });
  const { taken, adapters: all } = provider();
  const auto = await launch(store, people, posting('groups', 'marketing', TEXT), {
    adapters: all,
    keyring,
    links,
  });
  await auto.send(NOON);
  expect(
    taken.map(({ text, optOutUrl }) => [text.includes('退订 https://k.example/m/opt-out'), optOutUrl]),
  ).toEqual([[true, undefined]]);
  const pasted = await launch(
    store,
    people,
    posting('groups', 'service', { ...TEXT, mode: 'humanCopy', role: 'owner' }),
    { adapters: all, keyring, links },
  );
  expect((await pasted.send(NOON)).code).toBe('waiting');
  const { rows } = await store.pool.query<{ script: Record<string, string> }>(
    'select script from task where run_id = $1',
    [pasted.run],
  );
  expect(rows[0]!.script['zh-CN']).toMatch(
    /^看直播 https:\/\/k\.example\/m\/[\w-]+\n退订 https:\/\/k\.example\/m\/opt-out$/,
  );
  await confirm(store, pasted.run);
  expect((await pasted.send(NOON + 1_000, { call: 1 })).code).toBe('sent');
});

test('without a key nothing goes out that would need a link', async () => {
  const people = await makePeople(store, 1, { kind: 'webhook', config: { url: 'https://hook.example/' } });
  const { taken, adapters: all } = provider();
  const sender = await launch(store, people, posting('segment', 'marketing', TEXT), {
    adapters: all,
    keyring,
  });
  expect((await sender.send(NOON)).code).toBe('failed');
  expect(taken).toEqual([]);
});
