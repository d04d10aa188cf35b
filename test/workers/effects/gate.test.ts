// The gate between playbooks: two that are judged at the same moment are judged one after the other, and what an account may
// still send is kept for whoever is more urgent. On the real database, which makes them meet. Not the rules of one message.
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../engine/json.ts';
import type { Adapter } from '../../../workers/channels/channel.ts';
import { adapters } from '../../../workers/channels/index.ts';
import { openStore } from '../../../workers/store/client.ts';
import { freshDatabase } from '../../support/database.ts';
import {
  anotherAccount,
  DAY,
  deliveriesOf,
  HOUR,
  launch,
  makePeople,
  NOON,
  posting,
  type Sender,
} from '../send-stage.ts';

const { url } = await freshDatabase();
const store = openStore(url, 16);
afterAll(() => store.close());

/** A provider that takes everything. */
const provider: Adapter = {
  ...adapters['webhook']!,
  send: () => Promise.resolve({ outcome: 'accepted', providerId: null }),
};

/** Locks that a test holds: whoever comes to them waits until it lets go. */
const [LATCH, DOOR, FIRST] = [6_041, 6_042, 6_043];
/** Whoever has been judged, and is to go, waits here before anything is counted for it. */
const WAIT_AT_THE_LATCH = `
  create function wait_at_the_latch() returns trigger language plpgsql as
    'begin perform pg_advisory_xact_lock_shared(${LATCH}); return new; end';
  create trigger latch before insert or update on delivery for each row when (new.state in ('gated', 'sent'))
    execute function wait_at_the_latch()`;

await store.pool.query(WAIT_AT_THE_LATCH);

/** Lets some sends begin, and goes on when each of them waits: for the latch, or for another that is before it. */
async function meet<T>(sends: readonly (() => Promise<T>)[]): Promise<T[]> {
  const latch = await store.pool.connect();
  try {
    await latch.query('select pg_advisory_lock($1)', [LATCH]);
    const answers = Promise.all(sends.map((send) => send()));
    const waiting = async () => (await latch.query<{ count: number }>(WAITING)).rows[0]!.count;
    await Promise.race([answers, expect.poll(waiting, { timeout: 30_000 }).toBe(sends.length)]);
    await latch.query('select pg_advisory_unlock($1)', [LATCH]);
    return await answers;
  } finally {
    latch.release(true);
  }
}

