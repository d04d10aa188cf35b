// `kindling …`: finds the command, prints its help or runs it, and turns whatever goes wrong into a sentence and an exit code.
// What the commands do stands in their own files.
import { nearest } from '../../engine/language/rule.ts';
import { localeOf, readSettings, SettingsError } from '../settings.ts';
import { COMMON, parse, type Command } from './command.ts';
import { EXIT, Failure, misuse } from './failure.ts';
import { commandHelp, generalHelp, type Listed } from './help.ts';
import { Terminal } from './terminal.ts';
import { productVersion } from './version.ts';

/** Every command; each is read when it is called. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  check: async () => (await import('./check.ts')).check,
  rehearse: async () => (await import('./rehearse.ts')).rehearsal,
  run: async () => (await import('./run.ts')).run,
  status: async () => (await import('./status.ts')).status,
  export: async () => (await import('./export.ts')).exportMembers,
  import: async () => (await import('./import.ts')).importMembers,
  members: async () => (await import('./members.ts')).members,
  stuck: async () => (await import('./resolve.ts')).resolve,
  recover: async () => (await import('./recover.ts')).recover,
  audit: async () => (await import('./audit.ts')).auditData,
  'rotate-key': async () => (await import('./rotate-key.ts')).rotateKey,
};

/** Processes of an installation: bin/kindling.mjs starts them itself, and comes here when they are given flags. */
const PROCESSES: readonly Listed[] = [
  {
    name: 'server',
    says: {
      zh: '运行一个服务进程（多机安装用；单机请用 npm start）。',
      en: 'Runs one server process (for several machines; on one, use npm start).',
    },
  },
  {
    name: 'worker',
    says: {
      zh: '运行一个工作进程（多机安装用；单机请用 npm start）。',
      en: 'Runs one worker process (for several machines; on one, use npm start).',
    },
  },
  {
    name: 'migrate',
    says: {
      zh: '把 DATABASE_URL 的数据库升级到本版本。',
      en: 'Brings the database of DATABASE_URL up to date.',
    },
  },
];

const VERSION = { says: { zh: '显示版本。', en: 'Shows the version.' } };

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads has seen enough: `kindling … | head`. How it ends is told all the same.
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const terminal = new Terminal(languageIn(args));
  try {
    readSettings();
    return await dispatch(args, terminal);
  } catch (error) {
    terminal.done();
    if (error instanceof SettingsError) {
      terminal.note(error.says);
      return EXIT.usage;
    }
    if (!(error instanceof Failure)) throw error;
    terminal.note(terminal.paint('red', terminal.say(error.says)));
    return error.exit;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const at = commandIn(args);
  const name = args[at];
  if (name === undefined || name === 'help') return overview(args, terminal);
  const rest = args.toSpliced(at, 1);
  const process_ = PROCESSES.find((it) => it.name === name);
  if (process_ !== undefined) return explain(process_, rest, terminal);
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) throw unknownCommand(name);
  const command = await load();
  const { given, words } = parse(rest, { ...command.flags, ...COMMON });
  if (given['help'] === true) {
    terminal.print(commandHelp(command, terminal));
    return EXIT.ok;
  }
  return command.run({ file: fileIn(command, words), flags: given, terminal });
}

async function overview(args: readonly string[], terminal: Terminal): Promise<number> {
  const { given } = parse(
    args.filter((it) => it !== 'help'),
    { ...COMMON, version: VERSION },
  );
  if (given['version'] === true) {
    terminal.print(productVersion());
    return EXIT.ok;
  }
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  terminal.print(generalHelp([...commands, ...PROCESSES], terminal));
  // Asked for, it is an answer; otherwise somebody does not know how to go on.
  return given['help'] === true || args.includes('help') ? EXIT.ok : EXIT.usage;
}

function explain({ name, says }: Listed, rest: readonly string[], terminal: Terminal): number {
  const { words, given } = parse(rest, COMMON);
  if (given['help'] !== true || words.length > 0)
    throw misuse(
      `kindling ${name} 没有参数，一切由环境变量设置，见 docs/settings.md。`,
      `kindling ${name} takes no arguments; everything is set by environment variables, see docs/settings.md.`,
    );
  terminal.print(`kindling ${name}: ${terminal.say(says)}`);
  terminal.print(terminal.say({ zh: '设置见 docs/settings.md。', en: 'Settings: docs/settings.md.' }));
  return EXIT.ok;
}

function fileIn({ name, file, argument }: Command, words: readonly string[]): string {
  const [first, second] = words;
  const extra = file === undefined && argument === undefined ? first : second;
  if (extra !== undefined)
    throw misuse(
      `多余的参数「${extra}」。用法见 kindling ${name} --help。`,
      `"${extra}" is one argument too many. See kindling ${name} --help.`,
    );
  if (file !== undefined && (first === undefined || first === ''))
    throw misuse(`缺少文件：kindling ${name} playbook.json`, `Which file? kindling ${name} playbook.json`);
  if (argument !== undefined && argument.isOptional !== true && (first === undefined || first === ''))
    throw misuse(
      `缺少${argument.says.zh}：kindling ${name} ${argument.name}`,
      `Missing ${argument.says.en}: kindling ${name} ${argument.name}`,
    );
  return first ?? '';
}

function unknownCommand(name: string): Failure {
  const known = [...Object.keys(COMMANDS), ...PROCESSES.map((it) => it.name)];
  const meant = nearest(name, known);
  const shown = name.slice(0, 80);
  return meant === undefined
    ? misuse(
        `没有「${shown}」这个命令。可以用：${known.join('、')}。`,
        `There is no command "${shown}". There are: ${known.join(', ')}.`,
      )
    : misuse(
        `没有「${shown}」这个命令，是不是 ${meant}？`,
        `There is no command "${shown}". Did you mean ${meant}?`,
      );
}

/** The place of the command's name: the first word that is not the value of --lang. */
function commandIn(args: readonly string[]): number {
  const at = args.findIndex((it, index) => !it.startsWith('-') && args[index - 1] !== '--lang');
  return at < 0 ? args.length : at;
}

/** Before anything can be said, the language must be known. */
function languageIn(args: readonly string[]): 'zh' | 'en' {
  const at = args.findLastIndex((it) => it === '--lang' || it.startsWith('--lang='));
  const named = at < 0 ? undefined : (args[at]?.split('=')[1] ?? args[at + 1]);
  const read = named === undefined ? undefined : COMMON.lang.read(named);
  return read ?? localeOf({ locale: localeSetting() });
}

function localeSetting(): 'zh-CN' | 'en' | undefined {
  const named = process.env['KINDLING_LOCALE'];
  return named === 'zh-CN' || named === 'en' ? named : undefined;
}
