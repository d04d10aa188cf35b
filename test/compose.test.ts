// docker-compose.yml speaks of settings that exist, and gives Temporal what the embedded one gets.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { declarations } from '../server/settings.ts';
import { DYNAMIC } from '../server/start/temporal-config.ts';

const compose = readFileSync('docker-compose.yml', 'utf8');

test('every setting it names is declared', () => {
  const known = new Set(Object.values(declarations).map(({ env }) => env));
  const named = [...compose.matchAll(/\b(?:KINDLING_[A-Z_]+|DATABASE_URL|TEMPORAL_ADDRESS)\b/g)].map(
    ([name]) => name,
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
});

test.each(Object.entries(DYNAMIC))('its Temporal has %s', (name, value) => {
  expect(compose).toContain(`${name}: [{value: ${value}}]`);
});
