// What declared attributes take, from programs and from tables.
import { expect, test } from 'vitest';
import { isAttributeKey, readAttribute, readInstant, type AttributeType } from '../../engine/attributes.ts';

const ZONE = 'Asia/Shanghai';
const read = (
  value: unknown,
  type: AttributeType,
  { textual = false, choices = ['金', '银'] } = {},
): unknown => {
  const found = readAttribute(value, { type, choices }, { zone: ZONE, textual });
  return 'value' in found ? found.value : 'refused';
};

test('a value is of the declared type, or refused with what would be one', () => {
  expect(read('上海', 'text')).toBe('上海');
  expect(read('x'.repeat(2_001), 'text')).toBe('refused');
  expect(read(12, 'text')).toBe('refused');
  expect(read(-1.5, 'number')).toBe(-1.5);
  expect(read('12', 'number')).toBe('refused');
  expect(read(Infinity, 'number')).toBe('refused');
  expect(read(1e16, 'number')).toBe('refused');
  expect(read(false, 'boolean')).toBe(false);
  expect(read('是', 'boolean')).toBe('refused');
  expect(read('金', 'choice')).toBe('金');
  expect(read('铜', 'choice')).toBe('refused');
  expect(readAttribute('铜', { type: 'choice', choices: ['金', '银'] }, { zone: ZONE })).toEqual({
    expected: { zh: '金、银 之一', en: 'one of 金, 银' },
  });
});

test('a table gives numbers and booleans as text', () => {
  expect(read(' 12.50 ', 'number', { textual: true })).toBe(12.5);
  expect(read('1e3', 'number', { textual: true })).toBe('refused');
  expect(read('0x10', 'number', { textual: true })).toBe('refused');
  expect(['TRUE', '是', '1', 'no', '否', '0'].map((it) => read(it, 'boolean', { textual: true }))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect(read('__proto__', 'boolean', { textual: true })).toBe('refused');
});

test('a date is the instant at which its day begins in the zone of the team', () => {
  expect(read('2026-12-01', 'date')).toBe('2026-11-30T16:00:00.000Z');
  expect(read('1969/5/1', 'date')).toBe('1969-04-30T16:00:00.000Z');
  expect(read('2026-12-01 9:30', 'date')).toBe('2026-12-01T01:30:00.000Z');
  expect(read('2026-12-01T09:30:00+02:00', 'date')).toBe('2026-12-01T07:30:00.000Z');
  for (const text of ['2026-02-30', '1799-01-01', '26-1-1', '2026-12-01T25:00', '', 5])
    expect(read(text, 'date'), String(text)).toBe('refused');
  expect(readInstant('2026-03-29T02:30', 'Europe/Berlin')).toBe(Date.UTC(2026, 2, 29, 1));
});

test('an attribute is named as conditions can name it, and takes no field’s name', () => {
  expect(['points', 'vip_level', '_x'].map(isAttributeKey)).toEqual([true, true, true]);
  expect(['name', 'tags', 'consent', '积分', 'in', '1a', 'a-b', ''].map(isAttributeKey)).toEqual(
    Array.from({ length: 8 }, () => false),
  );
});
