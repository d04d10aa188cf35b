// Two texts, word by word: what stayed, what went, what came. Chinese is compared character by character.
// Longest common subsequence; texts of messages are short, and longer ones are shown whole.

/** A stretch of text on one or both sides. */
export interface Stretch {
  readonly text: string;
  readonly is: 'same' | 'gone' | 'new';
}

/** Beyond this many pairs nobody waits for a finer answer. */
const MOST_PAIRS = 250_000;

export function wordDiff(before: string, after: string): readonly Stretch[] {
  const [a, b] = [wordsOf(before), wordsOf(after)];
  if (a.length * b.length > MOST_PAIRS)
    return [
      { text: before, is: 'gone' },
      { text: after, is: 'new' },
    ];
  const columns = b.length + 1;
  // lengths[i][j]: the most that the rests of both sides have in common.
  const lengths = new Uint32Array((a.length + 1) * columns);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      lengths[i * columns + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * columns + j + 1]! + 1
          : Math.max(lengths[(i + 1) * columns + j]!, lengths[i * columns + j + 1]!);
  const stretches: { text: string; is: Stretch['is'] }[] = [];
  const put = (text: string, is: Stretch['is']): void => {
    const last = stretches.at(-1);
    if (last?.is === is) last.text += text;
    else stretches.push({ text, is });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      put(a[i]!, 'same');
      i += 1;
      j += 1;
    } else if (
      j >= b.length ||
      (i < a.length && lengths[(i + 1) * columns + j]! >= lengths[i * columns + j + 1]!)
    ) {
      put(a[i]!, 'gone');
      i += 1;
    } else {
      put(b[j]!, 'new');
      j += 1;
    }
  }
  return stretches;
}

const wordsOf = (text: string): string[] => text.match(/[A-Za-z0-9_]+|\s+|./gsu) ?? [];
