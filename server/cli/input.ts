// Reads the files named on a command line: bounded, and with the place of a mistake instead of an exception.
// It knows JSON and files, and nothing of playbooks.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Sentence } from '../settings.ts';
import { EXIT, Failure, misuse } from './failure.ts';
import { mistakeIn, positions, type Position } from './json-text.ts';

/** Beyond this no playbook is read: the language's own limit lies far below. */
export const MOST_BYTES = 32_000_000;

const STDIN = '-';

/** A file that was read. */
export interface Source {
  /** As people call it. */
  readonly file: string;
  readonly text: string;
  /** Undefined when the text is not JSON: then `mistake` says where. */
  readonly value: Json | undefined;
  readonly mistake?: Mistake;
}

/** Why a text is not JSON, and where. */
export interface Mistake extends Position {
  readonly says: Sentence;
}

/**
 * Reads a JSON file; `-` is the standard input.
 * @throws {Failure} when it cannot be read at all.
 */
export function readSource(named: string): Source {
  const file = named === STDIN ? 'stdin' : named;
  // Editors on Windows put a byte order mark before the text.
  const text = readText(named).replace(/^\uFEFF/, '');
  try {
    return { file, text, value: JSON.parse(text) as Json };
  } catch {
    return { file, text, value: undefined, mistake: mistakeOf(text) };
  }
}

/** Reads a JSON file that must be JSON; nothing when none is named. */
export function readJsonFile(file: string | undefined): Source | undefined {
  if (file === undefined) return undefined;
  const source = readSource(file);
  if (source.mistake === undefined) return source;
  const { line, column, says } = source.mistake;
  throw new Failure(EXIT.failed, {
    zh: `${file}:${line}:${column} 不是 JSON：${says.zh}。`,
    en: `${file}:${line}:${column} is not JSON: ${says.en}.`,
  });
}

/** The parameters in a file; nothing when none is named. */
export function readParams(file: string | undefined): { given: JsonObject; source: Source } | undefined {
  const source = readJsonFile(file);
  if (source === undefined) return undefined;
  const { value } = source;
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { given: value as JsonObject, source };
  throw new Failure(EXIT.failed, {
    zh: `${source.file} 里应该是一个对象：参数名和值，例如 {"T": "2026-12-19T20:00"}。`,
    en: `${source.file} must hold an object of parameter names and values, such as {"T": "2026-12-19T20:00"}.`,
  });
}

function readText(file: string): string {
  const handle = file === STDIN ? 0 : open(file);
  try {
    const stat = fstatSync(handle);
    if (stat.isDirectory())
      throw misuse(`${file} 是一个目录，请指定文件。`, `${file} is a folder; name a file.`);
    if (stat.size > MOST_BYTES) throw tooLarge(file);
    const bytes = readFileSync(handle);
    if (bytes.length > MOST_BYTES) throw tooLarge(file);
    return bytes.toString('utf8');
  } finally {
    if (handle !== 0) closeSync(handle);
  }
}

function open(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw misuse(`找不到文件 ${file}。请检查路径。`, `There is no file ${file}. Check the path.`);
    throw misuse(
      `读不了文件 ${file}（${code}）。请检查权限。`,
      `The file ${file} cannot be read (${code}). Check its permissions.`,
    );
  }
}

function tooLarge(file: string): Failure {
  const megabytes = MOST_BYTES / 1_000_000;
  return new Failure(EXIT.failed, {
    zh: `${file} 超过 ${megabytes} MB，剧本不可能这么大。请确认文件没有选错。`,
    en: `${file} is larger than ${megabytes} MB, more than any playbook. Check that it is the right file.`,
  });
}

function mistakeOf(text: string): Mistake {
  const offset = mistakeIn(text) ?? 0;
  const position = positions(text)(offset);
  const where = {
    zh: `第 ${position.line} 行第 ${position.column} 列`,
    en: `line ${position.line}, column ${position.column}`,
  };
  if (text.trim() === '') return { ...position, says: { zh: '文件是空的', en: 'the file is empty' } };
  if (offset >= text.length) {
    return {
      ...position,
      says: { zh: `${where.zh}就结束了，内容不完整`, en: `it ends too early at ${where.en}` },
    };
  }
  const character = JSON.stringify(String.fromCodePoint(text.codePointAt(offset) ?? 0)).slice(1, -1);
  return {
    ...position,
    says: { zh: `${where.zh}不应该出现「${character}」`, en: `unexpected ${character} at ${where.en}` },
  };
}
