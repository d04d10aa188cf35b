// Which settings fix a moment on the calendar, and which of those have passed at a start.
import { describe, expect, test } from 'vitest';
import { datedParams, fixedRules, pastMoments } from '../../../engine/calendar/moments.ts';
import type { PlanNode } from '../../../engine/plan.ts';

test('moments are found wherever they stand, and nothing else is one', () => {
  const config = {
    until: { anchor: 'T', offset: '-P1D', at: '12:00' },
    due: { for: 'P2D' },
    daily: { at: '09:00', days: ['mon'] },
    list: [{ when: { date: '2026-12-05T20:00', window: { from: '09:00', to: '21:00' } } }],
    // A body that is sent elsewhere only looks like one.
    body: { date: 'tomorrow', anchor: 7 },
    note: null,
  };
  expect(fixedRules(config).map(({ pointer }) => pointer)).toEqual(['/until', '/list/0/when']);
  for (const value of [null, 7, 'x', [], {}]) expect(fixedRules(value)).toEqual([]);
});

test('what lies before the start has passed, earliest first', () => {
  const wait = (id: string, config: object) => ({ id, config: { until: config } }) as unknown as PlanNode;
  const nodes = [
    wait('late', { anchor: 'T', offset: '-PT1S' }),
    wait('now', { anchor: 'T' }),
    wait('early', { anchor: 'T', offset: '-P3D', at: '12:00' }),
    wait('dated', { date: '2026-12-04T20:00' }),
    wait('unknown', { anchor: 'X' }),
    wait('ahead', { for: 'PT1S' }),
  ];
  const start = Date.parse('2026-12-05T20:00:00+08:00');
  const plan = { nodes, zone: 'Asia/Shanghai' };
  expect(pastMoments(plan, { T: start }, start).map(({ node }) => node)).toEqual(['early', 'dated', 'late']);
  expect(pastMoments(plan, { T: start }, start - 4 * 86_400_000)).toEqual([]);
});

describe('a date that counts from the launch', () => {
  const date = { type: 'string', format: 'date-time' };
  const document = {
    params: { type: 'object', properties: { T: date, note: { type: 'string' } } },
    zone: 'Europe/Berlin',
  } as never;
  // Friday before the clocks go forward.
  const launch = Date.parse('2027-03-26T09:00:00+01:00');
  test.each([
    [{ for: 'PT48H' }, '2027-03-28T08:00:00.000Z'],
    // The same time of day three days later, an hour earlier in UTC.
    [{ for: 'P3D' }, '2027-03-29T07:00:00.000Z'],
    [{ at: '20:00', days: ['sat'] }, '2027-03-27T19:00:00.000Z'],
    [{ at: '20:00', after: 'P2W', days: ['mon'] }, '2027-04-12T18:00:00.000Z'],
    [{ date: '2027-05-01T20:00' }, '2027-05-01T18:00:00.000Z'],
    ['2027-05-01T20:00', '2027-05-01T20:00'],
    // What is no rule is left to the compiler, which says so.
    [{ for: 'soon' }, { for: 'soon' }],
    [{ anchor: 'T' }, { anchor: 'T' }],
    [7, 7],
    [null, null],
  ])('%j becomes %j', (given, expected) => {
    expect(datedParams(document, { T: given }, launch)).toEqual({ T: expected });
  });

  test('and nothing else is touched', () => {
    const given = { note: { for: 'P1D' }, stranger: { for: 'P1D' }, constructor: { for: 'P1D' } } as never;
    expect(datedParams(document, given, launch)).toEqual(given);
    expect(datedParams({}, given, launch)).toEqual(given);
  });
});
