// What an advance has decided, as the few bytes a visit that travel from the workflow to its turn.
// As JSON they would be a megabyte for ten thousand members, written and read at every turn. No history holds them.
import type { Ended, Listen, Passed, VisitKey } from '../../engine/run/protocol.ts';
import type { Settlement } from '../contract.ts';
import { packColumns, unpackColumns } from './columns.ts';

type Columns = readonly (readonly number[])[];

/** A list as columns of whole numbers, and back. `texts` keeps what is no number. */
interface Table<Row> {
  readonly columns: (rows: readonly Row[], texts: Texts) => number[][];
  /** The row at a place. Spelled out: it is made ten thousand times at a turn. */
  readonly row: (columns: Columns, place: number, texts: readonly string[]) => Row;
}

const keys = (rows: readonly VisitKey[]): number[][] => [
  rows.map(({ node }) => node),
  rows.map(({ ordinal }) => ordinal),
  rows.map(({ lap }) => lap),
];

const passed: Table<Passed> = {
  columns: (rows, texts) => [
    ...keys(rows),
    rows.map(({ at }) => at),
    rows.map(({ lateMs }) => lateMs),
    rows.map(({ port }) => texts.of(port)),
    rows.map(({ skipped }) => texts.of(skipped ?? null)),
  ],
  row: (columns, place, texts) => {
    const visit = {
      node: columns[0]![place]!,
      ordinal: columns[1]![place]!,
      lap: columns[2]![place]!,
      at: columns[3]![place]!,
      lateMs: columns[4]![place]!,
      port: texts[columns[5]![place]! - 1] ?? null,
    };
    const skipped = texts[columns[6]![place]! - 1] as Passed['skipped'];
    return skipped === undefined ? visit : { ...visit, skipped };
  },
};

const listens: Table<Listen> = {
  columns: (rows) => [...keys(rows), rows.map(({ since }) => since), rows.map(({ until }) => until)],
  row: (columns, place) => ({
    node: columns[0]![place]!,
    ordinal: columns[1]![place]!,
    lap: columns[2]![place]!,
    since: columns[3]![place]!,
    until: columns[4]![place]!,
  }),
};

const dropped: Table<VisitKey> = {
  columns: keys,
  row: (columns, place) => ({
    node: columns[0]![place]!,
    ordinal: columns[1]![place]!,
    lap: columns[2]![place]!,
  }),
};

const ended: Table<Ended> = {
  columns: (rows, texts) => [
    rows.map(({ graph }) => graph),
    rows.map(({ ordinal }) => ordinal),
    rows.map(({ at }) => at),
    rows.map(({ reason }) => texts.of(reason)),
  ],
  row: (columns, place, texts) => ({
    graph: columns[0]![place]!,
    ordinal: columns[1]![place]!,
    at: columns[2]![place]!,
    reason: texts[columns[3]![place]! - 1]!,
  }),
};

/** Ports and reasons: each once, by its number from 1 on; 0 is none. */
class Texts {
  readonly #numbers = new Map<string, number>();

  of(text: string | null): number {
    if (text === null) return 0;
    let number = this.#numbers.get(text);
    if (number === undefined) this.#numbers.set(text, (number = this.#numbers.size + 1));
    return number;
  }

  get all(): string[] {
    return [...this.#numbers.keys()];
  }
}

/** What is not one of a thousand alike, as JSON before the tables. */
interface Head extends Pick<Settlement, 'stuck' | 'wake' | 'done'> {
  readonly texts: readonly string[];
  /** Bytes of each table, in the order of {@link unpackSettlement}. */
  readonly sizes: readonly number[];
}

/** A settlement as bytes. */
export function packSettlement(settlement: Settlement): Uint8Array {
  const texts = new Texts();
  const tables = [
    passed.columns(settlement.passed, texts),
    listens.columns(settlement.listens, texts),
    dropped.columns(settlement.dropped, texts),
    ended.columns(settlement.ended, texts),
  ].map(packColumns);
  const { stuck, wake, done } = settlement;
  const sizes = tables.map(({ length }) => length);
  const head = new TextEncoder().encode(
    JSON.stringify({ stuck, wake, done, texts: texts.all, sizes } satisfies Head),
  );
  const bytes = new Uint8Array(4 + head.length + sizes.reduce((sum, size) => sum + size, 0));
  new DataView(bytes.buffer).setUint32(0, head.length);
  let at = 4;
  for (const part of [head, ...tables]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Reverses {@link packSettlement}. */
export function unpackSettlement(bytes: Uint8Array): Settlement {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const { stuck, wake, done, texts, sizes } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(4, 4 + size)),
  ) as Head;
  let at = 4 + size;
  const next = <Row>(table: Table<Row>, place: number): Row[] => {
    const columns = unpackColumns(bytes.subarray(at, (at += sizes[place]!)));
    return (columns[0] ?? []).map((_, row) => table.row(columns, row, texts));
  };
  return {
    passed: next(passed, 0),
    listens: next(listens, 1),
    dropped: next(dropped, 2),
    ended: next(ended, 3),
    stuck,
    wake,
    done,
  };
}
