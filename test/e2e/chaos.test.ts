// One minute of chaos; more of it, and other seeds: npm run chaos -- --minutes N --seed S
import { expect, test } from 'vitest';
import { chaos } from '../support/temporal-chaos.ts';

/** With it, each of the four parts is killed at least once within a minute. */
const SEED = 4;

test('a minute of kills at random breaks no invariant, and everybody is served', async () => {
  const outcome = await chaos({ minutes: 1, seed: SEED }, () => {});
  expect(outcome).toMatchObject({ unfinished: 0, wrong: [], breaches: [] });
  expect(outcome.served).toBeGreaterThan(0);
}, 600_000);
