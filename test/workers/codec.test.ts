// Plans travel by name: the codec puts them in, touches nothing else, and asks once.
import { expect, test } from 'vitest';
import { planCodec } from '../../workers/codec.ts';

const encoder = new TextEncoder();
const payload = (value: unknown) => ({
  metadata: { encoding: encoder.encode('json/plain') },
  data: encoder.encode(JSON.stringify(value)),
});
const hash = 'a'.repeat(64);

test('a name becomes the plan, and everything else stays as it is', async () => {
  const codec = planCodec(async (asked) => encoder.encode(`plan ${asked}`));
  const others = [payload({ $plan: 'short' }), payload('x'.repeat(75)), { metadata: {} }];
  const decoded = await codec.decode([...others, payload({ $plan: hash })]);
  expect(decoded.slice(0, 3)).toEqual(others);
  expect(new TextDecoder().decode(decoded[3]?.data ?? undefined)).toBe(`plan ${hash}`);
});

test('what is sent stands in the history as it is', async () => {
  const codec = planCodec(() => Promise.reject(new Error('nobody asks')));
  const sent = [payload({ $plan: hash })];
  expect(await codec.encode(sent)).toEqual(sent);
});

test('a plan is asked for once, and again after a failure', async () => {
  let asked = 0;
  const codec = planCodec(async () => {
    asked += 1;
    if (asked === 1) throw new Error('the database is away');
    return encoder.encode('plan');
  });
  for (let i = 0; i < 3; i++) await codec.decode([payload({ $plan: hash })]);
  expect(asked).toBe(2);
});
