// A bucket of tokens: `count` of them, each of which comes back a window after it was used.
// So at most `count` are used in any stretch of `perMs`, wherever one begins to look, which a bucket that refills steadily
// does not promise. Not the clock and not the lock: whoever takes holds the bucket's row.
import type { Instant } from '../instant.ts';

/** At most `count` in any stretch of `perMs`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

/** Tokens that are out: when they come back, and how many; the earliest first. */
export type Out = readonly (readonly [back: Instant, tokens: number])[];

/** Returns are rounded up to this part of a window, so that a bucket of thousands stays a short list. */
const GRAINS = 64;

/** The first instant from `now` on at which a token is in the bucket; infinite if it holds none. */
export function freeAt(out: Out, { count }: Rate, now: Instant): Instant {
  if (count < 1) return Infinity;
  let used = 0;
  for (const [back, tokens] of out) if (back > now) used += tokens;
  if (used < count) return now;
  for (const [back, tokens] of out) {
    if (back <= now) continue;
    used -= tokens;
    if (used < count) return back;
  }
  return Infinity;
}

/** Uses tokens until `back`; forgets what has come back by `now`. */
export function take(
  out: Out,
  { perMs }: Rate,
  { now, back, tokens = 1 }: { readonly now: Instant; readonly back: Instant; readonly tokens?: number },
): Out {
  const rounded = roundUp(back, perMs);
  const rest = out.filter(([at]) => at > now);
  const index = rest.findIndex(([at]) => at >= rounded);
  if (index < 0) return [...rest, [rounded, tokens]];
  if (rest[index]![0] === rounded) return rest.with(index, [rounded, rest[index]![1] + tokens]);
  return rest.toSpliced(index, 0, [rounded, tokens]);
}

/** Tokens that were to be back at `was` come back at `back` instead: it is known now when they were used. */
export function moveBack(
  out: Out,
  rate: Rate,
  {
    now,
    was,
    back,
    tokens,
  }: { readonly now: Instant; readonly was: Instant; readonly back: Instant; readonly tokens: number },
): Out {
  const rounded = roundUp(was, rate.perMs);
  const rest = out
    .map(([at, held]) => [at, at === rounded ? Math.max(0, held - tokens) : held] as const)
    .filter(([, held]) => held > 0);
  return take(rest, rate, { now, back, tokens });
}

/** What a provider says: no more than `remaining` until `until`. The tokens beyond that are out until then. */
export function follow(
  out: Out,
  rate: Rate,
  { now, remaining, until }: { readonly now: Instant; readonly remaining: number; readonly until: Instant },
): Out {
  const used = out.reduce((sum, [back, tokens]) => (back > now ? sum + tokens : sum), 0);
  const beyond = rate.count - used - Math.max(0, remaining);
  return beyond > 0 && until > now ? take(out, rate, { now, back: until, tokens: beyond }) : out;
}

function roundUp(at: Instant, perMs: number): Instant {
  const grain = Math.max(1, Math.floor(perMs / GRAINS));
  return Math.ceil(at / grain) * grain;
}
