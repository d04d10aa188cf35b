// The state as bytes, for continue-as-new and checkpoints: about 7 bytes a token. Slots, free lists and stale entries stay behind.
// Not readable by another plan: node numbers mean nothing there.
import type { Instant } from '../instant.ts';
import type { Plan } from '../plan.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { emptyState, inOrder, type Happening, type State } from './state.ts';
import { NONE, STATUS, type Status, type Tokens } from './tokens.ts';
import { isWaiting } from './wakes.ts';

/** The form of the bytes. Raised when it changes; `unpack` keeps reading older ones. */
const FORM = 1;

// Bits of a token's first byte, above four of status.
const NEXT_SUBJECT = 16;
const HAS_LAP = 32;
const HAS_MORE = 64;

// Bits of the byte that follows HAS_MORE.
const HAS_STAGE = 1;
const HAS_TRIES = 2;
const HAS_CALL = 4;
const HAS_SINCE = 8;
const HAS_PARENT = 16;

const EVENTS = ['enter', 'woke', 'retimed', 'arrived', 'returned', 'retry', 'leave'] as const;

/** The state as bytes. */
export function pack(state: State): Uint8Array {
  const out = new ByteWriter();
  out.count(FORM);
  out.text(state.plan);
  out.text(state.seed);
  out.count((state.cancelled ? 1 : 0) | (state.pausedAt === null ? 0 : 2));
  out.integer(state.pausedAt ?? 0);
  out.count(state.nextBatch);
  out.list(state.subjects.ranges, ({ graph, first, count }) => {
    out.count(graph);
    out.count(first);
    out.count(count);
  });
  const rows = rowsOf(state);
  const rowOf = new Map(rows.map((slot, row) => [slot, row]));
  const indexOf = writeInstants(out, state, rows);
  out.count(rows.length);
  let before = -1;
  for (const slot of rows) {
    writeToken(out, state, { slot, before, indexOf, rowOf });
    before = state.tokens.subject[slot]!;
  }
  writeBatches(out, state);
  writeNotes(out, state, rowOf);
  return out.done();
}

/** The state that was packed. Throws when the bytes belong to another plan, or to a newer build. */
export function unpack(plan: Plan, bytes: Uint8Array): State {
  const read = new ByteReader(bytes);
  const form = read.count();
  if (form !== FORM) throw new RangeError(`The packed state has the form ${form}; this build reads ${FORM}.`);
  const hash = read.text();
  if (hash !== plan.hash)
    throw new RangeError(`The packed state belongs to the plan ${hash}, not to ${plan.hash}.`);
  const state = emptyState(hash, read.text());
  const flags = read.count();
  state.cancelled = (flags & 1) !== 0;
  const pausedAt = read.integer();
  state.pausedAt = (flags & 2) === 0 ? null : pausedAt;
  state.nextBatch = read.count();
  read.list(() => state.subjects.enter(read.count(), read.count(), read.count()));
  const instants = readInstants(read);
  const rows = read.count();
  state.tokens.reserve(rows);
  for (let row = 0; row < rows; row += 1) readToken(read, state, instants);
  readBatches(read, state);
  readNotes(read, state);
  return state;
}

// Tokens by subject, each subject's in the order of its list: the order that unpacking restores.
function rowsOf({ subjects, tokens }: State): number[] {
  const rows: number[] = [];
  for (let subject = 0; subject < subjects.count; subject += 1) {
    for (let slot = subjects.head[subject]!; slot !== NONE; slot = tokens.next[slot]!) rows.push(slot);
  }
  return rows;
}

// Many tokens share few instants, so each is written once.
function writeInstants(out: ByteWriter, state: State, rows: readonly number[]): Map<Instant, number> {
  const { tokens, wakes } = state;
  const known = new Set<Instant>();
  for (const slot of rows) {
    known.add(tokens.due[slot]!);
    if (isWaiting(tokens.status[slot]!)) known.add(wakes.of(slot));
  }
  const instants = [...known].sort((a, b) => a - b);
  let before = 0;
  out.list(instants, (at) => {
    out.integer(at - before);
    before = at;
  });
  return new Map(instants.map((at, index) => [at, index]));
}

