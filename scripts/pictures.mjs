// `npm run docs:pictures`: takes the pictures in docs/pictures again, from the product as it is: server, worker, Temporal,
// PostgreSQL and a Chromium of this machine. What is done in front of the camera stands in test/editor/pictures.test.ts.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { provideChromium } from './chromium.mjs';
import { root } from './prepare.mjs';

/** Everybody who clones the repository carries them. */
const LARGEST = 150_000;

const folder = path.join(root, 'docs', 'pictures');
provideChromium();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
const which = ['test/editor/pictures.test.ts', '-t', 'as the documentation shows them'];
const { status } = spawnSync(process.execPath, [vitest, 'run', ...which], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, KINDLING_PICTURES: folder },
});
const heavy = readdirSync(folder).filter((name) => statSync(path.join(folder, name)).size > LARGEST);
for (const name of heavy) process.stderr.write(`${name} is larger than ${LARGEST / 1000} kB.\n`);
process.exit(status !== 0 || heavy.length > 0 ? 1 : 0);
