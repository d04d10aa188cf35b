// Which settings fix a moment on the calendar, and which of those have passed at a start.
import { expect, test } from 'vitest';
import { fixedRules, pastMoments } from '../../../engine/calendar/moments.ts';
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
