// The report of a run: sorted, complete, and the same whatever the order in which things were recorded.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoOf } from '../../engine/instant.ts';
import type { Plan, PlanNode } from '../../engine/plan.ts';
import { NO_PORT, Recorder, subjectName, type PassedVisit } from '../../engine/run/trace.ts';

const node = (id: string, graph: number): PlanNode => ({
  id,
  graph,
  step: 'end',
  config: {},
  ports: [],
  retry: { attempts: 1, firstMs: 0, maxMs: 0 },
  // oxlint-disable-next-line unicorn/no-thenable -- a word of the plan
  late: { afterMs: 0, then: 'run' },
  skip: 0,
  grainMs: 0,
});

const plan: Plan = {
  semantics: 1,
  hash: 'h',
  playbook: 'p',
  title: {},
  zone: 'UTC',
  locales: ['en'],
  params: {},
  graphs: [
    { id: 'campaign', start: 0 },
    { id: 'j1', start: 2 },
  ],
  nodes: [node('a', 0), node('b', 0), node('m', 1), node('n', 1)],
  effects: {},
};

const head = { seed: 1, started: 0, ended: null };

test('steps stand by instant, node and lap; subjects by graph and number', () => {
  const recorder = new Recorder(plan);
  recorder.entered(0, 0, 1);
  recorder.entered(1, 0, 11);
  const visits: PassedVisit[] = [
    { node: 3, ordinal: 10, lap: 0, at: 5, port: 'x' },
    { node: 1, ordinal: 0, lap: 0, at: 7, port: null },
    { node: 0, ordinal: 0, lap: 1, at: 7, port: 'x' },
    { node: 0, ordinal: 0, lap: 0, at: 7, port: 'y' },
    { node: 2, ordinal: 2, lap: 0, at: 5, port: 'x' },
  ];
  for (const visit of visits) recorder.passed(visit);
  recorder.ended({ graph: 1, ordinal: 2, reason: 'done' });
  const { traces, counts } = recorder.report(head);
  expect(traces.map(({ subject }) => subject)).toEqual([
    'campaign',
    ...Array.from({ length: 11 }, (_, ordinal) => `j1/${ordinal}`),
  ]);
  expect(traces[0]!.steps.map(({ node: id, lap, port }) => [id, lap, port])).toEqual([
    ['a', 0, 'y'],
    ['a', 1, 'x'],
    ['b', 0, null],
  ]);
  expect(traces[3]).toEqual({
    subject: 'j1/2',
    steps: [{ at: isoOf(5), node: 'm', lap: 0, port: 'x' }],
    end: 'done',
  });
  expect(recorder.trace(1, 2)).toEqual(traces[3]);
  expect(counts).toEqual({ a: { x: 1, y: 1 }, b: { [NO_PORT]: 1 }, m: { x: 1 }, n: { x: 1 } });
});

test('the order of recording does not matter', () => {
  const visit = fc.record({
    node: fc.integer({ min: 0, max: 3 }),
    ordinal: fc.integer({ min: 0, max: 3 }),
    lap: fc.integer({ min: 0, max: 3 }),
    at: fc.integer({ min: 0, max: 9 }),
    port: fc.constantFrom('x', null),
  });
  const key = ({ node: no, ordinal, lap }: PassedVisit): string => `${no}/${ordinal}/${lap}`;
  const visits = fc.uniqueArray(visit, { selector: key, maxLength: 50 });
  const report = (some: readonly PassedVisit[]) => {
    const recorder = new Recorder(plan);
    for (const it of some) recorder.passed(it);
    return recorder.report(head);
  };
  fc.assert(
    fc.property(visits, (some) => {
      expect(report(some.toReversed())).toEqual(report(some));
    }),
  );
});

test('ten thousand visits are all there', () => {
  const recorder = new Recorder(plan);
  for (let ordinal = 0; ordinal < 10_000; ordinal += 1)
    recorder.passed({ node: 2, ordinal, lap: ordinal, at: ordinal, port: `p${ordinal % 3}` });
  expect(recorder.size).toBe(10_000);
  const { traces, counts } = recorder.report(head);
  expect(traces).toHaveLength(10_000);
  expect(traces[9_999]!.steps).toEqual([{ at: isoOf(9_999), node: 'm', lap: 9_999, port: 'p0' }]);
  expect(counts['m']).toEqual({ p0: 3_334, p1: 3_333, p2: 3_333 });
});

test('the same message at the same instant adds up, anything else stands apart', () => {
  const recorder = new Recorder(plan);
  const message = { at: 5, node: 2, channel: 'simulator', text: 'hi', count: 1 };
  for (const it of [message, { ...message, text: 'ho' }, message, { ...message, at: 4 }, message])
    recorder.posted(it);
  expect(recorder.calendar().map(({ at, text, count }) => [at, text, count])).toEqual([
    [isoOf(4), 'hi', 1],
    [isoOf(5), 'hi', 3],
    [isoOf(5), 'ho', 1],
  ]);
});

test('subjects are named as scripts name them', () => {
  expect([subjectName(plan, 0, 0), subjectName(plan, 1, 7)]).toEqual(['campaign', 'j1/7']);
});
