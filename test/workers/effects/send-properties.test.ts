// The promise of the send gate: whatever playbooks ask at once, on whatever connections, no cap, consent, opt-out, quiet hour,
// channel budget, rate limit, sender or expiry is ever violated, and nothing is sent twice. Counted by the provider, on the
// real database.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { wallAt } from '../../../engine/calendar/zone.ts';
import { PRIORITIES } from '../../../engine/effects/send-gate.ts';
import type { Adapter } from '../../../workers/channels/channel.ts';
import { adapters } from '../../../workers/channels/index.ts';
import { audit } from '../../../workers/store/audit/audit.ts';
import { openStore } from '../../../workers/store/client.ts';
import { freshDatabase } from '../../support/database.ts';
import { anotherAccount, DAY, HOUR, launch, makePeople, NOON, posting, type Sender } from '../send-stage.ts';

const { url } = await freshDatabase();
const store = openStore(url, 16);
afterAll(() => store.close());

const ZONES = ['Asia/Shanghai', 'America/New_York', 'Asia/Kolkata', 'Pacific/Auckland', null] as const;
const QUIET = { from: '22:00', to: '08:00' };

const LASTS = { PT1H: HOUR, PT6H: 6 * HOUR, P1D: DAY, P3D: 3 * DAY };

interface Arrival {
  /** The account it went through. */
  readonly by: string;
  readonly run: string;
  readonly to: string;
  readonly kind: 'member' | 'group';
  readonly class: string;
  readonly at: number;
}

const limits = fc.record({
  rates: fc.array(
    fc.record({
      name: fc.constant('rate'),
      count: fc.integer({ min: 1, max: 4 }),
      perMs: fc.constantFrom(10 * 60_000, HOUR),
      of: fc.constantFrom('account' as const, 'member' as const),
    }),
    { maxLength: 1 },
  ),
  budgets: fc.array(
    fc.record({
      name: fc.constant('budget'),
      count: fc.integer({ min: 1, max: 3 }),
      period: fc.constantFrom('day' as const, 'month' as const),
      of: fc.constantFrom('account' as const, 'recipient' as const),
    }),
    { maxLength: 1 },
  ),
});

const message = fc.record({
  audience: fc.constantFrom('segment' as const, 'segment' as const, 'groups' as const),
  class: fc.constantFrom('marketing' as const, 'marketing' as const, 'service' as const),
  priority: fc.constantFrom(undefined, ...PRIORITIES),
  /** Several at the very same moment, others days apart. */
  startsAfter: fc.oneof(fc.constantFrom(0, HOUR, DAY), fc.integer({ min: 0, max: 4 * DAY })),
  /** Members have an address on another account too, with the same limits. */
  by: fc.constantFrom('sim', 'sim', 'other'),
  expires: fc.constantFrom(...(Object.keys(LASTS) as (keyof typeof LASTS)[])),
  /** Asked by two workers at once, as after an activity that was given up too early. */
  twice: fc.boolean(),
});

const world = fc.record({
  zones: fc.array(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 4 }),
  caps: fc.record({
    memberPerDay: fc.integer({ min: 1, max: 2 }),
    memberPerWeek: fc.integer({ min: 1, max: 4 }),
    groupPerDay: fc.integer({ min: 1, max: 3 }),
  }),
  limits,
  /** Whether somebody has vouched for the account's sender. */
  vouched: fc.constantFrom(true, true, true, true, true, true, true, false),
  messages: fc.array(message, { minLength: 2, maxLength: 7 }),
  /** Who refuses, or takes consent back, and when. */
  refusals: fc.array(
    fc.record({
      member: fc.nat({ max: 3 }),
      how: fc.constantFrom('opt-out', 'revoke'),
      after: fc.integer({ min: 0, max: 4 * DAY }),
    }),
    { maxLength: 3 },
  ),
  /** Every so many, the provider refuses, limits, or loses one. */
  trouble: fc.array(fc.constantFrom('take', 'take', 'take', 'busy', 'limit', 'lose'), {
    minLength: 1,
    maxLength: 7,
  }),
});

