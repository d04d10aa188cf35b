// Decisions of effects: facts in, a code out. The send gate has a file of its own.
import { describe, expect, test } from 'vitest';
import { codeNumber, UNIVERSAL, type EffectDefinition } from '../../engine/effect.ts';
import { effects } from '../../engine/effects/index.ts';
import { saidIn, type FormField } from '../../engine/effects/form.ts';
import { anchorsIn, type CalendarFacts } from '../../engine/effects/instant.ts';
import { DEFAULT_QUIET } from '../../engine/effects/send-gate.ts';
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
    effects['start-playbook'].decide(
      { playbook: 'p' },
      { ...calendar, refusal: { en: 'not published' } },
      NOON,
    ),
  ).toMatchObject({ code: 'refused', why: { refusal: { en: 'not published' } } });
});

test('an answer says numbers, choices and yes or no, and keeps what somebody wrote in their own words', () => {
  const field = (key: string, type: FormField['type']): FormField => ({ key, type, label: { en: key } });
  const fields = [
    field('score', 'number'),
    field('level', 'choice'),
    field('agrees', 'yes-no'),
    field('story', 'text'),
    field('born', 'date'),
    field('odd', 'number'),
    field('toString', 'number'),
  ];
  const values = {
    score: 4,
    level: 'pro',
    agrees: false,
    story: 'private',
    born: '2000-01-01',
    odd: '5',
    more: 1,
  };
  expect(saidIn(fields, values)).toEqual({ score: 4, level: 'pro', agrees: false });
});
