// The types of our expressions and what may be done with them, as tables for condition-guard.ts.

/** The types that expressions have, as far as a walk can tell. */
export type Kind = 'number' | 'string' | 'boolean' | 'instant' | 'duration' | 'strings' | 'numbers' | 'list';

/** What a list is made of, where that is known. */
export const elementOf = (kind: Kind | undefined): Kind | undefined =>
  kind === 'strings' ? 'string' : kind === 'numbers' ? 'number' : undefined;

/** What can be compared by size. */
export const ORDERED: ReadonlySet<Kind> = new Set<Kind>(['number', 'string', 'instant', 'duration']);

/** What can be calculated, and what it gives. */
export const SUMS: Readonly<Record<string, Kind>> = {
  'number + number': 'number',
  'number - number': 'number',
  'number * number': 'number',
  'number / number': 'number',
  'number % number': 'number',
  'string + string': 'string',
  'strings + strings': 'strings',
  'numbers + numbers': 'numbers',
  'instant - instant': 'duration',
  'instant + duration': 'instant',
  'instant - duration': 'instant',
  'duration + duration': 'duration',
  'duration - duration': 'duration',
};

/** What the conversions take. */
export const TAKES: Readonly<Record<'size' | 'int' | 'double' | 'string' | 'bool', readonly Kind[]>> = {
  size: ['string', 'strings', 'numbers', 'list'],
  int: ['number', 'string'],
  double: ['number', 'string'],
  string: ['string', 'number', 'boolean'],
  bool: ['boolean', 'string'],
};

/** How a moment and a span are written. */
export const EXAMPLES = {
  timestamp: 'timestamp("2026-12-01T12:00:00Z")',
  duration: 'duration("48h")',
} as const;
/** The functions there are: `name(…)`. */
export const FUNCTIONS = ['has', 'size', 'like', 'timestamp', 'duration', 'int', 'double', 'string', 'bool'];
/** The methods there are: `value.name(…)`. */
export const METHODS = [
  'contains',
  'startsWith',
  'endsWith',
  'lowerAscii',
  'upperAscii',
  'trim',
  'size',
  'all',
  'exists',
  'exists_one',
  'map',
  'filter',
];
