// Decisions of effects: facts in, a code out. The gate's promises are properties.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeNumber, UNIVERSAL, type EffectDefinition } from '../../engine/effect.ts';
import { effects } from '../../engine/effects/index.ts';
import { anchorsIn, type CalendarFacts } from '../../engine/effects/instant.ts';
import {
  DEFAULT_CAPS,
  DEFAULT_QUIET,
  expiryOf,
  postedText,
  withheld,
  type Recipient,
  type SendFacts,
  type SendInput,
} from '../../engine/effects/send.ts';
import { HOLD_MS } from '../../engine/effects/task.ts';
import { DAY, HOUR, parseInstant } from '../../engine/instant.ts';

const at = (iso: string): number => parseInstant(iso)!;
const NOON = at('2026-12-01T12:00:00+08:00');
const calendar: CalendarFacts = {
  zone: 'Asia/Shanghai',
  anchors: { T: at('2026-12-05T20:00:00+08:00') },
  quiet: DEFAULT_QUIET,
};

describe('the registry', () => {
  const all: readonly [string, EffectDefinition<string, string, never, never>][] = Object.entries(effects);

  test.each(all)(
    '%s keeps its own name and distinct codes that fit below the universal ones',
    (name, effect) => {
      expect(effect.name).toBe(name);
      expect(new Set(effect.codes).size).toBe(effect.codes.length);
      expect(effect.codes.length).toBeLessThan(UNIVERSAL.port);
      expect(effect.codes).not.toContain('failed');
    },
  );

  test('codes travel as their index, universal ones above every list', () => {
    expect(codeNumber(['a', 'b'], 'b')).toBe(1);
    expect(codeNumber(['a', 'b'], 'retry')).toBe(255);
    expect(codeNumber(['a', 'b'], 'c')).toBeUndefined();
  });

  // The index of a code is stored: these lists only ever grow at their end.
  test('codes stand where recorded runs expect them', () => {
    expect(Object.fromEntries(all.map(([name, { codes }]) => [name, codes.join(' ')]))).toMatchSnapshot();
  });
});

describe('instant', () => {
  const decide = (rule: object, quiet = false, now = NOON) =>
    effects.instant.decide({ rule: rule as never, quiet }, calendar, now);

  test('three days before the event at noon, or too late for it', () => {
    const rule = { anchor: 'T', offset: '-P3D', at: '12:00' };
    expect(decide(rule)).toMatchObject({ code: 'at', until: at('2026-12-02T12:00:00+08:00') });
    expect(decide(rule, false, at('2026-12-02T12:00:00+08:00'))).toMatchObject({ code: 'at' });
    expect(decide(rule, false, at('2026-12-02T12:00:01+08:00'))).toMatchObject({ code: 'past' });
  });

  test('a moment of the night moves to the morning where quiet hours count', () => {
    expect(decide({ for: 'PT11H' })).toMatchObject({ until: NOON + 11 * HOUR });
    expect(decide({ for: 'PT11H' }, true)).toMatchObject({ until: at('2026-12-02T08:00:00+08:00') });
  });

  test('an anchor without a value fails instead of guessing', () => {
    expect(decide({ anchor: 'U' })).toMatchObject({ code: 'failed', why: { problem: 'unknown-anchor' } });
  });

  test('anchors are the parameters that read as a date and time', () => {
    expect(anchorsIn({ T: '2026-12-05T20:00', name: '双十二', n: 5 }, 'Asia/Shanghai')).toEqual(
      calendar.anchors,
    );
  });
});

test('choose takes the first rule that holds, and says which value it lacked', () => {
  const rules = [{ cel: 'member.level > 3.0' }, { cel: 'member.city == "上海"' }];
  const decide = (member: object) =>
    effects.choose.decide({ rules }, { context: { member: { ...member } } }, 0);
  expect(decide({ level: 5, city: '上海' })).toMatchObject({ code: '0' });
  expect(decide({ level: 1, city: '上海' })).toMatchObject({ code: '1' });
  expect(decide({ city: '上海' })).toMatchObject({
    code: '1',
    why: { unanswered: { 'member.level > 3.0': expect.any(String) } },
  });
  expect(decide({ level: 1, city: '北京' })).toMatchObject({ code: 'else' });
});

