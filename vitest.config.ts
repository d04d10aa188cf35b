// Two kinds of tests: `unit` needs nothing, `e2e` runs on a real PostgreSQL and a real Temporal.
// A test says which it is by what it imports: the real parts come from the files named below, nothing else.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { REAL_PARTS } from './scripts/real-parts.mjs';

const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => path.posix.join('test', name.replaceAll(path.sep, '/')));
const real = tests.filter((file) => REAL_PARTS.test(readFileSync(file, 'utf8')));

const SEED = 'test/support/seed.ts';
const env = { TZ: 'UTC', KINDLING_OFFLINE: '1' };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: real,
          env,
          setupFiles: SEED,
          // Hostile input has bounds of its own; a busy machine is no defect.
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: real.length > 0 ? real : ['test/e2e/**/*.test.ts'],
          env,
          globalSetup: 'test/support/global-setup.ts',
          setupFiles: SEED,
          // They share one Temporal server and one PostgreSQL, but neither queues nor databases, and mostly wait.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A look at the page or the database is repeated until it is as expected; a busy machine takes its time.
          expect: { poll: { timeout: 60_000, interval: 100 } },
        },
      },
    ],
  },
});
