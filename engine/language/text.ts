// Texts with placeholders (Liquid): which ones a text uses, whether they exist, and the text with its values put in.
// Neither checking nor rendering throws. Not files, not partials, not the clock: everything of Liquid that reaches beyond the text is gone.
import { Liquid, type Template, type Variable } from 'liquidjs';
import { parseLocal } from '../calendar/resolve.ts';
import { sayInstant, type WhenStyle } from '../calendar/say.ts';
import { isInstant, parseInstant } from '../instant.ts';
import { isAddress, showLink, withoutMarks, type MakeLink } from './links.ts';
import { FIELD_ROOTS, nearest, pathsOf, type FieldSchema } from './rule.ts';
import { tooManyRounds } from './text-rounds.ts';

/** A placeholder as it stands in a text. Rows and columns count from 1. */
export interface Placeholder {
  readonly path: string;
  readonly row: number;
  readonly column: number;
}

/** What can be wrong with a text before it is rendered. */
export type TextProblemCode =
  | 'syntax'
  | 'unknown-placeholder'
  | 'unknown-filter'
  | 'refused' // a tag or form of Liquid that we do not take
  | 'too-many-rounds'
  | 'too-large';

/** A finding about a text. */
export interface TextProblem {
  readonly code: TextProblemCode;
  readonly row: number;
  readonly column: number;
  readonly what: string;
  /** The known name that is most like it. */
  readonly suggestion?: string | undefined;
}

/** What a text uses, and everything that is wrong with it. */
export interface CheckedText {
  readonly placeholders: readonly Placeholder[];
  readonly problems: readonly TextProblem[];
}

/** Why a text could not be made. `absent`: a placeholder has no value. `too-long`: the result, or the work, passes a limit. */
export interface RenderProblem {
  readonly code: 'absent' | 'syntax' | 'too-long' | 'failed';
  readonly what: string;
}

/** Whose calendar and words a text speaks. */
export interface Reader {
  readonly zone: string;
  readonly locale: string;
  /** What stands for a link. Default: as a calendar shows it. */
  readonly link?: MakeLink;
}

/** The values of placeholders by root and key: texts, numbers, booleans, lists of these; instants for the filter `when`. */
export type TextValues = Readonly<Partial<Record<string, Readonly<Record<string, unknown>>>>>;

/** The longest text that is read, the longest that is made, and how often its loops may go round. */
export const TEXT_LIMITS = { sourceChars: 10_000, resultChars: 20_000, rounds: 10_000 } as const;

/**
 * Finds the placeholders of a text and what is wrong with it.
 * `known` are the fields there are, as paths (`params.topic`) or as their schema.
 *
 * @example checkText('{{ params.topic }}', new Set(['params.topic'])).problems // []
 */
export function checkText(source: string, known: ReadonlySet<string> | FieldSchema): CheckedText {
  const failed = (problem: TextProblem): CheckedText => ({ placeholders: [], problems: [problem] });
  if (typeof source !== 'string') return failed({ code: 'syntax', row: 1, column: 1, what: typeof source });
  if (source.length > TEXT_LIMITS.sourceChars)
    return failed({ code: 'too-large', row: 1, column: 1, what: String(source.length) });
  try {
    const paths: ReadonlySet<string> = known instanceof Set ? known : new Set(pathsOf(known as FieldSchema));
    const reading = read(source);
    const rounds = tooManyRounds(reading.template, TEXT_LIMITS.rounds);
    if (rounds !== undefined) return failed({ code: 'too-many-rounds', ...rounds });
    return findPlaceholders(variablesOf(reading), paths);
  } catch (error) {
    return failed(parseProblem(error));
  }
}

/**
 * Puts the values into a text. A placeholder without a value is a problem, never a hole in a message;
 * `{{ member.displayName | default: "朋友" }}` says what to write instead.
 */
export function renderText(
  source: string,
  values: TextValues,
  reader: Reader,
): { readonly text: string } | { readonly problem: RenderProblem } {
  if (typeof source !== 'string') return { problem: { code: 'syntax', what: typeof source } };
  if (source.length > TEXT_LIMITS.sourceChars)
    return { problem: { code: 'too-long', what: String(source.length) } };
  try {
    const reading = read(source);
    const scope = { ...scopeOf(values), links: linksOf(reading, reader.link ?? showLink) };
    const rendered: unknown = liquid.renderSync(reading.template, scope, { globals: { [READER]: reader } });
    const text = String(rendered);
    return text.length > TEXT_LIMITS.resultChars
      ? { problem: { code: 'too-long', what: String(text.length) } }
      : { text };
  } catch (error) {
    return { problem: renderProblem(error) };
  }
}

