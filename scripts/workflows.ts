// `kindling workflows`: builds the workflow code where the workers of this data folder look for it.
// A worker builds it too when it is missing, but keeps the memory that this takes; this process gives it back.
import path from 'node:path';
import { readSettings } from '../server/settings.ts';
import { workflowBundle } from '../workers/bundle.ts';

const { codePath } = await workflowBundle(path.join(readSettings().home, 'workflows'));
process.stdout.write(`${codePath}\n`);
