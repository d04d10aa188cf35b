// The official CEL conformance suite on our environment: what it misses is written down, so that nothing changes unseen.
// `npx vitest run test/engine/language/conformance.test.ts -u` writes the list anew.
import { isMessage, type Message } from '@bufbuild/protobuf';
import { anyUnpack, DurationSchema, TimestampSchema, timestampMs, type Any } from '@bufbuild/protobuf/wkt';
import { createRegistry } from '@bufbuild/protobuf';
import type { Value } from '@bufbuild/cel-spec/cel/expr/value_pb.js';
import {
  getConformanceSuite,
  type IncrementalTest,
  type IncrementalTestSuite,
} from '@bufbuild/cel-spec/testdata/tests.js';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { expect, it } from 'vitest';
import { makeEnvironment } from '../../../engine/language/cel.ts';

/** What a condition can be made of; protobuf messages, enums, wrappers and the extensions are no part of it. */
const SUITES = ['basic', 'comparisons', 'conversions', 'fields', 'fp_math', 'integer_math', 'lists', 'logic', 'macros', 'parse', 'plumbing', 'string', 'timestamps']; // prettier-ignore

class OutOfScope extends Error {}

const registry = createRegistry(TimestampSchema, DurationSchema);

function* testsOf(suite: IncrementalTestSuite, path: string): Generator<[string, IncrementalTest]> {
  for (const test of suite.tests) yield [`${path}/${test.name}`, test];
  for (const child of suite.suites) yield* testsOf(child, `${path}/${child.name}`);
}

/** A value of the suite as the library wants it. */
function toLibrary(value: Value): unknown {
  const { kind } = value;
  if (kind.case === 'uint64Value') return new UnsignedInt(kind.value);
  if (kind.case === 'nullValue') return null;
  if (kind.case === 'listValue') return kind.value.values.map(toLibrary);
  if (kind.case === 'mapValue') {
    return new Map(
      kind.value.entries.map(({ key, value: item }) => [key && toLibrary(key), item && toLibrary(item)]),
    );
  }
  if (kind.case === 'typeValue') return { type: kind.value };
  if (kind.case === 'objectValue') return fromAny(kind.value);
  if (kind.case === 'enumValue' || kind.case === undefined) throw new OutOfScope();
  return kind.value;
}

function fromAny(any: Any): unknown {
  const message: Message | undefined = anyUnpack(any, registry);
  if (isMessage(message, TimestampSchema)) return new Date(timestampMs(message));
  if (isMessage(message, DurationSchema)) return new Duration(message.seconds, message.nanos);
  throw new OutOfScope();
}

/** The same text for the same value, whatever represents it. */
function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'number') return `double ${Object.is(value, -0) ? '0' : value}`;
  if (typeof value !== 'object' || value === null) return `${typeof value} ${JSON.stringify(value)}`;
  if (value instanceof UnsignedInt) return `uint ${value.value}`;
  if (value instanceof Uint8Array) return `bytes ${[...value].join(' ')}`;
  if (value instanceof Date) return `timestamp ${value.getTime()}`;
  if (value instanceof Duration) return `duration ${value.seconds} ${value.nanos}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(', ')}]`;
  if (value instanceof Map) return canonicalMap([...value]);
  if ('type' in value) return `type ${String(value.type)}`;
  if (value.constructor === Object) return canonicalMap(Object.entries(value));
  return `type ${'name' in value ? String(value.name) : ''}`;
}

const canonicalMap = (entries: [unknown, unknown][]): string =>
  `{${entries
    .map((entry) => entry.map(canonical).join(': '))
    .sort()
    .join(', ')}}`;

/** Undefined: as the suite wants it. Otherwise in which way it is not. */
function missOf({ original }: IncrementalTest): string | undefined {
  if (original.container !== '' || original.disableMacros || original.disableCheck || original.checkOnly)
    throw new OutOfScope();
  const matcher = original.resultMatcher;
  if (matcher.case !== 'value' && matcher.case !== 'evalError' && matcher.case !== undefined)
    throw new OutOfScope();
  const bindings: Record<string, unknown> = {};
  for (const [name, bound] of Object.entries(original.bindings)) {
    if (name.includes('.') || bound.kind.case !== 'value') throw new OutOfScope();
    bindings[name] = toLibrary(bound.kind.value);
  }
  const wanted =
    matcher.case === 'value'
      ? canonical(toLibrary(matcher.value))
      : matcher.case === undefined
        ? 'boolean true'
        : 'an error';
  const got = evaluate(
    original.expr,
    [...Object.keys(bindings), ...original.typeEnv.map((declared) => declared.name)],
    bindings,
  );
  return got === wanted
    ? undefined
    : wanted === 'an error'
      ? 'a value instead of an error'
      : got === 'an error'
        ? 'an error instead of a value'
        : 'another value';
}

function evaluate(expression: string, names: readonly string[], bindings: Record<string, unknown>): string {
  try {
    const environment = makeEnvironment();
    for (const name of new Set(names)) environment.registerVariable(name, 'dyn');
    return canonical(environment.evaluate(expression, bindings));
  } catch {
    return 'an error';
  }
}

const NEEDS_MESSAGES =
  /TestAllTypes|NestedTestAllTypes|google\.protobuf\.(?!Timestamp|Duration)|proto\.|GlobalEnum/;

it('is missed in the known places only', async () => {
  const misses: Record<string, string> = {};
  let count = 0;
  for (const suite of getConformanceSuite().suites.filter(({ name }) => SUITES.includes(name))) {
    for (const [name, test] of testsOf(suite, suite.name)) {
      try {
        if (NEEDS_MESSAGES.test(test.original.expr)) throw new OutOfScope();
        const miss = missOf(test);
        count += 1;
        if (miss !== undefined) misses[name] = miss;
      } catch (error) {
        if (!(error instanceof OutOfScope)) throw error;
      }
    }
  }
  expect(count).toBeGreaterThan(900);
  await expect(`${JSON.stringify({ tests: count, misses }, null, 2)}\n`).toMatchFileSnapshot(
    'conformance-misses.json',
  );
});
