// What conditions and texts know of a run: days in its zone, instants that can be compared, numbers by their names.
import { expect, test } from 'vitest';
import { metricsContext, paramsContext, runContext } from '../../engine/context.ts';
import { anchorsIn } from '../../engine/effects/instant.ts';
import { parseInstant } from '../../engine/instant.ts';
import { measureMetric } from '../../engine/metrics.ts';
import { evaluateCondition } from '../../engine/language/condition.ts';
import { renderText } from '../../engine/language/text.ts';
import type { Plan } from '../../engine/plan.ts';

const zone = 'Asia/Shanghai';
const plan = { title: { 'zh-CN': '双十二', en: 'Sale' }, locales: ['zh-CN'], zone } as unknown as Plan;
const at = (iso: string): number => parseInstant(iso)!;

test('days of a run are counted on its own calendar', () => {
  const startedAt = at('2026-12-01T23:30:00+08:00');
  const known = { id: 'r', plan, startedAt, tags: [], attributes: {} };
  expect(runContext({ ...known, now: startedAt })).toMatchObject({ name: '双十二', day: 1 });
  expect(runContext({ ...known, now: at('2026-12-02T00:00:00+08:00') })).toMatchObject({ day: 2 });
});

test('what steps note about the run cannot hide what it is', () => {
  const values = { id: 'r', plan, startedAt: 0, now: 0, tags: ['a'], attributes: { day: 99, level: 3 } };
  expect(runContext(values)).toMatchObject({ day: 1, level: 3, tags: ['a'] });
});

test('a local date can be compared and said', () => {
  const params = { T: '2026-12-05T20:00', topic: '厨房' };
  const context = { params: paramsContext(params, anchorsIn(params, zone)) };
  expect(context.params).toEqual({ T: '2026-12-05T12:00:00.000Z', topic: '厨房' });
  expect(evaluateCondition('instant(params.T) > timestamp("2026-12-05T11:59:00Z")', context)).toBe(true);
  expect(renderText('{{ params.T | when: "time" }}', context, { zone, locale: 'zh-CN' })).toEqual({
    text: '20:00',
  });
});

test('metrics without a value are absent, and reported numbers have names of their own', () => {
  const none = { signUps: 3, reached: 5, marketing: 0, optOuts: 0, complaints: 0, delivered: 5, failed: 0 };
  const counts = { ...none, reported: { heads: 7 } };
  const names = ['sign_ups', 'reach', 'sign_up_rate', 'opt_out', 'complaints'];
  expect(metricsContext(names, (name) => measureMetric(name, counts), counts.reported)).toEqual({
    sign_ups: 3,
    reach: 5,
    complaints: 0,
    reported_heads: 7,
  });
});
