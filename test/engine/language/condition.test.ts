import { describe, expect, it } from 'vitest';
import { compileCondition, evaluateCondition } from '../../../engine/language/condition.ts';
import { nearest, type Condition, type FieldSchema, type RuleValue } from '../../../engine/language/rule.ts';

const schema: FieldSchema = {
  member: {
    points: { type: 'number' },
    city: { type: 'string' },
    name: { type: 'string' },
    tags: { type: 'strings' },
    vip: { type: 'boolean' },
    joined: { type: 'instant' },
  },
  params: { T: { type: 'instant' }, topic: { type: 'string' } },
  metrics: { sign_ups: { type: 'number' } },
};

const context = {
  member: {
    points: 120,
    city: '上海',
    name: null,
    tags: ['vip', 'new'],
    vip: true,
    joined: Date.UTC(2026, 0, 1),
  },
  params: { T: '2026-12-05T20:00:00+08:00', topic: 'vip' },
  metrics: { sign_ups: 120 },
};

const rule = (field: string, operator: string, value?: RuleValue, valueSource?: 'field'): Condition => ({
  combinator: 'and',
  rules: [
    {
      field,
      operator,
      ...(value === undefined ? {} : { value }),
      ...(valueSource === undefined ? {} : { valueSource }),
    },
  ],
});

function answer(condition: unknown, values: Parameters<typeof evaluateCondition>[1] = context): unknown {
  const compiled = compileCondition(condition, schema);
  return compiled.problems.length > 0
    ? compiled.problems.map(({ code, pointer }) => `${code} ${pointer}`).join(', ')
    : evaluateCondition(compiled, values);
}

