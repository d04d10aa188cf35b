// Input that means harm, or was written by a machine gone wrong: always an answer, never an exception, never a long wait.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCondition, evaluateCondition } from '../../../engine/language/condition.ts';
import { conditionSchema, nearest, type FieldSchema } from '../../../engine/language/rule.ts';
import { sayCondition } from '../../../engine/language/say-condition.ts';
import { checkText, renderText } from '../../../engine/language/text.ts';
import { cpuMs } from '../../support/cpu.ts';

const schema: FieldSchema = {
  member: { points: { type: 'number' }, city: { type: 'string' }, tags: { type: 'strings' } },
};
const reader = { zone: 'UTC', locale: 'en' };

/** Runs it and says whether it took less than a second of computing: two hundred times what any of these needs. */
function quickly<T>(work: () => T): T {
  const began = cpuMs();
  const result = work();
  expect(cpuMs() - began).toBeLessThan(1_000);
  return result;
}

function refused(condition: unknown): string[] {
  return quickly(() => {
    const { problems, cel } = compileCondition(condition, schema);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThanOrEqual(1_000);
    expect(cel).toBe('');
    return problems.map(({ code }) => code);
  });
}

const nested = (depth: number): unknown => {
  let tree: unknown = { field: 'member.points', operator: '=', value: 1 };
  for (let level = 0; level < depth; level += 1) tree = { combinator: 'and', rules: [tree] };
  return tree;
};

