// The send gate: facts of one recipient in, one answer out. Its promises are properties, in any zone, at any hour.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wallAt } from '../../engine/calendar/zone.ts';
import { effects } from '../../engine/effects/index.ts';
import {
  actorOf,
  DEFAULT_CAPS,
  DEFAULT_QUIET,
  judge,
  postOnce,
  PRIORITIES,
  validUntil,
  type GateFacts,
  type Recipient,
} from '../../engine/effects/send-gate.ts';
import { sayReason, SEND_REASONS } from '../../engine/effects/send-reasons.ts';
import { add, expiryOf, newTally, postedText, rankOf, type SendInput } from '../../engine/effects/send.ts';
import { DAY, HOUR, MINUTE, parseInstant } from '../../engine/instant.ts';

const at = (iso: string): number => parseInstant(iso)!;
const NOON = at('2026-12-01T12:00:00+08:00');
const ZONE = 'Asia/Shanghai';

const member = (more: Partial<Recipient> = {}): Recipient => ({
  kind: 'member',
  zone: ZONE,
  consents: true,
  optedOut: false,
  sent: [],
  ...more,
});
const facts = (more: Partial<GateFacts> = {}): GateFacts => ({
  class: 'marketing',
  quiet: DEFAULT_QUIET,
  caps: DEFAULT_CAPS,
  expires: NOON + 6 * HOUR,
  verified: true,
  by: 'channel',
  ...more,
});
const ask = (recipient: Partial<Recipient> = {}, more: Partial<GateFacts> = {}, now = NOON) =>
  judge(member(recipient), facts(more), now);

describe('the gate', () => {
  test.each<[string, Partial<Recipient>, string]>([
    ['agrees and got nothing yet', {}, 'send'],
    ['does not agree', { consents: false }, 'consent'],
    ['opted out', { optedOut: true }, 'opt-out'],
    ['has left', { missing: 'gone' }, 'gone'],
    ['has no address there', { missing: 'address' }, 'address'],
    ['had one today', { sent: [1] }, 'cap'],
    ['had one yesterday', { sent: [0, 1] }, 'send'],
    ['had three this week', { sent: [0, 1, 1, 0, 1] }, 'cap'],
    ['had the third of them seven days ago', { sent: [0, 1, 1, 0, 0, 0, 0, 1] }, 'send'],
    ['is a group with two posts today', { kind: 'group', sent: [2] }, 'cap'],
    ['is a group with one post today', { kind: 'group', sent: [1], consents: false }, 'send'],
  ])('marketing for one who %s', (_case, recipient, answer) => {
    const verdict = ask(recipient);
    expect('reason' in verdict ? verdict.reason : verdict.go).toBe(answer);
  });

  test('service asks neither for consent nor for caps nor for the hour, but an opt-out counts', () => {
    const service = (recipient: Partial<Recipient>, now = NOON) => ask(recipient, { class: 'service' }, now);
    expect(service({ consents: false, sent: [9, 9] }).go).toBe('send');
    expect(service({ kind: 'group', sent: [9] }, NOON + 6 * HOUR).go).toBe('send');
    expect(service({ optedOut: true })).toEqual({ go: 'skip', reason: 'opt-out' });
  });

  test('nobody speaks for whom nobody has vouched', () => {
    expect(ask({}, { verified: false })).toEqual({ go: 'skip', reason: 'sender' });
  });

  test('whoever has had enough today gets it tomorrow after the night, if it keeps that long', () => {
    const morning = at('2026-12-02T08:00:00+08:00');
    expect(ask({ sent: [1] }, { expires: morning })).toEqual({ go: 'defer', until: morning, reason: 'cap' });
    expect(ask({ sent: [1] }, { expires: morning - 1 })).toEqual({ go: 'skip', reason: 'cap' });
  });

  test('whoever has had enough this week gets it when the week has moved on', () => {
    const expires = NOON + 10 * DAY;
    // The oldest of the three was six days ago, so tomorrow it is out of the week.
    expect(ask({ sent: [0, 1, 0, 0, 0, 1, 1] }, { expires })).toMatchObject({
      until: at('2026-12-02T08:00:00+08:00'),
    });
    expect(ask({ sent: [0, 2, 0, 1] }, { expires })).toMatchObject({
      until: at('2026-12-05T08:00:00+08:00'),
    });
  });

  test('caps of nothing withhold for good', () => {
    const caps = { memberPerDay: 0, memberPerWeek: 0, groupPerDay: 0 };
    expect(ask({}, { caps, expires: NOON + 30 * DAY })).toEqual({ go: 'skip', reason: 'cap' });
  });

  test('what a more urgent message holds today is as good as sent', () => {
    const expires = NOON + 2 * DAY;
    expect(ask({ held: { today: 1, week: 1 } }, { expires })).toMatchObject({ go: 'defer', reason: 'cap' });
    expect(ask({ held: { today: 0, week: 1 } }, { expires }).go).toBe('send');
    // A week that is full with what is planned in it does not empty before the expiry.
    expect(ask({ sent: [0, 1, 1], held: { today: 0, week: 1 } }, { expires }).go).toBe('skip');
  });

  test('a budget that is used up waits until it renews, outside the night', () => {
    const midnight = at('2026-12-02T00:00:00+08:00');
    const budget = { renews: midnight };
    expect(ask({ budget }, { expires: NOON + DAY })).toEqual({
      go: 'defer',
      until: midnight + 8 * HOUR,
      reason: 'budget',
    });
    expect(ask({ budget }, { class: 'service', expires: NOON + DAY })).toMatchObject({ until: midnight });
    expect(ask({ budget })).toEqual({ go: 'skip', reason: 'budget' });
  });

  test('limits of the account put off, and give nothing up before the expiry', () => {
    const { expires } = facts();
    const free = (after: number) => ({ free: { at: NOON + after, by: 'rate' as const } });
    expect(ask(free(0)).go).toBe('send');
    expect(ask(free(MINUTE))).toEqual({ go: 'defer', until: NOON + MINUTE, reason: 'rate' });
    expect(ask(free(DAY))).toEqual({ go: 'defer', until: expires, reason: 'rate' });
    expect(ask(free(DAY), {}, expires)).toEqual({ go: 'expire', reason: 'rate' });
  });

  test('after the expiry nothing goes out, whatever else holds', () => {
    const { expires } = facts();
    expect(ask({}, {}, expires).go).toBe('send');
    expect(ask({ optedOut: true }, {}, expires + 1)).toEqual({ go: 'expire', reason: 'expired' });
  });

  test('a night that lasts beyond the expiry ends it', () => {
    const night = NOON + 11 * HOUR;
    expect(ask({}, { expires: night + HOUR }, night)).toEqual({ go: 'expire', reason: 'quiet' });
  });
});

