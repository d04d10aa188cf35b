// Two records of one person: whatever either has done, refused or had is one person's afterwards, and nobody gets anything twice.
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { wallAt } from '../../../engine/calendar/zone.ts';
import type { Adapter } from '../../../workers/channels/channel.ts';
import { adapters } from '../../../workers/channels/index.ts';
import { audit } from '../../../workers/store/audit/audit.ts';
import { inTransaction, openStore } from '../../../workers/store/client.ts';
import { ingest } from '../../../workers/store/event.ts';
import { merge } from '../../../workers/store/merge.ts';
import { joined, type OneStay } from '../../../workers/store/merge-stays.ts';
import { freshDatabase } from '../../support/database.ts';
import { DAY, enrol, HOUR, launch, makePeople, NOON, posting, type People } from '../send-stage.ts';

const { url } = await freshDatabase();
const store = openStore(url, 8);
const { pool } = store;
afterAll(() => store.close());

const join = (people: People, from: string, into: string, now = NOON) =>
  inTransaction(pool, (sql) => merge(sql, { team: people.team, from, into, now }));
const one = async <T>(text: string, values: readonly unknown[]): Promise<T> =>
  (await pool.query<T & Record<string, unknown>>(text, [...values])).rows[0]!;

describe('a merge', () => {
  test('leaves one record with everything of both, and the other one’s id still finds it', async () => {
    const people = await makePeople(store, 3);
    const [stays, goes, last] = people.members as [string, string, string];
    await pool.query(
      `update member set display_name = '小林', external_key = $2, tags = '{a,b}', attributes = '{"city":"上海","points":1}' where id = $1`,
      [stays, `k-${stays}`],
    );
    await pool.query(
      `update member set display_name = '林小姐', external_key = $2, tags = '{b,c}', attributes = '{"city":"北京","level":3}',
         zone = 'Asia/Tokyo', joined_at = instant_of(-5) where id = $1`,
      [goes, `k-${goes}`],
    );
    const event = { name: 'member.replied', source: 'wecom', at: NOON, member: goes };
    await ingest(store, people.team, [{ ...event, sourceId: `before-${goes}` }], NOON);
    expect(await join(people, goes, stays)).toBeNull();
    expect(
      await one(
        `select display_name as name, external_key as key, tags, attributes, zone, ms_of(joined_at) as joined,
           (select count(*) from member_identity i where i.member_id = m.id) as accounts,
           (select count(*) from membership s where s.member_id = m.id) as stays,
           (select count(*) from event e where e.member_id = m.id) as events
         from member m where id = $1`,
        [stays],
      ),
    ).toEqual({
      name: '小林',
      key: `k-${stays}`,
      tags: ['a', 'b', 'c'],
      attributes: { city: '上海', points: 1, level: 3 },
      zone: 'Asia/Tokyo',
      joined: -5,
      accounts: 2,
      stays: 1,
      events: 1,
    });
    expect(await one('select count(*) as n from member where id = $1', [goes])).toEqual({ n: 0 });
    // Somebody still names the old record.
    await ingest(store, people.team, [{ ...event, sourceId: `after-${goes}` }], NOON);
    expect(await one('select count(*) as n from event where member_id = $1', [stays])).toEqual({ n: 2 });
    // Merged again, the chain is followed to its end.
    expect(await join(people, stays, last)).toBeNull();
    const { rows } = await pool.query(
      'select from_id as "from", external_key as key from member_merge where into_id = $1 order by key',
      [last],
    );
    // The last one had no number of its own.
    expect(rows).toEqual([
      { from: goes, key: `k-${goes}` },
      { from: stays, key: null },
    ]);
    expect(await one('select external_key as key from member where id = $1', [last])).toEqual({
      key: `k-${stays}`,
    });
  });

  test('keeps what either has refused', async () => {
    const people = await makePeople(store, 3);
    const [stays, goes, silent] = people.members as [string, string, string];
    await pool.query('update consent set revoked_at = instant_of($2) where member_id = $1', [goes, NOON - 1]);
    await pool.query('delete from consent where member_id = $1', [silent]);
    await pool.query(
      `insert into opt_out (id, team_id, member_id, scope, value, at, source) values
         (gen_random_uuid(), $1, $2, 'class', 'marketing', instant_of(5), 'x'), (gen_random_uuid(), $1, $3, 'class', 'marketing', instant_of(3), 'x'),
         (gen_random_uuid(), $1, $3, 'channel', $4, instant_of(9), 'x')`,
      [people.team, stays, goes, people.channel],
    );
    await pool.query(`update member set status = 'blocked' where id = $1`, [goes]);
    const agrees = (id: string) =>
      one('select count(*) filter (where revoked_at is null) as n from consent where member_id = $1', [id]);
    // Silence takes nothing away.
    expect(await join(people, silent, stays)).toBeNull();
    expect(await agrees(stays)).toEqual({ n: 1 });
    expect(await join(people, goes, stays)).toBeNull();
    expect(await agrees(stays)).toEqual({ n: 0 });
    const { rows } = await pool.query(
      'select scope, ms_of(at) as at from opt_out where member_id = $1 order by scope',
      [stays],
    );
    expect(rows).toEqual([
      { scope: 'channel', at: 9 },
      { scope: 'class', at: 3 },
    ]);
    expect(await one('select status::text from member where id = $1', [stays])).toEqual({
      status: 'blocked',
    });
  });

  test('is refused for strangers, for oneself, between a member and a colleague, and while messages are out', async () => {
    const people = await makePeople(store, 3, { kind: 'webhook' });
    const [a, b, staff] = people.members as [string, string, string];
    const elsewhere = (await makePeople(store, 1)).members[0]!;
    await pool.query(`update member set kind = 'staff' where id = $1`, [staff]);
    expect(await join(people, a, a)).toEqual({ refused: 'itself' });
    expect(await join(people, elsewhere, a)).toEqual({ refused: 'unknown', member: elsewhere });
    expect(await join(people, staff, a)).toEqual({ refused: 'kinds' });
    const silent: Adapter = {
      ...adapters['webhook']!,
      send: async () => ({ outcome: 'unknown', code: 'no-answer' }),
    };
    const sender = await launch(store, people, posting('segment', 'service'), {
      clock: () => NOON,
      adapters: { webhook: silent },
    });
    await sender.send(NOON);
    expect(await join(people, b, a)).toEqual({ refused: 'messages-out', messages: 1 });
    expect(await one('select count(*) as n from member where id = any($1)', [[a, b, staff]])).toEqual({
      n: 3,
    });
  });

  test('is refused while both are under way in one journey, and goes on with whoever is', async () => {
    const people = await makePeople(store, 3);
    const [a, b, c] = people.members as [string, string, string];
    const { run } = await launch(store, people, posting('segment'));
    await enrol(store, people, run);
    await pool.query('update subject set ended_at = instant_of(1) where run_id = $1 and member_id = $2', [
      run,
      c,
    ]);
    expect(await join(people, b, a)).toMatchObject({ refused: 'both-under-way' });
    expect(await join(people, c, a)).toBeNull();
    await pool.query('update subject set ended_at = instant_of(1) where run_id = $1 and member_id = $2', [
      run,
      a,
    ]);
    await pool.query(
      `insert into listener (run_id, node, ordinal, lap, topic, team_id, shard, graph, event, member_id, since, until)
       values ($1, 5, 1, 0, 0, $2, 0, 1, 'member.replied', $3, instant_of(0), instant_of($4))`,
      [run, people.team, b, NOON + DAY],
    );
    expect(await join(people, b, a)).toBeNull();
    expect(
      await one('select count(*) as n from subject where run_id = $1 and member_id = $2', [run, a]),
    ).toEqual({ n: 3 });
    expect(await one('select member_id as id from listener where run_id = $1', [run])).toEqual({ id: a });
  });
});

