// Canonical JSON and SHA-256 in plain arithmetic: the same name for the same meaning, in every runtime.
// Not for secrets: it is not written against timing attacks.

/** JSON with sorted keys and without spaces: the same bytes for the same value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/**
 * A copy whose keys are sorted at every level, so that plain `JSON.stringify` gives canonical bytes.
 * Invariant: the value is JSON; keys whose value is undefined are left out.
 */
export function sorted<T>(value: T): T {
  return sortedCopy(value) as T;
}

// What is in order already is not copied: most of a plan is made in order.
function sortedCopy(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    let copied: unknown[] | undefined;
    for (let index = 0; index < list.length; index += 1) {
      const item = sortedCopy(list[index]);
      if (item !== list[index]) copied ??= [...list];
      if (copied !== undefined) copied[index] = item;
    }
    return copied ?? list;
  }
  const object = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(object);
  let isSorted = true;
  for (let index = 0; isSorted && index < keys.length; index += 1) {
    const key = keys[index]!;
    const item = object[key];
    isSorted = (index === 0 || keys[index - 1]! < key) && item !== undefined && sortedCopy(item) === item;
  }
  if (isSorted) return object;
  const copy: Record<string, unknown> = {};
  for (const key of inOrder(keys)) {
    const item = object[key];
    if (item !== undefined) copy[key] = sortedCopy(item);
  }
  return copy;
}

/** Sorts a few keys in place; `Array.prototype.sort` allocates more than the keys themselves, thousands of times a plan. */
function inOrder(keys: string[]): string[] {
  if (keys.length > 20) return keys.sort();
  for (let index = 1; index < keys.length; index += 1) {
    const key = keys[index]!;
    let at = index;
    for (; at > 0 && keys[at - 1]! > key; at -= 1) keys[at] = keys[at - 1]!;
    keys[at] = key;
  }
  return keys;
}

/** The SHA-256 of a text's UTF-8 bytes, in hexadecimal. */
export function sha256(text: string): string {
  const state = Int32Array.from(INITIAL);
  // The block that is being filled, sixteen words, and behind it the words that are made from them.
  const words = new Int32Array(64);
  let bytes = 0;
  const put = (byte: number): void => {
    const at = bytes & 63;
    const shifted = byte << (24 - (at & 3) * 8);
    words[at >> 2] = (at & 3) === 0 ? shifted : words[at >> 2]! | shifted;
    bytes += 1;
    if (at === 63) mixBlock(state, words);
  };
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) put(unit);
    else {
      const code = unit < 0xd8_00 ? unit : (text.codePointAt(index) ?? unit);
      if (code > 0xff_ff) index += 1;
      putLong(code, put);
    }
  }
  const length = bytes;
  put(0x80);
  while ((bytes & 63) !== 56) put(0);
  words[14] = Math.floor(length / 0x2000_0000);
  words[15] = length << 3;
  mixBlock(state, words);
  return [...state].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The two to four bytes of a character beyond ASCII. */
function putLong(code: number, put: (byte: number) => void): void {
  if (code < 0x8_00) put(0xc0 | (code >> 6));
  else {
    if (code < 0x1_00_00) put(0xe0 | (code >> 12));
    else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
    }
    put(0x80 | ((code >> 6) & 0x3f));
  }
  put(0x80 | (code & 0x3f));
}

// The names are those of FIPS 180-4, section 6.2.
function mixBlock(state: Int32Array, w: Int32Array): void {
  for (let t = 16; t < 64; t += 1) {
    const w15 = w[t - 15]!;
    const w2 = w[t - 2]!;
    const s0 = turn(w15, 7) ^ turn(w15, 18) ^ (w15 >>> 3);
    const s1 = turn(w2, 17) ^ turn(w2, 19) ^ (w2 >>> 10);
    w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
  }
  // Not destructured: this runs once for every 64 bytes.
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t += 1) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[t]! + w[t]!) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  // A typed array wraps around at 32 bits by itself.
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

// The standard's constants are the first bits of the fractions of roots of primes, so they need not be typed.
const PRIMES = firstPrimes(64);
const INITIAL = PRIMES.slice(0, 8).map((prime) => fractionBits(Math.sqrt(prime)));
const ROUND = Int32Array.from(PRIMES, (prime) => fractionBits(Math.cbrt(prime)));

function fractionBits(root: number): number {
  return Math.floor((root - Math.floor(root)) * 0x1_0000_0000) | 0;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}
