// What no table can hold, and what no request needs: characters that PostgreSQL refuses, and values nested without end.
// Walks without recursion, so that the depth it looks for cannot overflow it.

/** Deepest nesting of a request that is stored. */
const DEEPEST = 200;

// The null character, and half of a pair that stands alone.
// oxlint-disable-next-line no-control-regex
const REFUSED = /\u0000|\p{Surrogate}/u;

/** Why a value cannot be stored; undefined when it can. */
export function unstorable(value: unknown): 'too-deep' | 'characters' | undefined {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: it, depth } = next;
    if (typeof it === 'string' && REFUSED.test(it)) return 'characters';
    if (typeof it !== 'object' || it === null) continue;
    if (depth === DEEPEST) return 'too-deep';
    for (const [key, inner] of Object.entries(it)) {
      if (REFUSED.test(key)) return 'characters';
      open.push({ value: inner, depth: depth + 1 });
    }
  }
  return undefined;
}
