// Two kinds of tests: `unit` needs nothing, `e2e` runs on a real PostgreSQL and a real Temporal.
// A test says which it is by what it imports: the real parts come from the files named below, nothing else.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { REAL_PARTS } from './scripts/real-parts.mjs';

const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => path.posix.join('test', name.replaceAll(path.sep, '/')));
const real = tests.filter((file) => REAL_PARTS.test(readFileSync(file, 'utf8')));

const SEED = 'test/support/seed.ts';
/** Loading the same modules anew for each file took a quarter of the time; no file leaves anything behind in them. */
const isolate = false;
const env = { TZ: 'UTC', KINDLING_OFFLINE: '1' };

/** What outlasts kills and deadlines, or drives a browser, goes first: nothing should wait for it alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean => /\/test\/(e2e|editor)\//.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: real,
          env,
          isolate,
          setupFiles: SEED,
          maxWorkers: 2,
          // Hostile input has bounds of its own; a busy machine is no defect.
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: real.length > 0 ? real : ['test/e2e/**/*.test.ts'],
          env,
          isolate,
          globalSetup: 'test/support/global-setup.ts',
          setupFiles: SEED,
          // They share one Temporal server and one PostgreSQL, but neither queues nor databases. Most of them wait most of
          // their time (a kill with its deadlines: 87 s, of which a processor works 41), so there are more than cores.
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
          testTimeout: 400_000,
          hookTimeout: 400_000,
          // A look at the page or the database is repeated until it is as expected; a busy machine takes its time.
          expect: { poll: { timeout: 120_000, interval: 100 } },
        },
      },
    ],
  },
});
