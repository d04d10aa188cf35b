// Sending as the gate decides it: late activities, colleagues who post and release, and what counts towards caps.
import { afterAll, describe, expect, test } from 'vitest';
import { adapters } from '../../../workers/channels/index.ts';
import { openStore } from '../../../workers/store/client.ts';
import { closeDeliveries } from '../../../workers/store/delivery.ts';
import { freshDatabase } from '../../support/database.ts';
import { rowsLookedAt } from '../../support/looked-at.ts';
import { Receiver } from '../../support/receiver.ts';
import { confirm, DAY, deliveriesOf, enrol, HOUR, launch, makePeople, NOON, posting } from '../send-stage.ts';
import { journeyPlaybook } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 16);
afterAll(() => store.close());

describe('an activity that runs late', () => {
  test('asks for quiet hours as of when it runs, not of when it was due', async () => {
    const people = await makePeople(store, 1);
    const evening = NOON + 9 * HOUR + 59 * 60_000;
    const { send } = await launch(store, people, posting('segment', 'marketing', { expires: 'P1D' }), {
      startAt: evening,
    });
    const night = evening + 30 * 60_000;
    expect(await send(evening, { wall: night })).toEqual({ code: 'deferred', until: NOON + 20 * HOUR });
    expect((await deliveriesOf(store, people.team)).filter(({ state }) => state === 'sent')).toEqual([]);
  });

  test('finds that the message has expired', async () => {
    const people = await makePeople(store, 1);
    const { send } = await launch(store, people, posting('segment'));
    expect((await send(NOON, { wall: NOON + 6 * HOUR + 1 })).code).toBe('expired');
    expect((await deliveriesOf(store, people.team)).map(({ state }) => state)).toEqual(['expired']);
  });
});

describe('a colleague who posts', () => {
  test('has posted to those whom the gate admitted; the others stay withheld, and it says why', async () => {
    const people = await makePeople(store, 2, { kind: 'manual' });
    const [refuses, agrees] = people.members;
    await store.pool.query('update consent set revoked_at = instant_of(0) where member_id = $1', [refuses]);
    const { run, send } = await launch(store, people, posting('segment', 'marketing', { mode: 'humanCopy' }));
    expect(await send(NOON)).toEqual({ code: 'waiting', until: NOON + 6 * HOUR });
    await confirm(store, run);
    expect((await send(NOON + HOUR, { call: 1 })).code).toBe('partial');
    const rows = await deliveriesOf(store, people.team);
    expect(Object.fromEntries(rows.map((it) => [it.recipient, it.reason ?? it.state]))).toEqual({
      [`member/${refuses}`]: 'consent',
      [`member/${agrees}`]: 'sent',
    });
  });
});

describe('a budget of the channel', () => {
  test('is used up by what the provider sends, and not by what colleagues paste', async () => {
    const limits = { budgets: [{ name: 'month', count: 1, period: 'month', of: 'recipient' }] };
    const people = await makePeople(store, 1, { kind: 'wecom-customers', limits });
    for (const no of [1, 2]) {
      const { run, send } = await launch(store, people, posting('segment', 'service', { mode: 'humanCopy' }));
      expect([no, (await send(NOON)).code]).toEqual([no, 'waiting']);
      await confirm(store, run);
      expect([no, (await send(NOON + HOUR, { call: 1 })).code]).toEqual([no, 'sent']);
    }
    const released = () => launch(store, people, posting('segment', 'service', { mode: 'confirm' }));
    const first = await released();
    expect((await first.send(NOON)).code).toBe('waiting');
    await confirm(store, first.run);
    expect((await first.send(NOON + HOUR, { call: 1 })).code).toBe('sent');
    const second = await released();
    expect((await second.send(NOON)).code).toBe('skipped');
  });
});

