// What is kept of a decision: the fields that were read, and no more of each than a person looks at.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { valuesSeen } from '../../../engine/language/seen.ts';

test('the fields that the conditions read are kept in their order, with what they held', () => {
  const conditions = [
    'member.points > 100.0 && member.city == "上海"',
    'run.day > 3.0 || member.points < 5.0',
  ];
  const context = { member: { points: 7, city: '杭州', secret: 'x' }, run: { day: 2, id: 'r' } };
  const seen = valuesSeen(conditions, context);
  expect(seen).toEqual({ 'member.points': 7, 'member.city': '杭州', 'run.day': 2 });
  expect(Object.keys(seen)).toEqual(['member.points', 'member.city', 'run.day']);
});

test('what has no value is null, and so is what an object only inherits', () => {
  expect(valuesSeen(['member.city == "x"', 'member.constructor == "x"'], { member: {} })).toEqual({
    'member.city': null,
    'member.constructor': null,
  });
});

test('instants are told as instants', () => {
  const seen = valuesSeen(['member.joinedAt < run.startedAt', 'member.points > 1.0'], {
    member: { joinedAt: 0, points: 0 },
    run: { startedAt: Date.UTC(2026, 11, 1) },
  });
  expect(seen).toEqual({
    'member.joinedAt': '1970-01-01T00:00:00.000Z',
    'run.startedAt': '2026-12-01T00:00:00.000Z',
    'member.points': 0,
  });
});

test('whatever members have written, it stays small, and the database takes it', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'];
  const conditions = names.map((name) => `member.${name} == "x"`);
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 30 }),
    fc.double(),
    fc.boolean(),
    fc.object(),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (member) => {
      const seen = valuesSeen(conditions, { member });
      expect(Object.keys(seen)).toHaveLength(12);
      const text = JSON.stringify(seen);
      expect(text.length).toBeLessThan(12 * 10 * 6 * 90);
      for (const it of Object.values(seen)) {
        if (typeof it === 'string') expect([it.length <= 81, Buffer.from(it).toString()]).toEqual([true, it]);
        if (Array.isArray(it)) expect(it.length).toBeLessThanOrEqual(9);
      }
    }),
  );
});
