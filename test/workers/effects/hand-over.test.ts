// Messages through a provider, counted where they arrive: each once, within the limits, and what is in doubt is shown.
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Adapter, Reconciled } from '../../../workers/channels/channel.ts';
import { adapters } from '../../../workers/channels/index.ts';
import { openStore, type Store } from '../../../workers/store/client.ts';
import { command } from '../../../workers/store/control.ts';
import { freshDatabase } from '../../support/database.ts';
import { Receiver } from '../../support/receiver.ts';
import {
  confirm,
  deliveriesOf,
  enrol,
  HOUR,
  launch,
  makePeople,
  movingClock,
  NOON,
  posting,
  type People,
} from '../send-stage.ts';
import { journeyPlaybook } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url, 16);
const receiver = await Receiver.start();
afterAll(async () => {
  receiver.stop();
  await store.close();
});
beforeEach(() => receiver.clear());

const provided = (count: number, more: Parameters<typeof makePeople>[2] = {}): Promise<People> =>
  makePeople(store, count, { kind: 'webhook', config: { url: receiver.url }, ...more });

/** A journey in which every member gets one message. */
const toEach = (more: object = {}) =>
  journeyPlaybook({
    in: ['enter', {}, { out: 'm' }],
    m: [
      'send-message',
      { channel: 'sim', audience: { subject: true }, text: { 'zh-CN': '你好' }, class: 'service', ...more },
      { sent: 'z', failed: 'z' },
    ],
    z: ['end', {}],
  });

const toAll = (more: object = {}) => posting('segment', 'service', more as never);

/** Goes on as the interpreter would: whenever it is put off, at the instant that it names. The last answer. */
async function goOn(it: Awaited<ReturnType<typeof stage>>, call: number, most = 40) {
  let answer = await it.call(call);
  for (let no = call + 1; answer.code === 'deferred' && no < call + most; no += 1) {
    it.clock.skip(Math.max(0, answer.until - it.clock.now()));
    answer = await it.call(no);
  }
  return answer;
}

/** A run for some people on a clock that goes on. */
async function stage(
  people: People,
  document: ReturnType<typeof toAll>,
  with_: { adapters?: typeof adapters; by?: Store } = {},
) {
  const clock = movingClock();
  const sender = await launch(with_.by ?? store, people, document, { clock: clock.now, adapters, ...with_ });
  await enrol(store, people, sender.run);
  const visits = (call = 0, ordinals = people.members.map((_, i) => i)) =>
    ordinals.map((ordinal) => ({ ordinal, lap: 0, call, due: NOON, at: clock.now() }));
  return { ...sender, clock, visits, call: (call: number) => sender.send(clock.now(), { call }) };
}

