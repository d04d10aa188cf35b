// Metrics: formulas over counts, and silence where too few stand behind a rate.
import { expect, test } from 'vitest';
import { isMetric, measureMetric, type Counts } from '../../engine/metrics.ts';

const counts = (more: Partial<Counts> = {}): Counts => ({
  signUps: 0,
  reached: 0,
  marketing: 0,
  optOuts: 0,
  complaints: 0,
  delivered: 0,
  failed: 0,
  reported: {},
  ...more,
});

test.each<[string, Partial<Counts>, number | undefined, number]>([
  ['sign_ups', { signUps: 12 }, 12, 12],
  ['reach', { reached: 340 }, 340, 340],
  ['complaints', {}, 0, 0],
  ['sign_up_rate', { signUps: 8, reached: 100 }, 0.08, 100],
  ['sign_up_rate', { signUps: 8, reached: 19 }, undefined, 19],
  ['opt_out', { optOuts: 1, marketing: 200 }, 0.005, 200],
  ['opt_out', { optOuts: 1, delivered: 200 }, undefined, 0],
  ['error_rate', { failed: 5, delivered: 95 }, 0.05, 100],
  ['error_rate', { failed: 0, delivered: 20 }, 0, 20],
  ['reported.heads', { reported: { heads: 42 } }, 42, 1],
  ['reported.heads', {}, undefined, 0],
  ['reported.constructor', {}, undefined, 0],
  ['constructor', {}, undefined, 0],
])('%s of %j is %s', (name, some, value, n) => {
  expect(measureMetric(name, counts(some))).toEqual(value === undefined ? { n } : { value, n });
});

test('metrics are those that are computed, and those that people report', () => {
  expect(['sign_ups', 'reported.heads'].map(isMetric)).toEqual([true, true]);
  expect(['reported.', 'gmv', 'toString', ''].map(isMetric)).toEqual([false, false, false, false]);
});
