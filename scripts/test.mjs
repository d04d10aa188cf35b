// `npm test`: sets up what is missing, runs every check and every test, and sums them in its last line.
// `--quick` leaves out what needs servers, `--check` leaves out all tests but the architecture's.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { provideChromium } from './chromium.mjs';
import { buildEditor } from './editor.mjs';
import { prepare, root } from './prepare.mjs';

const mode = process.argv[2] ?? '--all';
const folders = [
  'engine',
  'editor',
  'playbooks',
  'workers',
  'server',
  'prisma',
  'scripts',
  'bin',
  'test',
  'bench',
].filter((folder) => existsSync(path.join(root, folder)));
const tool = (name) => path.join(root, 'node_modules', '.bin', name);

const checks = [
  { name: 'format', command: tool('oxfmt'), args: ['--check', '.'] },
  { name: 'lint', command: tool('oxlint'), args: ['--type-aware', '--quiet', ...folders] },
  { name: 'types', command: tool('tsc'), args: ['--noEmit', '-p', '.'] },
  { name: 'types of the editor', command: tool('tsc'), args: ['--noEmit', '-p', 'editor'] },
  { name: 'types of the engine', command: tool('tsc'), args: ['--noEmit', '-p', 'engine'] },
  { name: 'dead code', command: tool('knip'), args: ['--no-progress'] },
];

const began = Date.now();
await prepare();
let passed = 0;
let failed = 0;
for (const { name, command, args } of checks) {
  const start = Date.now();
  const { code, output } = await run(command, args);
  if (code === 0) passed++;
  else failed++;
  process.stdout.write(
    `${code === 0 ? '✓' : '✗'} ${name} (${Date.now() - start} ms)\n${code === 0 ? '' : output}`,
  );
}
if (mode === '--all') await provision();
await tests();
process.stdout.write(`${Math.round((Date.now() - began) / 1000)} s\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** What takes minutes is made before the tests, so that it is no test's timeout: Temporal, a browser, the editor's files. */
async function provision() {
  const script = path.join(root, 'scripts', 'temporal.ts');
  const { code } = await run(tool('tsx'), [script], 'inherit');
  if (code !== 0) failed++;
  provideChromium();
  buildEditor();
}

async function tests() {
  const folder = mkdtempSync(path.join(tmpdir(), 'kindling-report-'));
  const report = path.join(folder, 'report.json');
  const scope = {
    '--all': [],
    '--quick': ['--project', 'unit'],
    '--check': ['test/architecture.test.ts', '--project', 'unit'],
  }[mode];
  if (scope === undefined)
    throw new Error(`${mode} is not known: --quick, --check, or nothing for everything.`);
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...scope];
  const { code } = await run(tool('vitest'), args, 'inherit');
  const counts = existsSync(report)
    ? count(JSON.parse(readFileSync(report, 'utf8')))
    : { passed: 0, failed: 1 };
  rmSync(folder, { recursive: true });
  passed += counts.passed;
  // An error outside of any test fails the run although every test passed.
  failed += code !== 0 && counts.failed === 0 ? 1 : counts.failed;
}

/** A file that could not be loaded has no tests to fail, so it counts as one. */
function count({ numPassedTests, numFailedTests, testResults }) {
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}

function run(command, args, stdio = 'pipe') {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', stdio, stdio],
      shell: process.platform === 'win32',
      env: { ...process.env, TZ: 'UTC', KINDLING_OFFLINE: process.env.KINDLING_OFFLINE ?? '1' },
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', reject).on('close', (code) => resolve({ code, output }));
  });
}
