// A refused request as an exception, and its one shape on the wire: RFC 9457 with code, message in the caller's language and place.
// Not the sentences, which are in texts/refusals.ts.
import type { RefusalText } from './texts/refusal-entry.ts';
import { refusals, type RefusalCode } from './texts/refusals.ts';

/** A language in which the server speaks. */
export type Language = 'zh' | 'en';

type Values = Readonly<Record<string, string | number>>;

/** What a refusal says besides its sentences. */
export interface RefusalDetail {
  readonly values?: Values;
  /** What of the request it is about: a JSON pointer, a header, or a node of a playbook. */
  readonly place?: string | null;
  /** After how many seconds it may be tried again, for 429 and 503. Default 1. */
  readonly retryAfter?: number;
  /** Further members of the answer, for programs: both versions of a draft, the problems of a playbook. */
  readonly extra?: (language: Language) => Readonly<Record<string, unknown>>;
}

/** Thrown by whoever refuses a request; answered by the error handler of the app. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly detail: RefusalDetail;
  readonly statusCode: number;
  constructor(code: RefusalCode, detail: RefusalDetail = {}) {
    super(code);
    this.name = 'Refusal';
    this.code = code;
    this.detail = detail;
    this.statusCode = refusals[code].status;
  }
}

/** Refuses one value of a request by its place, with what is wrong with it in both languages. */
export const wrongValue = (place: string, problemZh: string, problemEn: string): Refusal =>
  new Refusal('invalid-request', { place, values: { place, problemZh, problemEn } });

/** What refused requests are answered with. */
export const PROBLEM_MEDIA = 'application/problem+json';

/** The body of an answer of this type. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly message: string;
  readonly advice: string;
  readonly place: string | null;
}

/** Says a refusal in a language. */
export function problemBody({ code, detail }: Refusal, language: Language): ProblemBody {
  const text: RefusalText = refusals[code];
  const { sentence, advice } = text[language];
  const message = fill(sentence, detail.values);
  return {
    type: `urn:kindling:problem:${code}`,
    title: message,
    status: text.status,
    detail: message,
    code,
    message,
    advice: fill(advice, detail.values),
    place: detail.place ?? null,
    ...detail.extra?.(language),
  };
}

const fill = (text: string, values: Values = {}): string =>
  text.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => String(values[name] ?? ''));

/** The language that a request asks for by Accept-Language; Chinese where it asks for neither. */
export function languageOf(accepted: string | undefined): Language {
  const wanted = (accepted ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => {
      const [tag = '', ...rest] = part.trim().toLowerCase().split(';');
      const quality = rest.map((it) => /^\s*q=([\d.]+)$/.exec(it)?.[1]).find((it) => it !== undefined);
      return { tag, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, quality }) => quality > 0 && /^(zh|en)\b/.test(tag))
    .toSorted((a, b) => b.quality - a.quality)[0];
  return wanted?.tag.startsWith('en') === true ? 'en' : 'zh';
}
