// Rows that differ in nothing but their ordinal, as the stretches of ordinals that follow each other: what a shard does at once
// is alike, so thousands of rows travel to the database as a few, and it makes them out of the numbers.
// Not the tables: whoever writes them says which columns they have.

/** Rows `first` to `last`, which are all like `row`. */
export interface Stretch<Row> {
  readonly row: Row;
  readonly first: number;
  readonly last: number;
}

/**
 * Finds the stretches. `likeness`: two rows with the same text differ in their ordinal alone. Rows need not be sorted; those of
 * one likeness come out in the order in which they went in.
 */
export function stretchesOf<Row extends { readonly ordinal: number }>(
  rows: readonly Row[],
  likeness: (row: Row) => string,
): Stretch<Row>[] {
  const open = new Map<string, { row: Row; first: number; last: number }[]>();
  for (const row of rows) {
    const key = likeness(row);
    let own = open.get(key);
    if (own === undefined) open.set(key, (own = []));
    const before = own.at(-1);
    if (before !== undefined && row.ordinal === before.last + 1) before.last = row.ordinal;
    else own.push({ row, first: row.ordinal, last: row.ordinal });
  }
  return [...open.values()].flat();
}

/** The ends of stretches, as two columns. */
export const endsOf = (stretches: readonly Stretch<unknown>[]): [number[], number[]] => [
  stretches.map(({ first }) => first),
  stretches.map(({ last }) => last),
];

/** A row of `from` for each ordinal of the stretches that its columns `first` and `last` name, as column `ordinal`. */
export const eachOf = (from: string): string =>
  `${from} cross join lateral generate_series(first, last) as ordinal`;