type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** Plays a world to its end: what the provider has got, and when whom could not be written to any more. */
async function play({ zones, caps, limits: set, vouched, messages, refusals, trouble }: World) {
  const people = await makePeople(store, zones.length, {
    kind: 'webhook',
    caps,
    limits: { rates: [...set.rates], budgets: [...set.budgets] },
  });
  await anotherAccount(store, people.channel);
  if (!vouched)
    await store.pool.query('update channel set verified_at = null where team_id = $1', [people.team]);
  await Promise.all(
    people.members.map((id, i) =>
      store.pool.query('update member set zone = $2 where id = $1', [id, zones[i]]),
    ),
  );
  let now = NOON;
  const arrived: Arrival[] = [];
  /** Whatever was handed over, also what was then refused. */
  const handed: Pick<Arrival, 'by' | 'to' | 'at'>[] = [];
  const expiries = new Map<string, number>();
  const provider: Adapter = {
    ...adapters['webhook']!,
    send: async ({ id: by }, { class: kind, to, about }) => {
      const no = handed.push({ by, to: about.recipient, at: now }) - 1;
      // In the end it gets well.
      const how = no < 40 ? trouble[no % trouble.length]! : 'take';
      if (how === 'busy')
        return { outcome: 'rejected', code: 'busy', kind: 'transient', blames: 'recipient' };
      if (how === 'limit') return { outcome: 'rateLimited', retryAt: now + 60_000 };
      arrived.push({ by, run: about.run, to: about.recipient, kind: to.kind, class: kind, at: now });
      return how === 'lose'
        ? { outcome: 'unknown', code: 'no-answer' }
        : { outcome: 'accepted', providerId: null };
    },
  };
  const clock = () => now;
  interface Turn {
    readonly sender: Sender;
    readonly at: number;
    readonly call: number;
    readonly twice: boolean;
  }
  let turns: Turn[] = await Promise.all(
    messages.map(async ({ audience, by, class: kind, startsAfter, twice, priority, expires }) => {
      const channel = audience === 'groups' ? 'sim' : by;
      const more = { channel, expires, ...(priority === undefined ? {} : { priority }) };
      const document = posting(audience, kind, more);
      const startAt = NOON + startsAfter;
      const sender = await launch(store, people, document, {
        startAt,
        clock,
        adapters: { webhook: provider },
      });
      expiries.set(sender.run, startAt + LASTS[expires]);
      return { sender, at: startAt, call: 0, twice };
    }),
  );
  const refused = new Map<string, { readonly how: string; readonly at: number }[]>();
  const pending = refusals
    .filter(({ member }) => member < people.members.length)
    .map((it) => ({ ...it, at: NOON + it.after }));
  while (turns.length > 0) {
    now = Math.max(now, Math.min(...turns.map(({ at }) => at)));
    for (const it of pending.splice(0).toSorted((a, b) => a.at - b.at)) {
      if (it.at > now) pending.push(it);
      else {
        const id = people.members[it.member]!;
        await refuse(people.team, id, it.how, now);
        refused.set(id, [...(refused.get(id) ?? []), { how: it.how, at: now }]);
      }
    }
    const due = turns.filter(({ at }) => at <= now);
    const later = turns.filter(({ at }) => at > now);
    const answers = await Promise.all(
      due.map(async ({ sender, call, twice }) => {
        const asked = Array.from({ length: twice ? 2 : 1 }, () => sender.send(now, { call }));
        const all = await Promise.all(asked);
        // The ledger keeps one answer, whoever came to it first.
        return all.at(-1)!;
      }),
    );
    turns = [
      ...later,
      ...due.flatMap((turn, i) => {
        const { code, until } = answers[i]!;
        return code === 'deferred' ? [{ ...turn, at: Math.max(until, now + 1), call: turn.call + 1 }] : [];
      }),
    ];
  }
  return { people, arrived, handed, expiries, refused };
}

/** The most of these within any stretch of time. */
const mostWithin = (all: readonly { readonly at: number }[], perMs: number): number =>
  Math.max(0, ...all.map(({ at }) => all.filter((other) => other.at >= at && other.at < at + perMs).length));