const statesOf = async ({ team }: People): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { state, reason } of await deliveriesOf(store, team)) {
    const name = reason === null ? state : `${state}: ${reason}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

const wasOnce = (to: readonly string[]): void => {
  expect(receiver.taken.map((it) => it.to).toSorted()).toEqual([...to].toSorted());
};

describe('a provider', () => {
  test('gets each message once, under a key of its own, and a repeated call asks nobody again', async () => {
    const people = await provided(150);
    const { sendAll, visits } = await stage(people, toEach());
    const answers = await sendAll(visits());
    expect(new Set(answers!.map(({ code }) => code))).toEqual(new Set(['sent']));
    wasOnce(people.members);
    expect(new Set(receiver.arrived.map(({ key }) => key)).size).toBe(150);
    expect(receiver.arrived[0]!.key).toMatch(/^[0-9a-f]{64}$/);
    expect(await sendAll(visits())).toEqual(answers);
    expect(receiver.arrived).toHaveLength(150);
    expect(await statesOf(people)).toEqual({ sent: 150 });
  });

  test('gets what is for many in one visit, and nothing for those who may not have it', async () => {
    const people = await provided(5);
    const [gone, silent, refuses, unknown, agrees] = people.members;
    await store.pool.query(`update member set status = 'left' where id = $1`, [gone]);
    await store.pool.query('delete from member_identity where member_id = $1', [unknown]);
    await store.pool.query('delete from consent where member_id = $1', [silent]);
    await store.pool.query(
      `insert into opt_out (id, team_id, member_id, scope, value, at, source)
       values (gen_random_uuid(), $1, $2, 'channel', $3, instant_of(0), 'test')`,
      [people.team, refuses, people.channel],
    );
    const { call } = await stage(people, posting('segment'));
    expect((await call(0)).code).toBe('partial');
    wasOnce([agrees!]);
    expect(await statesOf(people)).toEqual({
      sent: 1,
      'skipped: consent': 1,
      'skipped: opt-out': 1,
      'skipped: address': 1,
    });
  });

  test('gets nothing in the name of somebody for whom nobody has vouched', async () => {
    const people = await provided(3);
    await store.pool.query('update channel set verified_at = null where id = $1', [people.channel]);
    const { call } = await stage(people, toAll());
    expect((await call(0)).code).toBe('skipped');
    expect(receiver.arrived).toEqual([]);
    expect(await statesOf(people)).toEqual({ 'skipped: sender': 3 });
  });

  test('gets what a colleague has released, after the gate was asked again', async () => {
    const people = await provided(2);
    const { call, run } = await stage(people, posting('segment', 'marketing', { mode: 'confirm' }));
    expect((await call(0)).code).toBe('waiting');
    expect(receiver.arrived).toEqual([]);
    await store.pool.query('update consent set revoked_at = instant_of(0) where member_id = $1', [
      people.members[0],
    ]);
    await confirm(store, run);
    expect((await call(1)).code).toBe('partial');
    wasOnce([people.members[1]!]);
  });
});

describe('a provider that does not take it', () => {
  test('for one recipient holds up nobody else, and that one gets it later', async () => {
    const people = await provided(20);
    const [slow] = people.members;
    receiver.manner = ({ to }) => (to === slow ? { status: 503 } : 'take');
    const { call, clock } = await stage(people, toAll());
    const first = await call(0);
    expect(first.code).toBe('deferred');
    expect(first.until).toBeGreaterThan(clock.now() + 25_000);
    expect(receiver.taken).toHaveLength(19);
    expect(await statesOf(people)).toEqual({ sent: 19, 'planned: retry': 1 });
    receiver.manner = () => 'take';
    clock.skip(first.until - clock.now());
    expect((await call(1)).code).toBe('sent');
    wasOnce(people.members);
    // The same message, however often it was handed over.
    const keys = receiver.arrived.filter(({ to }) => to === slow).map(({ key }) => key);
    expect(new Set(keys).size).toBe(1);
    expect(keys.length).toBeGreaterThan(1);
  });

  test('for good is not asked again, and what was counted is given back', async () => {
    const people = await provided(2, { caps: { memberPerDay: 1 } });
    const [bad] = people.members;
    receiver.manner = ({ to }) => (to === bad ? { status: 422 } : 'take');
    const { call } = await stage(people, posting('segment'));
    expect((await call(0)).code).toBe('partial');
    expect(await statesOf(people)).toEqual({ sent: 1, 'failed: http-422': 1 });
    receiver.clear();
    const next = await stage(people, posting('segment'));
    expect((await next.call(0)).code).toBe('partial');
    wasOnce([bad!]);
  });

  test('before it expires is never given up, and afterwards nothing is handed over', async () => {
    const people = await provided(3);
    receiver.manner = () => ({ status: 500 });
    const it = await stage(people, toAll({ expires: 'PT10M' }));
    expect((await goOn(it, 0)).code).toBe('expired');
    // The very moment after its expiry, and not before.
    expect(it.clock.now()).toBeGreaterThan(NOON + 10 * 60_000);
    expect(it.clock.now()).toBeLessThan(NOON + 11 * 60_000);
    expect(receiver.arrived.length).toBeGreaterThan(3);
    expect((await deliveriesOf(store, people.team)).every(({ state }) => state === 'expired')).toBe(true);
  });

  test('five times in a row rests, then one message tries, and the others follow when that goes well', async () => {
    const people = await provided(60);
    receiver.manner = () => ({ status: 500 });
    const it = await stage(people, toAll());
    const { call, clock } = it;
    const first = await call(0);
    expect(first.code).toBe('deferred');
    // What was under way when the circuit opened came to its end; nobody else was bothered.
    expect(receiver.arrived.length).toBeLessThanOrEqual(24);
    expect(first.until).toBeGreaterThan(clock.now() + 25_000);
    clock.skip(first.until - clock.now());
    receiver.clear();
    receiver.manner = () => ({ status: 500 });
    await call(1);
    expect(receiver.arrived).toHaveLength(1);
    // The second rest is longer.
    clock.skip(45_000);
    await call(2);
    expect(receiver.arrived).toHaveLength(1);
    receiver.clear();
    clock.skip(31_000);
    expect((await goOn(it, 3)).code).toBe('sent');
    wasOnce(people.members);
    expect(
      (
        await store.pool.query('select failures, opened from channel_health where channel_id = $1', [
          people.channel,
        ])
      ).rows,
    ).toEqual([{ failures: 0, opened: 0 }]);
  });
});

describe('limits', () => {
  test('of the account hold over several workers, in every window as the receiver counts', async () => {
    const perMs = 1_200;
    const limits = { rates: [{ name: 'burst', count: 5, perMs, of: 'account' }] };
    const people = await provided(24, { limits });
    const { sendAll, visits, clock } = await stage(people, toEach());
    // On a slow machine a call may end before everybody's turn; whoever is left comes back in time.
    const goOnInTime = async (ordinals: number[], call = 0): Promise<void> => {
      const answers = (await sendAll(visits(call, ordinals)))!;
      const left = ordinals.filter((_, i) => answers[i]!.code === 'deferred');
      expect(answers.every(({ code }) => code === 'sent' || code === 'deferred')).toBe(true);
      if (left.length === 0) return;
      const until = Math.min(...answers.filter(({ code }) => code === 'deferred').map((it) => it.until));
      await new Promise((resolve) => setTimeout(resolve, until - clock.now()));
      await goOnInTime(left, call + 1);
    };
    const all = people.members.map((_, ordinal) => ordinal);
    await Promise.all([goOnInTime(all.slice(0, 12)), goOnInTime(all.slice(12))]);
    wasOnce(people.members);
    const times = receiver.arrived.map(({ at }) => at).toSorted((a, b) => a - b);
    for (let i = 5; i < times.length; i += 1)
      expect(times[i]! - times[i - 5]!).toBeGreaterThanOrEqual(perMs - 20);
  });

  test('that are far too narrow put off whoever is left, spread over as long as it takes', async () => {
    const limits = { rates: [{ name: 'minute', count: 10, perMs: 60_000, of: 'account' }] };
    const people = await provided(100, { limits });
    const { sendAll, visits, clock } = await stage(people, toEach());
    const answers = (await sendAll(visits()))!;
    expect(answers.filter(({ code }) => code === 'sent')).toHaveLength(10);
    const untils = answers.filter(({ code }) => code === 'deferred').map(({ until }) => until);
    expect(untils).toHaveLength(90);
    expect(Math.max(...untils)).toBeGreaterThan(clock.now() + 8 * 60_000);
    // They come back together, not one by one.
    expect(new Set(untils).size).toBeLessThanOrEqual(32);
    expect(receiver.arrived).toHaveLength(10);
  });

  test('that the provider names stop everybody until then, and nobody is lost', async () => {
    const people = await provided(30);
    let limited = 0;
    receiver.manner = () =>
      receiver.arrived.length > 8
        ? ((limited += 1), { status: 429, headers: { 'retry-after': '120' } })
        : 'take';
    const it = await stage(people, toAll());
    const { call, clock } = it;
    const first = await call(0);
    expect(first.code).toBe('deferred');
    expect(first.until).toBeGreaterThanOrEqual(clock.now() + 100_000);
    expect(receiver.taken).toHaveLength(8);
    expect(limited).toBeLessThanOrEqual(16);
    // Asked too early, it is left in peace.
    clock.skip(60_000);
    const before = receiver.arrived.length;
    expect((await call(1)).code).toBe('deferred');
    expect(receiver.arrived).toHaveLength(before);
    receiver.manner = () => 'take';
    clock.skip(60_000);
    expect((await goOn(it, 2)).code).toBe('sent');
    wasOnce(people.members);
  });

  test('of each recipient hold up that recipient alone', async () => {
    const limits = { rates: [{ name: 'chat', count: 1, perMs: 60_000, of: 'recipient' }] };
    const people = await provided(3, { limits });
    const early = await stage(people, toEach());
    expect((await early.sendAll(early.visits(0, [0])))![0]!.code).toBe('sent');
    receiver.clear();
    const { call } = await stage(people, toAll());
    expect((await call(0)).code).toBe('deferred');
    wasOnce(people.members.slice(1));
  });

  test('that are budgets count the calendar month of each recipient', async () => {
    const limits = { budgets: [{ name: 'month', count: 2, period: 'month', of: 'recipient' }] };
    const people = await provided(2, { limits });
    for (const no of [1, 2]) {
      const { call } = await stage(people, toAll());
      expect([no, (await call(0)).code]).toEqual([no, 'sent']);
    }
    const third = await stage(people, toAll());
    expect((await third.call(0)).code).toBe('skipped');
    expect(receiver.arrived).toHaveLength(4);
    expect(await statesOf(people)).toEqual({ sent: 4, 'skipped: budget': 2 });
    const patient = await stage(people, toAll({ expires: 'P40D' }));
    const january = Date.UTC(2026, 11, 31, 16);
    expect(await patient.call(0)).toEqual({ code: 'deferred', until: january });
    patient.clock.skip(january - patient.clock.now());
    expect((await patient.call(1)).code).toBe('sent');
  });
});

describe('doubt', () => {
  test('is shown when no answer came, the others are sent, and a person decides', async () => {
    const people = await provided(12);
    const [lost] = people.members;
    receiver.manner = ({ to }) => (to === lost ? 'drop' : 'take');
    const { call, run, node, clock } = await stage(people, toAll());
    expect((await call(0)).code).toBe('doubt');
    expect(await statesOf(people)).toEqual({ sent: 11, 'unknown: no-answer': 1 });
    // The activity is tried again: the ledger knows the answer, and nothing is repeated.
    expect((await call(0)).code).toBe('doubt');
    expect(receiver.arrived).toHaveLength(12);
    receiver.manner = () => 'take';
    await command(store.pool, {
      run,
      control: { do: 'retry', node, ordinal: 0, lap: 0 },
      by: 'somebody',
      now: clock.now(),
    });
    expect((await call(1)).code).toBe('sent');
    expect(receiver.arrived).toHaveLength(13);
    const keys = receiver.arrived.filter(({ to }) => to === lost).map(({ key }) => key);
    expect(keys[1]).toBe(keys[0]);
    const { rows } = await store.pool.query(
      `select state::text, reconciled_by as by from delivery where team_id = $1 and recipient = $2`,
      [people.team, `member/${lost}`],
    );
    expect(rows[0]).toMatchObject({ state: 'sent', by: expect.any(String) });
  });

  const asking = (answers: (key: string) => Reconciled): typeof adapters => {
    const { webhook } = adapters;
    const reconcile: Adapter['reconcile'] = {
      offered: () => true,
      ask: async (_account, doubts) => new Map(doubts.map(({ key }) => [key, answers(key)])),
    };
    return { webhook: { ...webhook!, reconcile } };
  };

  test.each<[string, Reconciled, string, number]>([
    ['has it', { outcome: 'accepted', providerId: 'x' }, 'sent', 4],
    ['never got it', { outcome: 'missing' }, 'sent', 5],
    ['refused it', { outcome: 'rejected', code: 'no' }, 'partial', 4],
    ['cannot say', { outcome: 'unknown' }, 'doubt', 4],
  ])('is resolved by a provider that can be asked and %s', async (_says, answer, code, requests) => {
    const people = await provided(4);
    const [lost] = people.members;
    receiver.manner = ({ to }) => (to === lost ? 'drop' : 'take');
    const it = await stage(people, toAll(), { adapters: asking(() => answer) });
    // What was handed over may still be on its way, so it is not asked at once.
    expect((await it.call(0)).code).toBe('deferred');
    receiver.manner = () => 'take';
    expect((await goOn(it, 1)).code).toBe(code);
    expect(receiver.arrived).toHaveLength(requests);
  });

  describe('about a receiver that tells what it has received', () => {
    const telling = (count: number) =>
      provided(count, { config: { url: receiver.url, answersStatus: true } });

    test('is over without a person: who took it and hung up is counted once', async () => {
      const people = await telling(6);
      const [lost] = people.members;
      receiver.manner = ({ to }) => (to === lost ? 'drop' : 'take');
      const it = await stage(people, toAll());
      expect((await it.call(0)).code).toBe('deferred');
      expect((await goOn(it, 1)).code).toBe('sent');
      wasOnce(people.members);
      expect(receiver.asked).toEqual([receiver.arrived.find(({ to }) => to === lost)!.key]);
      expect(await statesOf(people)).toEqual({ sent: 6 });
      const { rows } = await store.pool.query(
        `select reconciled_by as by, provider_id as id from delivery where team_id = $1 and recipient = $2`,
        [people.team, `member/${lost}`],
      );
      expect(rows).toEqual([{ by: 'provider', id: `theirs-${receiver.asked[0]!.slice(0, 8)}` }]);
    });

    test('is handed over again where it never arrived, under the same key', async () => {
      const people = await telling(3);
      const [lost] = people.members;
      // A gateway in between gave up, and the receiver never saw it.
      receiver.manner = ({ to }) => (to === lost ? { status: 504 } : 'take');
      const it = await stage(people, toAll());
      expect((await it.call(0)).code).toBe('deferred');
      receiver.manner = () => 'take';
      expect((await goOn(it, 1)).code).toBe('sent');
      wasOnce(people.members);
      const keys = receiver.arrived.filter(({ to }) => to === lost).map(({ key }) => key);
      expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
    });

    test('is asked about again while the receiver is down, and only then left to a person', async () => {
      const people = await telling(3);
      const [lost] = people.members;
      receiver.manner = ({ to }) => (to === lost ? 'drop' : 'take');
      receiver.status = 'down';
      const it = await stage(people, toAll());
      await it.call(0);
      expect((await goOn(it, 1)).code).toBe('doubt');
      expect(receiver.asked).toHaveLength(5);
      expect(receiver.arrived).toHaveLength(3);
      expect(await statesOf(people)).toEqual({ sent: 2, 'unknown: no-answer': 1 });
    });

    test.each<['take' | 'never', 'answers' | 'down', string, number]>([
      // It was taken: a person's retry sends nothing again.
      ['take', 'answers', 'sent', 0],
      ['never', 'answers', 'sent', 1],
      // Still no word: nobody sends on a guess, and it stays with the person.
      ['take', 'down', 'doubt', 0],
    ])('is asked first when a person tries again (%s, it %s): %s', async (how, status, code, more) => {
      const people = await telling(3);
      const [lost] = people.members;
      receiver.manner = ({ to }) => (to !== lost ? 'take' : how === 'take' ? 'drop' : { status: 504 });
      receiver.status = 'down';
      const it = await stage(people, toAll());
      await it.call(0);
      expect((await goOn(it, 1)).code).toBe('doubt');
      Object.assign(receiver, { status, manner: () => 'take' });
      const before = { arrived: receiver.arrived.length, asked: receiver.asked.length };
      await command(store.pool, {
        run: it.run,
        control: { do: 'retry', node: it.node, ordinal: 0, lap: 0 },
        by: 'somebody',
        now: it.clock.now(),
      });
      expect((await goOn(it, 50)).code).toBe(code);
      expect(receiver.asked.length).toBeGreaterThan(before.asked);
      expect(receiver.arrived).toHaveLength(before.arrived + more);
      const keys = receiver.arrived.filter(({ to }) => to === lost).map(({ key }) => key);
      expect(new Set(keys).size).toBe(1);
    });
  });

  test('is all that a dead worker leaves of what it had handed over; the rest goes on', async () => {
    const people = await provided(40);
    let dies: (error: Error) => void = () => {};
    const death = new Promise<never>((_, reject) => (dies = reject));
    death.catch(() => {});
    // The process dies after some answers: neither these calls nor anything after them comes back.
    let handed = 0;
    const mortal: Adapter = {
      ...adapters['webhook']!,
      send: async (...args) => {
        handed += 1;
        if (handed <= 10) return adapters['webhook']!.send(...args);
        void adapters['webhook']!.send(...args);
        dies(new Error('killed'));
        return new Promise(() => {});
      },
    };
    const { sendAll, visits, clock, run } = await stage(people, toEach(), { adapters: { webhook: mortal } });
    await expect(Promise.race([sendAll(visits()), death])).rejects.toThrow('killed');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const heard = receiver.arrived.length;
    expect(heard).toBeLessThan(40);
    // Another worker takes it up: those whom the first had marked are left alone until they are surely over.
    const again = { adapters };
    const second = (await sendAll(visits(), again))!;
    const deferred = second.filter(({ code }) => code === 'deferred').length;
    expect(deferred).toBeGreaterThan(0);
    expect(second.filter(({ code }) => code === 'sent').length + deferred).toBe(40);
    clock.skip(95_000);
    const late = visits(1).filter((_, i) => second[i]!.code === 'deferred');
    const third = (await sendAll(late, again))!;
    const doubtful = third.filter(({ code }) => code === 'doubt').length;
    expect(doubtful).toBeGreaterThan(0);
    expect(doubtful).toBeLessThanOrEqual(16);
    expect(third.filter(({ code }) => code === 'sent').length + doubtful).toBe(late.length);
    // Nobody has heard it twice, and whoever has not is in doubt.
    const hearers = receiver.arrived.map(({ to }) => to);
    expect(new Set(hearers).size).toBe(hearers.length);
    expect(hearers.length).toBe(40);
    expect((await statesOf(people))['unknown: no-answer']).toBe(doubtful);
    expect(run).not.toBe('');
  });
});

describe('a database that goes away', () => {
  /** The store, but that what is said to a connection passes through `hear`, which may break it. */
  function overheard(hear: (text: string, say: () => Promise<unknown>) => Promise<unknown>): Store {
    const connect = async () => {
      const client = await store.pool.connect();
      return new Proxy(client, {
        get: (target, key) => {
          const it: unknown = Reflect.get(target, key);
          if (key === 'query')
            return (said: string | { readonly text: string }, ...values: unknown[]) =>
              hear(typeof said === 'string' ? said : said.text, () =>
                Reflect.apply(it as () => never, target, [said, ...values]),
              );
          return typeof it === 'function' ? it.bind(target) : it;
        },
      });
    };
    const pool = new Proxy(store.pool, {
      get: (target, key) => {
        const it: unknown = key === 'connect' ? connect : Reflect.get(target, key);
        return typeof it === 'function' && key !== 'connect' ? it.bind(target) : it;
      },
    });
    return { ...store, pool };
  }
  const isMark = (text: string): boolean => text.includes(`set state = 'requested'`);

  test('with the answer to what was marked: nobody has it twice, and nothing is in doubt', async () => {
    let [isMarked, lost] = [false, 0];
    const by = overheard(async (text, say) => {
      if (isMark(text)) isMarked = true;
      const answer = await say();
      if (text !== 'commit' || !isMarked) return answer;
      isMarked = false;
      if (lost === 3) return answer;
      lost += 1;
      throw new Error('Connection terminated unexpectedly');
    });
    // Who may have one a day has it: what was counted for a mark without effect was given back.
    const people = await provided(60, { caps: { memberPerDay: 1 } });
    const { call } = await stage(people, posting('segment'), { by });
    expect((await call(0)).code).toBe('sent');
    expect(lost).toBe(3);
    wasOnce(people.members);
    expect(await statesOf(people)).toEqual({ sent: 60 });
    // What was marked for nothing counts for nothing.
    const { rows } = await store.pool.query('select distinct attempts from delivery where team_id = $1', [
      people.team,
    ]);
    expect(rows).toEqual([{ attempts: 1 }]);
  });

  test('while some are under way: what became of them is written when it is back', async () => {
    let [marks, refused] = [0, 0];
    const by = overheard(async (text, say) => {
      if (!isMark(text)) return say();
      marks += 1;
      if (marks === 1 || refused === 3) return say();
      refused += 1;
      throw new Error('Connection terminated unexpectedly');
    });
    const people = await provided(60);
    const { sendAll, visits } = await stage(people, toEach(), { by });
    const answers = await sendAll(visits());
    expect(refused).toBe(3);
    expect(new Set(answers!.map(({ code }) => code))).toEqual(new Set(['sent']));
    wasOnce(people.members);
    expect(await statesOf(people)).toEqual({ sent: 60 });
  });
});

describe('two workers', () => {
  test('with the same batch hand each message over once', async () => {
    const people = await provided(120);
    receiver.delayMs = 5;
    const { sendAll, visits, clock } = await stage(people, toEach());
    const both = await Promise.all([sendAll(visits()), sendAll(visits())]);
    wasOnce(people.members);
    // Where one had to leave some to the other, it says when to look again.
    clock.skip(95_000);
    const last = (await sendAll(visits(1)))!;
    for (const answers of [...both, last])
      for (const { code } of answers!) expect(['sent', 'deferred']).toContain(code);
    expect(new Set(last.map(({ code }) => code))).toEqual(new Set(['sent']));
    wasOnce(people.members);
  });
});

describe('while it is being handed over', () => {
  const hooked = (hook: (sent: number) => Promise<void>): typeof adapters => {
    let sent = 0;
    return {
      webhook: {
        ...adapters['webhook']!,
        send: async (...args) => {
          sent += 1;
          await hook(sent);
          return adapters['webhook']!.send(...args);
        },
      },
    };
  };

  test.each([
    [
      'opts out',
      'opt-out',
      `insert into opt_out (id, team_id, member_id, scope, value, at, source)
       select gen_random_uuid(), $1, id, 'all', '', instant_of(0), 'test' from unnest($2::uuid[]) id`,
    ],
    [
      'takes consent back',
      'consent',
      `update consent set revoked_at = instant_of(1) where team_id = $1 and member_id = any($2)`,
    ],
  ])('whoever %s gets nothing any more', async (_what, reason, refuse) => {
    const people = await provided(60);
    const out = people.members.slice(30);
    let done: Promise<unknown> | undefined;
    const hook = () => (done ??= store.pool.query(refuse, [people.team, out])) as Promise<void>;
    const message = toEach({ class: 'marketing', optOut: { 'zh-CN': '回复 T 退订' } });
    const { sendAll, visits } = await stage(people, message, { adapters: hooked(hook) });
    await sendAll(visits());
    const heard = new Set(receiver.arrived.map(({ to }) => to));
    // Those whom the first round had already in its hands may have been among them.
    expect(out.filter((it) => heard.has(it)).length).toBeLessThanOrEqual(16);
    expect((await statesOf(people))[`skipped: ${reason}`]).toBeGreaterThanOrEqual(14);
  });

  test('a pause holds the rest, and the resumption goes on with it', async () => {
    const people = await provided(60);
    let run = '';
    let paused: Promise<unknown> | undefined;
    const status = (to: string) => store.pool.query(`update run set status = $2 where id = $1`, [run, to]);
    const hook = () => (paused ??= status('paused')) as Promise<void>;
    const it = await stage(people, toEach(), { adapters: hooked(hook) });
    run = it.run;
    await status('running');
    expect(await it.sendAll(it.visits())).toBeUndefined();
    expect(receiver.arrived.length).toBeLessThanOrEqual(16);
    await status('running');
    expect((await it.sendAll(it.visits()))!.every(({ code }) => code === 'sent')).toBe(true);
    wasOnce(people.members);
  });

  test('a cancel ends it, and nothing is handed over after that', async () => {
    const people = await provided(60);
    let run = '';
    let cancelled: Promise<unknown> | undefined;
    let before = 0;
    const hook = async () => {
      cancelled ??= command(store.pool, {
        run,
        control: { do: 'cancel', reason: 'enough' },
        by: 'x',
        now: NOON,
      }).then(() => (before = receiver.arrived.length));
    };
    const it = await stage(people, toEach(), { adapters: hooked(hook) });
    run = it.run;
    await store.pool.query(`update run set status = 'running' where id = $1`, [run]);
    expect(await it.sendAll(it.visits())).toBeUndefined();
    await cancelled;
    expect(receiver.arrived.length - before).toBeLessThanOrEqual(16);
    expect(receiver.arrived.length).toBeLessThan(60);
  });
});

test('an answer that comes after the night has begun changes nothing: what was let through was let through in time', async () => {
  const people = await provided(2);
  const clock = movingClock();
  // A minute before the night in Shanghai.
  clock.skip(10 * HOUR - 60_000);
  const startAt = clock.now();
  const sender = await launch(store, people, posting('segment', 'marketing', { expires: 'P1D' }), {
    startAt,
    clock: clock.now,
    adapters,
  });
  expect((await sender.send(clock.now())).code).toBe('sent');
  const late = await launch(store, people, posting('segment', 'marketing', { expires: 'P3D' }), {
    startAt,
    clock: clock.now,
    adapters,
  });
  clock.skip(61_000);
  const answer = await late.send(clock.now());
  expect(answer).toEqual({ code: 'deferred', until: NOON + 20 * HOUR });
  expect(receiver.arrived).toHaveLength(2);
});
