// Makes a clone runnable: dependencies as the lock names them, and the Prisma client of the present schema.
// Plain Node with nothing installed: everything else in the repository may count on what this has done.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..');
const schemaFile = path.join(root, 'prisma', 'schema.prisma');

/** Installs and generates whatever is missing or out of date; says what it does through `tell`. */
export async function prepare(tell = (line) => process.stderr.write(`${line}\n`)) {
  if (sealed()) return;
  if (!dependenciesFit()) {
    tell('Installing dependencies … / 正在安装依赖……');
    await npm('ci', '--include=dev', '--no-audit', '--no-fund');
  }
  if (!clientFits()) {
    tell('Generating the database client … / 正在生成数据库客户端……');
    await run(process.execPath, [path.join(root, 'scripts', 'prisma.mjs')]);
  }
}

/** True in an image that carries one finished build: there is nothing to install or to compile. */
export function sealed() {
  return existsSync(path.join(root, 'dist', 'sealed'));
}

/** True when every package of the lock is installed in its version; optional ones may be missing. */
export function dependenciesFit(folder = root) {
  const installedFile = path.join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  return Object.entries(wanted).every(([place, { version, optional }]) => {
    const found = installed[place]?.version;
    return place === '' || found === version || (found === undefined && optional === true);
  });
}

/** True when the generated client belongs to the schema as it is now. */
function clientFits() {
  const stamp = stampFile();
  return stamp === undefined || (existsSync(stamp) && readFileSync(stamp, 'utf8') === schemaHash());
}

/** Notes which schema the client was generated from. */
export function stampClient() {
  const stamp = stampFile();
  if (stamp !== undefined) writeFileSync(stamp, schemaHash());
}

function stampFile() {
  if (!existsSync(schemaFile)) return undefined;
  const output = /^\s*output\s*=\s*"([^"]+)"/m.exec(readFileSync(schemaFile, 'utf8'))?.[1];
  if (output === undefined) throw new Error('prisma/schema.prisma names no output folder for its client.');
  return path.resolve(path.dirname(schemaFile), output, 'schema.sha256');
}

// Prisma's own version counts: another one generates another client.
function schemaHash() {
  const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return createHash('sha256').update(devDependencies.prisma).update(readFileSync(schemaFile)).digest('hex');
}

/** Runs npm of the Node that runs us: the first `npm` on the PATH may belong to another. */
function npm(...args) {
  const cli = process.env.npm_execpath;
  if (cli !== undefined && path.basename(cli) === 'npm-cli.js') return run(process.execPath, [cli, ...args]);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args);
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', process.stderr, process.stderr],
      shell: command.endsWith('.cmd'),
    });
    child.on('error', reject).on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`\`${path.basename(command)} ${args.join(' ')}\` ended with ${code}.`));
    });
  });
}

/**
 * Names the state of the sources in some folders, and of the script that builds them: looks at names, sizes and times only.
 */
export function fingerprintOf(folders, names, script) {
  const hash = createHash('sha256').update(process.version);
  for (const folder of folders) {
    if (!existsSync(path.join(root, folder))) continue;
    for (const name of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).toSorted(
      byName,
    )) {
      if (!names.test(name)) continue;
      const { mtimeMs, size } = statSync(path.join(root, folder, name));
      hash.update(`${folder}/${name} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.update(readFileSync(script)).digest('hex').slice(0, 16);
}

const byName = (a, b) => (a < b ? -1 : 1);
