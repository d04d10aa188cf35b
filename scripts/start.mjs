// `npm start`: makes the clone runnable, then hands over to server/start/main.ts.
import path from 'node:path';
import { prepare, root } from './prepare.mjs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Kindling needs Node 20.19 or newer, this is ${process.version}.\n`);
  process.stderr.write(`Kindling 需要 Node 20.19 或更新版本，当前是 ${process.version}。\n`);
  process.exit(1);
}
await prepare();
const { start } = await import('./bundle.mjs');
const { main } = await start('start', process.argv.slice(2));
process.exitCode = await main((name) => [path.join(root, 'bin', 'kindling.mjs'), name]);