describe('colleagues', () => {
  test('act in their modes only', () => {
    const posts = { posts: true, released: false };
    expect(actorOf('auto', posts)).toBe('channel');
    expect(actorOf('confirm', posts)).toBe('release');
    expect(actorOf('confirm', { ...posts, released: true })).toBe('channel');
    expect(actorOf('confirm', { ...posts, posts: false })).toBe('post');
    expect(actorOf('humanCopy', { ...posts, released: true })).toBe('post');
  });

  test('post marketing before the night begins, service until it expires', () => {
    const expires = NOON + DAY;
    const night = at('2026-12-01T22:00:00+08:00');
    expect(ask({}, { by: 'post', expires })).toEqual({ go: 'ask', until: night - 1 });
    expect(ask({}, { by: 'post', expires, class: 'service' })).toEqual({ go: 'ask', until: expires });
    expect(ask({}, { by: 'post' })).toEqual({ go: 'ask', until: facts().expires });
    const noNight = { from: '00:00', to: '00:00' };
    expect(ask({}, { by: 'post', expires, quiet: noNight })).toEqual({
      go: 'ask',
      until: at('2026-12-02T00:00:00+08:00') - 1,
    });
  });

  test('may release at night what goes out in the morning', () => {
    const night = at('2026-12-01T23:00:00+08:00');
    const expires = night + DAY;
    expect(ask({}, { by: 'release', expires }, night)).toEqual({ go: 'ask', until: expires });
    expect(ask({}, { by: 'channel', expires }, night)).toMatchObject({ go: 'defer', reason: 'quiet' });
    expect(ask({ consents: false }, { by: 'release', expires }, night).go).toBe('skip');
  });

  test('post once: who could get it only later gets nothing then', () => {
    const now = ask({}, { by: 'post' });
    const later = ask({ sent: [1] }, { by: 'post', expires: NOON + DAY });
    expect(postOnce([now, later])).toEqual([now, { go: 'skip', reason: 'cap' }]);
    expect(postOnce([later, later])).toEqual([later, later]);
  });
});

