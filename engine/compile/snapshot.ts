// The first look at what came in: a clean, bounded copy of plain JSON, so that everything after it can trust what it reads.
// Knows nothing of playbooks. What is too large or too deep is not looked at any further.
import type { Json } from '../json.ts';
import { inside } from './pointer.ts';
import type { Report } from './report.ts';

/** The most that is read of a document. */
export const SNAPSHOT_LIMITS = { depth: 100, values: 300_000, characters: 5_000_000 } as const;

const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** A copy of the value, or undefined when there is nothing that could be checked further. */
export function snapshot(value: unknown, report: Report): Json | undefined {
  const state: Reading = { report, values: 0, characters: 0, given: false };
  try {
    const copy = read(value, '', 0, state);
    return state.given ? undefined : copy;
  } catch (error) {
    // Only an object with code of its own (a getter, a proxy) comes here.
    report.add('E-NOT-JSON', { pointer: '' }, { got: error instanceof Error ? error.message : 'throws' });
    return undefined;
  }
}

interface Reading {
  readonly report: Report;
  values: number;
  characters: number;
  /** Given up: too large or too deep. */
  given: boolean;
}

function read(value: unknown, pointer: string, depth: number, state: Reading): Json | undefined {
  state.values += 1;
  if (state.values > SNAPSHOT_LIMITS.values) return tooLarge(state, 'values');
  switch (typeof value) {
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return Object.is(value, -0) ? 0 : value;
      break;
    case 'string':
      return readText(value, pointer, state);
    case 'object': {
      if (value === null) return null;
      if (depth >= SNAPSHOT_LIMITS.depth) {
        if (!state.given) state.report.add('E-TOO-DEEP', { pointer }, { limit: SNAPSHOT_LIMITS.depth });
        state.given = true;
        return undefined;
      }
      if (Array.isArray(value)) return readList(value, pointer, depth, state);
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Object.prototype || prototype === null)
        return readObject(value, pointer, depth, state);
      break;
    }
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
  }
  const got = typeof value === 'object' ? Object.prototype.toString.call(value) : `${typeof value}`;
  state.report.add('E-NOT-JSON', { pointer }, { got: typeof value === 'number' ? String(value) : got });
  return undefined;
}

function readList(
  value: readonly unknown[],
  pointer: string,
  depth: number,
  state: Reading,
): Json | undefined {
  if (value.length > SNAPSHOT_LIMITS.values) return tooLarge(state, 'values');
  const copy: Json[] = [];
  for (let index = 0; index < value.length && !state.given; index += 1) {
    copy.push(read(value[index], inside(pointer, index), depth + 1, state) ?? null);
  }
  return copy;
}

function readObject(value: object, pointer: string, depth: number, state: Reading): Json {
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    if (state.given) break;
    if (REFUSED_KEYS.has(key)) {
      state.report.add('E-KEY-REFUSED', { pointer: inside(pointer, key) }, { key });
      continue;
    }
    const place = inside(pointer, key);
    readText(key, place, state);
    const item = read((value as Readonly<Record<string, unknown>>)[key], place, depth + 1, state);
    if (item !== undefined) copy[key] = item;
  }
  return copy;
}

function readText(text: string, pointer: string, state: Reading): string {
  state.characters += text.length;
  if (state.characters > SNAPSHOT_LIMITS.characters) tooLarge(state, 'characters');
  else if (text.includes('\0')) state.report.add('E-CHARACTER', { pointer }, { got: 'U+0000' });
  else if (/\p{Surrogate}/u.test(text))
    state.report.add('E-CHARACTER', { pointer }, { got: 'U+D800–U+DFFF' });
  return text;
}

const UNITS = { values: ['值', 'values'], characters: ['字符', 'characters'] } as const;

function tooLarge(state: Reading, what: keyof typeof UNITS): undefined {
  const [unitZh, unitEn] = UNITS[what];
  if (!state.given) state.report.add('E-TOO-LARGE', {}, { limit: SNAPSHOT_LIMITS[what], unitZh, unitEn });
  state.given = true;
  return undefined;
}