describe('a rule', () => {
  it.each([
    // field, operator, value, answer with a value there, answer with none
    ['member.points', '=', 120, true, false],
    ['member.points', '=', '120', true, false],
    ['member.points', '!=', 120, false, true],
    ['member.points', '<', 120.5, true, false],
    ['member.points', '>', 120, false, false],
    ['member.points', '<=', 120, true, false],
    ['member.points', '>=', '-1.5', true, false],
    ['member.points', 'between', [100, 120], true, false],
    ['member.points', 'between', '121,130', false, false],
    ['member.points', 'notBetween', [100, 120], false, true],
    ['member.points', 'in', [1, 120], true, false],
    ['member.points', 'in', '1, 120', true, false],
    ['member.points', 'notIn', '1，2', true, true],
    ['member.points', 'null', undefined, false, true],
    ['member.points', 'notNull', undefined, true, false],
    ['member.city', '=', '上海', true, false],
    ['member.city', '!=', '上海', false, true],
    ['member.city', '<', '上', false, false],
    ['member.city', 'contains', '海', true, false],
    ['member.city', 'doesNotContain', '海', false, true],
    ['member.city', 'beginsWith', '上', true, false],
    ['member.city', 'doesNotBeginWith', '上', false, true],
    ['member.city', 'endsWith', '上', false, false],
    ['member.city', 'doesNotEndWith', '上', true, true],
    ['member.city', 'in', '北京，上海', true, false],
    ['member.city', 'in', ['a, b', '上海'], true, false],
    ['member.city', 'notIn', ['北京'], true, true],
    ['member.city', 'between', ['a', '龟'], true, false],
    ['member.vip', '=', true, true, false],
    ['member.vip', '=', 'false', false, false],
    ['member.vip', '!=', 'false', true, true],
    ['member.tags', 'contains', 'vip', true, false],
    ['member.tags', 'doesNotContain', 'vip', false, true],
    ['member.tags', 'in', ['x', 'new'], true, false],
    ['member.tags', 'in', 'x, y', false, false],
    ['member.tags', 'notIn', ['x', 'new'], false, true],
    ['member.tags', 'null', undefined, false, true],
    ['member.tags', 'notNull', undefined, true, false],
    ['member.joined', '<', '2026-01-01T08:00:01+08:00', true, false],
    ['member.joined', '=', '2026-01-01T00:00:00Z', true, false],
    ['member.joined', 'between', ['2025-12-31T00:00Z', '2026-01-02T00:00Z'], true, false],
    ['member.joined', 'notNull', undefined, true, false],
  ] as [string, string, RuleValue | undefined, boolean, boolean][])(
    '%s %s %j',
    (...[field, operator, value, there, absent]) => {
      expect(answer(rule(field, operator, value))).toBe(there);
      expect(answer(rule(field, operator, value), {})).toBe(absent);
    },
  );

  it.each([
    // against another field
    ['member.points', '=', 'metrics.sign_ups', true],
    ['member.points', '<', 'metrics.sign_ups', false],
    ['member.tags', 'contains', 'params.topic', true],
    ['params.topic', 'in', 'member.tags', true],
    ['params.topic', 'notIn', 'member.tags', false],
    ['member.joined', '<', 'params.T', true],
    ['member.city', '!=', 'member.name', true],
    ['member.name', '=', 'member.name', false],
  ])('%s %s the field %s', (field, operator, other, expected) => {
    expect(answer(rule(field, operator, other, 'field'))).toBe(expected);
  });

  it.each([
    ['member.pionts', '=', 1, undefined, 'unknown-field /rules/0/field'],
    ['points', '=', 1, undefined, 'unknown-field /rules/0/field'],
    ['member.__proto__', '=', 1, undefined, 'unknown-field /rules/0/field'],
    ['member.constructor', '=', 1, undefined, 'unknown-field /rules/0/field'],
    ['member.city || true', '=', 1, undefined, 'unknown-field /rules/0/field'],
    ['member.points', 'is', 1, undefined, 'unknown-operator /rules/0/operator'],
    ['member.points', 'toString', 1, undefined, 'unknown-operator /rules/0/operator'],
    ['member.points', 'contains', 1, undefined, 'wrong-operator /rules/0/operator'],
    ['member.vip', '<', true, undefined, 'wrong-operator /rules/0/operator'],
    ['member.tags', '=', 'vip', undefined, 'wrong-operator /rules/0/operator'],
    ['member.points', '=', 'many', undefined, 'bad-value /rules/0/value'],
    ['member.points', '=', '', undefined, 'bad-value /rules/0/value'],
    ['member.points', '=', null, undefined, 'bad-value /rules/0/value'],
    ['member.points', '=', undefined, undefined, 'bad-value /rules/0/value'],
    [
      'member.points',
      'in',
      ['1', 'x', 2, 'y'],
      undefined,
      'bad-value /rules/0/value/1, bad-value /rules/0/value/3',
    ],
    ['member.points', 'in', [], undefined, 'bad-value /rules/0/value'],
    ['member.points', 'between', [1], undefined, 'bad-value /rules/0/value'],
    ['member.points', 'between', [1, 2, 3], undefined, 'bad-value /rules/0/value'],
    ['member.points', 'between', [2, 1], undefined, 'bad-value /rules/0/value'],
    ['member.vip', '=', 'yes', undefined, 'bad-value /rules/0/value'],
    ['member.joined', '<', '2026-01-01', undefined, 'bad-value /rules/0/value'],
    ['member.joined', '<', '2026-02-30T00:00Z', undefined, 'bad-value /rules/0/value'],
    ['member.city', '=', '\uD800', undefined, 'bad-value /rules/0/value'],
    ['member.city', '=', 'x'.repeat(1_001), undefined, 'bad-value /rules/0/value'],
    ['member.points', '=', 'member.city', 'field', 'type /rules/0/value'],
    ['member.points', '=', 'member.age', 'field', 'unknown-field /rules/0/value'],
    ['member.points', 'between', 'metrics.sign_ups', 'field', 'bad-value /rules/0/valueSource'],
    ['member.points', '=', 1, 'sql', 'shape /rules/0/valueSource'],
  ] as [string, string, RuleValue | undefined, 'field' | undefined, string][])(
    '%s %s %j (%s): %s',
    (...[field, operator, value, source, expected]) => {
      expect(answer(rule(field, operator, value, source))).toBe(expected);
    },
  );

  it('keeps a text a text, whatever is in it', () => {
    for (const text of ['"', '\\', '" || true || "', '\n\t\u0000\u2028', '`${x}`', "'''", '\u{1F525}薪火']) {
      expect(answer(rule('member.city', '=', text), { member: { city: text } })).toBe(true);
      expect(answer(rule('member.city', '=', text), { member: { city: '上海' } })).toBe(false);
      expect(answer(rule('member.city', '=', `${text}x`), { member: { city: text } })).toBe(false);
    }
  });
});

