import { describe, expect, it } from 'vitest';
import { sayDuration, sayInstant, sayTimeRule } from '../../../engine/calendar/say.ts';
import type { TimeRule } from '../../../engine/calendar/time-rule.ts';

describe('a time rule in words', () => {
  it.each([
    [{ anchor: 'T' }, 'T', 'T'],
    [{ anchor: 'T', offset: '-P3D', at: '12:00' }, 'T−3天 12:00', 'T−3d 12:00'],
    [{ anchor: 'T', offset: '-PT30M' }, 'T−30分钟', 'T−30min'],
    [{ anchor: 'T', offset: 'P1DT2H' }, 'T+1天2小时', 'T+1d2h'],
    [{ anchor: 'start', offset: 'P0D', at: '09:00' }, 'start 09:00', 'start 09:00'],
    [{ at: '20:00' }, '下一个 20:00', 'next 20:00'],
    [{ at: '20:00', days: ['mon', 'fri'] }, '下一个 周一、周五 20:00', 'next 20:00 on Mon, Fri'],
    [{ at: '20:00', after: 'P1D' }, '1天后的下一个 20:00', 'next 20:00, at least 1 day from now'],
    [{ date: '2026-12-01T20:00' }, '2026-12-01 20:00', '2026-12-01 20:00'],
    [{ for: 'P1DT2H' }, '1天2小时后', 'after 1 day 2 hours'],
    [
      { for: 'PT48H', window: { from: '09:00', to: '21:00' } },
      '48小时后（限 09:00–21:00）',
      'after 48 hours (only 09:00–21:00)',
    ],
    [{ for: 'soon' }, 'soon后', 'after soon'],
  ] satisfies [TimeRule, string, string][])('%j', (rule, zh, en) => {
    expect(sayTimeRule(rule, 'zh-CN')).toBe(zh);
    expect(sayTimeRule(rule, 'en')).toBe(en);
  });
});

describe('a duration in words', () => {
  it.each([
    [
      'P1Y2M3W4DT5H6M7.5S',
      '1年2个月3周4天5小时6分钟7.5秒',
      '1 year 2 months 3 weeks 4 days 5 hours 6 minutes 7.5 seconds',
    ],
    ['PT1M', '1分钟', '1 minute'],
    ['PT0S', '0秒', '0 seconds'],
    ['?', '?', '?'],
  ])('%s', (iso, zh, en) => {
    expect(sayDuration(iso, 'zh-CN')).toBe(zh);
    expect(sayDuration(iso, 'en')).toBe(en);
  });
});

describe('an instant in words', () => {
  const instant = Date.UTC(2026, 11, 5, 12, 5);

  it.each([
    ['Asia/Shanghai', 'zh-CN', 'full', '12月5日 周六 20:05'],
    ['Asia/Shanghai', 'en', 'full', 'Sat 5 Dec, 20:05'],
    ['Asia/Shanghai', 'zh-CN', 'year', '2026年12月5日 周六 20:05'],
    ['Asia/Shanghai', 'en', 'year', 'Sat 5 Dec 2026, 20:05'],
    ['Asia/Shanghai', 'zh-CN', 'date', '12月5日 周六'],
    ['Asia/Shanghai', 'en', 'date', 'Sat 5 Dec'],
    ['Asia/Shanghai', 'en', 'time', '20:05'],
    ['Pacific/Auckland', 'en', 'full', 'Sun 6 Dec, 01:05'],
    ['America/New_York', 'zh-CN', 'full', '12月5日 周六 07:05'],
  ] as const)('%s %s %s: %s', (zone, locale, style, expected) => {
    expect(sayInstant(instant, zone, locale, style)).toBe(expected);
  });

  it('needs a zone that exists', () => {
    expect(sayInstant(instant, 'Mars/Olympus', 'en')).toBeUndefined();
  });
});
