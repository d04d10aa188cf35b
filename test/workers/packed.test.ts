// What workflow and activities tell each other arrives as it was sent, and in few bytes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry } from '../../engine/run/protocol.ts';
import { packColumns, unpackColumns } from '../../workers/packed/columns.ts';
import {
  packResult,
  packResults,
  packTurned,
  packVisits,
  unpackResult,
  unpackResults,
  unpackTurned,
  unpackVisits,
} from '../../workers/packed/payloads.ts';
import { packSettlement, unpackSettlement } from '../../workers/packed/settlement.ts';

const whole = fc.integer({ min: -1, max: 2 ** 50 });
const natural = fc.nat({ max: 2 ** 40 });

test('columns of whole numbers', () => {
  const table = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat({ max: 40 })).chain(([columns, rows]) =>
    fc.array(fc.array(whole, { minLength: rows, maxLength: rows }), {
      minLength: columns,
      maxLength: columns,
    }),
  );
  fc.assert(
    fc.property(table, (columns) => {
      expect(unpackColumns(packColumns(columns))).toEqual(columns);
    }),
  );
});

test('visits', () => {
  const last = fc.constant(true as const);
  const visit = fc.record(
    { ordinal: natural, lap: natural, call: natural, due: natural, at: natural, last },
    { requiredKeys: ['ordinal', 'lap', 'call', 'due', 'at'] },
  );
  fc.assert(
    fc.property(fc.array(visit), (visits) => {
      expect(unpackVisits(packVisits(visits))).toEqual(visits);
    }),
  );
});

test('a thousand neighbours take a few bytes each', () => {
  const at = Date.UTC(2026, 11, 1);
  const visits = Array.from({ length: 1_000 }, (_, ordinal) => ({ ordinal, lap: 7, call: 0, due: at, at }));
  expect(packVisits(visits).length).toBeLessThan(6_100);
});

test('results, with instants and without', () => {
  const codes = fc.array(fc.nat({ max: 255 }), { minLength: 1 });
  fc.assert(
    fc.property(codes, fc.boolean(), (given, timed) => {
      const result = timed ? { codes: given, untils: given.map((code) => code * 1e9) } : { codes: given };
      expect(unpackResult(packResult(result))).toEqual(result);
    }),
  );
});

test('the results of an advance, batch by batch', () => {
  const answer = fc.record({ code: fc.nat({ max: 255 }), until: natural });
  const batches = fc.uniqueArray(
    fc.record({ batch: natural, answers: fc.array(answer, { minLength: 1, maxLength: 9 }) }),
    { selector: ({ batch }) => batch, maxLength: 9 },
  );
  fc.assert(
    fc.property(batches, (given) => {
      const results = given.map(({ batch, answers }) => ({
        batch,
        codes: answers.map(({ code }) => code),
        untils: answers.map(({ until }) => until),
      }));
      expect(unpackResults(packResults(results))).toEqual(results);
    }),
  );
});

test('what a turn brings back, its entries in their order', () => {
  const key = { node: natural, ordinal: natural, lap: natural };
  const entry: fc.Arbitrary<Entry> = fc.oneof(
    fc.record({ kind: fc.constant('arrived' as const), at: natural, topic: natural, ...key }),
    fc.record({ kind: fc.constant('control' as const), at: natural, do: fc.constant('pause' as const) }),
    fc.record({
      kind: fc.constant('enter' as const),
      at: natural,
      graph: natural,
      first: natural,
      count: natural,
    }),
  );
  const turned = fc.record({
    entries: fc.array(entry),
    cursor: natural,
    horizon: natural,
    due: fc.option(natural, { nil: null }),
    more: fc.boolean(),
    results: fc.array(fc.record({ batch: natural, codes: fc.array(fc.nat({ max: 255 })) })),
  });
  fc.assert(
    fc.property(turned, (given) => {
      expect(unpackTurned(packTurned(given))).toEqual(given);
    }),
  );
});

test('settlements, and ten thousand alike in a few bytes each', () => {
  const key = { node: fc.nat(300), ordinal: fc.nat(1e6), lap: fc.nat({ max: 2 ** 32 }) };
  const port = fc.option(fc.string());
  const skipped = fc.constantFrom('late' as const, 'operator' as const, 'off' as const);
  const passed = fc.record(
    { ...key, at: natural, lateMs: natural, port, skipped },
    { requiredKeys: ['node', 'ordinal', 'lap', 'at', 'lateMs', 'port'] },
  );
  const reason = fc.constantFrom('failed' as const, 'doubt' as const, 'late' as const, 'calls' as const);
  const settlement = fc.record({
    passed: fc.array(passed),
    listens: fc.array(fc.record({ ...key, since: natural, until: natural })),
    dropped: fc.array(fc.record(key)),
    stuck: fc.array(fc.record({ ...key, at: natural, reason })),
    ended: fc.array(fc.record({ graph: fc.nat(9), ordinal: fc.nat(1e6), at: natural, reason: fc.string() })),
    wake: fc.option(natural),
    done: fc.boolean(),
  });
  fc.assert(
    fc.property(settlement, (given) => {
      expect(unpackSettlement(packSettlement(given))).toEqual(given);
    }),
  );
  const at = Date.UTC(2026, 11, 1);
  const many = Array.from({ length: 10_000 }, (_, ordinal) => ({
    node: 3,
    ordinal,
    lap: 0,
    at,
    lateMs: 0,
    port: 'out',
  }));
  const bytes = packSettlement({
    passed: many,
    listens: [],
    dropped: [],
    stuck: [],
    ended: [],
    wake: null,
    done: false,
  });
  expect(bytes.length).toBeLessThan(71_000);
});
