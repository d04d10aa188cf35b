// What a command is: its flags as a table from which parsing, help and types follow.
// Not the commands themselves: each is a file beside this one, and main.ts lists them.
import { parseArgs } from 'node:util';
import { nearest } from '../../engine/language/rule.ts';
import type { Sentence } from '../settings.ts';
import { misuse } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** A flag. Without `read` it is a switch; `read` gives undefined for a text that it does not accept. */
export interface Flag<T = unknown> {
  readonly says: Sentence;
  /** How its value is written in the help: `F`, `N`. */
  readonly value?: string;
  readonly accepts?: Sentence;
  readonly read?: (raw: string) => T | undefined;
}

export type Flags = Readonly<Record<string, Flag>>;

/** What was given for each flag. */
export type Given<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends { readonly read: (raw: string) => infer T }
    ? T | undefined
    : boolean;
};

/** A command. */
export interface Command<F extends Flags = Flags, G = Readonly<Record<string, unknown>>> {
  readonly name: string;
  /** The file it works on, where it takes one. */
  readonly file?: Sentence;
  /** What else it takes in the place of a file. */
  readonly argument?: Argument;
  readonly flags: F;
  readonly says: Sentence;
  /** More about it, for its own help. */
  readonly more?: Sentence;
  readonly examples: readonly string[];
  /** Does it; the exit code. */
  run(call: Call<G>): Promise<number>;
}

/** An argument that is no file. */
export interface Argument {
  /** How the help writes it: `RUN`. */
  readonly name: string;
  readonly says: Sentence;
  readonly isOptional?: true;
}

/** One call of a command. */
export interface Call<G> {
  /** The file (or the other argument) named on the command line; empty where there is none. */
  readonly file: string;
  readonly flags: G;
  readonly terminal: Terminal;
}

/** Defines a command; the types of its flags follow from their table. */
export const defineCommand = <const F extends Flags>(command: Command<F, Given<F>>): Command =>
  command as unknown as Command;

/** Flags that every command has. */
export const COMMON = {
  lang: {
    value: 'zh|en',
    says: { zh: '用哪种语言说话。', en: 'The language to speak.' },
    accepts: { zh: 'zh、en', en: 'zh, en' },
    read: (raw: string) => (/^zh\b/i.test(raw) ? 'zh' : /^en\b/i.test(raw) ? 'en' : undefined),
  },
  help: { says: { zh: '显示这段说明。', en: 'Shows this.' } },
} as const satisfies Flags;

/** What stands on the command line, taken apart and checked. */
export interface Parsed {
  readonly given: Readonly<Record<string, unknown>>;
  readonly words: readonly string[];
}

/**
 * Reads arguments by a table of flags.
 * @throws {Failure} for a flag that is not in the table, and for a value that its flag does not accept.
 */
export function parse(args: readonly string[], flags: Flags): Parsed {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(flags).map(([name, { read }]) => [
        name,
        { type: read === undefined ? ('boolean' as const) : ('string' as const) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given: Record<string, unknown> = {};
  for (const [name, { read }] of Object.entries(flags)) given[name] = read === undefined ? false : undefined;
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    else if (token.kind === 'option') {
      const name = token.rawName === '-h' ? 'help' : token.name;
      given[name] = valueOf(name, token, flags);
    }
  }
  return { given, words };
}

interface Written {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function valueOf(name: string, { rawName, value, inlineValue }: Written, flags: Flags): unknown {
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag === undefined) throw unknownFlag(rawName, Object.keys(flags));
  if (flag.read === undefined) {
    if (value === undefined) return true;
    throw misuse(`${rawName} 是开关，后面不跟值。`, `${rawName} is a switch and takes no value.`);
  }
  const example = `${rawName} ${flag.value ?? ''}`;
  const isNextFlag = inlineValue === false && value !== undefined && /^-[^\d]/.test(value);
  if (value === undefined || isNextFlag)
    throw misuse(`${rawName} 后面缺少值：${example}`, `${rawName} needs a value: ${example}`);
  const read = flag.read(value);
  if (read !== undefined) return read;
  const shown = value.slice(0, 80);
  throw misuse(
    `${rawName} 不能是「${shown}」。可以是：${flag.accepts?.zh ?? ''}。`,
    `${rawName} cannot be "${shown}". Accepted: ${flag.accepts?.en ?? ''}.`,
  );
}

function unknownFlag(rawName: string, known: readonly string[]): Error {
  const meant = nearest(rawName.replace(/^-+/, ''), known);
  const list = known.map((name) => `--${name}`).join(' ');
  return meant === undefined
    ? misuse(`不认识 ${rawName}。可以用：${list}`, `Unknown flag ${rawName}. There are: ${list}`)
    : misuse(`不认识 ${rawName}，是不是 --${meant}？`, `Unknown flag ${rawName}. Did you mean --${meant}?`);
}
