// The person's side of a command: language, colours, columns and the line of progress.
// Results go to stdout, everything about the way there to stderr, so that a pipe carries results only.
import { styleText } from 'node:util';
import type { Text } from '../../engine/document.ts';
import type { Sentence } from '../settings.ts';

type Style = 'red' | 'yellow' | 'green' | 'cyan' | 'bold' | 'dim';

/** Oftener than this nobody reads. */
const REDRAW_MS = 100;
const BAR = 24;

/** Where a command speaks. */
export class Terminal {
  readonly language: keyof Sentence;
  readonly #colours: boolean;
  #line = '';
  #drawnMs = 0;

  constructor(language: keyof Sentence) {
    this.language = language;
    this.#colours = process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  }

  /** Columns that a line may fill. */
  get columns(): number {
    return Math.max(60, process.stdout.isTTY ? process.stdout.columns : 100);
  }

  /** True when progress is drawn, so that it is worth finding out. */
  get isWatched(): boolean {
    return process.stderr.isTTY;
  }

  /** A line of the result. */
  print(line = ''): void {
    this.#wipe();
    process.stdout.write(`${line}\n`);
  }

  /** A line about what is going on. */
  note(line: string | Sentence): void {
    this.#wipe();
    process.stderr.write(`${typeof line === 'string' ? line : this.say(line)}\n`);
  }

  /** Chooses the language of a sentence. */
  say(sentence: Sentence): string {
    return sentence[this.language];
  }

  /** Chooses the language of a playbook's text; another one where it lacks this. */
  text(text: Text | undefined): string | undefined {
    if (text === undefined) return undefined;
    return text[this.language === 'zh' ? 'zh-CN' : 'en'] ?? Object.values(text)[0];
  }

  /** Colours a text on a terminal. */
  paint(style: Style, text: string): string {
    return this.#colours ? styleText(style, text) : text;
  }

  /** Draws progress on a terminal: a bar where the end is known, from 0 to 1. */
  progress(says: string, done?: number): void {
    if (!this.isWatched || Date.now() - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = Date.now();
    const full = Math.round(Math.min(1, Math.max(0, done ?? 0)) * BAR);
    const bar = done === undefined ? '' : `${'█'.repeat(full)}${'░'.repeat(BAR - full)} `;
    this.#line = cut(`${bar}${says}`, (process.stderr.columns || 80) - 1);
    process.stderr.write(`\r\u001b[2K${this.#line}`);
  }

  /** Takes the line of progress away. */
  done(): void {
    this.#wipe();
  }

  #wipe(): void {
    if (this.#line === '') return;
    process.stderr.write('\r\u001b[2K');
    this.#line = '';
  }
}

// East Asian wide and full-width characters, and pictures, fill two columns.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}|[\u{20000}-\u{3fffd}]/u;

const columnsOf = (character: string): number => (WIDE.test(character) ? 2 : 1);

/** The columns that a text fills. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOf(character);
  return columns;
}

/** Fills a text up to so many columns. */
export const pad = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - width(text)));

/** A text in one line of at most so many columns. */
export function cut(text: string, columns: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (width(line) <= columns) return line;
  let kept = '';
  let used = 1;
  for (const character of line) {
    used += columnsOf(character);
    if (used > columns) break;
    kept += character;
  }
  return `${kept}…`;
}