function readInstants(read: ByteReader): Instant[] {
  let at = 0;
  return read.list(() => (at += read.integer()));
}

interface Row {
  readonly slot: number;
  /** Subject of the row before. */
  readonly before: number;
  readonly indexOf: ReadonlyMap<Instant, number>;
  readonly rowOf: ReadonlyMap<number, number>;
}

function writeToken(out: ByteWriter, { tokens, wakes }: State, { slot, before, indexOf, rowOf }: Row): void {
  const status = tokens.status[slot]!;
  const step = tokens.subject[slot]! - before;
  const lap = tokens.lap[slot]!;
  const since = tokens.since(slot) - tokens.due[slot]!;
  const parent = tokens.parent[slot]!;
  const more =
    (tokens.stage[slot]! > 0 ? HAS_STAGE : 0) |
    (tokens.tries[slot]! > 0 ? HAS_TRIES : 0) |
    (tokens.call[slot]! > 0 ? HAS_CALL : 0) |
    (since > 0 ? HAS_SINCE : 0) |
    (parent !== NONE ? HAS_PARENT : 0);
  out.count(status | (step === 1 ? NEXT_SUBJECT : 0) | (lap > 0 ? HAS_LAP : 0) | (more > 0 ? HAS_MORE : 0));
  if (step !== 1) out.count(step);
  out.count(tokens.node[slot]!);
  out.count(indexOf.get(tokens.due[slot]!)!);
  if (lap > 0) out.count(lap);
  if (more > 0) out.count(more);
  if ((more & HAS_STAGE) > 0) out.count(tokens.stage[slot]!);
  if ((more & HAS_TRIES) > 0) out.count(tokens.tries[slot]!);
  if ((more & HAS_CALL) > 0) out.count(tokens.call[slot]!);
  if ((more & HAS_SINCE) > 0) out.count(since);
  if ((more & HAS_PARENT) > 0) out.integer(rowOf.get(parent)! - rowOf.get(slot)!);
  if (isWaiting(status)) out.count(indexOf.get(wakes.of(slot))!);
  else if (hasAux(status)) out.count(tokens.aux[slot]!);
}

// A token's slot is its row, because the columns were empty.
function readToken(read: ByteReader, state: State, instants: readonly Instant[]): void {
  const { tokens, subjects, wakes } = state;
  const first = read.count();
  const before = tokens.used === 0 ? NONE : tokens.subject[tokens.used - 1]!;
  const subject = before + ((first & NEXT_SUBJECT) > 0 ? 1 : read.count());
  const slot = tokens.add(subject, NONE);
  if (subject === before) tokens.next[slot - 1] = slot;
  else subjects.head[subject] = slot;
  const status = (first & 15) as Status;
  tokens.status[slot] = status;
  tokens.node[slot] = read.count();
  tokens.due[slot] = instants[read.count()]!;
  if ((first & HAS_LAP) > 0) tokens.lap[slot] = read.count();
  const more = (first & HAS_MORE) > 0 ? read.count() : 0;
  if ((more & HAS_STAGE) > 0) tokens.stage[slot] = read.count();
  if ((more & HAS_TRIES) > 0) tokens.tries[slot] = read.count();
  if ((more & HAS_CALL) > 0) tokens.call[slot] = read.count();
  tokens.setSince(slot, tokens.due[slot]! + ((more & HAS_SINCE) > 0 ? read.count() : 0));
  if ((more & HAS_PARENT) > 0) tokens.parent[slot] = slot + read.integer();
  if (isWaiting(status)) wakes.add(slot, instants[read.count()]!);
  else if (hasAux(status)) tokens.aux[slot] = read.count();
}

function hasAux(status: number): boolean {
  return status === STATUS.calling || status === STATUS.forked || status === STATUS.stuck;
}