const WAITING = `
  select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

describe('playbooks that are judged at the same moment', () => {
  const budget = (of: string): JsonObject => ({ budgets: [{ name: 'b', count: 1, period: 'month', of }] });
  const rate = (of: string): JsonObject => ({ rates: [{ name: 'r', count: 1, perMs: HOUR, of }] });
  interface Shared {
    readonly kind?: string;
    readonly audience?: 'segment' | 'groups';
    readonly of?: 'marketing' | 'service';
    readonly limits?: JsonObject;
    readonly accounts?: readonly string[];
  }
  const caps = { memberPerDay: 1, memberPerWeek: 1, groupPerDay: 1 };

  test.each([
    { what: 'a member’s cap over two accounts', accounts: ['sim', 'other'] },
    { what: 'a member’s cap within the database', kind: 'simulator' },
    { what: 'a group’s cap', audience: 'groups' },
    { what: 'a group’s cap within the database', kind: 'simulator', audience: 'groups' },
    { what: 'an account’s budget', of: 'service', limits: budget('account') },
    { what: 'a recipient’s budget', of: 'service', limits: budget('recipient') },
    { what: 'an account’s limit', of: 'service', limits: rate('account') },
    { what: 'a recipient’s limit', of: 'service', limits: rate('recipient') },
  ] as const satisfies readonly (Shared & { readonly what: string })[])(
    'use up $what together',
    async (it) => {
      const {
        kind = 'webhook',
        audience = 'segment',
        of = 'marketing',
        limits = {},
        accounts = ['sim'],
      }: Shared = it;
      const people = await makePeople(store, 1, { kind, caps, limits });
      await anotherAccount(store, people.channel);
      // Counters that nobody has used yet, and the same with rows that are there already.
      for (const day of [0, 1]) {
        const startAt = NOON + 40 * day * DAY;
        if (day === 1)
          await store.pool.query(
            `insert into send_count (team_id, recipient, day, count)
           select $1, recipient, day + 40, 0 from send_count where team_id = $1`,
            [people.team],
          );
        const senders = await Promise.all(
          Array.from({ length: 4 }, (_, no) => {
            const more = { channel: accounts[no % accounts.length]!, expires: 'PT10M' };
            return launch(store, people, posting(audience, of, more), {
              startAt,
              clock: () => startAt,
              adapters: { webhook: provider },
            });
          }),
        );
        const answers = await meet(
          senders.map(
            ({ send }) =>
              () =>
                send(startAt),
          ),
        );
        expect([day, answers.filter(({ code }) => code === 'sent').length]).toEqual([day, 1]);
      }
    },
  );
});

/** Whoever comes first to keep its message waits; whoever comes meanwhile goes by. */
const WAIT_AT_THE_DOOR = `
  create function wait_at_the_door() returns trigger language plpgsql as
    'begin
       if pg_try_advisory_xact_lock(${FIRST}) then perform pg_advisory_xact_lock_shared(${DOOR}); end if;
       return new;
     end';
  create trigger door before insert on message for each row execute function wait_at_the_door()`;

test('a worker that was slow to begin takes nothing back that another has handed over meanwhile', async () => {
  const people = await makePeople(store, 3, { kind: 'webhook' });
  const handed: string[] = [];
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  let again = (): void => {};
  const onceMore = new Promise<void>((resolve) => (again = resolve));
  const slow: Adapter = {
    ...provider,
    send: async (_account, { about }) => {
      if (handed.push(about.recipient) > 3) again();
      await answered;
      return { outcome: 'accepted', providerId: null };
    },
  };
  const sender = await launch(store, people, posting('segment', 'service'), { adapters: { webhook: slow } });
  await store.pool.query(WAIT_AT_THE_DOOR);
  const door = await store.pool.connect();
  try {
    await door.query('select pg_advisory_lock($1)', [DOOR]);
    const late = sender.send(NOON);
    const waiting = async () => (await door.query<{ count: number }>(WAITING)).rows[0]!.count;
    await expect.poll(waiting, { timeout: 30_000 }).toBe(1);
    const early = sender.send(NOON);
    await expect.poll(() => handed.length, { timeout: 30_000 }).toBe(3);
    await door.query('select pg_advisory_unlock($1)', [DOOR]);
    // It has nothing to do; one that handed them over once more would wait for their answers.
    await Promise.race([late, onceMore]);
    answer();
    await Promise.all([early, late]);
    expect(handed.toSorted()).toEqual(people.members.map((id) => `member/${id}`).toSorted());
    const rows = await deliveriesOf(store, people.team);
    expect(rows.map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
  } finally {
    answer();
    door.release(true);
    await store.pool.query('drop function wait_at_the_door cascade');
  }
});

describe('what an account may still send', () => {
  const dawn = NOON - 5 * HOUR;
  const opens = NOON - 4 * HOUR;
  const asked = opens - HOUR / 2;

  /** An urgent message that waits for the night to end, and another that asks before it, on an account with these limits. */
  async function both(
    limits: JsonObject,
    priority: string,
    channel = 'sim',
  ): Promise<Record<'urgent' | 'other', Sender>> {
    const people = await makePeople(store, 1, { kind: 'webhook', limits });
    await anotherAccount(store, people.channel);
    const of = (kind: 'marketing' | 'service', more: JsonObject) =>
      launch(store, people, posting('segment', kind, { expires: 'P2D', ...more }), {
        startAt: dawn,
        adapters: { webhook: provider },
      });
    const urgent = await of('marketing', { priority: 'transactional' });
    expect(await urgent.send(dawn)).toEqual({ code: 'deferred', until: opens });
    return { urgent, other: await of('service', { priority, channel }) };
  }

  const budget = (of: string, period: string): JsonObject => ({
    budgets: [{ name: 'b', count: 1, period, of }],
  });
  const rate: JsonObject = { rates: [{ name: 'r', count: 1, perMs: HOUR, of: 'account' }] };
  const midnight = NOON + 12 * HOUR;

  test.each([
    ['the day’s budget', budget('account', 'day'), { code: 'deferred', until: midnight }],
    ['the month’s budget', budget('account', 'month'), { code: 'skipped', until: 0 }],
    ['a recipient’s budget', budget('recipient', 'day'), { code: 'deferred', until: midnight }],
    ['a limit by time', rate, { code: 'deferred', until: opens + HOUR }],
  ])('of %s is kept for a more urgent playbook', async (_name, limits, answer) => {
    const { urgent, other } = await both(limits, 'reply');
    expect(await other.send(asked)).toEqual(answer);
    expect((await urgent.send(opens, { call: 1 })).code).toBe('sent');
  });

  test.each([
    ['the day’s budget', budget('account', 'day'), { code: 'deferred', until: opens + DAY }],
    ['the month’s budget', budget('account', 'month'), { code: 'skipped', until: 0 }],
    ['a recipient’s budget', budget('recipient', 'day'), { code: 'deferred', until: opens + DAY }],
    ['a limit by time', rate, { code: 'deferred', until: asked + HOUR }],
  ])('of %s goes to whoever asks first among equals', async (_name, limits, answer) => {
    const { urgent, other } = await both(limits, 'transactional');
    expect((await other.send(asked)).code).toBe('sent');
    expect(await urgent.send(opens, { call: 1 })).toEqual(answer);
  });

  test.each([
    ['the day’s budget', budget('account', 'day')],
    ['a recipient’s budget', budget('recipient', 'day')],
    ['a limit by time', rate],
  ])('of %s is not kept for what waits on another account', async (_name, limits) => {
    const { other } = await both(limits, 'digest', 'other');
    expect((await other.send(asked)).code).toBe('sent');
  });
});
