// Rows that differ in nothing but their ordinal, as the stretches of ordinals that follow each other: what a shard does at once
// is alike, so thousands of rows travel to the database as a few, and it makes them out of the numbers.
// Not the tables: whoever writes them says which columns they have.

/** Rows `first` to `last`, which are all like `row`. */
export interface Stretch<Row> {
  readonly row: Row;
  readonly first: number;
  readonly last: number;
}

/** Rows that are all like `row`, in the stretches in which they came. */
export interface Alike<Row> {
  readonly row: Row;
  readonly stretches: readonly Stretch<Row>[];
}

/**
 * Puts together what is alike. `likeness`: two rows with the same text differ in their ordinal alone. Rows need not be sorted;
 * those of one likeness come out in the order in which they went in.
 */
export function alikeOf<Row extends { readonly ordinal: number }>(
  rows: readonly Row[],
  likeness: (row: Row) => string,
): Alike<Row>[] {
  const open = new Map<string, { row: Row; first: number; last: number }[]>();
  for (const row of rows) {
    const key = likeness(row);
    let own = open.get(key);
    if (own === undefined) open.set(key, (own = []));
    const before = own.at(-1);
    if (before !== undefined && row.ordinal === before.last + 1) before.last = row.ordinal;
    else own.push({ row, first: row.ordinal, last: row.ordinal });
  }
  return [...open.values()].map((stretches) => ({ row: stretches[0]!.row, stretches }));
}

/** How many rows are alike. */
export const sizeOf = ({ stretches }: Alike<unknown>): number =>
  stretches.reduce((sum, { first, last }) => sum + last - first + 1, 0);

/** The stretches of all rows, one likeness after the other; see {@link alikeOf}. */
export const stretchesOf = <Row extends { readonly ordinal: number }>(
  rows: readonly Row[],
  likeness: (row: Row) => string,
): Stretch<Row>[] => alikeOf(rows, likeness).flatMap(({ stretches }) => stretches);

/** The ends of stretches, as two columns. */
export const endsOf = (stretches: readonly Stretch<unknown>[]): [number[], number[]] => [
  stretches.map(({ first }) => first),
  stretches.map(({ last }) => last),
];

/** A row of `from` for each ordinal of the stretches that its columns `first` and `last` name, as column `ordinal`. */
export const eachOf = (from: string): string =>
  `${from} cross join lateral generate_series(first, last) as ordinal`;
