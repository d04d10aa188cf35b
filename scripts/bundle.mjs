// Turns each process into one JavaScript file below dist/, named by the state of its sources: nothing is compiled at run time.
// Packages stay outside; `import.meta` keeps pointing at the source files, so data beside them is found.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { editorFolder } from './editor.mjs';
import { fingerprintOf, root } from './prepare.mjs';

const dist = path.join(root, 'dist');
const KEPT = 3;

/** Every process and its source. */
const ENTRIES = {
  start: 'server/start/main.ts',
  migrate: 'server/start/migrate.ts',
  server: 'server/server.ts',
  worker: 'workers/worker.ts',
  workflows: 'scripts/workflows.ts',
  compute: 'workers/compute/thread.ts',
  cli: 'server/cli/main.ts',
};

/** Builds what changed since the last time; returns the folder of the build. */
export function bundle() {
  const sealed = path.join(dist, 'sealed');
  if (existsSync(sealed)) return sealed;
  const build = path.join(dist, fingerprint());
  if (existsSync(build)) return build;
  const aside = `${build}.${process.pid}`;
  compileElsewhere(aside);
  try {
    renameSync(aside, build);
  } catch {
    rmSync(aside, { recursive: true, force: true }); // Another process built the same.
  }
  forgetOldBuilds();
  return build;
}

/** Runs one of the processes in this one, as if its source had been started. */
export async function start(name, args) {
  const build = process.env.KINDLING_BUILD ?? bundle();
  process.env.KINDLING_BUILD = build;
  process.env.KINDLING_EDITOR ??= editorFolder();
  process.argv = [process.execPath, path.join(root, ENTRIES[name]), ...args];
  return import(pathToFileURL(path.join(build, `${name}.mjs`)).href);
}

/** In a process of its own: the compiler's memory is given back when it ends. */
function compileElsewhere(outdir) {
  const { status } = spawnSync(process.execPath, [import.meta.filename, '--compile', outdir], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) process.exit(1); // The compiler has printed what is wrong.
}

async function compile(outdir) {
  const { build } = await import('esbuild');
  const entryPoints = Object.entries(ENTRIES)
    .filter(([, source]) => existsSync(path.join(root, source)))
    .map(([out, source]) => ({ out, in: path.join(root, source) }));
  await build({
    entryPoints,
    outdir,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'error',
    plugins: [{ name: 'keep-place', setup: keepPlace }],
  });
}

/** Replaces `import.meta.url` and its kin by the place of the source file. */
function keepPlace({ onLoad }) {
  onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
    const place = {
      url: pathToFileURL(file).href,
      filename: file,
      dirname: path.dirname(file),
    };
    const contents = readFileSync(file, 'utf8').replace(
      /\bimport\.meta\.(url|filename|dirname)\b/g,
      (_, name) => JSON.stringify(place[name]),
    );
    return { contents, loader: 'ts', resolveDir: path.dirname(file) };
  });
}

/** Changes with every source file; looks at names, sizes and times only. */
const fingerprint = () =>
  fingerprintOf(
    ['engine', 'playbooks', 'workers', 'server', 'prisma', 'generated'],
    /\.(ts|json)$/,
    import.meta.filename,
  );

function forgetOldBuilds() {
  mkdirSync(dist, { recursive: true });
  readdirSync(dist)
    .filter((name) => !name.startsWith('editor'))
    .map((name) => path.join(dist, name))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    .slice(KEPT)
    .forEach((build) => rmSync(build, { recursive: true, force: true }));
}

if (process.argv[1] === import.meta.filename) {
  const [option, outdir] = process.argv.slice(2);
  // The compiler has printed what is wrong.
  if (option === '--compile') await compile(outdir).catch(() => (process.exitCode = 1));
  // An image carries one build and no compiler.
  else if (option === '--seal') renameSync(bundle(), path.join(dist, 'sealed'));
  else bundle();
}
