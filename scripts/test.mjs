// `npm test`: sets up what is missing, runs every check and every test, and sums them in its last line.
// `--quick` leaves out what needs servers, `--check` leaves out all tests but the architecture's.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { provideChromium } from './chromium.mjs';
import { buildEditor } from './editor.mjs';
import { prepare, root } from './prepare.mjs';
import { REAL_PARTS } from './real-parts.mjs';

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
  const first = await vitest(scope, report);
  const again = mode === '--all' && first.outside === 0 ? realParts(first.files) : [];
  const second = again.length > 0 ? await vitest(again, report) : { files: [], outside: 0 };
  rmSync(folder, { recursive: true });
  const files = [...first.files.filter(({ name }) => !again.includes(name)), ...second.files];
  for (const name of again) {
    const failedAgain = second.files.some((file) => file.name === name && file.failed > 0);
    if (!failedAgain)
      process.stdout.write(
        `! unsteady: ${path.relative(root, name)} failed among the others and passed alone\n`,
      );
  }
  for (const file of files) {
    passed += file.passed;
    failed += file.failed;
  }
  failed += first.outside + second.outside;
}

/** One run of the tests named: what each file passed and failed, and 1 where something failed outside of any test. */
async function vitest(scope, report) {
  rmSync(report, { force: true });
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...scope];
  const { code } = await run(tool('vitest'), args, 'inherit');
  if (!existsSync(report)) return { files: [], outside: 1 };
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const files = testResults.map(({ name, status, assertionResults }) => {
    const having = (wanted) => assertionResults.filter((test) => test.status === wanted).length;
    // A file that could not be loaded has no tests to fail, so it counts as one.
    const broken = status === 'failed' && having('failed') === 0 ? 1 : 0;
    return { name, passed: having('passed'), failed: having('failed') + broken };
  });
  return { files, outside: code !== 0 && files.every((file) => file.failed === 0) ? 1 : 0 };
}

/**
 * The failed files that use real parts, if they are few. Processes, sockets and a browser on a machine that does
 * other work can be late for once: such a file gets one more try, alone, and is named if that passes.
 */
function realParts(files) {
  const bad = files.filter((file) => file.failed > 0).map(({ name }) => name);
  const real = bad.filter((name) => REAL_PARTS.test(readFileSync(name, 'utf8')));
  return real.length <= 3 ? real : [];
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
