// What a shard and its activities hand each other in bulk, as bytes: visits, the answers to them, a turn's answer.
// As JSON they would crowd a history. Their shapes stand in contract.ts; bytes from older builds lack the columns that came later.
import type { BatchResult, CallVisit, Entry } from '../../engine/run/protocol.ts';
import type { PlainResult, Turned } from '../contract.ts';
import { packColumns, unpackColumns } from './columns.ts';

/** The visits of a chunk as bytes: six a visit, since neighbours are alike. */
export const packVisits = (visits: readonly CallVisit[]): Uint8Array =>
  packColumns([
    visits.map((visit) => visit.ordinal),
    visits.map((visit) => visit.lap),
    visits.map((visit) => visit.call),
    visits.map((visit) => visit.due),
    visits.map((visit) => visit.at),
    visits.map((visit) => (visit.last === true ? 1 : 0)),
  ]);

/** Reverses {@link packVisits}. */
export function unpackVisits(bytes: Uint8Array): CallVisit[] {
  // Older builds did not say which attempt is the last.
  const [ordinals = [], laps = [], calls = [], dues = [], ats = [], lasts = []] = unpackColumns(bytes);
  return ordinals.map((ordinal, i) => ({
    ordinal,
    lap: laps[i] ?? 0,
    call: calls[i] ?? 0,
    due: dues[i] ?? 0,
    at: ats[i] ?? 0,
    ...(lasts[i] === 1 ? { last: true as const } : {}),
  }));
}

/** The answers to a chunk as bytes. */
export const packResult = (result: Omit<BatchResult, 'batch'>): Uint8Array =>
  packColumns(result.untils === undefined ? [result.codes] : [result.codes, result.untils]);

/** Reverses {@link packResult}. */
export function unpackResult(bytes: Uint8Array): { codes: number[]; untils?: number[] } {
  const [codes = [], untils] = unpackColumns(bytes);
  return untils === undefined ? { codes } : { codes, untils };
}

/** The answers to several batches as bytes: about three a visit. */
export function packResults(results: readonly BatchResult[]): Uint8Array {
  const rows = results.flatMap(({ batch, codes, untils }) =>
    Array.from(codes, (code, i) => ({ batch, code, until: untils?.[i] ?? 0 })),
  );
  return packColumns([
    rows.map(({ batch }) => batch),
    rows.map(({ code }) => code),
    rows.map(({ until }) => until),
  ]);
}

/** Reverses {@link packResults}. */
export function unpackResults(bytes: Uint8Array): BatchResult[] {
  const [batches = [], codes = [], untils = []] = unpackColumns(bytes);
  const results: { batch: number; codes: number[]; untils: number[] }[] = [];
  batches.forEach((batch, row) => {
    let last = results.at(-1);
    if (last?.batch !== batch) results.push((last = { batch, codes: [], untils: [] }));
    last.codes.push(codes[row] ?? 0);
    last.untils.push(untils[row] ?? 0);
  });
  return results;
}

/** A turn's answer as bytes: it stands in the history, and entries come by the thousand. */
export function packTurned(turned: Turned): Uint8Array {
  const arrived = turned.entries.flatMap((entry, at) => (entry.kind === 'arrived' ? [{ at, entry }] : []));
  const { entries: _entries, ...rest } = turned;
  const others = turned.entries.flatMap((entry, at) => (entry.kind === 'arrived' ? [] : [[at, entry]]));
  const results = turned.results.map(plain);
  const head = new TextEncoder().encode(JSON.stringify({ ...rest, results, others }));
  const column = (of: (row: (typeof arrived)[number]) => number): number[] => arrived.map(of);
  const table = packColumns([
    column(({ at }) => at),
    column(({ entry }) => entry.at),
    column(({ entry }) => entry.node),
    column(({ entry }) => entry.ordinal),
    column(({ entry }) => entry.lap),
    column(({ entry }) => entry.topic),
  ]);
  const bytes = new Uint8Array(4 + head.length + table.length);
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, 4);
  bytes.set(table, 4 + head.length);
  return bytes;
}

/** Reverses {@link packTurned}. */
export function unpackTurned(bytes: Uint8Array): Turned {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const { others, ...rest } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))) as Omit<
    Turned,
    'entries'
  > & { others: [number, Entry][] };
  const [places = [], ats = [], nodes = [], ordinals = [], laps = [], topics = []] = unpackColumns(
    bytes.subarray(4 + size),
  );
  const entries: Entry[] = [];
  for (const [at, entry] of others) entries[at] = entry;
  places.forEach((place, i) => {
    entries[place] = {
      kind: 'arrived',
      at: ats[i] ?? 0,
      node: nodes[i] ?? 0,
      ordinal: ordinals[i] ?? 0,
      lap: laps[i] ?? 0,
      topic: topics[i] ?? 0,
    };
  });
  return { ...rest, entries };
}

/** A result without typed arrays, for JSON. */
export const plain = ({ batch, codes, untils }: BatchResult): PlainResult => ({
  batch,
  codes: Array.from(codes),
  ...(untils === undefined ? {} : { untils: Array.from(untils) }),
});
