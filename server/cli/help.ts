// The help of the command line, made from the tables of the commands.
// Not the README, which tells what the commands are good for.
import type { Sentence } from '../settings.ts';
import { COMMON, type Command, type Flags } from './command.ts';
import { pad, type Terminal } from './terminal.ts';

/** A line of the overview. */
export type Listed = Pick<Command, 'name' | 'file' | 'argument' | 'says'>;

const EXIT_CODES: readonly Sentence[] = [
  { zh: '0  成功', en: '0  done' },
  {
    zh: '1  发现问题，或运行失败、卡住、被取消',
    en: '1  problems were found, or the run failed, is stuck or was cancelled',
  },
  { zh: '2  用法不对', en: '2  wrong usage' },
  { zh: '3  连不上正在运行的系统', en: '3  the installation cannot be reached' },
];

const TITLE: Sentence = {
  zh: 'Kindling 薪火：画好剧本，先彩排，再可靠地执行。',
  en: 'Kindling 薪火: community playbooks, drawn once, rehearsed, and run durably.',
};
const USAGE: Sentence = { zh: '用法', en: 'Usage' };
const COMMANDS: Sentence = { zh: '命令', en: 'Commands' };
const FLAGS: Sentence = { zh: '选项', en: 'Flags' };
const EXITS: Sentence = { zh: '退出码', en: 'Exit codes' };
const EXAMPLES: Sentence = { zh: '例子', en: 'Examples' };
const MORE: Sentence = {
  zh: '每个命令的说明：kindling 命令 --help。语言：--lang zh|en，或环境变量 KINDLING_LOCALE。所有设置：docs/settings.md。',
  en: 'More about a command: kindling COMMAND --help. Language: --lang zh|en, or KINDLING_LOCALE. All settings: docs/settings.md.',
};

/** What `kindling --help` prints. */
export function generalHelp(commands: readonly Listed[], terminal: Terminal): string {
  const rows = commands.map((command): Row => [
    `${command.name}${takes(command)}`,
    terminal.say(command.says),
  ]);
  return [
    terminal.say(TITLE),
    '',
    `${terminal.say(USAGE)}: kindling COMMAND [FILE] [--flags]`,
    ...section(COMMANDS, rows, terminal),
    ...exitCodes(terminal),
    '',
    terminal.say(MORE),
  ].join('\n');
}

/** What `kindling COMMAND --help` prints. */
export function commandHelp(command: Command, terminal: Terminal): string {
  const { name, file, argument, says, more, flags, examples } = command;
  const all: Flags = { ...flags, ...COMMON };
  const rows = Object.entries(all).map(([flag, { value, says: what }]): Row => [
    `--${flag}${value === undefined ? '' : ` ${value}`}`,
    terminal.say(what),
  ]);
  return [
    terminal.say(says),
    ...(more === undefined ? [] : [terminal.say(more)]),
    '',
    `${terminal.say(USAGE)}: kindling ${name}${takes(command)} [--flags]`,
    ...(file === undefined ? [] : [`  FILE: ${terminal.say(file)}`]),
    ...(argument === undefined ? [] : [`  ${argument.name}: ${terminal.say(argument.says)}`]),
    ...section(FLAGS, rows, terminal),
    ...exitCodes(terminal),
    '',
    `${terminal.say(EXAMPLES)}:`,
    ...examples.map((example) => `  ${example}`),
  ].join('\n');
}

/** What follows the command's name. */
function takes({ file, argument }: Pick<Command, 'file' | 'argument'>): string {
  if (file !== undefined) return ' FILE';
  if (argument === undefined) return '';
  return argument.isOptional === true ? ` [${argument.name}]` : ` ${argument.name}`;
}

type Row = readonly [left: string, right: string];

function section(title: Sentence, rows: readonly Row[], terminal: Terminal): string[] {
  const columns = Math.max(...rows.map(([left]) => left.length)) + 2;
  return ['', `${terminal.say(title)}:`, ...rows.map(([left, right]) => `  ${pad(left, columns)}${right}`)];
}

const exitCodes = (terminal: Terminal): string[] => [
  '',
  `${terminal.say(EXITS)}:`,
  ...EXIT_CODES.map((line) => `  ${terminal.say(line)}`),
];