/** The most of these in one calendar day or month. */
function mostIn(all: readonly Arrival[], period: 'day' | 'month', zoneOf: (to: string) => string): number {
  const counts = new Map<string, number>();
  for (const { to, at } of all) {
    const wall = new Date(wallAt(at, zoneOf(to))!).toISOString().slice(0, period === 'day' ? 10 : 7);
    counts.set(wall, (counts.get(wall) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

/** What a limit counts together: everything of an account, or what each of its recipients gets. */
function counting<T extends { readonly by: string; readonly to: string }>(
  of: string,
  all: readonly T[],
): T[][] {
  const together = new Map<string, T[]>();
  for (const it of all) {
    if (of === 'member' && !it.to.startsWith(of)) continue;
    const key = of === 'account' ? it.by : `${it.by}/${it.to}`;
    together.set(key, [...(together.get(key) ?? []), it]);
  }
  return [...together.values()];
}

async function refuse(team: number, member: string, how: string, at: number): Promise<void> {
  if (how === 'revoke')
    await store.pool.query('update consent set revoked_at = instant_of($2) where member_id = $1', [
      member,
      at,
    ]);
  else
    await store.pool.query(
      `insert into opt_out (id, team_id, member_id, scope, value, at, source)
       values (gen_random_uuid(), $1, $2, 'all', '', instant_of($3), 'test') on conflict do nothing`,
      [team, member, at],
    );
}

test('over random playbooks at once nothing is violated and nothing is sent twice', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (it) => {
      const { people, arrived, handed, expiries, refused } = await play(it);
      const zoneOf = (to: string): string =>
        it.zones[people.members.findIndex((id) => to === `member/${id}`)] ?? 'Asia/Shanghai';
      if (!it.vouched) expect(handed).toEqual([]);
      for (const { run, at } of arrived) expect(at).toBeLessThanOrEqual(expiries.get(run)!);
      for (const { of, count, perMs } of it.limits.rates)
        for (const some of counting(of, handed)) expect(mostWithin(some, perMs)).toBeLessThanOrEqual(count);
      for (const { of, count, period } of it.limits.budgets)
        for (const some of counting(of, arrived)) {
          const zone = (to: string): string => (of === 'account' ? 'Asia/Shanghai' : zoneOf(to));
          expect(mostIn(some, period, zone)).toBeLessThanOrEqual(count);
        }
      const names = arrived.map(({ run, to }) => `${run} ${to}`);
      expect(new Set(names).size).toBe(names.length);
      const counted = arrived.filter((a) => a.class === 'marketing' || a.kind === 'group');
      for (const { to, kind, class: of, at } of arrived) {
        const zone = zoneOf(to);
        for (const refusal of refused.get(to.slice('member/'.length)) ?? [])
          if (of === 'marketing' || refusal.how === 'opt-out') expect(at).toBeLessThan(refusal.at);
        if (of !== 'marketing') continue;
        const minute = Math.floor((wallAt(at, zone)! % DAY) / 60_000);
        expect(minute >= 8 * 60 && minute < 22 * 60, `${QUIET.from} in ${zone}`).toBe(true);
        const day = Math.floor(wallAt(at, zone)! / DAY);
        const days = counted
          .filter((a) => a.to === to && a.at <= at)
          .map((a) => Math.floor(wallAt(a.at, zone)! / DAY));
        const today = days.filter((d) => d === day).length;
        const week = days.filter((d) => d > day - 7).length;
        // The posts of one instant: those that count before it.
        if (kind === 'member') {
          expect(today).toBeLessThanOrEqual(it.caps.memberPerDay);
          expect(week).toBeLessThanOrEqual(it.caps.memberPerWeek);
        }
      }
      // Service may go beyond a group's cap, marketing never adds to what is at it.
      const marketing = arrived.filter((a) => a.kind === 'group' && a.class === 'marketing');
      const perDay = new Map<number, number>();
      for (const { at } of marketing) {
        const day = Math.floor(wallAt(at, 'Asia/Shanghai')! / DAY);
        perDay.set(day, (perDay.get(day) ?? 0) + 1);
      }
      for (const count of perDay.values()) expect(count).toBeLessThanOrEqual(it.caps.groupPerDay);
      // And the rows say what the provider knows: whatever arrived is sent or in doubt, whatever else is neither.
      const { rows } = await store.pool.query<{ name: string }>(
        `select run_id || ' ' || recipient as name from delivery where team_id = $1 and state in ('sent', 'unknown')`,
        [people.team],
      );
      expect(rows.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
      const open = await store.pool.query(
        `select state, reason from delivery where team_id = $1 and state in ('planned', 'gated', 'requested', 'confirmed')`,
        [people.team],
      );
      expect(open.rows).toEqual([]);
      expect((await audit(store, people.team)).breaches).toEqual([]);
    }),
    { numRuns: 16 },
  );
});
