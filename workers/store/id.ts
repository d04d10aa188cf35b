// Ids of rows: uuids of version 7, which sort by the time at which they were made.
import { randomBytes } from 'node:crypto';

/** What an id looks like, in JavaScript and (its `source`) in PostgreSQL. People may write it in capitals. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A new id. `at` is the time on the wall in milliseconds; the rest of the id is random. */
export function newId(at: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(at, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [8, 12, 16, 20, 32].map((end, i) => hex.slice([0, 8, 12, 16, 20][i], end)).join('-');
}
