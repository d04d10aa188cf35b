// The first look at what came in: a clean, bounded copy of plain JSON, so that everything after it can trust what it reads.
// Knows nothing of playbooks. What is too large or too deep is not looked at any further.
import type { Json } from '../json.ts';
import { inside } from './pointer.ts';
import type { Report } from './report.ts';

/** The most that is read of a document. */
export const SNAPSHOT_LIMITS = { depth: 100, values: 1_000_000, characters: 5_000_000 } as const;

const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** A copy of the value, or undefined when there is nothing that could be checked further. */
export function snapshot(value: unknown, report: Report): Json | undefined {
  const state: Reading = { report, path: [], values: 0, characters: 0, given: false };
  try {
    const copy = read(value, state);
    return state.given ? undefined : copy;
  } catch (error) {
    // Only an object with code of its own (a getter, a proxy) comes here.
    report.add('E-NOT-JSON', { pointer: '' }, { got: error instanceof Error ? error.message : 'throws' });
    return undefined;
  }
}

interface Reading {
  readonly report: Report;
  /** Keys and indexes from the root: pointers are made only for what is reported. */
  readonly path: (string | number)[];
  values: number;
  characters: number;
  /** Given up: too large or too deep. */
  given: boolean;
}

const here = ({ path }: Reading): { readonly pointer: string } => ({
  pointer: path.reduce<string>(inside, ''),
});

function read(value: unknown, state: Reading): Json | undefined {
  state.values += 1;
  if (state.values > SNAPSHOT_LIMITS.values) return tooLarge(state, 'values');
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return Object.is(value, -0) ? 0 : value;
      break;
    case 'string':
      return readText(value, state);
    case 'object': {
      if (value === null) return null;
      if (state.path.length >= SNAPSHOT_LIMITS.depth) return tooDeep(state);
      if (Array.isArray(value)) return readList(value, state);
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Object.prototype || prototype === null) return readObject(value, state);
      break;
    }
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
  }
  const got = typeof value === 'object' ? Object.prototype.toString.call(value) : typeof value;
  state.report.add('E-NOT-JSON', here(state), { got: typeof value === 'number' ? String(value) : got });
  return undefined;
}

function readList(value: readonly unknown[], state: Reading): Json | undefined {
  if (value.length > SNAPSHOT_LIMITS.values) return tooLarge(state, 'values');
  const copy: Json[] = [];
  for (let index = 0; index < value.length && !state.given; index += 1) {
    state.path.push(index);
    copy.push(read(value[index], state) ?? null);
    state.path.pop();
  }
  return copy;
}

function readObject(value: object, state: Reading): Json {
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    if (state.given) break;
    state.path.push(key);
    if (REFUSED_KEYS.has(key)) state.report.add('E-KEY-REFUSED', here(state), { key });
    else {
      readText(key, state);
      const item = read((value as Readonly<Record<string, unknown>>)[key], state);
      if (item !== undefined) copy[key] = item;
    }
    state.path.pop();
  }
  return copy;
}

function readText(text: string, state: Reading): string {
  state.characters += text.length;
  if (state.characters > SNAPSHOT_LIMITS.characters) tooLarge(state, 'characters');
  else if (SUSPECT.test(text)) {
    // Two halves that belong together are one character; a half alone is none.
    if (text.includes('\0')) state.report.add('E-CHARACTER', here(state), { got: 'U+0000' });
    else if (/\p{Surrogate}/u.test(text))
      state.report.add('E-CHARACTER', here(state), { got: 'U+D800–U+DFFF' });
  }
  return text;
}

// oxlint-disable-next-line no-control-regex -- the character that no database text can hold
const SUSPECT = /[\0\ud800-\udfff]/;

function tooDeep(state: Reading): undefined {
  if (!state.given) state.report.add('E-TOO-DEEP', here(state), { limit: SNAPSHOT_LIMITS.depth });
  state.given = true;
  return undefined;
}

const UNITS = { values: ['值', 'values'], characters: ['字符', 'characters'] } as const;

function tooLarge(state: Reading, what: keyof typeof UNITS): undefined {
  const [unitZh, unitEn] = UNITS[what];
  if (!state.given) state.report.add('E-TOO-LARGE', {}, { limit: SNAPSHOT_LIMITS[what], unitZh, unitEn });
  state.given = true;
  return undefined;
}
