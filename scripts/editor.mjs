// Builds the editor's static files below dist/, in a folder named by the state of its sources. The server serves what is there,
// and begins a build when there is none: a fresh clone answers at once, and shows the editor some seconds later.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { fingerprintOf, root } from './prepare.mjs';

const dist = path.join(root, 'dist');
// In tests React says what it does not like; people get the small and quick one, whoever builds it.
const isWatched = process.env['NODE_ENV'] === 'test';

/** Where the files of the present sources are, or will be. */
export function editorFolder() {
  const sealed = path.join(dist, 'editor-sealed');
  if (existsSync(sealed)) return sealed;
  const state = fingerprintOf(
    ['editor', 'engine', 'playbooks'],
    /\.(ts|tsx|css|html|json)$/,
    import.meta.filename,
  );
  return path.join(dist, `editor-${state}${isWatched ? '-watched' : ''}`);
}

/** Builds it unless it is there. */
export function buildEditor() {
  const folder = editorFolder();
  if (existsSync(folder)) return folder;
  const aside = `${folder}.${process.pid}`;
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', '--outDir', aside, '--logLevel', 'warn'];
  const env = { ...process.env, NODE_ENV: isWatched ? 'test' : 'production' };
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('The editor could not be built.');
  compress(aside);
  try {
    renameSync(aside, folder);
  } catch {
    rmSync(aside, { recursive: true, force: true }); // Another process built the same.
  }
  for (const name of readdirSync(dist)) {
    const old = path.join(dist, name);
    if (/^editor-[0-9a-f]{16}(-watched)?$/.test(name) && !old.startsWith(folder.replace('-watched', '')))
      rmSync(old, { recursive: true, force: true });
  }
  return folder;
}

/** Each file also as it travels best, made once: a server that compresses at every request costs more than it saves. */
function compress(folder) {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|css|html|svg)$/.test(name)) continue;
    const file = path.join(folder, name);
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
  }
}

if (process.argv[1] === import.meta.filename) {
  // An image carries one build and no compiler.
  if (process.argv[2] === '--seal') renameSync(buildEditor(), path.join(dist, 'editor-sealed'));
  else buildEditor();
}
