// Generated conditions, answered three ways: by us, by another CEL implementation, and (rule trees) by a few lines of plain TypeScript.
import { timestampFromMs, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { celFunc, CelScalar, isCelError, objectType, run } from '@bufbuild/cel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { celOfRules } from '../../../engine/language/condition-rules.ts';
import { compileCondition, evaluateCondition } from '../../../engine/language/condition.ts';
import { rulesOfCel } from '../../../engine/language/rules-of-cel.ts';
import {
  fieldOf,
  OPERATORS_OF,
  pathsOf,
  type Condition,
  type FieldSchema,
  type FieldType,
  type Operator,
  type Rule,
  type RuleGroup,
} from '../../../engine/language/rule.ts';

const schema: FieldSchema = {
  member: {
    points: { type: 'number' },
    age: { type: 'number' },
    city: { type: 'string' },
    name: { type: 'string' },
    tags: { type: 'strings' },
    likes: { type: 'strings' },
    vip: { type: 'boolean' },
    joined: { type: 'instant' },
  },
  params: { T: { type: 'instant' }, topic: { type: 'string' } },
};

const words = ['', 'a', 'ab', 'abc', 'vip', '上海', '薪火', '🔥', '"', '\\n'];
const word = fc.constantFrom(...words);
const numbers = [-1.5, 0, 1, 2, 3, 100, 0.1];
const instants = ['2026-01-01T00:00:00.000Z', '2026-06-01T12:00:00.000Z', '2026-12-05T12:00:00.000Z'];

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 4 });
const context = fc.record({
  member: fc.record({
    points: optional(fc.constantFrom(...numbers)),
    age: optional(fc.constantFrom(...numbers)),
    city: optional(word),
    name: optional(word),
    tags: optional(fc.array(word, { maxLength: 3 })),
    likes: optional(fc.array(word, { maxLength: 3 })),
    vip: optional(fc.boolean()),
    joined: optional(fc.constantFrom(...instants)),
  }),
  params: fc.record({ T: optional(fc.constantFrom(...instants)), topic: optional(word) }),
});
type Context = typeof context extends fc.Arbitrary<infer T> ? T : never;

const funcs = [
  celFunc('instant', [CelScalar.DYN], objectType(TimestampSchema), (value) =>
    timestampFromMs(typeof value === 'string' ? Date.parse(value) : Number.NaN),
  ),
  celFunc('like', [CelScalar.STRING, CelScalar.STRING], CelScalar.BOOL, (text, pattern) =>
    new RegExp(pattern).test(text),
  ),
];

function oracle(cel: string, { member, params }: Context): boolean | 'error' {
  const present = (fields: object) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const result = run(cel, { member: present(member), params: present(params) }, { funcs });
  if (isCelError(result)) return 'error';
  if (typeof result !== 'boolean') throw new TypeError(`not boolean: ${typeof result}`);
  return result;
}

function ours(cel: string, values: Context): boolean | 'error' {
  const answer = evaluateCondition(cel, values);
  return typeof answer === 'boolean' ? answer : 'error';
}

const field = (type: FieldType): fc.Arbitrary<string> =>
  fc.constantFrom(...pathsOf(schema).filter((path) => fieldOf(path, schema)?.type === type));

const { condition } = fc.letrec<
  Record<'condition' | 'boolean' | 'number' | 'string' | 'strings' | 'instant' | 'duration', string>
