// Canonical JSON and SHA-256 in plain arithmetic: the same name for the same meaning, in every runtime.
// Not for secrets: it is not written against timing attacks.
import type { Json } from '../json.ts';

/** JSON with sorted keys and without spaces: the same bytes for the same value. Keys whose value is undefined are left out. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  const object = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(object).sort()) {
    const item = object[key];
    if (item !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(item)}`;
  }
  return `{${text}}`;
}

/** A copy whose keys are sorted at every level, so that even plain `JSON.stringify` gives canonical bytes. */
export function sorted<T extends Json>(value: T): T {
  return sortedCopy(value) as T;
}

function sortedCopy(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(sortedCopy);
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value).sort()) copy[key] = sortedCopy(value[key] ?? null);
  return copy;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** The SHA-256 of a text's UTF-8 bytes, in hexadecimal. */
export function sha256(text: string): string {
  const words = paddedWords(text);
  const state = Int32Array.from(INITIAL);
  const schedule = new Int32Array(64);
  for (let offset = 0; offset < words.length; offset += 16) mixBlock(state, words, offset, schedule);
  return [...state].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

// Big-endian words: the text's bytes, the bit 1, zeros, and the length in bits.
function paddedWords(text: string): Int32Array {
  const bytes = utf8(text);
  const words = new Int32Array((((bytes.length + 8) >> 6) + 1) * 16);
  for (let at = 0; at < bytes.length; at += 1) words[at >> 2]! |= bytes[at]! << (24 - (at & 3) * 8);
  words[bytes.length >> 2]! |= 0x80 << (24 - (bytes.length & 3) * 8);
  words[words.length - 2] = Math.floor(bytes.length / 0x2000_0000);
  words[words.length - 1] = bytes.length << 3;
  return words;
}

function utf8(text: string): Uint8Array {
  // A UTF-16 unit never needs more than three bytes; a pair of them needs four.
  const bytes = new Uint8Array(text.length * 3);
  let at = 0;
  for (let index = 0; index < text.length; index += 1) {
    let code = text.charCodeAt(index);
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    if (code >= 0xd8_00 && code < 0xe0_00) {
      code = text.codePointAt(index) ?? 0;
      if (code > 0xff_ff) index += 1;
    }
    if (code < 0x8_00) bytes[at++] = 0xc0 | (code >> 6);
    else {
      if (code < 0x1_00_00) bytes[at++] = 0xe0 | (code >> 12);
      else {
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
      }
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
    }
    bytes[at++] = 0x80 | (code & 0x3f);
  }
  return bytes.subarray(0, at);
}

// The names are those of FIPS 180-4, section 6.2.
function mixBlock(state: Int32Array, words: Int32Array, offset: number, w: Int32Array): void {
  for (let t = 0; t < 16; t += 1) w[t] = words[offset + t]!;
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
