// What one refusal of the catalogue consists of.
// Not the refusals themselves, see refusals.ts.

interface Words {
  readonly sentence: string;
  readonly advice: string;
}

/** One refusal. `{name}` in a sentence stands for a value. */
export interface RefusalText {
  readonly status: number;
  readonly zh: Words;
  readonly en: Words;
}

/** Makes an entry of the catalogue: status, sentence and advice in Chinese and in English. */
export const entry = (
  status: number,
  [zhSentence, zhAdvice]: readonly [string, string],
  [enSentence, enAdvice]: readonly [string, string],
): RefusalText => ({
  status,
  zh: { sentence: zhSentence, advice: zhAdvice },
  en: { sentence: enSentence, advice: enAdvice },
});
