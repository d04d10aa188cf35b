// How a channel fares is one state with one reason, whatever was recorded.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { healthOf, type HealthFacts } from '../../../engine/channels/health.ts';
import { sayReason } from '../../../engine/channels/reasons.ts';

const NOW = 1_000_000_000;
const facts = (more: Partial<HealthFacts> = {}): HealthFacts => ({
  missing: null,
  closedUntil: null,
  closedBy: null,
  failures: 0,
  sentAt: NOW - 5_000,
  failedAt: null,
  failure: null,
  recent: { sent: 10, failed: 0, unknown: 0 },
  ...more,
});

test.each<[string, Partial<HealthFacts>, object]>([
  ['that works is ok', {}, { state: 'ok', reason: null }],
  [
    'of which nothing is known is unused',
    { sentAt: null, recent: { sent: 0, failed: 0, unknown: 0 } },
    { state: 'unused' },
  ],
  [
    'without a secret is incomplete, whatever else is wrong',
    { missing: 'no-secret', failures: 9 },
    { state: 'incomplete', reason: 'no-secret' },
  ],
  [
    'that its provider limits is blocked, and says until when',
    { closedUntil: NOW + 600_000, closedBy: 'rate' },
    { state: 'blocked', until: NOW + 600_000, reason: 'rate' },
  ],
  [
    'that was limited a moment ago is ok again',
    { closedUntil: NOW - 1, closedBy: 'rate' },
    { state: 'ok', until: null },
  ],
  [
    'that rests after failures is failing, with the last reason',
    { closedUntil: NOW + 30_000, closedBy: 'circuit', failures: 5, failure: 'feishu-19021' },
    { state: 'failing', until: NOW + 30_000, reason: 'feishu-19021' },
  ],
  [
    'that failed many times in a row is failing even while it tries',
    { failures: 5, failure: 'http-500' },
    { state: 'failing', reason: 'http-500' },
  ],
  [
    'that failed once is degraded',
    { failures: 1, failure: 'http-500' },
    { state: 'degraded', reason: 'http-500' },
  ],
  ['with few failures among many is ok', { recent: { sent: 95, failed: 5, unknown: 0 } }, { state: 'ok' }],
  [
    'with many in doubt is degraded',
    { recent: { sent: 5, failed: 0, unknown: 3 } },
    { state: 'degraded', reason: 'no-answer' },
  ],
])('an account %s', (_name, more, expected) => {
  expect(healthOf(facts(more), NOW)).toMatchObject(expected);
});

test('an account that is ok has no reason, and one that is not has one whenever a failure is known', () => {
  const instant = fc.option(fc.integer({ min: NOW - 10_000_000, max: NOW + 10_000_000 }), { nil: null });
  const any = fc.record<HealthFacts>({
    missing: fc.constantFrom('no-secret', 'unreadable-secret', 'unverified', null),
    closedUntil: instant,
    closedBy: fc.constantFrom('circuit', 'rate', null),
    failures: fc.nat(20),
    sentAt: instant,
    failedAt: instant,
    failure: fc.constant('http-500'),
    recent: fc.record({ sent: fc.nat(50), failed: fc.nat(50), unknown: fc.nat(50) }),
  });
  fc.assert(
    fc.property(any, (it) => {
      const { state, until, reason } = healthOf(it, NOW);
      if (state === 'ok' || state === 'unused') expect([until, reason]).toEqual([null, null]);
      if (until !== null) expect(until).toBeGreaterThan(NOW);
      if (state === 'blocked') expect(until).not.toBeNull();
      if (state === 'incomplete') expect(reason).toBe(it.missing);
    }),
  );
});

test('every code is said in both languages, known or not', () => {
  expect(sayReason('smtp-550-5.1.1')).toEqual(sayReason('smtp-550'));
  expect(sayReason('feishu-12345').en).toContain('feishu-12345');
  expect(sayReason('constructor').zh).toContain('constructor');
  for (const code of ['no-secret', 'dingtalk-310000', 'telegram-403']) {
    expect(sayReason(code).zh).toMatch(/[一-龥].*。$/);
    expect(sayReason(code).en).not.toMatch(/[一-龥]/);
  }
});