describe('posts of service', () => {
  test('count towards a group’s cap, although no cap withholds them', async () => {
    const people = await makePeople(store, 0, { caps: { groupPerDay: 2 } });
    for (const no of [1, 2, 3]) {
      const { send } = await launch(store, people, posting('groups', 'service'));
      expect((await send(NOON + no)).code).toBe('sent');
    }
    const marketing = async (at: number) => {
      const { send } = await launch(store, people, posting('groups'), { startAt: at });
      return (await send(at)).code;
    };
    expect(await marketing(NOON + 4)).toBe('skipped');
    expect(await marketing(NOON + DAY)).toBe('sent');
  });
});

describe('a more urgent message that is planned', () => {
  test('keeps its place in the day: who is less urgent waits for the next, equals do not', async () => {
    const people = await makePeople(store, 1, { caps: { memberPerDay: 1 } });
    const dawn = NOON - 5 * HOUR;
    const more = { priority: 'incident', expires: 'P1D' };
    const urgent = await launch(store, people, posting('segment', 'marketing', more), { startAt: dawn });
    const opens = NOON - 4 * HOUR;
    expect(await urgent.send(dawn)).toEqual({ code: 'deferred', until: opens });
    // The night is over, and the other is asked first.
    const digest = await launch(
      store,
      people,
      posting('segment', 'marketing', { priority: 'digest', expires: 'P2D' }),
      {
        startAt: opens,
      },
    );
    expect(await digest.send(opens)).toEqual({ code: 'deferred', until: opens + DAY });
    expect((await urgent.send(opens, { call: 1 })).code).toBe('sent');
    expect((await digest.send(opens + DAY, { call: 1 })).code).toBe('sent');
  });
});

describe('a visit that is left while a colleague has not posted', () => {
  test.each([
    [NOON + HOUR, false, 'skipped', 'declined'],
    [NOON + 7 * HOUR, false, 'expired', 'expired'],
    [NOON + HOUR, true, 'skipped', 'dropped'],
  ])(
    'closes its deliveries, with the reason, and gives back what was counted',
    async (now, dropped, state, reason) => {
      const people = await makePeople(store, 2, { kind: 'manual', caps: { memberPerDay: 1 } });
      const { run, node, send } = await launch(
        store,
        people,
        posting('segment', 'marketing', { mode: 'humanCopy' }),
      );
      expect((await send(NOON)).code).toBe('waiting');
      const visit = { node, ordinal: 0, lap: 0, dropped };
      await closeDeliveries(store.pool, { team: people.team, run, now }, [visit]);
      expect(await deliveriesOf(store, people.team)).toMatchObject([
        { state, reason },
        { state, reason },
      ]);
      const { rows } = await store.pool.query('select sum(count) as n from send_count where team_id = $1', [
        people.team,
      ]);
      expect(rows[0]).toEqual({ n: 0 });
    },
  );
});

test('the address of each of many is not looked for among all others', async () => {
  // A database that has counted none of its tables yet.
  const fresh = openStore((await freshDatabase()).url, 4);
  const receiver = await Receiver.start();
  const people = await makePeople(fresh, 500, { kind: 'webhook', config: { url: receiver.url } });
  const { run, sendAll } = await launch(
    fresh,
    people,
    journeyPlaybook({
      in: ['enter', {}, { out: 'm' }],
      m: [
        'send-message',
        { channel: 'sim', audience: { subject: true }, text: { 'zh-CN': '你好' }, class: 'service' },
        { sent: 'z', failed: 'z' },
      ],
      z: ['end', {}],
    }),
    { adapters },
  );
  await enrol(fresh, people, run);
  const visits = people.members.map((_, ordinal) => ({ ordinal, lap: 0, call: 0, due: NOON, at: NOON }));
  expect(new Set((await sendAll(visits))?.map(({ code }) => code))).toEqual(new Set(['sent']));
  expect(await rowsLookedAt(fresh.pool, 'member_identity')).toBeLessThan(500 * 20);
  receiver.stop();
  await fresh.close();
});
