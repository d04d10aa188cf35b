// When a server wants to be asked again. Not the asking: see api.ts.

/** A timer of the browser holds no more. */
const LONGEST_MS = 2 ** 31 - 1;

/** `Retry-After` as a length: seconds, or an instant that may be past already. Undefined where it says nothing. */
export function retryAfterIn(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 1_000), LONGEST_MS);
}