test('measure finds the highest threshold reached, and admits what it cannot know', () => {
  const decide = (value: number | undefined) =>
    effects.measure.decide(
      { metric: 'sign_ups', bands: [{ atLeast: 50 }, { atLeast: 10 }] },
      { measured: value === undefined ? { n: 0 } : { value, n: value }, snapshot: 's1' },
      0,
    );
  expect([60, 50, 49.9, 10, 9, undefined].map((value) => decide(value).code)).toEqual([
    '0',
    '0',
    '1',
    '1',
    'else',
    'unknown',
  ]);
  expect(decide(60).why).toEqual({ metric: 'sign_ups', value: 60, n: 60, snapshot: 's1' });
});

describe('watch', () => {
  const decide = (value: number, n: number, now: number, more: object = {}) =>
    effects.watch.decide(
      {
        metric: 'complaints',
        op: '>=',
        value: 3,
        every: 'PT30M',
        until: { anchor: 'T' },
        ...more,
      },
      { ...calendar, measured: { value, n } },
      now,
    );
  const T = calendar.anchors['T']!;

  test('looks again after its pause, and for the last time at the end', () => {
    expect(decide(0, 0, T - HOUR)).toMatchObject({ code: 'fine', until: T - HOUR / 2 });
    expect(decide(0, 0, T - 600_000)).toMatchObject({ code: 'fine', until: T });
    expect(decide(0, 0, T)).toMatchObject({ code: 'ended' });
  });

  test('a breach at the very end is a breach, after it is not', () => {
    expect(decide(3, 3, T)).toMatchObject({ code: 'breach', why: { value: 3, limit: 3 } });
    expect(decide(3, 3, T + 1)).toMatchObject({ code: 'ended' });
  });

  test('too few observations are no breach', () => {
    expect(decide(3, 3, T - HOUR, { minimum: 5 })).toMatchObject({ code: 'fine' });
    expect(decide(3, 5, T - HOUR, { minimum: 5 })).toMatchObject({ code: 'breach' });
  });
});

describe('tasks', () => {
  const open = (due: object, remindBefore?: string) =>
    effects['open-task'].decide(
      {
        kind: 'other',
        role: 'operator',
        title: {},
        outcomes: [],
        due: due as never,
        ...(remindBefore === undefined ? {} : { remindBefore }),
      },
      calendar,
      NOON,
    );

  test('a reminder that lies ahead comes first, one that has passed is left out', () => {
    expect(open({ for: 'PT4H' }, 'PT1H')).toMatchObject({ code: 'remind', until: NOON + 3 * HOUR });
    expect(open({ for: 'PT4H' }, 'PT5H')).toMatchObject({ code: 'opened', until: NOON + 4 * HOUR });
    expect(open({ for: 'PT4H' })).toMatchObject({ code: 'opened', until: NOON + 4 * HOUR });
  });

  test('a deadline that has passed is due now, never earlier', () => {
    expect(open({ date: '2026-11-01T00:00' })).toMatchObject({ code: 'opened', until: NOON });
  });

  test('the second deadline counts from the escalation, and holding ends after a year', () => {
    const decide = (policy: 'escalate' | 'hold', escalatedAt?: number) =>
      effects['escalate-task'].decide(
        { policy, within: 'P1D' },
        { ...calendar, ...(escalatedAt === undefined ? {} : { escalatedAt }) },
        NOON,
      ).until;
    expect(decide('escalate')).toBe(NOON + DAY);
    expect(decide('escalate', NOON - HOUR)).toBe(NOON - HOUR + DAY);
    expect(decide('hold')).toBe(NOON + HOLD_MS);
  });
});

