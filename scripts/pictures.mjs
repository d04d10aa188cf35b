// `npm run docs:pictures`: takes the pictures in docs/pictures again, from the product as it is: server, worker, Temporal,
// PostgreSQL and a Chromium of this machine. What is done in front of the camera stands in the tests named below.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { provideChromium } from './chromium.mjs';
import { root } from './prepare.mjs';

/** Everybody who clones the repository carries them. */
const LARGEST = 250_000;
/** Pages behind links are looked at in many states; the documentation shows one of each. */
const BEHIND_LINKS = {
  'staff-zh-task': 'zh-link-task',
  'staff-en-task': 'en-link-task',
  'join-invitation-zh': 'zh-invitation',
  'join-invitation-en': 'en-invitation',
  'member-zh-preferences': 'zh-preferences',
  'member-en-preferences': 'en-preferences',
};

const folder = path.join(root, 'docs', 'pictures');
const all = mkdtempSync(path.join(tmpdir(), 'kindling-pictures-'));
provideChromium();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const failed = [
  take(folder, ['test/editor/pictures.test.ts', '-t', 'as the documentation shows them']),
  take(all, ['test/server/pages-browser.test.ts']),
].some((status) => status !== 0);
if (!failed)
  for (const [from, to] of Object.entries(BEHIND_LINKS))
    copyFileSync(path.join(all, `${from}.png`), path.join(folder, `${to}.png`));
rmSync(all, { recursive: true });
const heavy = readdirSync(folder).filter((name) => statSync(path.join(folder, name)).size > LARGEST);
for (const name of heavy) process.stderr.write(`${name} is larger than ${LARGEST / 1000} kB.\n`);
process.exitCode = failed || heavy.length > 0 ? 1 : 0;

/** The exit code of a test that leaves its pictures in a folder. */
function take(into, which) {
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  return spawnSync(process.execPath, [vitest, 'run', ...which], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, KINDLING_PICTURES: into },
  }).status;
}
