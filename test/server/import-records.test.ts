// Uploads taken apart: encodings, lines, tables, and what cannot be read, with the line on which it stands.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Decoder, type Encoding } from '../../server/members/import/decode.ts';
import { Lines, MOST_RECORD_CHARS, Table } from '../../server/members/import/records.ts';

const decoded = (bytes: Uint8Array, size = 7, encoding: Encoding = 'auto'): string => {
  const decoder = new Decoder(encoding);
  let text = '';
  for (let at = 0; at < bytes.length; at += size) text += decoder.decode(bytes.subarray(at, at + size));
  return text + decoder.decode(new Uint8Array(), true);
};
// GB18030 of 姓名,城市 and 小雨,上海: what Chinese Excel writes.
const GBK = Uint8Array.from([
  0xd0, 0xd5, 0xc3, 0xfb, 0x2c, 0xb3, 0xc7, 0xca, 0xd0, 0x0a, 0xd0, 0xa1, 0xd3, 0xea, 0x2c, 0xc9, 0xcf, 0xba,
  0xa3,
]);

test('every encoding that spreadsheets write is found out', () => {
  const text = '姓名,城市\n小雨,上海🔥';
  const utf8 = new TextEncoder().encode(text);
  for (const size of [1, 2, 3, 5, 1_000]) {
    expect(decoded(utf8, size)).toBe(text);
    expect(decoded(Uint8Array.from([0xef, 0xbb, 0xbf, ...utf8]), size)).toBe(text);
    expect(decoded(Uint8Array.from([0xff, 0xfe, ...Buffer.from(text, 'utf16le')]), size)).toBe(text);
    const swapped = Buffer.from(text, 'utf16le').swap16();
    expect(decoded(Uint8Array.from([0xfe, 0xff, ...swapped]), size)).toBe(text);
    expect(decoded(GBK, size)).toBe('姓名,城市\n小雨,上海');
    expect(
      decoded(Uint8Array.from([...Buffer.from('name,city\n'.repeat(2_000)), ...GBK]), size * 100),
    ).toContain('小雨,上海');
    expect(decoded(new TextEncoder().encode('plain\n'), size)).toBe('plain\n');
  }
  expect(decoded(GBK, 3, 'gb18030')).toBe('姓名,城市\n小雨,上海');
  expect(decoded(GBK, 3, 'utf-8')).toContain('\uFFFD');
  expect(decoded(new Uint8Array())).toBe('');
});

const rowsOf = (text: string, size = 1_000): unknown[] => {
  const table = new Table();
  const rows: unknown[] = [];
  for (let at = 0; at < text.length; at += size)
    rows.push(...[...table.push(text.slice(at, at + size))].map(told));
  rows.push(...[...table.push('', true)].map(told));
  return rows;
};
const told = (row: { line: number; value?: unknown; problem?: string }) => [
  row.line,
  row.problem ?? row.value,
];

test('a table gives its rows with their lines, whatever stands in quotes', () => {
  for (const size of [1, 3, 1_000]) {
    expect(rowsOf('a,b\r\n1,"x, ""y"""\r\n\r\n"two\nlines",3\n4,5', size)).toEqual([
      [1, ['a', 'b']],
      [2, ['1', 'x, "y"']],
      [4, ['two\nlines', '3']],
      [6, ['4', '5']],
    ]);
    expect(rowsOf('a;b\n1;"2,5"\n', size)).toEqual([
      [1, ['a', 'b']],
      [2, ['1', '2,5']],
    ]);
    expect(rowsOf('a\tb\n1\t2,5\n', size)).toEqual([
      [1, ['a', 'b']],
      [2, ['1', '2,5']],
    ]);
  }
});

test('a wrong quote spoils its own line and no other', () => {
  for (const size of [1, 1_000]) {
    expect(rowsOf('a,b\n"x"y,3\n4,5\n1,a"b\n6,7\n8,"9\n10,11\n', size)).toEqual([
      [1, ['a', 'b']],
      [2, 'quotes'],
      [3, ['4', '5']],
      [4, 'quotes'],
      [5, ['6', '7']],
      [6, 'quotes'],
      [7, ['10', '11']],
    ]);
  }
  const open = `a,b\n1,"2\n${'3,4\n'.repeat(2_000)}`;
  const rows = rowsOf(open);
  expect(rows[1]).toEqual([2, 'quotes']);
  expect(rows).toHaveLength(2_002);
});

test('a line of megabytes is told and forgotten', () => {
  const long = 'x'.repeat(10_000_000);
  expect(rowsOf(`a,b\n${long},1\n2,3\n`, 65_536)).toEqual([
    [1, ['a', 'b']],
    [2, 'too-long'],
    [3, ['2', '3']],
  ]);
  expect(rowsOf(`a,b\n"${long}",1\n2,3\n`, 65_536)).toEqual([
    [1, ['a', 'b']],
    [2, 'too-long'],
    [3, ['2', '3']],
  ]);
  const lines = new Lines();
  const found = [...lines.push(`{"a":1}\n${long}\n`), ...lines.push('{"b":2}', true)];
  expect(found).toEqual([
    { line: 1, value: '{"a":1}' },
    { line: 2, problem: 'too-long' },
    { line: 3, value: '{"b":2}' },
  ]);
  expect(MOST_RECORD_CHARS).toBeLessThan(1_000_000);
});

test('whatever is written as a table is read as it was, in pieces of any size', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', '上', '🔥', ' ', ';', '='),
    maxLength: 6,
  });
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 30 }),
      (rows, size) => {
        const text = ['h,i,j', ...rows.map((row) => row.map(quoted).join(','))].join('\r\n');
        const read = rowsOf(text, size).map((row) => (row as [number, string[]])[1]);
        // A carriage return before a line break inside a cell is a line break.
        const bare = rows.map((row) => row.map((it) => it.replaceAll('\r\n', '\n')));
        expect(read).toEqual([['h', 'i', 'j'], ...bare]);
      },
    ),
    { numRuns: 300 },
  );
});

test('any text at all gives rows or faults, one for each line at most, and never an exception', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\u0000', '"\n', '""'),
    maxLength: 200,
  });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 50 }), (it, size) => {
      const rows = rowsOf(it, size) as [number, unknown][];
      const lines = rows.map(([line]) => line);
      expect(new Set(lines).size).toBe(lines.length);
      expect(lines).toEqual(lines.toSorted((a, b) => a - b));
      expect(rows).toEqual(rowsOf(it, 1_000));
    }),
    { numRuns: 500 },
  );
});
