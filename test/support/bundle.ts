// The workflow bundle of the present sources, built once and shared by all test files and runs.
import path from 'node:path';
import { readSettings } from '../../server/settings.ts';
import { workflowBundle } from '../../workers/bundle.ts';

/** The bundle as a file. */
export function bundleOfThisRun(): Promise<{ readonly codePath: string }> {
  return workflowBundle(path.join(readSettings().cache, 'workflows'));
}