describe('whatever is let through', () => {
  const zones = fc.constantFrom(
    'Asia/Shanghai',
    'America/New_York',
    'Asia/Kolkata',
    'Pacific/Chatham',
    'UTC',
  );
  const time = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
  const world = fc.record({
    zone: zones,
    quiet: fc.record({ from: time, to: time }),
    minutes: fc.integer({ min: 0, max: 60 * 24 * 200 }),
    kind: fc.constantFrom('member' as const, 'group' as const),
    class: fc.constantFrom('service' as const, 'marketing' as const),
    consents: fc.boolean(),
    optedOut: fc.boolean(),
    sent: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 7 }),
    keeps: fc.integer({ min: 0, max: 10 * DAY }),
    by: fc.constantFrom('channel' as const, 'post' as const),
  });
  const minuteOfDay = (instant: number, zone: string) => Math.floor((wallAt(instant, zone)! % DAY) / MINUTE);
  const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  const isQuiet = (instant: number, zone: string, { from, to }: { from: string; to: string }) => {
    const [minute, begins, ends] = [minuteOfDay(instant, zone), minuteOf(from), minuteOf(to)];
    if (begins === ends) return false;
    return begins < ends ? minute >= begins && minute < ends : minute >= begins || minute < ends;
  };

  test('keeps every rule, now and until it must have been handed over; what is put off goes out then', () => {
    fc.assert(
      fc.property(world, ({ zone, quiet, minutes, kind, consents, optedOut, sent, keeps, by, class: of }) => {
        const now = NOON + minutes * MINUTE;
        const recipient = member({ zone, kind, consents, optedOut, sent });
        const given = facts({ class: of, quiet, expires: now + keeps, by });
        const verdict = judge(recipient, given, now);
        const isMarketing = of === 'marketing';
        if (verdict.go === 'send' || verdict.go === 'ask') {
          expect(optedOut).toBe(false);
          const until = validUntil(recipient, given, now);
          expect(until).toBeGreaterThanOrEqual(now);
          expect(until).toBeLessThanOrEqual(given.expires);
          if (verdict.go === 'ask') expect(verdict.until).toBe(until);
          if (!isMarketing) return;
          for (const instant of [now, until]) expect(isQuiet(instant, zone, quiet)).toBe(false);
          const dayOf = (instant: number) => Math.floor(wallAt(instant, zone)! / DAY);
          expect(dayOf(until)).toBe(dayOf(now));
          const week = sent.reduce((sum, count) => sum + count, 0);
          if (kind === 'group') expect(sent[0] ?? 0).toBeLessThan(DEFAULT_CAPS.groupPerDay);
          else {
            expect(consents).toBe(true);
            expect(sent[0] ?? 0).toBeLessThan(DEFAULT_CAPS.memberPerDay);
            expect(week).toBeLessThan(DEFAULT_CAPS.memberPerWeek);
          }
        }
        if (verdict.go !== 'defer') return;
        expect(verdict.until).toBeGreaterThan(now);
        expect(verdict.until).toBeLessThanOrEqual(given.expires);
        expect(isQuiet(verdict.until, zone, quiet)).toBe(false);
        // Asked again then, on a later day with nothing sent meanwhile, it is not put off once more.
        const passed = Math.floor(wallAt(verdict.until, zone)! / DAY) - Math.floor(wallAt(now, zone)! / DAY);
        const older = [...Array.from({ length: passed }, () => 0), ...sent].slice(0, 7);
        const again = judge({ ...recipient, sent: older }, given, verdict.until);
        expect(['send', 'ask', ...(verdict.reason === 'quiet' ? ['defer', 'skip'] : [])]).toContain(again.go);
        if (again.go === 'defer' || again.go === 'skip') expect(again.reason).toBe('cap');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a visit', () => {
  const input = (more: Partial<SendInput> = {}): SendInput => ({
    channel: 'simulator',
    audience: { groups: 'all' },
    text: { 'zh-CN': '你好' },
    class: 'marketing',
    mode: 'auto',
    ...more,
  });
  const decide = (recipients: readonly Partial<Recipient>[], more: Partial<GateFacts> = {}, now = NOON) => {
    const tally = newTally();
    for (const verdict of recipients.map((it) => ask(it, more, now))) add(tally, verdict);
    return effects.send.decide(input(), tally, now);
  };

  test('is sent, partly sent, or not at all', () => {
    expect(decide([{}, {}])).toMatchObject({ code: 'sent', why: { recipients: 2 } });
    expect(decide([{}, { optedOut: true }])).toMatchObject({
      code: 'partial',
      why: { recipients: 1, withheld: { 'opt-out': 1 } },
    });
    expect(decide([{ consents: false }])).toMatchObject({ code: 'skipped' });
    expect(decide([])).toMatchObject({ code: 'skipped' });
    expect(decide([{}], {}, NOON + 6 * HOUR + 1)).toMatchObject({ code: 'expired' });
  });

  test('is asked again when the first of those put off may have it', () => {
    const expires = NOON + DAY;
    const free = (after: number) => ({ free: { at: NOON + after, by: 'rate' as const } });
    expect(decide([{}, free(2 * MINUTE), free(MINUTE), { sent: [1] }], { expires })).toMatchObject({
      code: 'deferred',
      until: NOON + MINUTE,
      why: { recipients: 1, deferred: { rate: 2, cap: 1 } },
    });
  });

  test('waits for a colleague until the first who must have it by then', () => {
    const until = NOON + 6 * HOUR;
    expect(decide([{}, { optedOut: true }], { by: 'post' })).toMatchObject({ code: 'waiting', until });
  });

  test('counts what earlier calls have settled', () => {
    const earlier = { ...newTally(), sent: 2, withheld: { consent: 1 } };
    const tally = newTally(earlier);
    add(tally, { go: 'send' });
    expect(effects.send.decide(input(), tally, NOON)).toEqual({
      code: 'partial',
      why: { recipients: 3, withheld: { consent: 1 } },
    });
    expect(earlier.withheld).toEqual({ consent: 1 });
  });

  test('is left to a person when some are in doubt and nobody waits any more', () => {
    const doubtful = { ...newTally(), sent: 5, unknown: 1 };
    expect(effects.send.decide(input(), doubtful, NOON).code).toBe('doubt');
    expect(effects.send.decide(input(), { ...doubtful, next: NOON + 1 }, NOON).code).toBe('deferred');
  });

  test('has failed when it came to nobody although somebody might have had it', () => {
    const failed = { ...newTally(), failed: 2, withheld: { consent: 1 } };
    expect(effects.send.decide(input(), failed, NOON).code).toBe('failed');
    expect(effects.send.decide(input(), { ...failed, sent: 1 }, NOON).code).toBe('partial');
  });

  test('expires six hours after it was planned, unless it says otherwise', () => {
    const planned = { due: NOON, zone: ZONE };
    expect(expiryOf({}, planned)).toBe(NOON + 6 * HOUR);
    expect(expiryOf({ expires: 'P1D' }, planned)).toBe(NOON + DAY);
    expect(expiryOf({ expires: 'P1M' }, planned)).toBe(at('2027-01-01T12:00:00+08:00'));
  });

  test('is as urgent as its class unless it says otherwise', () => {
    expect(rankOf({ class: 'service' })).toBeGreaterThan(rankOf({ class: 'marketing' }));
    expect(PRIORITIES.map((priority) => rankOf({ class: 'marketing', priority }))).toEqual([0, 1, 2, 3, 4]);
  });

  test('shows in the calendar with its opt-out; what only the recipient knows is shown by its name', () => {
    const shown = (text: string) =>
      postedText(
        { text: { 'zh-CN': text }, optOut: { 'zh-CN': '退订回复 T' } },
        { params: { topic: '厨房' } },
        { locale: 'zh-CN', zone: ZONE },
      );
    expect(shown('聊聊{{ params.topic }}')).toBe('聊聊厨房\n退订回复 T');
    expect(shown('{{ member.name }}，聊聊{{ params.topic }}')).toBe('〔称呼〕，聊聊厨房\n退订回复 T');
    expect(shown('{{ member.level }}级，{{ event.text }}')).toBe('〔level〕级，〔内容〕\n退订回复 T');
    // What nobody can know yet stays as it was written.
    expect(shown('{{ params.missing }}')).toBe('{{ params.missing }}\n退订回复 T');
  });
});

test('every reason is said in both languages, and a provider’s own code stays legible', () => {
  for (const reason of Object.keys(SEND_REASONS)) {
    const said = sayReason(reason);
    expect(said['zh-CN']).toMatch(/[一-鿿]/);
    expect(said['en']).toMatch(/^[A-Z][^一-鿿]+$/);
  }
  expect(sayReason('x-19021')['en']).toContain('x-19021');
  expect(sayReason('constructor')['en']).toContain('constructor');
});

test('what has expired is never said to be sent later', () => {
  for (const reason of ['quiet', 'rate', 'circuit', 'retry', 'paused']) {
    const said = sayReason(reason, 'expired');
    expect(said['zh-CN']).toContain('过期');
    expect(said['en']).toMatch(/expired/);
    expect(sayReason(reason, 'planned')).toEqual(sayReason(reason));
  }
  expect(sayReason('consent', 'expired')).toEqual(sayReason('consent'));
});
