// Runs the published figures one after the other and prints one JSON line for each; the last results stay in bench/results.json.
// Not a test: a figure is read beside its reference, which the same run measured on the same machine.
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { performancePage } from '../scripts/docs/performance.ts';
import type { Figure } from './figure.ts';

/** Some figures come out of one run and are measured together, whichever of them is asked for. */
type Bench = () => Promise<{ bench: () => Promise<Figure | readonly Figure[]> }>;

const cohort: Bench = () => import('./cohort.ts');
const growth: Bench = () => import('./hundred-thousand.ts');
const editor: Bench = () => import('./editor.ts');

const figures: Readonly<Record<string, Bench>> = {
  'compile-1000-nodes': () => import('./compile-1000-nodes.ts'),
  'rehearse-10k-21d': () => import('./rehearse-10k-21d.ts'),
  'advance-10k': () => import('./advance-10k.ts'),
  'three-steps-latency': () => import('./three-steps-latency.ts'),
  'idle-memory': () => import('./idle-memory.ts'),
  'import-100k': () => import('./import-100k.ts'),
  'events-per-member-step': cohort,
  'member-steps-per-second': cohort,
  'ledger-rate': cohort,
  'all-rows-rate': cohort,
  'hundred-thousand': growth,
  growth,
  'ingest-rate': () => import('./ingest-rate.ts'),
  'shard-memory': () => import('./shard-memory.ts'),
};

/** What `npm run bench:editor` measures: it needs a browser. */
const ofEditor: Readonly<Record<string, Bench>> = {
  'first-page': editor,
  'pan-300': editor,
  'drag-300': editor,
  'problems-300': editor,
  'undo-300': editor,
  'pan-1000': editor,
  'rehearse-in-page': editor,
};

const resultsFile = path.join(import.meta.dirname, 'results.json');
const pageFile = path.join(import.meta.dirname, '../docs/performance.md');

async function main(argv: readonly string[]): Promise<number> {
  const known = argv.includes('--editor') ? ofEditor : figures;
  const at = argv.indexOf('--only');
  const only = at < 0 ? undefined : argv[at + 1];
  if (at >= 0 && (only === undefined || !(only in known))) {
    process.stderr.write(`--only takes one of: ${Object.keys(known).join(', ')}\n`);
    return 2;
  }
  const wanted = Object.entries(known).flatMap(([name, load]) =>
    only === undefined || name === only ? [load] : [],
  );
  let failed = 0;
  for (const load of new Set(wanted)) {
    const measured = await (await load()).bench();
    for (const figure of 'name' in measured ? [measured] : measured) {
      process.stdout.write(`${JSON.stringify(figure)}\n`);
      remember(figure);
      if (!figure.ok) failed++;
    }
  }
  return failed === 0 ? 0 : 1;
}

function remember(figure: Figure): void {
  const all: Record<string, unknown> = existsSync(resultsFile)
    ? JSON.parse(readFileSync(resultsFile, 'utf8'))
    : {};
  all[figure.name] = {
    ...figure,
    measured: new Date().toISOString(),
    machine: `${process.platform}-${process.arch}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  };
  const sorted = Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => a.localeCompare(b)));
  writeFileSync(resultsFile, `${JSON.stringify(sorted, null, 2)}\n`);
  writeFileSync(pageFile, performancePage());
}

process.exitCode = await main(process.argv.slice(2));