test('stays of one person never overlap, last as long as either did, and begin as the first one began', () => {
  const stay = fc.record({ from: fc.nat(20), length: fc.option(fc.integer({ min: 1, max: 10 })) });
  fc.assert(
    fc.property(fc.array(stay, { maxLength: 8 }), (all) => {
      const stays = all.map(({ from, length }, no): OneStay => ({
        id: String(no),
        from,
        to: length === null ? null : from + length,
        source: `s${from}`,
        inviter: null,
        role: 'member',
      }));
      const result = joined(stays);
      const isIn = (of: readonly OneStay[], at: number): boolean =>
        of.some(({ from, to }) => from <= at && (to === null || to > at));
      for (let at = 0; at < 40; at += 1) expect(isIn(result, at)).toBe(isIn(stays, at));
      for (const [no, next] of result.entries()) {
        const before = result[no - 1];
        if (before !== undefined) expect(before.to! <= next.from).toBe(true);
        expect(next.source).toBe(`s${next.from}`);
      }
    }),
  );
});

const history = fc.record({
  caps: fc.record({
    memberPerDay: fc.integer({ min: 1, max: 2 }),
    memberPerWeek: fc.integer({ min: 1, max: 4 }),
  }),
  /** Marketing to everybody: hours from noon, and how long each keeps. */
  messages: fc.array(
    fc.record({ after: fc.integer({ min: 0, max: 72 }), keeps: fc.constantFrom('PT1H', 'P1D', 'P3D') }),
    { minLength: 1, maxLength: 5 },
  ),
  /** Whom each of the two records got something from by hand before: who, and so many days ago. */
  earlier: fc.array(fc.record({ who: fc.nat(1), daysAgo: fc.nat(6) }), { maxLength: 3 }),
  mergeAfter: fc.integer({ min: 0, max: 72 }),
  /** Some messages are sent while one of the two is not in the group yet. */
  apart: fc.boolean(),
});