describe('a hostile condition', () => {
  it.each([
    ['5,000 brackets', '('.repeat(1_900) + 'true' + ')'.repeat(1_900)],
    ['negations', '!'.repeat(3_900) + 'true'],
    ['minus signs', '-'.repeat(3_900) + '1 == 1'],
    ['lists in lists', '['.repeat(1_900) + ']'.repeat(1_900)],
    ['selections', 'member' + '.a'.repeat(1_900)],
    ['indexes', 'member.tags' + '[0]'.repeat(1_300)],
    ['conditionals', 'true ? '.repeat(500) + 'true' + ' : true'.repeat(50)],
    ['a chain', 'true' + '&&true'.repeat(660)],
    ['a sum', '1' + '+1'.repeat(1_900) + ' == 1'],
    ['calls', 'size('.repeat(600) + '""' + ')'.repeat(600)],
    ['ten megabytes', 'true && '.repeat(1_250_000) + 'true'],
    ['a regular expression that backtracks', 'member.city.matches("^(a+)+$")'],
    ['a counted repetition of repetitions', 'like(member.city, "((a{100}){100}){100}")'],
    ['nested macros', '[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))'],
    [
      'macros on a growing list',
      'member.tags.map(a, member.tags + member.tags).exists(l, l.exists(x, true))',
    ],
    [
      'a list of a thousand, squared',
      `[${'1,'.repeat(900)}1].exists(a, [${'1,'.repeat(900)}1].exists(b, a > b))`,
    ],
    ['prototypes', 'member.__proto__.constructor("return process")()'],
    ['the constructor', '"".constructor == 1'],
    ['no text', '\u0000\u0001\uFFFF'],
    ['half a character', '"\uD800" == member.city'],
  ])('with %s is refused', (_name, cel) => {
    refused({ cel });
    quickly(() =>
      expect(evaluateCondition(cel, { member: { points: 1, city: 'a', tags: [] } })).not.toBe(undefined),
    );
  });

  it('with patterns that would never end is answered at once', () => {
    const { cel, problems } = compileCondition(
      { cel: 'like(member.city, "^(a+)+$") || like(member.city, "(a*)*(a*)*b")' },
      schema,
    );
    expect(problems).toEqual([]);
    expect(quickly(() => evaluateCondition(cel, { member: { city: `${'a'.repeat(9_000)}!` } }))).toBe(false);
    expect(quickly(() => evaluateCondition(cel, { member: { city: 'a'.repeat(10_001) } }))).toMatchObject({
      problem: { code: 'failed' },
    });
  });

  it('of five thousand levels is refused', () => {
    expect(refused(nested(5_000))).toEqual(['too-large']);
    expect(refused({ combinator: 'or', rules: Array.from({ length: 100 }, () => nested(9)) })).toContain(
      'too-large',
    );
  });

  it('of a hundred thousand rules is refused', () => {
    const rule = { field: 'member.points', operator: '=', value: 1 };
    expect(refused({ combinator: 'and', rules: Array.from({ length: 100_000 }, () => rule) })).toEqual([
      'too-large',
    ]);
    expect(
      refused({
        combinator: 'and',
        rules: [{ field: 'member.points', operator: 'in', value: Array.from({ length: 100_000 }, () => 1) }],
      }),
    ).toEqual(['bad-value']);
    expect(
      refused({
        combinator: 'and',
        rules: [{ field: 'member.city', operator: 'in', value: 'a,'.repeat(100_000) }],
      }),
    ).toEqual(['bad-value']);
  });

  it('that contains itself is refused', () => {
    const rules: unknown[] = [];
    const group = { combinator: 'and', rules };
    rules.push(group, group);
    refused(group);
  });

  it('with the names of prototypes is refused', () => {
    for (const name of [
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'valueOf',
      '__defineGetter__',
    ]) {
      expect(
        refused({ combinator: 'and', rules: [{ field: `member.${name}`, operator: 'notNull' }] }),
      ).toEqual(['unknown-field']);
      expect(refused({ combinator: 'and', rules: [{ field: name, operator: 'notNull' }] })).toEqual([
        'unknown-field',
      ]);
      expect(
        refused({ combinator: 'and', rules: [{ field: 'member.points', operator: name, value: 1 }] }),
      ).toEqual(['unknown-operator']);
      refused({ cel: `member.${name} == 1` });
      refused({ cel: `${name}(member.city)` });
      refused({ cel: `member.city.${name}()` });
    }
    refused(
      JSON.parse(
        '{"combinator":"and","rules":[{"__proto__":{"field":"member.points"},"operator":"notNull"}]}',
      ),
    );
    refused(JSON.parse('{"__proto__":{"cel":"true"}}'));
  });

  it('of any shape at all gets an answer', () => {
    const pieces = fc.constantFrom(
      'cel',
      'combinator',
      'rules',
      'not',
      'field',
      'operator',
      'value',
      'valueSource',
      'id',
      '__proto__',
    );
    const values = fc.oneof(
      fc.constantFrom('and', 'or', 'member.points', '=', 'in', 'between', 'field', 'true', 1, true, null),
      fc.anything(),
    );
    const { tree } = fc.letrec<{ tree: unknown; node: unknown }>((tie) => ({
      tree: tie('node'),
      node: fc.oneof(
        { maxDepth: 4 },
        values,
        fc.dictionary(pieces, tie('node')),
        fc.array(tie('node'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (condition) => {
        const compiled = compileCondition(condition, schema);
        if (compiled.problems.length === 0)
          expect(typeof compiled.cel === 'string' && compiled.cel.length > 0).toBe(true);
        else expect(compiled.cel).toBe('');
      }),
      { numRuns: 3_000 },
    );
  });

  it('of any text at all gets an answer', () => {
    const tokens = fc.constantFrom(
      'member',
      '.',
      'points',
      'tags',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '&&',
      '||',
      '!',
      '-',
      '+',
      '==',
      '<',
      '?',
      ':',
      ',',
      '"a"',
      "'",
      '"',
      '1',
      '1.5',
      '0x',
      'true',
      'null',
      'in',
      'has',
      'size',
      'exists',
      'like',
      'timestamp',
      'r',
      'b',
      '//',
      '\n',
      '\\u',
      'x',
      'instant',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(tokens, { maxLength: 12 }).map((all) => all.join('')),
          fc.array(tokens, { maxLength: 12 }).map((all) => all.join(' ')),
        ),
        (cel) => {
          const compiled = compileCondition({ cel }, schema);
          const answer = evaluateCondition(compiled.problems.length === 0 ? compiled : cel, {
            member: { points: 1 },
          });
          expect(typeof answer === 'boolean' || 'problem' in answer).toBe(true);
          if (compiled.problems.length === 0 && typeof answer !== 'boolean')
            expect(answer.problem.code).not.toBe('value');
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('and hostile values get an answer', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('points', 'city', 'tags', '__proto__', 'constructor'), fc.anything()),
        fc.constantFrom(
          'member.points > 1.0',
          'member.city == "a"',
          '"a" in member.tags',
          'has(member.city)',
          'instant(member.points) > timestamp("2026-01-01T00:00:00Z")',
          'like(member.city, "a")',
        ),
        (member, cel) => {
          const answer = evaluateCondition(cel, { member });
          expect(typeof answer === 'boolean' || 'problem' in answer).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
    for (const context of [null, undefined, 5, 'x', [], { member: null }, { member: 5 }, { member: [] }]) {
      expect(evaluateCondition('member.points > 1.0', context as never)).toMatchObject({
        problem: { code: 'absent' },
      });
    }
    expect(evaluateCondition(undefined as never, {})).toMatchObject({ problem: { code: 'failed' } });
    expect(evaluateCondition(null as never, {})).toMatchObject({ problem: { code: 'failed' } });
  });

  it('can still be said', () => {
    const shape = fc.record({
      combinator: fc.anything(),
      rules: fc.array(fc.record({ field: fc.string(), operator: fc.string(), value: fc.anything() })),
    });
    fc.assert(fc.property(shape, (tree) => typeof sayCondition(tree as never, schema, 'en') === 'string'));
    expect(sayCondition(nested(5_000) as never, schema, 'zh-CN')).toBe('（没有规则）');
  });

  it('has an outermost shape that a schema can check', () => {
    expect(JSON.stringify(conditionSchema)).not.toContain('undefined');
  });
});

describe('a hostile text', () => {
  const values = {
    member: { city: 'a'.repeat(5_000), points: 1, tags: Array.from({ length: 200 }, () => 'x') },
  };

  it.each([
    ['a loop of a hundred million', '{% for i in (1..100000000) %}x{% endfor %}'],
    [
      'loops in loops',
      '{% for i in (1..1000) %}{% for j in (1..1000) %}{% for k in (1..1000) %}x{% endfor %}{% endfor %}{% endfor %}',
    ],
    ['a long text, repeated', `{% for i in (1..5000) %}${'x'.repeat(5_000)}{% endfor %}`],
    [
      'a text that doubles',
      `{% assign a = "xxxxxxxxxx" %}${'{% assign a = a | append: a %}'.repeat(40)}{{ a }}`,
    ],
    [
      'a capture that doubles',
      `{% assign a = "xxxxxxxxxx" %}${'{% capture a %}{{ a }}{{ a }}{% endcapture %}'.repeat(40)}{{ a }}`,
    ],
    [
      'a replacement that doubles',
      `{% assign a = "xx" %}${'{% assign a = a | replace: "x", "xx" %}'.repeat(30)}{{ a }}`,
    ],
    [
      'a list that doubles',
      `{% assign a = member.tags %}${'{% assign a = a | concat: a %}'.repeat(30)}{{ a | size }}`,
    ],
    ['a file', '{% include "package.json" %}'],
    ['a layout', '{% layout "package.json" %}'],
    ['a partial', '{% render "../package.json" %}'],
    ['the clock', '{{ "now" | date: "%Y" }}'],
    ['dice', '{{ member.tags | sample }}'],
    ['an evaluated expression', '{{ member.tags | where_exp: "x", "x == 1" }}'],
    ['a prototype', '{{ member.__proto__.constructor }}'],
    ['a constructor', '{{ member.city.constructor }}'],
    ['brackets without end', '{{'.repeat(4_000)],
    ['tags without end', '{% if member.city %}'.repeat(400)],
    ['filters without end', `{{ member.city ${'| upcase '.repeat(1_000)}}}`],
    ['ten megabytes', 'x'.repeat(10_000_000)],
  ])('with %s is no text', (_name, source) => {
    quickly(() => expect(Array.isArray(checkText(source, schema).problems)).toBe(true));
    const rendered = quickly(() => renderText(source, values, reader));
    if ('text' in rendered) expect(rendered.text.length).toBeLessThanOrEqual(20_000);
    else expect(rendered.problem.what).not.toBe('');
  });

  it('of any kind gets an answer', () => {
    const tokens = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      '|',
      'member',
      '.',
      'city',
      'if',
      'endif',
      'for',
      'in',
      'assign',
      '=',
      '"',
      "'",
      '[',
      ']',
      '0',
      ':',
      ',',
      'when',
      'default',
      'x',
      ' ',
      '\n',
      '-',
      'raw',
      'comment',
      '(1..3)',
      'case',
      'capture',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(tokens, { maxLength: 20 }).map((all) => all.join('')),
          fc.array(tokens, { maxLength: 20 }).map((all) => all.join(' ')),
        ),
        fc.anything(),
        (source, value) => {
          expect(Array.isArray(checkText(source, schema).problems)).toBe(true);
          const rendered = renderText(source, { member: { city: value, tags: [value] } } as never, reader);
          expect('text' in rendered || 'problem' in rendered).toBe(true);
        },
      ),
      { numRuns: 5_000 },
    );
    for (const bad of [null, undefined, 5, {}, []]) {
      expect(renderText(bad as never, {}, reader)).toHaveProperty('problem');
      expect(checkText(bad as never, schema).problems.length).toBe(1);
    }
    expect(renderText('{{ member.city }}', null as never, reader)).toHaveProperty('problem');
  });
});

it('names near to nothing are found quickly among ten thousand', () => {
  const known = Array.from({ length: 10_000 }, (_, index) => `member.field_${index}`);
  expect(quickly(() => nearest('member.feild_77', known))).toBe('member.field_77');
  quickly(() => nearest('x'.repeat(1_000_000), known));
});
