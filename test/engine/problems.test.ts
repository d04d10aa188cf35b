// Every problem of the catalogue is provoked by a playbook that has it, and says itself completely in both languages.
import { expect, test } from 'vitest';
import { catalogue, say, type ProblemCode } from '../../engine/index.ts';
import { compileExample } from '../../scripts/docs/draw.ts';
import { examples } from '../../scripts/docs/problem-examples.ts';

const codes = Object.keys(catalogue) as ProblemCode[];

test('there is an example for every code', () => {
  expect(codes.filter((code) => examples[code] === undefined)).toEqual([]);
});

test.each(codes)('%s is provoked, and says itself', (code) => {
  const { plan, problems } = compileExample(examples[code]!);
  const found = problems.find((problem) => problem.code === code);
  expect(found, problems.map((problem) => problem.code).join(' ')).toBeDefined();
  const { severity, names } = catalogue[code];
  expect(found!.severity).toBe(severity);
  expect(severity).toBe(code.startsWith('E-') ? 'error' : 'warning');
  expect(plan === undefined).toBe(problems.some((problem) => problem.severity === 'error'));
  for (const name of names) expect(found!.values).toHaveProperty(name);
  for (const locale of ['zh-CN', 'en']) {
    const { sentence, advice } = say(found!, locale);
    expect(sentence).not.toMatch(/\{\w+\}|undefined|\[object/);
    expect(sentence).toMatch(locale === 'en' ? /[.)]$/ : /[。）]$/);
    if (advice !== '') expect(advice).toMatch(locale === 'en' ? /[.?]$/ : /[。？]$/);
  }
});

// One mistake, one error: what follows from it is not reported again.
const ALONE = codes.filter(
  (code) => code.startsWith('E-') && !['E-MANY', 'E-LIMIT-NODES', 'E-LIMIT-EDGES'].includes(code),
);

// Where the same mistake breaks two rules.
const COMPANIONS: Partial<Record<ProblemCode, ProblemCode[]>> = { 'E-JOURNEY-RECURSIVE': ['E-SCOPE'] };

test.each(ALONE)('%s brings no other error with it', (code) => {
  const { problems } = compileExample(examples[code]!);
  const errors = problems.filter(({ severity }) => severity === 'error').map((problem) => problem.code);
  expect(new Set(errors)).toEqual(new Set([code, ...(COMPANIONS[code] ?? [])]));
});

test('every sentence and every advice is different', () => {
  const all = Object.values(catalogue);
  const sentences = all.flatMap((entry) =>
    (['zh', 'en'] as const).map((language) => entry[language].sentence({} as never)),
  );
  expect(new Set(sentences).size).toBe(sentences.length);
});