describe('a group', () => {
  const yes = { field: 'member.points', operator: '=', value: 120 };
  const no = { field: 'member.points', operator: '=', value: 121 };

  it('combines and negates', () => {
    const group = (combinator: string, rules: unknown[], not?: boolean): unknown => ({
      combinator,
      rules,
      ...(not === undefined ? {} : { not }),
    });
    expect(answer(group('and', [yes, no]))).toBe(false);
    expect(answer(group('or', [no, yes]))).toBe(true);
    expect(answer(group('and', [yes, yes], true))).toBe(false);
    expect(answer(group('or', [no, group('and', [yes, group('or', [no, no], true)])]))).toBe(true);
    expect(answer(group('and', [group('or', [yes, no]), no]))).toBe(false);
    expect(answer(group('or', [group('and', [no, yes]), yes]))).toBe(true);
  });

  it.each([
    [{ combinator: 'and', rules: [] }, 'empty /rules'],
    [{ combinator: 'xor', rules: [yes] }, 'shape /combinator'],
    [{ combinator: 'and', rules: [yes], not: 1 }, 'shape /not'],
    [{ combinator: 'and', rules: { 0: yes } }, 'shape /rules'],
    [{ combinator: 'and', rules: [yes], muted: true }, 'shape '],
    [{ combinator: 'and', rules: [{ ...yes, muted: true }] }, 'shape /rules/0'],
    [{ rules: [yes, 'and', no] }, 'shape /combinator'],
    [{ combinator: 'and', rules: [yes, 'and', no] }, 'shape /rules/1'],
    [
      {
        combinator: 'or',
        rules: [
          { ...yes, field: 'x' },
          { combinator: 'and', rules: [{ ...yes, operator: '?' }] },
        ],
      },
      'unknown-field /rules/0/field, unknown-operator /rules/1/rules/0/operator',
    ],
  ])('%j: %s', (condition, expected) => expect(answer(condition)).toBe(expected));

  it('may be as large as its limits, and no larger', () => {
    const many = (count: number) => ({ combinator: 'or', rules: Array.from({ length: count }, () => yes) });
    expect(answer(many(200))).toBe(true);
    expect(answer(many(201))).toBe('too-large /rules');
    const deep = (depth: number): unknown =>
      depth === 0 ? yes : { combinator: 'and', rules: [deep(depth - 1)] };
    expect(answer(deep(10))).toBe(true);
    expect(answer(deep(11))).toMatch(/^too-large/);
  });

  it('names the fields it reads, once and in order', () => {
    const compiled = compileCondition(
      { combinator: 'or', rules: [yes, no, { field: 'member.city', operator: 'notNull' }] },
      schema,
    );
    expect(compiled.fields).toEqual(['member.city', 'member.points']);
  });
});