const TAGS = new Set([
  'assign',
  'break',
  'capture',
  'case',
  'comment',
  'continue',
  'echo',
  'for',
  'if',
  'raw',
  'unless',
  '#',
]);

const FILTERS = new Set(
  (
    'abs append at_least at_most capitalize ceil compact concat counted default divided_by downcase escape first floor join last lstrip ' +
    'minus modulo plus prepend remove remove_first replace replace_first reverse round rstrip size slice sort split strip ' +
    'strip_newlines times truncate uniq upcase when'
  ).split(' '),
);

// A symbol, so that no text can name it.
const READER = Symbol('reader');

const liquid = makeLiquid();

function makeLiquid(): Liquid {
  const engine = new Liquid({
    templates: {},
    cache: false,
    dynamicPartials: false,
    relativeReference: false,
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    lenientIf: true,
    parseLimit: TEXT_LIMITS.sourceChars,
    memoryLimit: 200_000,
    // A stored instant is nothing to read: without a filter it is said as `when` says it.
    outputEscape: sayStored as (value: unknown) => string,
    // Milliseconds: the last net, wide enough never to depend on a busy machine. What counts is bounded by the others.
    renderLimit: 5_000,
  });
  engine.registerFilter('when', sayWhen);
  engine.registerFilter('counted', countedLink);
  for (const tag of Object.keys(engine.tags)) if (!TAGS.has(tag)) delete engine.tags[tag];
  for (const filter of Object.keys(engine.filters)) if (!FILTERS.has(filter)) delete engine.filters[filter];
  return engine;
}

/** A text that has been read, with its variables once they were asked for. */
interface Reading {
  readonly template: Template[];
  variables?: readonly Variable[];
}

// One text goes to thousands of members, and an editor checks the same texts after every stroke.
const readings = new Map<string, Reading>();
const MAX_READINGS = 5_000;

function read(source: string): Reading {
  const known = readings.get(source);
  if (known !== undefined) return known;
  const reading: Reading = { template: liquid.parse(source) };
  if (readings.size >= MAX_READINGS) readings.clear();
  readings.set(source, reading);
  return reading;
}

function variablesOf(reading: Reading): readonly Variable[] {
  reading.variables ??= Object.values(
    liquid.analyzeSync(reading.template, { partials: false }).globals,
  ).flat();
  return reading.variables;
}

function findPlaceholders(variables: readonly Variable[], known: ReadonlySet<string>): CheckedText {
  const placeholders: Placeholder[] = [];
  const problems: TextProblem[] = [];
  for (const { segments, location } of variables) {
    const place = { row: location.row, column: location.col };
    const [root, key, ...rest] = segments;
    const path = [root, key]
      .filter((segment) => segment !== undefined)
      .map(String)
      .join('.');
    // A path that depends on a value cannot be checked before the value is there.
    const isStatic = segments.every((segment) => typeof segment !== 'object');
    if (isStatic && known.has(path) && isElement(rest)) placeholders.push({ path, ...place });
    else if (!isStatic) problems.push({ code: 'refused', what: segments.map(String).join('.'), ...place });
    else {
      const what = segments.map(String).join('.');
      problems.push({ code: 'unknown-placeholder', what, suggestion: nearest(what, [...known]), ...place });
    }
  }
  return { placeholders: placeholders.sort(byPlace), problems: problems.sort(byPlace) };
}

/** What may follow the name of a field: nothing, an index, or one of Liquid's words for lists. */
function isElement(rest: readonly unknown[]): boolean {
  const [last] = rest;
  return (
    rest.length === 0 ||
    (rest.length === 1 &&
      (typeof last === 'number' || last === 'size' || last === 'first' || last === 'last'))
  );
}

type Place = { readonly row: number; readonly column: number };
const byPlace = (a: Place, b: Place): number => a.row - b.row || a.column - b.column;

