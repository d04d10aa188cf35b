// One minute of chaos; more of it, and other seeds: npm run chaos -- --minutes N --seed S
import { expect, test } from 'vitest';
import { chaos } from '../support/temporal-chaos.ts';

const SEED = 4;
/** Of one journey, see support/temporal-chaos.ts. */
const MEMBERS = 60;

test('a minute of kills at random breaks no invariant, and everybody is served', async () => {
  const outcome = await chaos({ minutes: 1, seed: SEED }, () => {});
  expect(outcome).toMatchObject({ unfinished: 0, breaches: [] });
  expect(outcome.served % MEMBERS).toBe(0);
  expect(outcome.served).toBeGreaterThan(0);
  // Nothing went out twice but what was in doubt and tried again.
  expect(outcome.requests - outcome.served).toBeLessThanOrEqual(outcome.retried);
}, 300_000);
