import { expect, it } from 'vitest';
import { OPERATORS, type Condition, type FieldSchema } from '../../../engine/language/rule.ts';
import { sayCondition } from '../../../engine/language/say-condition.ts';

const schema: FieldSchema = {
  member: {
    points: { type: 'number', label: { 'zh-CN': '积分', en: 'Points' } },
    city: { type: 'string', label: { 'zh-CN': '城市' } },
    tags: { type: 'strings' },
    vip: { type: 'boolean', label: { 'zh-CN': '贵宾', en: 'VIP' } },
  },
};
const points = { field: 'member.points', operator: '>', value: 100 };
const city = { field: 'member.city', operator: '=', value: '上海' };

it.each([
  [{ combinator: 'and', rules: [points] }, '积分 大于 100', 'Points is more than 100'],
  [
    { combinator: 'and', rules: [points, city] },
    '积分 大于 100，并且 城市 是「上海」',
    'Points is more than 100 and 城市 is "上海"',
  ],
  [
    {
      combinator: 'or',
      rules: [
        points,
        { combinator: 'and', rules: [city, { field: 'member.tags', operator: 'contains', value: 'vip' }] },
      ],
    },
    '积分 大于 100，或者 （城市 是「上海」，并且 member.tags 包含「vip」）',
    'Points is more than 100 or (城市 is "上海" and member.tags contains "vip")',
  ],
  [
    { combinator: 'and', not: true, rules: [points] },
    '并非（积分 大于 100）',
    'not (Points is more than 100)',
  ],
  [
    { combinator: 'and', rules: [{ field: 'member.points', operator: 'between', value: '1,5' }] },
    '积分 介于 1 和 5 之间',
    'Points is between 1 and 5',
  ],
  [
    { combinator: 'and', rules: [{ field: 'member.city', operator: 'between', value: ['a', 'b'] }] },
    '城市 介于「a」和「b」之间',
    '城市 is between "a" and "b"',
  ],
  [
    { combinator: 'and', rules: [{ field: 'member.city', operator: 'in', value: '上海, 北京' }] },
    '城市 是其中之一：「上海」、「北京」',
    '城市 is one of "上海", "北京"',
  ],
  [
    {
      combinator: 'and',
      rules: [
        { field: 'member.vip', operator: '=', value: true },
        { field: 'member.city', operator: 'null' },
      ],
    },
    '贵宾 是 真，并且 城市 没有值',
    'VIP is true and 城市 has no value',
  ],
  [
    {
      combinator: 'and',
      rules: [{ field: 'member.points', operator: '<', value: 'member.limit', valueSource: 'field' }],
    },
    '积分 小于 member.limit',
    'Points is less than member.limit',
  ],
  [{ combinator: 'and', rules: [] }, '（没有规则）', '(no rules)'],
  [{ combinator: 'and', rules: [{ field: 'x', operator: '≈' }] }, 'x ≈ …', 'x ≈ …'],
  [{ cel: 'member.points > 100' }, 'member.points > 100', 'member.points > 100'],
] satisfies [Condition, string, string][])('%j', (condition, zh, en) => {
  expect(sayCondition(condition, schema, 'zh-CN')).toBe(zh);
  expect(sayCondition(condition, schema, 'en')).toBe(en);
});

it('has words for every operator, different ones', () => {
  for (const locale of ['zh-CN', 'en']) {
    const said = OPERATORS.map((operator) =>
      sayCondition({ combinator: 'and', rules: [{ field: 'f', operator, value: '1,2' }] }, schema, locale),
    );
    expect(new Set(said).size).toBe(OPERATORS.length);
  }
});
