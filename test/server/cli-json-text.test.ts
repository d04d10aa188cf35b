// Finding one's way in JSON texts: the walker agrees with JSON.parse about what is JSON, and with people about where it stands.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mistakeIn, positions, positionsOf } from '../../server/cli/json-text.ts';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const indent = fc.constantFrom(undefined, 1, '\t', '\r\n');

describe('mistakes', () => {
  it('finds none in JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), indent, (value, space) => {
        expect(mistakeIn(JSON.stringify(value, null, space))).toBeUndefined();
      }),
    );
  });

  it('finds one exactly where JSON.parse refuses', () => {
    const damaged = fc
      .tuple(
        fc.jsonValue(),
        fc.nat(),
        fc.constantFrom('', ',', '}', ']', '"', '\\', ':', '0', '.', '\n', 'x', '-'),
      )
      .map(([value, at, put]) => {
        const text = JSON.stringify(value);
        const place = at % (text.length + 1);
        return text.slice(0, place) + put + text.slice(place + 1);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        expect(mistakeIn(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['{"a": 1,\n "b": [1, 2,]\n}', 2, 13],
    ['{"a" 1}', 1, 6],
    ['{"a": tru}', 1, 7],
    ['[1, 02]', 1, 5],
    ['{"a": "x\ny"}', 1, 7],
    ['[1]\n]', 2, 1],
    ['{"a": [1', 1, 9],
    ['', 1, 1],
  ])('stands at the place: %j', (text, line, column) => {
    expect(positions(text)(mistakeIn(text) ?? -1)).toEqual({ line, column });
  });

  it('walks through a million brackets without recursion', () => {
    expect(mistakeIn('['.repeat(1_000_000))).toBe(1_000_000);
  });
});

describe('positions', () => {
  const pointersIn = (value: unknown, pointer = ''): string[] =>
    typeof value !== 'object' || value === null
      ? [pointer]
      : [
          pointer,
          ...Object.entries(value).flatMap(([key, item]) =>
            pointersIn(item, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
          ),
        ];
  const valueAt = (value: unknown, pointer: string): unknown =>
    pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce((inside, key) => (inside as Record<string, unknown>)[key], value);

  it('begin with the value that the pointer names', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        // As it is read back: -0 becomes 0.
        const text = JSON.stringify(value, null, 2);
        const read = JSON.parse(text) as unknown;
        const lines = text.split('\n');
        for (const [pointer, { line, column }] of positionsOf(text, pointersIn(read))) {
          const begin = JSON.stringify(valueAt(read, pointer))[0];
          expect(lines[line - 1]?.[column - 1], pointer).toBe(begin);
        }
      }),
    );
  });

  it('are those of the nearest value around where there is none', () => {
    const text = '{\n  "graph": {\n    "nodes": []\n  }\n}';
    expect(positionsOf(text, ['/graph/nodes/7/config', '/goal']).get('/graph/nodes/7/config')).toEqual({
      line: 3,
      column: 14,
    });
    expect(positionsOf(text, ['/goal']).get('/goal')).toEqual({ line: 1, column: 1 });
  });

  it('are those of the last of two equal keys, which is the one that counts', () => {
    expect(positionsOf('{"a": 1,\n"a": 2}', ['/a']).get('/a')).toEqual({ line: 2, column: 6 });
  });
});