describe('CEL text', () => {
  it.each([
    ['member.points + 1 > 120', true],
    ['1 + member.points * 2 - 0.5 == 240.5', true],
    ['member.points / 7 > 17 && member.points % 7 == 1', true],
    ['member.points == 120 && member.points == 120.0', true],
    ['member.points in [1, 120]', true],
    ['-member.points < 0', true],
    ['"vip" in member.tags && !("old" in member.tags)', true],
    ['member.tags.exists(t, t.startsWith("v"))', true],
    ['member.tags.all(t, size(t) == 3)', true],
    ['member.tags.filter(t, t != "vip").size() == 1', true],
    ['member.tags.map(t, t + "!").exists(t, t == "new!")', true],
    ['member.tags.exists_one(t, t == "vip")', true],
    ['member.tags.exists(a, member.tags.exists(b, a != b))', true],
    ['member.tags[0] == "vip"', true],
    ['params.T > member.joined', true],
    ['params.T == timestamp("2026-12-05T12:00:00Z")', true],
    ['params.T - member.joined > duration("24h")', true],
    ['member.joined + duration("1h") < params.T', true],
    ['has(member.name)', false],
    ['!has(member.name) || member.name == "x"', true],
    ['has(member.name) ? member.name == "x" : member.vip', true],
    ['like(member.city, "^上") && !like(member.city, "^海")', true],
    ['member.city.contains("海") && member.city.size() == 2', true],
    ['member.vip', true],
    ['true // always', true],
    [' ( params . T ) > member.joined', true],
    ['(params).T > (member).joined', true],
    ['1 + member.points == 121', true],
    ['5 / 2 == 2.5', true],
    ['member.tags[1] == "new" && member.tags[size(member.tags) - 1] == "new"', true],
    ['size(member.tags) * 60 == member.points', true],
    ['[1, 2.5].exists(n, n * 48 == member.points)', true],
    ['int(2.9) + 118 == member.points', true],
    ['string(member.points) == "120"', true],
    ['true' + ' && true'.repeat(300), true],
  ])('%s', (cel, expected) => expect(answer({ cel })).toBe(expected));

  it.each([
    ['', 'empty', 0, 0, ''],
    ['  \n', 'empty', 0, 0, ''],
    ['1 +', 'syntax', 3, 3, ''],
    ['会员.积分 > 1', 'syntax', 0, 1, ''],
    ['member.in == 1', 'syntax', 7, 9, ''],
    ['"a" == "b', 'syntax', 7, 9, ''],
    ['member.pionts > 1', 'unknown-field', 0, 13, 'member.points'],
    ['points > 1', 'unknown-field', 0, 6, 'member.points'],
    ['member == member', 'unknown-field', 0, 6, ''],
    ['member.constructor == 1', 'unknown-field', 0, 18, ''],
    ['member.__proto__ == 1', 'unknown-field', 0, 16, ''],
    ['constructor == 1', 'unknown-field', 0, 11, ''],
    ['member.points', 'not-boolean', 0, 13, ''],
    ['"a" + "b"', 'not-boolean', 0, 9, ''],
    ['member.points == "a"', 'type', 0, 20, ''],
    ['member.points + "a" == 1', 'type', 0, 19, ''],
    ['member.city == 5', 'type', 0, 16, ''],
    ['member.city && true', 'type', 0, 11, ''],
    ['!member.points', 'type', 1, 14, ''],
    ['5 in member.tags', 'type', 0, 1, ''],
    ['member.points in ["a"]', 'type', 0, 13, ''],
    ['member.points.contains("x")', 'type', 0, 13, ''],
    ['member.points.exists(x, x == 1)', 'type', 0, 13, ''],
    ['member.tags.exists(t, t == 1)', 'type', 22, 28, ''],
    ['member.vip > params.T', 'type', 0, 21, ''],
    ['member.joined > 5', 'type', 0, 17, ''],
    ['size(member.points) == 1', 'type', 5, 18, ''],
    ['member.city.matches("a")', 'refused', 0, 24, ''],
    ['matches(member.city, "a")', 'unknown-function', 0, 25, ''],
    ['lenght(member.city) > 1', 'unknown-function', 0, 19, ''],
    ['member.city.startWith("a")', 'unknown-function', 0, 26, 'startsWith'],
    ['member.joined.getHours() > 1', 'unknown-function', 0, 24, ''],
    ['cel.bind(x, 1, x > 0)', 'unknown-function', 0, 21, ''],
    ['member.city == null', 'refused', 15, 19, ''],
    ['{"a": 1} == {"a": 1}', 'refused', 0, 8, ''],
    ['member["points"] > 1', 'refused', 0, 16, ''],
    ['b"a" == b"b"', 'refused', 0, 4, ''],
    ['1u == 2u', 'refused', 0, 2, ''],
    ['has(member)', 'refused', 0, 11, ''],
    ['has(member.tags.size)', 'refused', 0, 21, ''],
    ['like(member.city, member.name)', 'bad-value', 18, 29, ''],
    ['like(member.city, "(")', 'bad-value', 18, 21, ''],
    ['like(member.city, "(?=a)")', 'bad-value', 18, 25, ''],
    ['timestamp("2026-12-01T12:00:00.000") < params.T', 'bad-value', 0, 36, ''],
    ['timestamp(member.city) < params.T', 'bad-value', 0, 22, ''],
    ['duration(member.city) > duration("1h")', 'bad-value', 0, 21, ''],
    ['params.T > duration("1h")', 'type', 0, 25, ''],
    ['instant(member.city) > params.T', 'unknown-function', 0, 20, ''],
    ['instant(5) > params.T', 'unknown-function', 0, 10, ''],
    ['member.tags.all(a, member.tags.all(b, member.tags.all(c, true)))', 'nested-macros', 38, 62, ''],
    ['member.tags.map(a, member.tags).exists(l, l.exists(x, x == "a"))', 'refused', 42, 43, ''],
    ['(member.tags + member.tags).exists(t, t == "a")', 'refused', 1, 26, ''],
    ['member.tags.exists(member, member == "a")', 'refused', 19, 25, ''],
    ['member.tags.exists(t, true) && t == "a"', 'unknown-field', 31, 32, ''],
  ])('%s is refused: %s', (...[cel, code, start, end, suggestion]) => {
    const { problems, cel: compiled } = compileCondition({ cel }, schema);
    expect(compiled).toBe('');
    const [problem] = problems;
    expect(problem).toMatchObject({ code, pointer: '/cel' });
    expect([problem?.start ?? 0, problem?.end ?? 0]).toEqual([start, end]);
    expect(problem?.suggestion ?? '').toBe(suggestion);
  });

  it('tells all problems at once, each at its place', () => {
    const { problems } = compileCondition(
      { cel: 'member.pionts > 1 && lenght(member.city) > params.TT' },
      schema,
    );
    expect(problems.map(({ code, start }) => [code, start])).toEqual([
      ['unknown-field', 0],
      ['unknown-function', 21],
      ['unknown-field', 43],
    ]);
  });

  it('must be all that there is', () => {
    expect(answer({ cel: 'true', rules: [] })).toBe('shape ');
    expect(answer({ cel: 5 })).toBe('shape /cel');
  });

  it('that costs too much is refused', () => {
    const pair = 'member.tags.exists(a, member.tags.exists(b, a == b))';
    expect(answer({ cel: pair })).toBe(true);
    expect(answer({ cel: Array.from({ length: 20 }, () => pair).join(' && ') })).toBe('too-costly /cel');
  });
});