test('after a merge nobody gets a message twice, and caps count what both have had', async () => {
  let afterwards = 0;
  await fc.assert(
    fc.asyncProperty(history, async ({ caps, messages, earlier, mergeAfter, apart }) => {
      const people = await makePeople(store, 2, { kind: 'webhook', caps });
      const [stays, goes] = people.members as [string, string];
      const whose = (to: string): string => (to === `member/${goes}` ? `member/${stays}` : to);
      if (apart) await pool.query('delete from membership where member_id = $1', [stays]);
      const today = Math.floor(wallAt(NOON, 'Asia/Shanghai')! / DAY);
      for (const { who, daysAgo } of earlier)
        await pool.query(
          `insert into send_count (team_id, recipient, day, count) values ($1, $2, $3, 1)
           on conflict (team_id, recipient, day) do update set count = send_count.count + 1`,
          [people.team, `member/${people.members[who]!}`, today - daysAgo],
        );
      let now = NOON;
      const arrived: { run: string; to: string; day: number; merged: boolean }[] = [];
      let isMerged = false;
      const provider: Adapter = {
        ...adapters['webhook']!,
        send: async (_account, { about }) => {
          const day = Math.floor(wallAt(now, 'Asia/Shanghai')! / DAY);
          arrived.push({ run: about.run, to: about.recipient, day, merged: isMerged });
          return { outcome: 'accepted', providerId: null };
        },
      };
      const turns = await Promise.all(
        messages.map(async ({ after, keeps }) => {
          const startAt = NOON + after * HOUR;
          const sender = await launch(store, people, posting('segment', 'marketing', { expires: keeps }), {
            startAt,
            clock: () => now,
            adapters: { webhook: provider },
          });
          return { at: startAt, call: 0, sender };
        }),
      );
      const mergeAt = NOON + mergeAfter * HOUR;
      for (let queue = turns; queue.length > 0 || !isMerged;) {
        const next = Math.min(...queue.map(({ at }) => at));
        if (!isMerged && mergeAt <= next) {
          now = Math.max(now, mergeAt);
          expect(await join(people, goes, stays, now)).toBeNull();
          isMerged = true;
          continue;
        }
        now = Math.max(now, next);
        const turn = queue.find(({ at }) => at === next)!;
        const { code, until } = await turn.sender.send(now, { call: turn.call });
        queue = queue.filter((it) => it !== turn);
        if (code === 'deferred') queue.push({ ...turn, at: Math.max(until, now + 1), call: turn.call + 1 });
      }
      // The one person, from the merge on: no message that either has had, and no more than the caps let one have.
      const after = arrived.filter(({ merged }) => merged);
      afterwards += after.length;
      for (const [no, it] of after.entries()) {
        expect(it.to).toBe(`member/${stays}`);
        const before = [...arrived.filter(({ merged }) => !merged), ...after.slice(0, no)];
        expect(before.filter(({ run, to }) => run === it.run && whose(to) === it.to)).toEqual([]);
        const days = [...before.map(({ day }) => day), ...earlier.map(({ daysAgo }) => today - daysAgo)];
        expect(days.filter((day) => day === it.day).length).toBeLessThan(caps.memberPerDay);
        expect(days.filter((day) => day > it.day - 7 && day <= it.day).length).toBeLessThan(
          caps.memberPerWeek,
        );
      }
      const open = await pool.query(
        `select recipient, state from delivery where team_id = $1 and state in ('planned', 'gated', 'requested', 'confirmed')`,
        [people.team],
      );
      expect(open.rows).toEqual([]);
      expect((await audit(store, people.team)).breaches).toEqual([]);
    }),
    {
      numRuns: 10,
      // One that certainly goes on after the merge: put off by the cap to another day.
      examples: [
        [
          {
            caps: { memberPerDay: 1, memberPerWeek: 4 },
            messages: [
              { after: 0, keeps: 'P3D' },
              { after: 1, keeps: 'P3D' },
            ],
            earlier: [{ who: 1, daysAgo: 2 }],
            mergeAfter: 2,
            apart: true,
          },
        ],
      ],
    },
  );
  expect(afterwards).toBeGreaterThan(0);
}, 300_000);