/** Only own keys and plain values of two levels. What is null is absent. */
function scopeOf(values: TextValues): Record<string, Record<string, unknown>> {
  // A root without fields is there too, so that what is absent is named in full.
  const roots = [...FIELD_ROOTS.map((root) => [root, {}] as const), ...Object.entries(values)];
  return Object.fromEntries(
    roots.map(([root, fields]) => {
      const known = Object.entries(fields ?? {}).filter(([, value]) => isPlain(value));
      return [root, Object.fromEntries(known.map(([key, value]) => [key, shownValue(value)]))];
    }),
  );
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((item) => !Array.isArray(item) && isPlain(item));
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  );
}

// Fifteen digits are what a double can promise: 0.1 + 0.2 reads 0.3.
const shownValue = (value: unknown): unknown =>
  typeof value === 'number'
    ? Number(value.toPrecision(15))
    : typeof value === 'string'
      ? withoutMarks(value)
      : value;

const LINKS = 'links';

/** `links`, with the pages that the text names: whether they exist was checked when the playbook was. */
function linksOf(reading: Reading, link: MakeLink): Readonly<Record<string, string>> {
  const pages = variablesOf(reading).flatMap(({ segments: [root, page] }) =>
    root === LINKS && typeof page === 'string' ? [page] : [],
  );
  return Object.fromEntries(pages.map((page) => [page, link({ page })]));
}

/** What Liquid hands to a filter besides its arguments. */
interface Filtering {
  readonly context: { readonly globals: object };
}

/** What is put out without `when`: an instant as it is stored would help nobody. */
function sayStored(this: Filtering, value: unknown): unknown {
  const isStored = typeof value === 'string' && value.length <= 40 && parseInstant(value) !== undefined;
  return isStored ? sayWhen.call(this, value) : value;
}

/** The filter `when`: an instant (or a local time of the reader's zone, as parameters hold it) in the reader's language; `date`, `time` and `year` as for `sayInstant`. */
function sayWhen(this: Filtering, value: unknown, style: unknown = 'full'): string {
  const { zone, locale } = (this.context.globals as { readonly [READER]: Reader })[READER];
  const instant = typeof value === 'string' ? parseLocal(value, zone) : value;
  if (!isInstant(instant)) throw new TypeError('not an instant');
  const isStyle = style === 'full' || style === 'date' || style === 'time' || style === 'year';
  const text = isStyle ? sayInstant(instant, zone, locale, style satisfies WhenStyle) : undefined;
  if (text === undefined) throw new TypeError(isStyle ? `unknown zone ${zone}` : 'full, date, time or year');
  return text;
}

/** The filter `counted`: a link to this address that tells how many followed it. */
function countedLink(this: Filtering, value: unknown): string {
  const { link = showLink } = (this.context.globals as { readonly [READER]: Reader })[READER];
  if (typeof value !== 'string' || !isAddress(value)) throw new TypeError('not an address (https://…)');
  return link({ url: value });
}

interface LiquidFault {
  readonly name: string;
  readonly message: string;
  readonly row: number;
  readonly column: number;
}

function faultOf(error: unknown): LiquidFault {
  const { name, message, originalError, token } = (error ?? {}) as {
    name?: unknown;
    message?: unknown;
    originalError?: { message?: unknown };
    token?: { getPosition?: () => [number, number] };
  };
  const [row, column] = token?.getPosition?.() ?? [1, 1];
  const said = String(originalError?.message ?? message).replace(/, line:\d+, col:\d+$/, '');
  return { name: String(name), message: said.slice(0, 200), row, column };
}

function parseProblem(error: unknown): TextProblem {
  const { message, row, column } = faultOf(error);
  const filter = /^undefined filter: (.*)$/.exec(message)?.[1];
  if (filter !== undefined)
    return { code: 'unknown-filter', row, column, what: filter, suggestion: nearest(filter, [...FILTERS]) };
  const tag = /^tag "(.*)" not found$/s.exec(message)?.[1];
  if (tag !== undefined) return { code: 'refused', row, column, what: tag };
  return {
    code: /limit exceeded|call stack/.test(message) ? 'too-large' : 'syntax',
    row,
    column,
    what: message,
  };
}

function renderProblem(error: unknown): RenderProblem {
  const { name, message } = faultOf(error);
  const missing = /^undefined variable: (.*)$/s.exec(message)?.[1];
  if (missing !== undefined) return { code: 'absent', what: missing };
  if (/limit exceeded|string length/.test(message)) return { code: 'too-long', what: message };
  return { code: name === 'ParseError' || name === 'TokenizationError' ? 'syntax' : 'failed', what: message };
}
