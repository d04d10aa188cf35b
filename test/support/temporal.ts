// The Temporal server of this run, for tests that start workers and workflows on it.
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import './provided.ts';

/** Where the server of this run answers, and a task queue that no other test uses. */
export function temporalOfThisRun(): { address: string; namespace: string; taskQueue: string } {
  return { ...inject('temporal'), taskQueue: `test-${randomBytes(6).toString('hex')}` };
}
