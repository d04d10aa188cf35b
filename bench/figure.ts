// What a benchmark gives back: a measured figure beside its reference.
/** One measured figure. `ratio` is value ÷ reference; `goal` is the sentence that `ok` judges. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly reference: number | null;
  readonly ratio: number | null;
  readonly goal: string;
  readonly ok: boolean;
  /** Where it falls short: why, as it was found, in sentences. */
  readonly because?: readonly string[];
  /** What a figure alone does not say: rows of one table, all with the same columns. */
  readonly table?: readonly Readonly<Record<string, number | string>>[];
}
