// Finds a Temporal server program for this machine, or makes one: cached, on the PATH, downloaded, built from source.
// It starts a server only to ask for its version.
import { spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Sentence } from '../settings.ts';
import { askVersion } from './temporal-api.ts';
import { choosePorts, cliArguments } from './temporal-config.ts';
import { hasEnded } from './process.ts';

/** The first server line that can skip time. */
const OLDEST = [1, 32] as const;
const SERVER_VERSION = '1.32.1';
const CLI_VERSION = 'v1.9.1';
/** How many packages `go install` compiles on an empty build cache. */
const GO_PACKAGES = 1750;
const DOWNLOADER = path.resolve(import.meta.dirname, '../../scripts/download-temporal.mjs');
const DOWNLOAD_MS = 120_000;
const PROBE_MS = 30_000;

/** A program that serves: the plain server, or the CLI with the server inside. Their data files differ. */
export interface TemporalProgram {
  readonly kind: 'server' | 'cli';
  readonly file: string;
  /** Where it came from, for people. */
  readonly says: Sentence;
}

/** Told what is happening; `done` runs from 0 to 1 where that is known. */
export type Progress = (says: Sentence, done?: number) => void;

export interface FindOptions {
  readonly cache: string;
  readonly offline: boolean;
  /** Only this kind can read the data that is already there. */
  readonly kind?: TemporalProgram['kind'] | undefined;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  readonly path?: string | undefined;
}

/** No way led to a server; the message says what was tried and what the person can do. */
export class NoTemporalError extends Error {
  readonly says: Sentence;
  constructor(tried: readonly Sentence[]) {
    const list = (of: keyof Sentence) => tried.map((it) => `\n  - ${it[of]}`).join('');
    const says = {
      zh: `没有可用的 Temporal 服务器。已经试过：${list('zh')}\n可以：安装 Go 1.26.8 或更新版本后重试；或安装 Temporal CLI v1.9 或更新版本；或用 TEMPORAL_ADDRESS 指向已有的服务器（1.32 或更新）。`,
      en: `No Temporal server could be found. Tried:${list('en')}\nWhat helps: install Go 1.26.8 or newer and start again; or install the Temporal CLI v1.9 or newer; or set TEMPORAL_ADDRESS to a server (1.32 or newer) of yours.`,
    };
    super(says.en);
    this.name = 'NoTemporalError';
    this.says = says;
  }
}

/**
 * The first program that serves, in the order cache, PATH, download, build. Building takes about ten minutes, once.
 * @throws {NoTemporalError} when none does.
 */
export async function findTemporal(options: FindOptions): Promise<TemporalProgram> {
  const tried: Sentence[] = [];
  for (const way of [cached, onPath, downloaded, built]) {
    options.signal?.throwIfAborted();
    const found = await way(options);
    if ('file' in found) return found;
    tried.push(found);
  }
  throw new NoTemporalError(tried);
}

type Way = (options: FindOptions) => Promise<TemporalProgram | Sentence>;

const serverFile = (cache: string) =>
  path.join(cache, 'temporal', `server-${SERVER_VERSION}`, executable('server'));
const cliFile = (cache: string) => path.join(cache, 'temporal', `cli-${CLI_VERSION}`, executable('temporal'));

const cached: Way = async ({ cache, kind }) => {
  const says = { zh: '早先缓存的程序', en: 'kept from an earlier start' };
  if (kind !== 'cli' && isExecutable(serverFile(cache)))
    return { kind: 'server', file: serverFile(cache), says };
  if (kind !== 'server' && isExecutable(cliFile(cache))) return { kind: 'cli', file: cliFile(cache), says };
  return { zh: `缓存 ${cache} 里没有`, en: `none is cached in ${cache}` };
};

const onPath: Way = async ({ kind, path: searched = process.env['PATH'] ?? '' }) => {
  const found = searched
    .split(path.delimiter)
    .filter(Boolean)
    .map((folder) => path.join(folder, executable('temporal')))
    .find(isExecutable);
  if (found === undefined)
    return { zh: 'PATH 上没有 temporal 命令', en: 'there is no `temporal` on the PATH' };
  if (kind === 'server') return otherData('temporal CLI');
  const version = await probe(found);
  if (!isRecent(version)) {
    return {
      zh: `${found} 里的服务器版本是 ${version ?? '未知'}，需要 ${OLDEST.join('.')} 或更新`,
      en: `the server inside ${found} is ${version ?? 'of an unknown version'}, ${OLDEST.join('.')} or newer is needed`,
    };
  }
  return { kind: 'cli', file: found, says: { zh: `PATH 上的 ${found}`, en: `${found} from the PATH` } };
};

