// Numbers and short texts as bytes: small numbers take one, whatever is written first is read first.
// Not a format of its own; pack.ts says what is written.

/** Writes bytes into a buffer that grows. */
export class ByteWriter {
  #bytes = new Uint8Array(1_024);
  #length = 0;

  /** A whole number from 0 to 2^53 - 1, in 7-bit groups, the lowest first. */
  count(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      // Beyond 32 bits the bitwise operators lose the upper part.
      this.#push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#push(rest);
  }

  /** A whole number of either sign. */
  integer(value: number): void {
    this.count(value < 0 ? -value * 2 - 1 : value * 2);
  }

  /** A text, by its UTF-16 units. */
  text(value: string): void {
    this.count(value.length);
    for (let index = 0; index < value.length; index += 1) this.count(value.charCodeAt(index));
  }

  /** A list: its length, then every item as `write` puts it. */
  list<Item>(items: readonly Item[], write: (item: Item) => void): void {
    this.count(items.length);
    for (const item of items) write(item);
  }

  /** What was written. */
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const wider = new Uint8Array(this.#length * 2);
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes[this.#length++] = byte;
  }
}

/** Reads what a {@link ByteWriter} wrote. Throws when the bytes end too early. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  count(): number {
    let value = 0;
    for (let weight = 1; ; weight *= 0x80) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw new RangeError('The packed state ends too early.');
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
    }
  }

  integer(): number {
    const value = this.count();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  text(): string {
    const units = Array.from({ length: this.count() }, () => this.count());
    return units.map((unit) => String.fromCharCode(unit)).join('');
  }

  list<Item>(read: () => Item): Item[] {
    return Array.from({ length: this.count() }, () => read());
  }
}
