// Sending as the gate decides it: late activities, colleagues who post and release, and what counts towards caps.
import { afterAll, describe, expect, test } from 'vitest';
import { openStore } from '../../../workers/store/client.ts';
import { freshDatabase } from '../../support/database.ts';
import { confirm, DAY, deliveriesOf, HOUR, launch, makePeople, NOON, posting } from '../send-stage.ts';

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
