// Bytes of an upload as text: UTF-8 with or without a mark, UTF-16 in either order as Excel saves "Unicode text", GB18030 (and with it GBK) as Chinese Excel saves CSV.
// Not lines or records, see records.ts.

import { TextDecoder } from 'node:util';

/** What a text is written in. `auto` looks at its marks, then at the first bytes beyond ASCII. */
export type Encoding = (typeof ENCODINGS)[number];
export const ENCODINGS = ['auto', 'utf-8', 'gb18030', 'utf-16le', 'utf-16be'] as const;

/** So many bytes beyond ASCII decide; an unlucky text of fewer could be either. */
const ENOUGH = 4_096;

/** Decodes chunk by chunk. What cannot be read becomes U+FFFD, which no field may hold. */
export class Decoder {
  #decoder: TextDecoder | undefined;
  /** Kept back until the encoding is known. */
  #held = Buffer.alloc(0);
  #isFirst = true;

  constructor(encoding: Encoding) {
    if (encoding !== 'auto') this.#decoder = new TextDecoder(encoding);
  }

  /** The text of the next bytes; `isLast` says that there are no more. */
  decode(chunk: Uint8Array, isLast = false): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(chunk, { stream: !isLast });
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    if (this.#isFirst && this.#held.length < 3 && !isLast) return '';
    const marked = this.#isFirst ? markOf(this.#held) : undefined;
    this.#isFirst = false;
    if (marked !== undefined) return this.#begin(marked, isLast);
    const beyond = this.#held.findIndex((byte) => byte > 0x7f);
    if (beyond >= 0 && (isLast || this.#held.length - beyond >= ENOUGH))
      return this.#begin(isUtf8(this.#held.subarray(beyond), isLast) ? 'utf-8' : 'gb18030', isLast);
    // What is ASCII is the same in both.
    const plain = this.#held.subarray(0, beyond < 0 ? undefined : beyond).toString('latin1');
    this.#held = beyond < 0 ? Buffer.alloc(0) : Buffer.from(this.#held.subarray(beyond));
    return plain;
  }

  #begin(encoding: string, isLast: boolean): string {
    this.#decoder = new TextDecoder(encoding);
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return this.#decoder.decode(held, { stream: !isLast });
  }
}

function markOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function isUtf8(bytes: Uint8Array, isLast: boolean): boolean {
  try {
    // A character may be cut off at the end of what has come so far.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !isLast });
    return true;
  } catch {
    return false;
  }
}