test('a webhook’s status says whether to go on, to try again, or to take no for an answer', () => {
  const code = (status: number) =>
    effects.webhook.decide({ url: 'https://example.com', method: 'POST' }, { status }, 0).code;
  const meaning = { ok: [200, 204], refused: [301, 400, 404], retry: [408, 425, 429, 500, 503] };
  for (const [expected, statuses] of Object.entries(meaning)) {
    for (const status of statuses) expect([status, code(status)]).toEqual([status, expected]);
  }
});

test('journeys and playbooks that cannot begin say so', () => {
  const launch = (eligible: number) =>
    effects['launch-journey'].decide({ journey: 'j1' }, { ...calendar, eligible }, NOON);
  expect(launch(0)).toMatchObject({ code: 'empty' });
  expect(launch(3)).toMatchObject({ code: 'launched', until: NOON + 30 * DAY, why: { eligible: 3 } });
  expect(
    effects['start-playbook'].decide({ playbook: 'p' }, { ...calendar, refusal: 'not published' }, NOON),
  ).toMatchObject({ code: 'refused', why: { refusal: 'not published' } });
});

describe('the send gate', () => {
  const input = (more: Partial<SendInput> = {}): SendInput => ({
    channel: 'simulator',
    audience: { groups: 'all' },
    text: { 'zh-CN': '你好' },
    class: 'marketing',
    mode: 'auto',
    ...more,
  });
  const member = (more: Partial<Recipient> = {}): Recipient => ({
    kind: 'member',
    consents: true,
    optedOut: false,
    today: 0,
    week: 0,
    ...more,
  });
  const facts = (recipients: readonly Recipient[], more: Partial<SendFacts> = {}): SendFacts => ({
    zone: 'Asia/Shanghai',
    quiet: DEFAULT_QUIET,
    caps: DEFAULT_CAPS,
    due: NOON,
    verified: true,
    confirmed: false,
    recipients,
    ...more,
  });
  const decide = (
    to: readonly Recipient[],
    more: Partial<SendInput> = {},
    known: Partial<SendFacts> = {},
    now = NOON,
  ) => effects.send.decide(input(more), facts(to, known), now);

  test.each<[string, Partial<Recipient>, string | undefined]>([
    ['agrees and got nothing yet', {}, undefined],
    ['does not agree', { consents: false }, 'consent'],
    ['opted out', { optedOut: true }, 'opt-out'],
    ['had one today', { today: 1, week: 1 }, 'cap'],
    ['had three this week', { week: 3 }, 'cap'],
    ['is a group with two posts today', { kind: 'group', today: 2 }, 'cap'],
    ['is a group with one post today', { kind: 'group', today: 1, consents: false }, undefined],
  ])('marketing for one who %s', (_case, recipient, reason) => {
    expect(withheld(input(), member(recipient), facts([]))).toBe(reason);
  });

  test('service messages ask neither for consent nor for caps, but an opt-out counts', () => {
    const service = (recipient: Partial<Recipient>) =>
      withheld({ class: 'service' }, member(recipient), facts([]));
    expect(service({ consents: false, today: 9, week: 9 })).toBeUndefined();
    expect(service({ kind: 'group', today: 9 })).toBeUndefined();
    expect(service({ optedOut: true })).toBe('opt-out');
  });

  test('nobody speaks who is not verified', () => {
    expect(decide([member()], {}, { verified: false })).toMatchObject({
      code: 'skipped',
      why: { withheld: { sender: 1 } },
    });
  });

  test('some of them, all of them, none of them', () => {
    expect(decide([member(), member()])).toMatchObject({ code: 'sent', why: { recipients: 2 } });
    expect(decide([member(), member({ optedOut: true })])).toMatchObject({
      code: 'partial',
      why: { recipients: 1, withheld: { 'opt-out': 1 } },
    });
    expect(decide([member({ consents: false })])).toMatchObject({ code: 'skipped' });
    expect(decide([])).toMatchObject({ code: 'skipped' });
  });

  test('a person must act: the wait ends at the expiry, and what was posted is sent', () => {
    const waiting = decide([member()], { mode: 'confirm', expires: 'PT2H' });
    expect(waiting).toMatchObject({ code: 'waiting', until: NOON + 2 * HOUR });
    const late = NOON + 3 * HOUR;
    expect(decide([member()], { mode: 'confirm' }, { confirmed: true }, late)).toMatchObject({
      code: 'sent',
    });
    expect(decide([member({ optedOut: true })], { mode: 'confirm' })).toMatchObject({ code: 'skipped' });
  });

  test('the expiry counts from the planned instant, six hours unless said otherwise', () => {
    expect(expiryOf({}, facts([]))).toBe(NOON + 6 * HOUR);
    expect(expiryOf({ expires: 'P1D' }, facts([]))).toBe(NOON + DAY);
    expect(decide([member()], {}, {}, NOON + 6 * HOUR)).toMatchObject({ code: 'sent' });
    expect(decide([member()], {}, {}, NOON + 6 * HOUR + 1)).toMatchObject({ code: 'expired' });
  });

  test('no marketing goes out in quiet hours, to anyone, ever', () => {
    const minute = fc.integer({ min: 0, max: 24 * 60 * 40 });
    fc.assert(
      fc.property(minute, fc.boolean(), (minutes, isService) => {
        const now = NOON + minutes * 60_000;
        const known = { due: now };
        const { code, until } = decide(
          [member()],
          { class: isService ? 'service' : 'marketing', expires: 'P1D' },
          known,
          now,
        );
        const hour = new Date(now + 8 * HOUR).getUTCHours();
        const isQuiet = hour >= 22 || hour < 8;
        if (isService || !isQuiet) expect(code).toBe('sent');
        else {
          expect(code).toBe('deferred');
          expect(new Date(until! + 8 * HOUR).getUTCHours()).toBe(8);
          // Asked again then, it goes out: nothing is deferred twice.
          expect(decide([member()], { expires: 'P1D' }, known, until!).code).toBe('sent');
        }
      }),
    );
  });

  test('whatever is let through keeps every rule', () => {
    const recipient = fc.record<Recipient>({
      kind: fc.constantFrom('member', 'group'),
      consents: fc.boolean(),
      optedOut: fc.boolean(),
      today: fc.integer({ min: 0, max: 4 }),
      week: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(recipient, { maxLength: 20 }), (recipients) => {
        const admitted = recipients.filter((it) => withheld(input(), it, facts([])) === undefined);
        for (const { kind, consents, optedOut, today, week } of admitted) {
          expect(optedOut).toBe(false);
          expect(today).toBeLessThan(kind === 'group' ? DEFAULT_CAPS.groupPerDay : DEFAULT_CAPS.memberPerDay);
          if (kind === 'member') expect([consents, week < DEFAULT_CAPS.memberPerWeek]).toEqual([true, true]);
        }
        const expected =
          admitted.length === 0 ? 'skipped' : admitted.length < recipients.length ? 'partial' : 'sent';
        expect(decide(recipients).code).toBe(expected);
      }),
    );
  });

  test('the calendar shows the text with its opt-out; what only the recipient knows stays as written', () => {
    const shown = (text: string) =>
      postedText(
        { text: { 'zh-CN': text }, optOut: { 'zh-CN': '退订回复 T' } },
        { params: { topic: '厨房' } },
        { locale: 'zh-CN', zone: 'Asia/Shanghai' },
      );
    expect(shown('聊聊{{ params.topic }}')).toBe('聊聊厨房\n退订回复 T');
    expect(shown('{{ member.name }}，你好')).toBe('{{ member.name }}，你好\n退订回复 T');
  });
});
