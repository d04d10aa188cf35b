// Text as records with the line on which each begins: a line of JSON, or a record of a table whose quoted fields may span lines.
// A record that cannot be read is told and does not spoil the next one: reading goes on at the following line.
import { parse } from 'csv-parse/sync';

/** A record that could be taken apart: the fields of a table's row, or the text of a line of JSON. */
export interface Raw<T> {
  readonly line: number;
  readonly value: T;
}

/** A record that could not. */
export interface Spoilt {
  readonly line: number;
  readonly problem: 'too-long' | 'quotes';
}

/** Longest record, in characters. */
export const MOST_RECORD_CHARS = 100_000;
/** Most lines of one record: a quote that nobody closed must not swallow the file. */
const MOST_RECORD_LINES = 500;

/** Cuts a text that comes in pieces into lines; a line that is too long is told instead of kept. */
export class Lines {
  #parts: string[] = [];
  #chars = 0;
  #line = 1;

  /** The lines that are complete now; with `isLast` also the rest. */
  *push(text: string, isLast = false): Generator<Raw<string> | Spoilt> {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#keep(text, from, end);
      yield this.#take();
      from = end + 1;
    }
    this.#keep(text, from, text.length);
    if (isLast && this.#chars > 0) yield this.#take();
  }

  #keep(text: string, from: number, to: number): void {
    // What is too long is counted and forgotten.
    if (this.#chars <= MOST_RECORD_CHARS)
      this.#parts.push(text.slice(from, Math.min(to, from + MOST_RECORD_CHARS + 1)));
    this.#chars += to - from;
  }

  #take(): Raw<string> | Spoilt {
    const isLong = this.#chars > MOST_RECORD_CHARS;
    const value = isLong ? '' : this.#parts.join('').replace(/\r$/, '');
    this.#parts = [];
    this.#chars = 0;
    const line = this.#line++;
    return isLong ? { line, problem: 'too-long' } : { line, value };
  }
}

/** Cuts a table into rows of fields. The delimiter is the one that the first row uses most. */
export class Table {
  readonly #lines = new Lines();
  /** Lines of a record whose quotes are still open. */
  #open: Raw<string>[] = [];
  #quotes = 0;
  #chars = 0;
  /** Records of one line, which are taken apart together. */
  #batch: Raw<string>[] = [];
  #delimiter: string | undefined;

  /** The rows that are complete now; with `isLast` also the rest. */
  *push(text: string, isLast = false): Generator<Raw<readonly string[]> | Spoilt> {
    // From here lines are taken one by one, and those of a record that was given up come back.
    const lines = [...this.#lines.push(text, isLast)].reverse();
    for (;;) {
      const line = lines.pop();
      if (line === undefined) {
        if (!isLast || this.#open.length === 0) break;
        yield* this.#giveUp(lines);
      } else if ('problem' in line) {
        yield* this.#flush();
        if (this.#open.length > 0) {
          lines.push(line);
          yield* this.#giveUp(lines);
        } else yield line;
      } else {
        this.#take(line);
        if (this.#quotes % 2 === 0) yield* this.#close(lines);
        else if (this.#open.length >= MOST_RECORD_LINES || this.#chars > MOST_RECORD_CHARS)
          yield* this.#giveUp(lines);
      }
    }
    if (isLast) yield* this.#flush();
  }

  #take(line: Raw<string>): void {
    this.#open.push(line);
    this.#chars += line.value.length;
    for (let at = line.value.indexOf('"'); at >= 0; at = line.value.indexOf('"', at + 1)) this.#quotes += 1;
  }

  #drop(): Raw<string>[] {
    const open = this.#open;
    [this.#open, this.#quotes, this.#chars] = [[], 0, 0];
    return open;
  }

  /** A record is complete as far as its quotes say. */
  *#close(lines: (Raw<string> | Spoilt)[]): Generator<Raw<readonly string[]> | Spoilt> {
    const open = this.#open;
    const [first] = open;
    if (first === undefined) return;
    if (open.length === 1) {
      this.#drop();
      if (first.value.trim() !== '') this.#batch.push(first);
      if (this.#batch.length >= BATCH) yield* this.#flush();
      return;
    }
    yield* this.#flush();
    const fields = this.#fieldsOf(open.map(({ value }) => value).join('\n'));
    if (fields === undefined) yield* this.#giveUp(lines);
    else {
      this.#drop();
      yield { line: first.line, value: fields };
    }
  }

  /** The quote was never meant to span lines: its line is spoilt, the ones after it are read anew. */
  *#giveUp(lines: (Raw<string> | Spoilt)[]): Generator<Raw<readonly string[]> | Spoilt> {
    yield* this.#flush();
    const [first, ...rest] = this.#drop();
    if (first === undefined) return;
    lines.push(...rest.reverse());
    yield { line: first.line, problem: 'quotes' };
  }

  *#flush(): Generator<Raw<readonly string[]> | Spoilt> {
    const batch = this.#batch;
    this.#batch = [];
    const rows = this.#rowsOf(batch.map(({ value }) => value).join('\n'));
    if (rows?.length === batch.length) {
      for (const [index, value] of rows.entries()) yield { line: batch[index]!.line, value };
      return;
    }
    for (const { line, value } of batch) {
      const fields = this.#fieldsOf(value);
      yield fields === undefined ? { line, problem: 'quotes' } : { line, value: fields };
    }
  }

  #fieldsOf(record: string): readonly string[] | undefined {
    const rows = this.#rowsOf(record);
    return rows?.length === 1 ? rows[0] : undefined;
  }

  #rowsOf(text: string): string[][] | undefined {
    this.#delimiter ??= delimiterOf(text);
    try {
      return parse(text, { delimiter: this.#delimiter, record_delimiter: '\n', relax_column_count: true });
    } catch {
      return undefined;
    }
  }
}

const BATCH = 500;
const DELIMITERS = [',', ';', '\t'] as const;

function delimiterOf(text: string): string {
  const end = text.indexOf('\n');
  const first = (end < 0 ? text : text.slice(0, end)).replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((it) => first.split(it).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}
