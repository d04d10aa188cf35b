// `npm start`: one installation on this machine, from nothing, until Ctrl-C.
// What it says goes to the terminal; what the parts say goes to the logs in the data folder.
import {
  localeOf,
  publicUrlOf,
  readSettings,
  SettingsError,
  type Sentence,
  type Settings,
} from '../settings.ts';
import { AlreadyRunningError, takeLock } from './lock.ts';
import { isFree } from './port.ts';
import { readState, type Part, type PartName } from './state.ts';
import { Supervisor } from './supervise.ts';

const ON_A_TERMINAL = process.stdout.isTTY;
/** Two interrupts closer than this are one: npm hands on what the terminal has already sent. */
const ONE_INTERRUPT_MS = 1000;

const NAMES: Record<PartName, Sentence> = {
  postgres: { zh: '数据库', en: 'PostgreSQL' },
  temporal: { zh: '流程引擎', en: 'Temporal' },
  server: { zh: '服务', en: 'Server' },
  worker: { zh: '工作进程', en: 'Workers' },
};

/** Runs until it is told to stop; the exit code. */
export async function main(command: (name: string) => readonly [string, ...string[]]): Promise<number> {
  let settings: Settings;
  try {
    settings = readSettings();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.says[localeOf({ locale: undefined })]}\n`);
    return 2;
  }
  const locale = localeOf(settings);
  const tell = (says: Sentence) => process.stdout.write(`${says[locale]}\n`);
  let release: () => void;
  try {
    release = takeLock(settings.home);
  } catch (error) {
    if (!(error instanceof AlreadyRunningError)) throw error;
    tell(alreadyRunning(error, settings));
    return 1;
  }
  try {
    if (!(await isFree(settings.port, settings.host))) {
      tell(portTaken(settings));
      return 1;
    }
    return await runUntilStopped(settings, command, tell);
  } finally {
    release();
  }
}

async function runUntilStopped(
  settings: Settings,
  command: (name: string) => readonly [string, ...string[]],
  tell: (says: Sentence) => void,
): Promise<number> {
  // A terminal that was closed takes no more words; that must not keep the parts from being stopped in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const supervisor = new Supervisor({
    settings,
    command,
    onPart: reporter(localeOf(settings), publicUrlOf(settings)),
    onAnnouncement: tell,
  });
  const stopped = new Promise<void>((resolve) => {
    let firstMs: number | undefined;
    const interrupt = () => {
      if (firstMs === undefined) {
        firstMs = Date.now();
        tell({ zh: '\n正在停止……（再按一次立即结束）', en: '\nStopping … (once more to hurry)' });
        void supervisor.stop().then(resolve);
      } else if (Date.now() - firstMs > ONE_INTERRUPT_MS) supervisor.hurry();
    };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  });
  const running = supervisor.run();
  // It ends by itself only by failing.
  await Promise.race([stopped, running.then(() => stopped)]).catch(async (error: unknown) => {
    await supervisor.stop();
    throw error;
  });
  tell({ zh: '已停止，数据都已保存。', en: 'Stopped; everything is saved.' });
  return 0;
}

/** Prints each change of a part once, and progress as one line that grows on a terminal. */
function reporter(locale: keyof Sentence, url: string): (name: PartName, part: Part) => void {
  const last = new Map<PartName, string>();
  let lineIsOpen = false;
  return (name, part) => {
    const { state, says, done } = part;
    const percent = done === undefined ? '' : `${Math.floor(done * 100)} % `;
    const line = `${NAMES[name][locale]}: ${percent}${says[locale]}`;
    // Off a terminal, progress is told every five per cent.
    const key =
      done === undefined || ON_A_TERMINAL ? `${state} ${line}` : `${state} ${Math.floor(done * 20)}`;
    if (last.get(name) === key || state === 'waiting' || state === 'starting') return;
    last.set(name, key);
    if (ON_A_TERMINAL && lineIsOpen) process.stdout.write('\r\u001b[2K');
    lineIsOpen = ON_A_TERMINAL && done !== undefined;
    process.stdout.write(lineIsOpen ? line.slice(0, (process.stdout.columns || 80) - 1) : `${line}\n`);
    if (name === 'server' && state === 'ready') {
      process.stdout.write(locale === 'zh' ? `\n  打开 ${url}\n\n` : `\n  Open ${url}\n\n`);
    }
  };
}

function alreadyRunning({ holder }: AlreadyRunningError, settings: Settings): Sentence {
  const url = readState(settings.home)?.url ?? publicUrlOf(settings);
  return {
    zh: `已经在运行：${url}（进程 ${holder.pid}，始于 ${holder.since}，数据在 ${settings.home}）。要再开一套，请设置 KINDLING_HOME 和 KINDLING_PORT。`,
    en: `Already running: ${url} (process ${holder.pid} since ${holder.since}, data in ${settings.home}). For another installation set KINDLING_HOME and KINDLING_PORT.`,
  };
}

function portTaken({ host, port }: Settings): Sentence {
  return {
    zh: `${host} 的端口 ${port} 已被占用。请用 KINDLING_PORT 换一个端口，或结束占用它的程序。`,
    en: `Port ${port} on ${host} is taken. Choose another with KINDLING_PORT, or end the program that uses it.`,
  };
}