describe('an evaluation', () => {
  it('says that a value is absent, unless it does not matter', () => {
    expect(evaluateCondition('member.points > 1', {})).toEqual({
      problem: { code: 'absent', what: 'member.points' },
    });
    expect(evaluateCondition('member.points > 1', { member: { points: null } })).toMatchObject({
      problem: { code: 'absent' },
    });
    expect(evaluateCondition('member.points > 1 || member.vip', { member: { vip: true } })).toBe(true);
    expect(evaluateCondition('member.points > 1 && member.vip', { member: { vip: false } })).toBe(false);
  });

  it('takes own values of plain types only', () => {
    const polluted = Object.create({ points: 5 }) as Record<string, unknown>;
    expect(evaluateCondition('member.points > 1', { member: polluted })).toMatchObject({
      problem: { code: 'absent' },
    });
    for (const value of [
      {},
      () => 5,
      Number.NaN,
      5n,
      Symbol('5'),
      [1],
      [['a']],
      Array.from({ length: 201 }, () => 'a'),
      new Date(0),
      'x'.repeat(100_001),
    ]) {
      expect(evaluateCondition('has(member.points)', { member: { points: value } })).toEqual({
        problem: { code: 'value', what: 'member.points' },
      });
    }
  });

  it('refuses what was never compiled as the compiler would', () => {
    for (const cel of [
      '',
      '1 +',
      'member.city.matches("^(a+)+$")',
      '[1].map(a, [1].map(b, [1].map(c, 1))).size() > 0',
      'constructor',
      'member',
      'x'.repeat(300_000),
    ]) {
      expect(evaluateCondition(cel, context)).toMatchObject({ problem: { code: 'failed' } });
    }
    expect(evaluateCondition('member.points', context)).toMatchObject({ problem: { code: 'failed' } });
    expect(evaluateCondition(compileCondition({ cel: 'nonsense(' }, schema), context)).toMatchObject({
      problem: { code: 'failed' },
    });
  });

  it('does not stumble over a wrong type in the data', () => {
    expect(evaluateCondition('member.points > 1', { member: { points: 'many' } })).toMatchObject({
      problem: { code: 'failed' },
    });
    expect(
      evaluateCondition('instant(params.T) > instant(member.joined)', {
        params: { T: 'soon' },
        member: { joined: 0 },
      }),
    ).toMatchObject({ problem: { code: 'failed' } });
  });
});

describe('the nearest name', () => {
  it.each([
    ['member.pionts', 'member.points'],
    ['Member.Points', 'member.points'],
    ['metrics.signups', 'metrics.sign_ups'],
    ['nothing.like.it', undefined],
    ['', undefined],
  ])('of %s is %s', (name, expected) => {
    expect(nearest(name, ['member.points', 'member.city', 'metrics.sign_ups'])).toBe(expected);
  });
});
