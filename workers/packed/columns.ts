// Columns of whole numbers as bytes, and back. Knows nothing of what the numbers mean.
// Invariant: the layout never changes, since histories hold such bytes and replay for ever.

/**
 * Columns of whole numbers as bytes: count of columns, count of rows, then each value as the zigzag difference from
 * the one above it, seven bits a byte. Whatever repeats or counts up takes one byte.
 */
export function packColumns(columns: readonly ArrayLike<number>[]): Uint8Array {
  const rows = columns[0]?.length ?? 0;
  // Eight bytes hold any whole number; most take one.
  let out = new Uint8Array(2 * columns.length * rows + 64);
  let length = 0;
  const put = (value: number): void => {
    if (length + 8 > out.length) {
      const wider = new Uint8Array(2 * out.length);
      wider.set(out);
      out = wider;
    }
    // Instants pass 2^32, so this divides where integers would shift.
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) out[length++] = (rest % 128) + 128;
    out[length++] = rest;
  };
  put(columns.length);
  put(rows);
  for (const column of columns) {
    let before = 0;
    for (let row = 0; row < column.length; row++) {
      const value = column[row] ?? 0;
      const step = value - before;
      put(step < 0 ? -2 * step - 1 : 2 * step);
      before = value;
    }
  }
  return out.slice(0, length);
}

/** Reverses {@link packColumns}. */
export function unpackColumns(bytes: Uint8Array): number[][] {
  let at = 0;
  const take = (): number => {
    const first = bytes[at++] ?? 0;
    if (first < 128) return first;
    let value = first - 128;
    for (let weight = 128; ; weight *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte % 128) * weight;
      if (byte < 128) return value;
    }
  };
  const count = take();
  const rows = take();
  return Array.from({ length: count }, () => {
    const column: number[] = [];
    let before = 0;
    for (let row = 0; row < rows; row++) {
      const step = take();
      before += step % 2 === 1 ? -(step + 1) / 2 : step / 2;
      column.push(before);
    }
    return column;
  });
}
