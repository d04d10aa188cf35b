// Chance as a function: the same seed and parts give the same number, on every machine and in every replay.
// Not a source of randomness and not for secrets: whoever knows the seed knows every outcome.

/**
 * A number in [0,1) with 53 bits, made from a seed and what the chance is about.
 * Parts are told apart (`('a','b')` is not `('ab')`); a number and its text are the same part.
 *
 * @example chance(run.seed, subject, node) < 0.3
 */
export function chance(seed: number | string, ...parts: readonly (string | number)[]): number {
  let high = 0x9e3779b9 | 0;
  let low = 0x85ebca6b | 0;
  for (let part = -1; part < parts.length; part += 1) {
    const text = String(part < 0 ? seed : parts[part]);
    // The length goes first, so that no text can imitate the border between two parts.
    for (let index = -1; index < text.length; index += 1) {
      const block = index < 0 ? text.length : text.charCodeAt(index);
      high = stir(high, block, 0xcc9e2d51, 0x1b873593);
      low = stir(low, block, 0x239b961b, 0x38b34ae5);
    }
  }
  high = settle(high ^ Math.imul(low, 0x27d4eb2f));
  low = settle(low ^ Math.imul(high, 0x165667b1));
  // 27 bits and 26 bits make the 53 that a double can hold exactly.
  return ((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000;
}

// One block of murmur3: multiply, rotate, multiply, rotate. The two lanes differ by their constants.
function stir(hash: number, block: number, first: number, second: number): number {
  let k = Math.imul(block, first);
  k = Math.imul((k << 15) | (k >>> 17), second);
  const mixed = hash ^ k;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

// The finaliser of murmur3: every input bit reaches every output bit.
function settle(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
