// Texts: written in every language of the playbook, short enough, with placeholders that exist.
import type { Json } from '../json.ts';
import { checkText, TEXT_LIMITS, type TextProblemCode } from '../language/text.ts';
import type { Place } from '../problem.ts';
import { objectOf } from './draft.ts';
import { inside, shown } from './pointer.ts';
import { placeAt, type CheckValue, type Subject } from './subject.ts';

const FAULTS: Readonly<Record<TextProblemCode, readonly [zh: string, en: string]>> = {
  syntax: ['写法不完整或有误', 'it cannot be read'],
  'unknown-placeholder': ['没有这个占位符', 'there is no such placeholder'],
  'unknown-filter': ['没有这个过滤器', 'there is no such filter'],
  refused: ['不能使用这种写法', 'this form is not allowed'],
  'too-many-rounds': [
    `循环超过 ${TEXT_LIMITS.rounds} 次`,
    `it goes round more than ${TEXT_LIMITS.rounds} times`,
  ],
  'too-large': ['文字太长', 'the text is too long'],
};

// All texts of a playbook together. Beyond so many mistakes the rest can wait until these are mended.
const MOST_OPENINGS = 20_000;
const MOST_MISTAKES = 2_000;

/** Checks a text in all its languages. */
export const checkTemplates: CheckValue = (value, pointer, subject) => {
  checkLocales(value, (at) => placeAt(subject, pointer + at), subject);
  for (const [locale, text] of Object.entries(objectOf(value))) {
    if (typeof text === 'string') checkTemplate(text, inside(pointer, locale), subject);
  }
};

function checkTemplate(text: string, pointer: string, subject: Subject): void {
  const place = placeAt(subject, pointer);
  if (text.length > TEXT_LIMITS.sourceChars) {
    subject.report.add('E-LIMIT-TEXT', place, { got: text.length, limit: TEXT_LIMITS.sourceChars });
    return;
  }
  // Most texts have no placeholders, and nothing to read.
  const openings = text.match(/\{[{%]/g)?.length ?? 0;
  if (openings === 0) return;
  const { effort, report } = subject;
  effort.openings += openings;
  if (effort.openings > MOST_OPENINGS) {
    const [faultZh, faultEn] = FAULTS['too-large'];
    report.add('E-TEXT', place, { faultZh, faultEn, got: `> ${MOST_OPENINGS} {{ }}`, nearest: '' });
    return;
  }
  if (effort.problems > MOST_MISTAKES) return;
  const { placeholders, problems } = checkText(text, subject.placeholders);
  effort.problems += problems.length;
  for (const { path } of placeholders) {
    if (path.startsWith('params.')) subject.params.used.add(path.slice('params.'.length));
  }
  for (const { code, what, suggestion } of problems) {
    const [faultZh, faultEn] = FAULTS[code];
    report.add('E-TEXT', place, { faultZh, faultEn, got: shown(what), nearest: suggestion ?? '' });
  }
}

/** Reports the languages in which a text is missing or empty. */
export function checkLocales(
  value: Json | undefined,
  at: (pointer: string) => Place,
  { locales, report }: Pick<Subject, 'locales' | 'report'>,
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  const text = objectOf(value);
  for (const locale of locales) {
    const words = Object.hasOwn(text, locale) ? text[locale] : undefined;
    if (words !== undefined && (typeof words !== 'string' || words.trim() !== '')) continue;
    report.add('E-TEXT-LOCALE', at(inside('', locale)), { locale });
  }
}
