#!/usr/bin/env node
// `kindling …`: the command line, and the processes `server`, `worker`, `migrate` and `workflows` of an installation.
// It compiles what changed and hands over; what the commands do stands in server/cli/, server/ and workers/.
import { start } from '../scripts/bundle.mjs';
import { dependenciesFit, prepare, sealed } from '../scripts/prepare.mjs';

const PROCESSES = new Set(['server', 'worker', 'migrate', 'workflows']);

const [command = '', ...rest] = process.argv.slice(2);
if (!sealed() && !dependenciesFit()) await prepare();
// With arguments the command line explains that these processes take none.
if (PROCESSES.has(command) && rest.length === 0) {
  process.env.TZ = 'UTC';
  // When `npm start` is killed its children end, so that the next one finds no strangers at work.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
  await start(command, []);
} else {
  await start('cli', process.argv.slice(2));
}