// Of a batch's visits only the places of those that are gone are written; the others follow from their tokens.
function writeBatches(out: ByteWriter, { batches, tokens }: State): void {
  out.count(batches.size);
  for (const [number, { node, effect, stage, slots }] of batches) {
    for (const value of [number, node, effect, stage, slots.length]) out.count(value);
    const gone = [...slots.keys()].filter((place) => !awaits(tokens, slots[place]!, number));
    let before = 0;
    out.list(gone, (place) => {
      out.count(place - before);
      before = place;
    });
  }
}

function readBatches(read: ByteReader, state: State): void {
  const { tokens, batches } = state;
  const members = new Map<number, number[]>();
  for (let slot = 0; slot < tokens.used; slot += 1) {
    if (tokens.status[slot] !== STATUS.calling) continue;
    const list = members.get(tokens.aux[slot]!);
    if (list === undefined) members.set(tokens.aux[slot]!, [slot]);
    else list.push(slot);
  }
  for (let left = read.count(); left > 0; left -= 1) {
    const number = read.count();
    const [node, effect, stage] = [read.count(), read.count(), read.count()];
    const slots = new Int32Array(read.count());
    let before = 0;
    for (const place of read.list(() => (before += read.count()))) slots[place] = NONE;
    const living = inOrder(state, members.get(number) ?? []);
    let next = 0;
    for (let place = 0; place < slots.length; place += 1) {
      if (slots[place] !== NONE) slots[place] = living[next++] ?? NONE;
    }
    batches.set(number, { node, effect, stage, slots });
  }
}

function awaits({ status, aux }: Tokens, slot: number, batch: number): boolean {
  return slot !== NONE && status[slot] === STATUS.calling && aux[slot] === batch;
}

// What only few tokens have: happenings of a paused run, early entries, lateness, moved anchors.
function writeNotes(out: ByteWriter, state: State, rowOf: ReadonlyMap<number, number>): void {
  out.list([...state.held], ([slot, { due, event }]) => {
    out.count(rowOf.get(slot)!);
    out.integer(due);
    writeEvent(out, event);
  });
  out.list([...state.early], ([slot, entries]) => {
    out.count(rowOf.get(slot)!);
    out.list(entries, ({ at, topic }) => {
      out.integer(at);
      out.count(topic);
    });
  });
  out.list([...state.lateBy], ([slot, lateMs]) => {
    out.count(rowOf.get(slot)!);
    out.count(lateMs);
  });
  out.list([...state.moved], (slot) => out.count(rowOf.get(slot)!));
}

function readNotes(read: ByteReader, state: State): void {
  read.list(() => state.held.set(read.count(), { due: read.integer(), event: readEvent(read) }));
  read.list(() => {
    const slot = read.count();
    state.early.set(
      slot,
      read.list(() => ({ at: read.integer(), topic: read.count() })),
    );
  });
  read.list(() => state.lateBy.set(read.count(), read.count()));
  read.list(() => state.moved.add(read.count()));
}

function writeEvent(out: ByteWriter, event: Happening): void {
  out.count(EVENTS.indexOf(event.kind));
  switch (event.kind) {
    case 'enter':
    case 'woke':
    case 'retimed':
      return;
    case 'arrived':
      out.count(event.topic);
      return;
    case 'returned':
      out.count(event.code);
      out.integer(event.until);
      return;
    case 'retry':
      out.count(event.byCall ? 1 : 0);
      return;
    case 'leave':
      out.count(event.port);
      out.count(event.skipped === undefined ? 0 : 1);
  }
}

function readEvent(read: ByteReader): Happening {
  const kind = EVENTS[read.count()] ?? 'enter';
  switch (kind) {
    case 'enter':
    case 'woke':
    case 'retimed':
      return { kind };
    case 'arrived':
      return { kind, topic: read.count() };
    case 'returned':
      return { kind, code: read.count(), until: read.integer() };
    case 'retry':
      return { kind, byCall: read.count() === 1 };
    case 'leave': {
      const port = read.count();
      return read.count() === 1 ? { kind, port, skipped: 'operator' } : { kind, port };
    }
  }
}
