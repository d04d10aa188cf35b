// An upload as good rows and faults, in the order of its lines: decoding, taking apart, and the meaning of columns together.
// Not storing, see job.ts. Holds a chunk of the upload at a time, however large it is.
import { Decoder, type Encoding } from './decode.ts';
import { Lines, MOST_RECORD_CHARS, Table, type Raw, type Spoilt } from './records.ts';
import { oneOfIt, targetOf, type Target } from './columns.ts';
import { readRow, type Fault, type Field, type Reading, type Row } from './rows.ts';

/** What an upload is. */
export interface Format {
  readonly format: 'csv' | 'jsonl';
  readonly encoding: Encoding;
}

/** One record, read. */
export type Read = { readonly row: Row } | { readonly faults: readonly Fault[] };

/** The header of a table names columns that nobody knows; or there is none. */
export class UnknownColumns extends Error {
  readonly columns: readonly string[];
  constructor(columns: readonly string[]) {
    super('unknown columns');
    this.columns = columns;
  }
}

/** Several columns of a table give one and the same thing, of which a member has one. */
export class RepeatedColumns extends Error {
  readonly columns: readonly string[];
  constructor(columns: readonly string[]) {
    super('repeated columns');
    this.columns = columns;
  }
}

/**
 * Reads an upload chunk by chunk.
 * @throws {UnknownColumns} for a table whose columns are not known; nothing has been given then.
 * @throws {RepeatedColumns} for a table of which two columns mean the same.
 */
export class Upload {
  readonly #decoder: Decoder;
  readonly #records: Lines | Table;
  readonly #read: (raw: Raw<never> | Spoilt) => Read | undefined;

  constructor({ format, encoding }: Format, reading: Reading) {
    this.#decoder = new Decoder(encoding);
    this.#records = format === 'csv' ? new Table() : new Lines();
    const read = format === 'csv' ? tableReader(reading) : linesReader(reading);
    this.#read = (raw) => ('problem' in raw ? { faults: [spoilt(raw)] } : read(raw));
  }

  *push(chunk: Uint8Array, isLast = false): Generator<Read> {
    const text = this.#decoder.decode(chunk, isLast);
    for (const raw of this.#records.push(text, isLast)) {
      const read = this.#read(raw as Raw<never> | Spoilt);
      if (read !== undefined) yield read;
    }
  }
}

const spoilt = ({ line, problem }: Spoilt): Fault => ({
  line,
  field: null,
  code: problem,
  ...(problem === 'too-long' ? { values: { limit: MOST_RECORD_CHARS } } : {}),
});

/** The first row of a table is its header. */
function tableReader(reading: Reading): (raw: Raw<readonly string[]>) => Read | undefined {
  let header: readonly { readonly name: string; readonly target: Target }[] | undefined;
  return ({ line, value: cells }) => {
    if (header === undefined) {
      header = headerOf(cells, reading);
      return undefined;
    }
    // A spreadsheet keeps empty rows at its end.
    if (cells.every((cell) => cell.trim() === '')) return undefined;
    if (cells.length !== header.length) {
      const values = { got: cells.length, expected: header.length };
      return { faults: [{ line, field: null, code: 'columns', values }] };
    }
    const fields = header.map(({ name, target }, index): Field => ({ name, target, value: cells[index] }));
    return readRow(line, fields, reading, true);
  };
}

function headerOf(cells: readonly string[], { catalogue, map }: Reading) {
  const columns = cells.map((cell) => {
    const name = cell.trim();
    // A column without a name that holds nothing is what a trailing comma leaves behind.
    return { name, target: name === '' ? ({ is: 'none' } as const) : targetOf(name, catalogue, map) };
  });
  const unknown = columns.flatMap(({ name, target }) => (target === undefined ? [name.slice(0, 100)] : []));
  if (unknown.length > 0) throw new UnknownColumns(unknown);
  const repeated = repeatedIn(columns as { readonly name: string; readonly target: Target }[]);
  if (repeated.length > 0) throw new RepeatedColumns(repeated.map(({ name }) => name.slice(0, 100)));
  return columns as { readonly name: string; readonly target: Target }[];
}

/** Those that give what another gives as well. */
function repeatedIn<T extends { readonly target: Target }>(named: readonly T[]): readonly T[] {
  const ones = named.flatMap(({ target }) => oneOfIt(target) ?? []);
  if (new Set(ones).size === ones.length) return [];
  return named.filter(({ target }) => {
    const one = oneOfIt(target);
    return one !== undefined && ones.indexOf(one) !== ones.lastIndexOf(one);
  });
}

function linesReader(reading: Reading): (raw: Raw<string>) => Read | undefined {
  const targets = new Map<string, Target | undefined>();
  return ({ line, value: text }) => {
    if (text.trim() === '') return undefined;
    const record = parsed(text);
    if (record === undefined) return { faults: [{ line, field: null, code: 'not-json' }] };
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      return { faults: [{ line, field: null, code: 'not-object' }] };
    const fields: Field[] = [];
    const faults: Fault[] = [];
    for (const [name, value] of Object.entries(record)) {
      if (!targets.has(name) && targets.size < MOST_NAMES)
        targets.set(name, targetOf(name, reading.catalogue, reading.map));
      const target = targets.get(name);
      if (target === undefined) faults.push({ line, field: name.slice(0, 100), code: 'unknown-field' });
      else fields.push({ name, target, value });
    }
    for (const { name } of repeatedIn(fields)) faults.push({ line, field: name, code: 'said-twice' });
    const read = readRow(line, fields, reading, false);
    if (faults.length === 0) return read;
    return { faults: [...faults, ...('faults' in read ? read.faults : [])] };
  };
}

const MOST_NAMES = 1_000;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