const downloaded: Way = async ({ cache, kind, offline, progress, signal }) => {
  if (offline) return { zh: '离线，跳过下载', en: 'offline, so nothing was downloaded' };
  if (kind === 'server') return otherData('temporal CLI');
  progress?.({
    zh: `正在下载 Temporal CLI ${CLI_VERSION}……`,
    en: `Downloading the Temporal CLI ${CLI_VERSION} …`,
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'kindling-temporal-'));
  try {
    const { code, output } = await run(process.execPath, [DOWNLOADER], {
      env: { ...process.env, FOLDER: folder, VERSION: CLI_VERSION },
      cwd: folder,
      timeoutMs: DOWNLOAD_MS,
      signal,
    });
    const file = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(folder, name))
      .find((name) => path.basename(name).startsWith('temporal') && isExecutable(name));
    if (code !== 0 || file === undefined) {
      const reason = lastLine(output);
      return { zh: `下载失败（${reason}）`, en: `the download failed (${reason})` };
    }
    keep(file, cliFile(cache));
    return {
      kind: 'cli',
      file: cliFile(cache),
      says: { zh: `已下载 ${CLI_VERSION}`, en: `downloaded, ${CLI_VERSION}` },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const built: Way = async ({ cache, kind, progress, signal }) => {
  if (kind === 'cli') return otherData('server');
  const module = `go.temporal.io/server/cmd/server@v${SERVER_VERSION}`;
  const bin = path.join(cache, 'temporal', `build-${process.pid}`);
  mkdirSync(bin, { recursive: true });
  let packages = 0;
  try {
    const { code, output } = await run('go', ['install', '-v', '-ldflags=-s -w', module], {
      // The build cache is per CGO setting, so it is always the same one.
      env: { ...process.env, CGO_ENABLED: '0', GOBIN: bin, GOFLAGS: '-buildvcs=false', GOWORK: 'off' },
      cwd: tmpdir(),
      signal,
      onLine(line) {
        if (!line.startsWith('go: ')) packages++;
        progress?.(buildSays(line), Math.min(0.99, packages / GO_PACKAGES));
      },
    });
    if (code === undefined)
      return { zh: '没有安装 Go，不能从源码编译', en: 'Go is not installed, so it could not be built' };
    if (code !== 0) {
      const reason = lastLine(output);
      return { zh: `go install ${module} 失败：${reason}`, en: `\`go install ${module}\` failed: ${reason}` };
    }
    keep(path.join(bin, executable('server')), serverFile(cache));
    return { kind: 'server', file: serverFile(cache), says: { zh: '已从源码编译', en: 'built from source' } };
  } finally {
    rmSync(bin, { recursive: true, force: true });
  }
};

function buildSays(line: string): Sentence {
  const step = line.startsWith('go: downloading') ? line.slice(4) : `compiling ${line}`;
  return {
    zh: `正在从源码编译 Temporal ${SERVER_VERSION}（只需一次，约十分钟）：${step}`,
    en: `Building Temporal ${SERVER_VERSION} from source (once, about ten minutes): ${step}`,
  };
}

function otherData(program: string): Sentence {
  return {
    zh: `现有数据不是由 ${program} 写的，不能混用`,
    en: `the data was written by another kind of server than the ${program}, so it was not considered`,
  };
}

/** The version of the server inside a CLI, asked from the running server: the CLI's own number says nothing. */
async function probe(cli: string): Promise<string | undefined> {
  const folder = mkdtempSync(path.join(tmpdir(), 'kindling-probe-'));
  const ports = await choosePorts(folder);
  const child = spawn(cli, cliArguments(folder, 'default', ports), { stdio: 'ignore' });
  child.on('error', () => {});
  try {
    return await askVersion(ports.http, PROBE_MS, () => child.exitCode !== null || child.pid === undefined);
  } finally {
    if (child.pid !== undefined) {
      child.kill('SIGKILL');
      await hasEnded(child.pid, 5000);
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** True for 1.32 and everything after it. */
export function isRecent(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Puts a program in its place of the cache in one step: another start may be looking. */
function keep(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true });
  const aside = `${to}.${process.pid}`;
  copyFileSync(from, aside);
  chmodSync(aside, 0o755);
  renameSync(aside, to);
}

interface RunOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  onLine?(line: string): void;
}

/** Runs a program to its end; `code` is undefined when there is no such program. */
function run(
  file: string,
  args: string[],
  options: RunOptions,
): Promise<{ code: number | undefined; output: string }> {
  return new Promise((resolve, reject) => {
    const { env, cwd, timeoutMs, signal } = options;
    const child = spawn(file, args, {
      env,
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      signal,
    });
    let output = '';
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        output = `${output}${line}\n`.slice(-20_000);
        options.onLine?.(line);
      });
    }
    child.on('error', (error) => {
      if (signal?.aborted === true) reject(error);
      else resolve({ code: undefined, output: error.message });
    });
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}

function executable(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return existsSync(file);
  } catch {
    return false;
  }
}