>((tie) => {
  const text = fc.constantFrom(...words, 't').map((value) => JSON.stringify(value));
  const join = (
    operators: readonly string[],
    kind: 'number' | 'string' | 'strings' | 'instant' | 'duration' | 'boolean',
  ) =>
    fc
      .tuple(tie(kind), fc.constantFrom(...operators), tie(kind))
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`);
  const list = (items: fc.Arbitrary<string>) =>
    fc.array(items, { minLength: 1, maxLength: 3 }).map((all) => `[${all.join(', ')}]`);
  const order = ['==', '!=', '<', '<=', '>', '>='];
  const macro = fc.constantFrom('exists', 'all', 'exists_one');
  // The variable's tests see the variable and nothing that nests further.
  const test = fc.oneof(
    text.map((literal) => `v == ${literal}`),
    text.map((literal) => `v.contains(${literal})`),
    fc
      .tuple(fc.constantFrom(...order), fc.constantFrom('0', '1', '3'))
      .map(([operator, n]) => `size(v) ${operator} ${n}`),
    field('string').map((path) => `v == ${path}`),
    field('strings').map((path) => `v in ${path}`),
  );
  return {
    condition: tie('boolean'),
    boolean: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom('true', 'false'),
      field('boolean'),
      fc.constantFrom(...pathsOf(schema)).map((path) => `has(${path})`),
      join(order, 'number'),
      join(order, 'string'),
      join(order, 'instant'),
      join(order, 'duration'),
      join(['==', '!='], 'boolean'),
      join(['&&', '||'], 'boolean'),
      join(['&&', '||'], 'boolean'),
      tie('boolean').map(
        (inner) => `!${inner.startsWith('(') || /^[a-z]+[.(]/.test(inner) ? inner : `(${inner})`}`,
      ),
      fc.tuple(tie('boolean'), tie('boolean'), tie('boolean')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(tie('string'), tie('strings')).map(([item, items]) => `(${item} in ${items})`),
      fc
        .tuple(tie('number'), list(fc.constantFrom('1', '0.1', '100')))
        .map(([item, items]) => `(${item} in ${items})`),
      fc
        .tuple(tie('string'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('string'))
        .map(([a, method, b]) => `${a}.${method}(${b})`),
      fc
        .tuple(tie('string'), fc.constantFrom('"^a"', '"b$"', '"[上海]+"', '"a|vip"'))
        .map(([a, pattern]) => `like(${a}, ${pattern})`),
      fc.tuple(field('strings'), macro, test).map(([path, name, body]) => `${path}.${name}(v, ${body})`),
      fc
        .tuple(field('strings'), macro, test, test)
        .map(
          ([path, name, first, body]) =>
            `${path}.filter(w, ${first.replaceAll('v', 'w').replaceAll('wip', 'vip')}).${name}(v, ${body})`,
        ),
      fc
        .tuple(field('strings'), field('strings'), macro, test)
        .map(([a, b, name, body]) => `${a}.exists(u, ${b}.${name}(v, ${body} && v != u))`),
    ),
    number: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('0', '1', '3', '100', '-1.5', '0.1', '1e3', '0x10'),
      field('number'),
      field('number'),
      join(['+', '-', '*', '/'], 'number'),
      tie('strings').map((inner) => `size(${inner})`),
      tie('string').map((inner) => `${inner}.size()`),
      tie('number').map((inner) => `int(${inner})`),
      tie('number').map((inner) => `-(${inner})`),
    ),
    string: fc.oneof(
      { maxDepth: 3 },
      text,
      field('string'),
      field('string'),
      join(['+'], 'string'),
      fc
        .tuple(field('strings'), fc.constantFrom('0', '1', 'size(member.tags) - 1', 'int(member.points)'))
        .map(([path, n]) => `${path}[${n}]`),
    ),
    strings: fc.oneof({ maxDepth: 2 }, field('strings'), field('strings'), list(text)),
    instant: fc.oneof(
      { maxDepth: 2 },
      field('instant'),
      fc.constantFrom(...instants).map((iso) => `timestamp("${iso}")`),
      fc
        .tuple(tie('instant'), fc.constantFrom('+', '-'), tie('duration'))
        .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    ),
    duration: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom('duration("1h")', 'duration("36h30m")', 'duration("0s")'),
      fc.tuple(tie('instant'), tie('instant')).map(([a, b]) => `(${a} - ${b})`),
    ),
  };
});

describe('CEL text', () => {
  it('of the right types compiles, and is answered as another implementation answers it', () => {
    fc.assert(
      fc.property(condition, context, (cel, values) => {
        const compiled = compileCondition({ cel }, schema);
        fc.pre(!compiled.problems.some(({ code }) => code === 'too-costly'));
        expect(compiled.problems, cel).toEqual([]);
        expect(ours(compiled.cel, values), compiled.cel).toBe(oracle(compiled.cel, values));
      }),
      { numRuns: 1_500 },
    );
  });

  it('is refused where what it comes out as would cost too much to answer', () => {
    const each = (test: string) => `member.tags.exists(u, member.tags.exists(v, ${test} && v != u))`;
    const cel = `((${each('v.contains("")')} && true) ? ${each('size(v) == 0')} : (${each('size(v) == 0')} && true))`;
    const { problems } = compileCondition({ cel }, schema);
    expect(problems).toMatchObject([{ code: 'too-costly', start: 0, end: cel.length }]);
  });

  it('comes out of the compiler a second time unchanged', () => {
    fc.assert(
      fc.property(condition, (cel) => {
        const once = compileCondition({ cel }, schema);
        fc.pre(once.problems.length === 0);
        expect(compileCondition({ cel: once.cel }, schema)).toEqual(once);
      }),
      { numRuns: 1_000 },
    );
  });
});

const valueOf = (type: FieldType): fc.Arbitrary<string | number | boolean> =>
  type === 'number'
    ? fc.constantFrom(...numbers)
    : type === 'boolean'
      ? fc.boolean()
      : type === 'instant'
        ? fc.constantFrom(...instants)
        : word;

const rule: fc.Arbitrary<Rule> = fc.constantFrom(...pathsOf(schema)).chain((path) => {
  const type = fieldOf(path, schema)?.type ?? 'string';
  return fc.constantFrom(...OPERATORS_OF[type]).chain((operator): fc.Arbitrary<Rule> => {
    if (operator === 'null' || operator === 'notNull') return fc.constant({ field: path, operator });
    const one = valueOf(type) as fc.Arbitrary<string | number>;
    if (operator === 'in' || operator === 'notIn')
      return fc.array(one, { minLength: 1, maxLength: 3 }).map((value) => ({ field: path, operator, value }));
    if (operator === 'between' || operator === 'notBetween') {
      return fc
        .tuple(one, one)
        .map((pair) => ({ field: path, operator, value: pair.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) }));
    }
    const byField = field(type === 'strings' ? 'string' : type).map((value): Rule => ({
      field: path,
      operator,
      value,
      valueSource: 'field',
    }));
    return fc.oneof(
      { weight: 3, arbitrary: one.map((value) => ({ field: path, operator, value })) },
      { weight: 1, arbitrary: byField },
    );
  });
});

const { group } = fc.letrec<{ group: RuleGroup; part: Rule | RuleGroup }>((tie) => ({
  group: fc.record(
    {
      combinator: fc.constantFrom('and', 'or'),
      not: fc.boolean(),
      rules: fc.array(tie('part'), { minLength: 1, maxLength: 4 }),
    },
    { requiredKeys: ['combinator', 'rules'] },
  ),
  part: fc.oneof({ maxDepth: 3 }, rule, tie('group')),
}));

/** What a rule tree means, said without CEL. */
function meaning(part: Rule | RuleGroup, values: Context): boolean {
  if ('rules' in part) {
    const answers = part.rules.map((inner) => meaning(inner, values));
    const joined = part.combinator === 'and' ? answers.every(Boolean) : answers.some(Boolean);
    return joined !== (part.not === true);
  }
  const read = (path: string): unknown =>
    (values as Record<string, Record<string, unknown>>)[path.split('.')[0] ?? '']?.[path.split('.')[1] ?? ''];
  const found = read(part.field);
  const isEmpty = found === undefined || (Array.isArray(found) && found.length === 0);
  if (part.operator === 'null') return isEmpty;
  if (part.operator === 'notNull') return !isEmpty;
  const value = part.valueSource === 'field' ? read(String(part.value)) : part.value;
  const negated = /^(!=|doesNot|not)/.test(part.operator);
  return (
    (found !== undefined &&
      value !== undefined &&
      holds(part.operator as Operator, found as never, value as never)) !== negated
  );
}

function holds(operator: Operator, found: string & string[], value: string & string[]): boolean {
  switch (operator) {
    case '=': case '!=': return found === value;
    case '<': return found < value;
    case '<=': return found <= value;
    case '>': return found > value;
    case '>=': return found >= value;
    case 'contains': case 'doesNotContain': return found.includes(value);
    case 'beginsWith': case 'doesNotBeginWith': return found.startsWith(value);
    case 'endsWith': case 'doesNotEndWith': return found.endsWith(value);
    case 'in': case 'notIn': return Array.isArray(found) ? found.some((item) => value.includes(item)) : value.includes(found);
    case 'between': case 'notBetween': return found >= (value[0] ?? '') && found <= (value[1] ?? '');
    case 'null': case 'notNull': return false;
  }
} // prettier-ignore

describe('CEL as rules', () => {
  it('any rule tree comes back from its CEL with the same meaning', () => {
    fc.assert(
      fc.property(group as fc.Arbitrary<Condition>, context, (tree, values) => {
        const written = celOfRules(tree, schema);
        const cel = 'cel' in written ? written.cel : '';
        const back = rulesOfCel(cel, schema);
        expect(back, cel).toBeDefined();
        const answer = (condition: Condition): unknown =>
          evaluateCondition(compileCondition(condition, schema), values);
        expect(answer(back!)).toBe(answer(tree));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['member.points > 100 && "vip" in member.tags', 'points > 100, tags contains vip'],
    ['100 < member.points', 'points > 100'],
    ['member.vip', 'vip = true'],
    ['member.city in ["上海", "北京"] || !has(member.city)', 'or: city in 上海,北京, city null '],
    ['member.joined <= params.T', 'joined <= params.T'],
    ['!(has(member.city) && member.city == "上海")', 'city != 上海'],
  ])('%s is read', (cel, said) => {
    const found = rulesOfCel(cel, schema)!;
    const rules = found.rules.map((it) =>
      'rules' in it ? '?' : `${it.field.replace('member.', '')} ${it.operator} ${String(it.value ?? '')}`,
    );
    expect(`${found.combinator === 'or' ? 'or: ' : ''}${rules.join(', ')}`).toBe(said);
  });

  it.each([
    '!(member.points > 100)',
    'member.points + 1 > 100',
    'member.points > 1 ? true : false',
    'has(member.tags)',
    'member.unknown == 1',
    'member.tags.exists(t, t == "vip")',
    'member.points >',
    '',
  ])('%s stays CEL', (cel) => {
    expect(rulesOfCel(cel, schema)).toBeUndefined();
  });

  it('a text without has() holds for the same members as its rules', () => {
    const text = fc.constantFrom(
      'member.points > 1 && member.city == "a"',
      'member.points > 1 || (has(member.city) && member.city == "a")',
      'member.points >= 0 && member.points <= 2 || "vip" in member.tags',
      'member.vip || member.joined < params.T',
    );
    fc.assert(
      fc.property(text, context, (cel, values) => {
        const holds = (condition: Condition): boolean =>
          evaluateCondition(compileCondition(condition, schema), values) === true;
        expect(holds(rulesOfCel(cel, schema)!)).toBe(holds({ cel }));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a rule tree', () => {
  it('compiles without problems and means what it says', () => {
    fc.assert(
      fc.property(group as fc.Arbitrary<Condition>, context, (tree, values) => {
        const compiled = compileCondition(tree, schema);
        expect(compiled.problems).toEqual([]);
        const expected = meaning(tree as RuleGroup, values);
        expect(evaluateCondition(compiled, values), compiled.cel).toBe(expected);
        expect(oracle(compiled.cel, values), compiled.cel).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});
