// The workflow code as one file, built once for each state of its sources and kept beside other built things.
// Workers, replay tests and benchmarks all run this same file.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const HERE = import.meta.dirname;
const ROOT = path.join(HERE, '..');
/** Where code lives that a workflow may reach. */
const SOURCES = ['engine', 'workers/workflows', 'workers/contract.ts', 'workers/packed'];

const PURE = [
  'engine/run/advance.ts',
  'engine/run/pack.ts',
  'engine/steps/index.ts',
  'workers/contract.ts',
  'workers/packed/columns.ts',
  'workers/packed/payloads.ts',
  'workers/packed/settlement.ts',
];

/** The bundle of the present sources, as a file below `folder`; built when it is not there yet (about three seconds). */
export async function workflowBundle(folder: string): Promise<{ readonly codePath: string }> {
  const codePath = path.join(folder, `workflows-${fingerprint()}.cjs`);
  if (existsSync(codePath)) return { codePath };
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(HERE, 'workflows', 'index.ts'),
    // Pure code is evaluated once a thread instead of once a workflow: it holds nothing that belongs to one.
    preloadModules: PURE.map((file) => path.join(ROOT, file)),
    logger: new DefaultLogger('ERROR'),
  });
  mkdirSync(folder, { recursive: true });
  // Two workers that start together both build; whoever is later replaces the file by its equal.
  const aside = `${codePath}.${process.pid}`;
  writeFileSync(aside, code);
  renameSync(aside, codePath);
  return { codePath };
}

/** A bundle belongs to its sources and to the exact SDK that made it. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const require = createRequire(import.meta.url);
  hash.update((require('@temporalio/worker/package.json') as { version: string }).version);
  hash.update(readFileSync(import.meta.filename));
  for (const source of SOURCES) {
    for (const file of filesOf(path.join(ROOT, source)))
      hash.update(file).update(readFileSync(path.join(ROOT, source, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

function filesOf(source: string): string[] {
  if (source.endsWith('.ts')) return [''];
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted();
}
