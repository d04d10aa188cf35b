// How an entry of the problem catalogue is written down, and small parts of sentences that several entries share.

/** An error stops publishing, a warning does not. */
export type Severity = 'error' | 'warning';

/** What a problem is about. */
export type PlaceKind = 'document' | 'graph' | 'node' | 'port' | 'edge' | 'value';

type Values<Names extends string> = Readonly<Record<Names, string | number>>;
type Words<Names extends string> = (values: Values<Names>) => string;

/** One entry: what it says when the values of `names` are filled in. */
export interface Entry<Names extends string> {
  readonly severity: Severity;
  readonly place: PlaceKind;
  readonly names: readonly Names[];
  readonly zh: { readonly sentence: Words<Names>; readonly advice: Words<Names> };
  readonly en: { readonly sentence: Words<Names>; readonly advice: Words<Names> };
}

/** The names of the values that an entry needs. */
export type ValueNames<E> = E extends { readonly names: readonly (infer Names)[] } ? Names & string : never;

/** An entry as it is written: `{name}` stands for a value. */
interface Written {
  readonly zh: string;
  readonly en: string;
  readonly adviceZh: string;
  readonly adviceEn: string;
}

// What stands in braces with blanks or quotes is an example: `{{ member.name }}`, `{"for": "P2D"}`.
type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${string}${' ' | '"' | '{'}${string}` ? never : Name) | NamesIn<Rest>
  : never;

type NamesOf<W extends Written> = NamesIn<W['zh'] | W['en'] | W['adviceZh'] | W['adviceEn']>;

/** Something that stops publishing. The values it needs are the `{names}` of its sentences, checked by the type. */
export function error<const W extends Written>(place: PlaceKind, written: W): Entry<NamesOf<W>> {
  return entry('error', place, written);
}

/** Something worth mending that does not stop publishing. */
export function warning<const W extends Written>(place: PlaceKind, written: W): Entry<NamesOf<W>> {
  return entry('warning', place, written);
}

function entry<W extends Written>(severity: Severity, place: PlaceKind, written: W): Entry<NamesOf<W>> {
  const { zh, en, adviceZh, adviceEn } = written;
  const names = new Set(
    [zh, en, adviceZh, adviceEn].flatMap((text) => text.match(/(?<=\{)\w+(?=\})/g) ?? []),
  );
  return {
    severity,
    place,
    names: [...names] as NamesOf<W>[],
    zh: { sentence: filled(zh, 'zh'), advice: filled(adviceZh, 'zh') },
    en: { sentence: filled(en, 'en'), advice: filled(adviceEn, 'en') },
  };
}

// Values that are not names but clauses of their own, empty when there is nothing to say.
const CLAUSES: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  nearest: { zh: '是不是「…」？', en: 'Did you mean "…"?' },
  otherEdge: { zh: '（另一条连线是「…」。）', en: ' (The other edge is "…".)' },
};

function filled(text: string, language: 'zh' | 'en'): Words<string> {
  return (values) =>
    text
      .replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
        const value = String(values[name] ?? '');
        const clause = CLAUSES[name];
        if (clause === undefined) return value;
        return value === '' ? '' : clause[language].replace('…', () => value);
      })
      .trim();
}
