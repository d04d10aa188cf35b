// Where in a JSON text something stands: the first mistake, and the values that JSON pointers name.
// Reading the values is JSON.parse's affair; this walks over the text without recursion, whatever it holds.

/** A position in a text, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The offset of the first mistake in a text; undefined when it is JSON. */
export const mistakeIn = (text: string): number | undefined => walk(text, undefined).mistake;

/** The position of each pointer's value; where there is no such value, that of the nearest one around it. */
export function positionsOf(text: string, pointers: readonly string[]): Map<string, Position> {
  const root = seek();
  const sought = pointers.map((pointer) => [pointer, spotAt(root, pointer)] as const);
  walk(text, root);
  const positionAt = positions(text);
  return new Map(sought.map(([pointer, spot]) => [pointer, positionAt(offsetOf(spot))]));
}

/** Tells line and column of offsets of a text. */
export function positions(text: string): (offset: number) => Position {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
}

/** A value that is looked for, in a tree by keys and indexes. */
interface Sought {
  readonly parent: Sought | undefined;
  readonly inside: Map<string, Sought>;
  offset: number | undefined;
}

const seek = (parent?: Sought): Sought => ({ parent, inside: new Map(), offset: undefined });

function spotAt(root: Sought, pointer: string): Sought {
  let spot = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const next = spot.inside.get(key) ?? seek(spot);
    spot.inside.set(key, next);
    spot = next;
  }
  return spot;
}

function offsetOf(sought: Sought): number {
  let spot: Sought | undefined = sought;
  while (spot !== undefined && spot.offset === undefined) spot = spot.parent;
  return spot?.offset ?? 0;
}

interface Frame {
  readonly isList: boolean;
  readonly sought: Sought | undefined;
  index: number;
}

/** What may come next. `first`: just inside a bracket, where it may close at once. */
type Next = 'value' | 'first' | 'key' | 'after';

interface Walk {
  readonly text: string;
  readonly frames: Frame[];
  at: number;
  next: Next;
  /** What is looked for at the coming value. */
  sought: Sought | undefined;
}

function walk(text: string, root: Sought | undefined): { readonly mistake?: number } {
  const state: Walk = { text, frames: [], at: 0, next: 'value', sought: root };
  for (;;) {
    state.at = pastBlanks(text, state.at);
    if (state.next === 'after' && state.frames.length === 0)
      return state.at === text.length ? {} : { mistake: state.at };
    if (!step(state)) return { mistake: Math.min(state.at, text.length) };
  }
}

/** Goes on by one value, key, comma or bracket; false at a mistake. */
function step(state: Walk): boolean {
  const { text, frames } = state;
  const character = text[state.at];
  const frame = frames.at(-1);
  if (state.next === 'after' || state.next === 'first') {
    if (frame !== undefined && character === (frame.isList ? ']' : '}')) {
      frames.pop();
      state.at += 1;
      state.next = 'after';
      return true;
    }
    if (state.next === 'after') return frame !== undefined && character === ',' && comma(state, frame);
    state.next = frame?.isList === true ? 'value' : 'key';
    return true;
  }
  return state.next === 'key' ? key(state) : value(state, character);
}

function comma(state: Walk, frame: Frame): boolean {
  state.at += 1;
  frame.index += 1;
  state.next = frame.isList ? 'value' : 'key';
  if (frame.isList) state.sought = frame.sought?.inside.get(String(frame.index));
  return true;
}

function key(state: Walk): boolean {
  const { text, frames } = state;
  const end = text[state.at] === '"' ? pastString(text, state.at) : undefined;
  if (end === undefined) return false;
  const sought = frames.at(-1)?.sought;
  const name = sought === undefined ? '' : (JSON.parse(text.slice(state.at, end)) as string);
  state.at = pastBlanks(text, end);
  if (text[state.at] !== ':') return false;
  state.at += 1;
  state.sought = sought?.inside.get(name);
  state.next = 'value';
  return true;
}

function value(state: Walk, character: string | undefined): boolean {
  const { text, frames, sought } = state;
  if (sought !== undefined) sought.offset = state.at;
  if (character === '{' || character === '[') {
    const isList = character === '[';
    frames.push({ isList, sought, index: 0 });
    state.at += 1;
    state.next = 'first';
    if (isList) state.sought = sought?.inside.get('0');
    return true;
  }
  const end = character === '"' ? pastString(text, state.at) : pastWord(text, state.at);
  if (end === undefined) return false;
  state.at = end;
  state.next = 'after';
  return true;
}

const BLANKS = /[ \t\r\n]*/y;
// oxlint-disable-next-line no-control-regex -- JSON refuses them inside of texts
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORD = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;

function pastBlanks(text: string, at: number): number {
  return past(BLANKS, text, at) ?? at;
}

function pastString(text: string, at: number): number | undefined {
  for (let next: number | undefined = at + 1; ;) {
    next = past(PLAIN, text, next);
    if (next === undefined) return undefined;
    if (text[next] === '"') return next + 1;
    next = past(ESCAPE, text, next);
    if (next === undefined) return undefined;
  }
}

const pastWord = (text: string, at: number): number | undefined => past(WORD, text, at);

function past(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
