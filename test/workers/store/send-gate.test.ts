// The send gate's caps hold, however many runs ask at once, over all playbooks of a team.
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Call } from '../../../engine/run/protocol.ts';
import { perform } from '../../../workers/effects/perform.ts';
import { openStore } from '../../../workers/store/client.ts';
import { freshDatabase } from '../../support/database.ts';
import { DAY, deliveriesOf, makePeople, NOON, posting, type People } from '../send-stage.ts';
import { depsOf, journeyPlaybook, launchRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 16);
afterAll(() => store.close());

/** Sends once, from a run of its own. */
async function sendFrom(people: People, document: ReturnType<typeof posting>, at: number): Promise<number> {
  const { run, plan } = await launchRun(store, people.team, {
    document,
    startAt: at,
    mode: 'real',
    groups: [people.group],
  });
  const node = plan.nodes.findIndex(({ id }) => id === 'm');
  const call: Call = {
    batch: 1,
    node,
    effect: 'send',
    stage: 0,
    visits: [{ ordinal: 0, lap: 0, call: 0, due: at, at }],
  };
  const { results } = await perform(depsOf(store, at), { run, calls: [call] });
  return results[0]!.codes[0]!;
}

const deliveries = (team: number) => deliveriesOf(store, team);

describe('caps', () => {
  test('hold for a group although twelve runs post at the same moment', async () => {
    const people = await makePeople(store, 0, { caps: { groupPerDay: 3 } });
    const codes = await Promise.all(
      Array.from({ length: 12 }, () => sendFrom(people, posting('groups'), NOON)),
    );
    const sent = (await deliveries(people.team)).filter(({ state }) => state === 'sent');
    expect(sent).toHaveLength(3);
    expect(codes.filter((code) => code === 0)).toHaveLength(3);
    expect(codes.filter((code) => code === 2)).toHaveLength(9);
  });

  test('hold for every member, by day and by week, for any order of runs at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          perDay: fc.integer({ min: 1, max: 2 }),
          perWeek: fc.integer({ min: 1, max: 4 }),
          days: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 8 }),
        }),
        async ({ perDay, perWeek, days }) => {
          const people = await makePeople(store, 4, {
            caps: { memberPerDay: perDay, memberPerWeek: perWeek },
          });
          // Days follow each other; the runs of one day come at once.
          for (const day of [...new Set(days)].sort((a, b) => a - b)) {
            const runs = days.filter((it) => it === day);
            await Promise.all(runs.map(() => sendFrom(people, posting('segment'), NOON + day * DAY)));
          }
          const sent = (await deliveries(people.team)).filter(({ state }) => state === 'sent');
          for (const member of people.members) {
            const own = sent
              .filter(({ recipient }) => recipient === `member/${member}`)
              .map(({ at }) => Math.round((at - NOON) / DAY));
            for (const day of own) {
              expect(own.filter((it) => it === day).length).toBeLessThanOrEqual(perDay);
              expect(own.filter((it) => it > day - 7 && it <= day).length).toBeLessThanOrEqual(perWeek);
            }
            // Nor is anything withheld that might have gone: the first day is always filled up.
            const first = Math.min(...days);
            const wanted = Math.min(perDay, perWeek, days.filter((it) => it === first).length);
            expect(own.filter((it) => it === first)).toHaveLength(wanted);
          }
        },
      ),
      { numRuns: 6 },
    );
  });

  test('hold within one batch, when every member of a journey posts to the same group', async () => {
    const people = await makePeople(store, 6, { caps: { groupPerDay: 2 } });
    const document = journeyPlaybook({
      in: ['enter', {}, { out: 'm' }],
      m: [
        'send-message',
        {
          channel: 'sim',
          audience: { groups: 'all' },
          text: { 'zh-CN': '又有一位朋友来了' },
          optOut: { 'zh-CN': '回复 T 退订' },
          class: 'marketing',
        },
        { sent: 'z', failed: 'z' },
      ],
      z: ['end', {}],
    });
    const { run, plan } = await launchRun(store, people.team, {
      document,
      startAt: NOON,
      mode: 'real',
      groups: [people.group],
    });
    const node = plan.nodes.findIndex(({ id }) => id === 'm');
    const visits = people.members.map((_, ordinal) => ({ ordinal, lap: 0, call: 0, due: NOON, at: NOON }));
    const calls = [{ batch: 1, node, effect: 'send', stage: 0, visits }];
    const { results } = await perform(depsOf(store, NOON), { run, calls });
    expect(results[0]!.codes).toEqual([0, 0, 2, 2, 2, 2]);
  });

  test('do not count service messages to members', async () => {
    const people = await makePeople(store, 1, { caps: { memberPerDay: 1 } });
    for (const no of [1, 2, 3]) {
      expect(await sendFrom(people, posting('segment', 'service'), NOON + no)).toBe(0);
    }
    expect(await sendFrom(people, posting('segment'), NOON + 4)).toBe(0);
    expect(await sendFrom(people, posting('segment'), NOON + 5)).toBe(2);
  });
});

describe('the gate looks when it sends', () => {
  test('so that a member who has opted out or withdrawn consent in the meantime gets nothing, and it says why', async () => {
    const people = await makePeople(store, 3, { caps: { memberPerDay: 9, memberPerWeek: 9 } });
    const [out, revoked, stays] = people.members;
    expect(await sendFrom(people, posting('segment'), NOON)).toBe(0);
    await store.pool.query(
      `insert into opt_out (id, team_id, member_id, scope, value, at, source)
       values (gen_random_uuid(), $1, $2, 'class', 'marketing', instant_of($3), 'test')`,
      [people.team, out, NOON],
    );
    await store.pool.query('update consent set revoked_at = instant_of($2) where member_id = $1', [
      revoked,
      NOON,
    ]);
    expect(await sendFrom(people, posting('segment'), NOON + 1)).toBe(1);
    const last = (await deliveries(people.team)).filter(({ at }) => at === NOON + 1);
    const reasons = Object.fromEntries(
      last.map(({ recipient, state, reason }) => [recipient, reason ?? state]),
    );
    expect(reasons).toEqual({
      [`member/${out}`]: 'opt-out',
      [`member/${revoked}`]: 'consent',
      [`member/${stays}`]: 'sent',
    });
  });

  test('and puts marketing off until quiet hours are over', async () => {
    const people = await makePeople(store, 1);
    const night = Date.UTC(2026, 10, 30, 21);
    expect(await sendFrom(people, posting('segment'), night)).toBe(4);
    expect(await deliveries(people.team)).toMatchObject([{ state: 'planned', reason: 'quiet' }]);
  });
});
