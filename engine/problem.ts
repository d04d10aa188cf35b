// Every problem that the compiler can find: code, severity, kind of place, sentence and advice in Chinese and English.
// Not the finding of them, which is compile/; and no problem exists outside of this catalogue.
import type { Text } from './document.ts';
import { channelProblems } from './problems/channels.ts';
import type { Entry, Severity, ValueNames } from './problems/entry.ts';
import { documentProblems } from './problems/document.ts';
import { honestyProblems } from './problems/honesty.ts';
import { parameterProblems } from './problems/parameters.ts';
import { structureProblems } from './problems/structure.ts';
import { valueProblems } from './problems/values.ts';

/** The whole catalogue, in the order in which docs/problems.md shows it. */
export const catalogue = {
  ...documentProblems,
  ...parameterProblems,
  ...valueProblems,
  ...structureProblems,
  ...honestyProblems,
  ...channelProblems,
} as const;

/** A code of the catalogue. `E-` stops a playbook from being published, `W-` does not. */
export type ProblemCode = keyof typeof catalogue;

/** What a code's sentences speak about. */
export type ProblemValues<Code extends ProblemCode> = Readonly<
  Record<ValueNames<(typeof catalogue)[Code]>, string | number>
>;

/** Where a problem is: as much of it as applies. `pointer` is a JSON pointer into the document. */
export interface Place {
  readonly graph?: string;
  readonly node?: string;
  readonly edge?: string;
  readonly port?: string;
  readonly pointer?: string;
}

/** One finding. */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  readonly place: Place;
  readonly values: Readonly<Record<string, string | number>>;
  /** Values that are titles of the document, in the languages in which it says them. */
  readonly titles?: Readonly<Record<string, Text>>;
}

/** What a person reads about a problem. */
export interface Said {
  readonly sentence: string;
  readonly advice: string;
}

/** Makes a problem; the values are those that its sentences need. */
export function problem<Code extends ProblemCode>(
  code: Code,
  place: Place,
  values: ProblemValues<Code>,
): Problem {
  return { code, severity: catalogue[code].severity, place, values };
}

/** True for a code of the catalogue. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(catalogue, code);
}

/** The values that the sentences of a code need. */
export function valueNames(code: ProblemCode): readonly string[] {
  return catalogue[code].names;
}

/**
 * Says a problem in the reader's language: Chinese for `zh` and its variants, English for everything else. Titles are
 * quoted in that language where the document has them in it.
 */
export function say({ code, values: written, titles = {} }: Problem, locale: string): Said {
  const values = { ...written };
  for (const [name, title] of Object.entries(titles))
    values[name] = titleIn(title, locale) ?? values[name] ?? '';
  // The catalogue's own types have proved the values; here the code is only known as a union.
  const entry = catalogue[code] as Entry<string>;
  const { sentence, advice } = /^zh\b/i.test(locale) ? entry.zh : entry.en;
  return { sentence: sentence(values), advice: advice(values) };
}

function titleIn(title: Text, locale: string): string | undefined {
  const language = locale.slice(0, 2).toLowerCase();
  const found = Object.keys(title).find((it) => it.slice(0, 2).toLowerCase() === language);
  return title[locale] ?? (found === undefined ? undefined : title[found]);
}
