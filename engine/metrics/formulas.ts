// From facts to a value, with how many stand behind it. Below the smallest sample a rate says nothing and is not shown.

/** A metric at an instant: its value, if one may be shown, and how many observations stand behind it. */
export interface Measured {
  readonly value?: number;
  readonly n: number;
  /** Bounds of the 95 % confidence interval, where the metric has one. */
  readonly low?: number;
  readonly high?: number;
  /** Why there is no value although it was asked for: this world does not know such facts. */
  readonly cannot?: string;
}

/** Below this many observations a rate says nothing and is not shown. */
export const SMALLEST_SAMPLE = 20;

/** A part of a whole. */
export const rate = (part: number, whole: number): Measured => quotient(part, whole, whole);

/** One number for another, of `n` observations. */
export function quotient(top: number, bottom: number, n: number): Measured {
  return n < SMALLEST_SAMPLE || bottom === 0 ? { n } : { value: top / bottom, n };
}

/** A number that stands for itself. */
export const count = (value: number): Measured => ({ value, n: value });

/** A middle value of `n` observations. */
export const typical = (value: number | null, n: number): Measured =>
  value === null || n === 0 ? { n } : { value, n };

/** Gini's coefficient of what speakers said, out of their numbers times their places from the smallest. */
export function gini({
  whole,
  speakers,
  ranked,
}: {
  readonly whole: number;
  readonly speakers: number;
  readonly ranked: number;
}): Measured {
  const top = (2 * ranked) / Math.max(1, whole) - (speakers + 1);
  return quotient(top, speakers, speakers);
}

/** What `seeds` grow to in so many cycles of inviting, each bringing `k` for one; endless: where that ends, if it does. */
export function grown(seeds: number, k: number, cycles = Infinity): Measured {
  const n = Math.round(seeds);
  if (n < SMALLEST_SAMPLE) return { n };
  if (cycles === Infinity) return k < 1 ? { value: seeds / (1 - k), n } : { n };
  const value = k === 1 ? seeds * (cycles + 1) : (seeds * (1 - k ** (cycles + 1))) / (1 - k);
  return Number.isFinite(value) ? { value, n } : { n };
}

interface Share {
  readonly part: number;
  readonly whole: number;
}

/**
 * The difference of two rates, with Newcombe's interval out of Wilson's for each (95 %).
 * Newcombe, R. G.: Interval estimation for the difference between independent proportions. Stat. Med. 17 (1998), method 10.
 */
export function difference(treated: Share, control: Share): Measured {
  const n = Math.min(treated.whole, control.whole);
  if (n < SMALLEST_SAMPLE) return { n };
  const [a, b] = [wilson(treated), wilson(control)];
  const value = a.p - b.p;
  return {
    value,
    n,
    low: value - Math.hypot(a.p - a.low, b.high - b.p),
    high: value + Math.hypot(a.high - a.p, b.p - b.low),
  };
}

/** The quantile of the normal distribution for 95 %. */
const Z = 1.959963984540054;

function wilson({ part, whole }: Share): { readonly p: number; readonly low: number; readonly high: number } {
  const p = part / whole;
  const z2 = (Z * Z) / whole;
  const middle = p + z2 / 2;
  const reach = Z * Math.sqrt((p * (1 - p)) / whole + z2 / (4 * whole));
  return { p, low: Math.max(0, (middle - reach) / (1 + z2)), high: Math.min(1, (middle + reach) / (1 + z2)) };
}
