// The interpreter's promises P1 to P6 (design, section 5) as properties over generated plans.
// Each run lives through forks, rounds, retries, doubts, events, pauses, moved dates and outages.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Plan } from '../../engine/plan.ts';
import { advance, start } from '../../engine/run/advance.ts';
import { nextWake, visitsOn } from '../../engine/run/inspect.ts';
import { pack, unpack } from '../../engine/run/pack.ts';
import type { BatchResult, Commands, Control, Entry, Tick } from '../../engine/run/protocol.ts';
import type { State } from '../../engine/run/state.ts';
import { STATUS } from '../../engine/run/tokens.ts';
import { planOf, type NodeSketch } from '../support/plan-builder.ts';
import { plans } from '../support/plans.ts';
import { Reference } from '../support/reference.ts';
import { tinyEffects, tinySteps } from '../support/tiny-steps.ts';
import { interpreter, play, type Course, type Turn } from '../support/world.ts';

const MINUTE = 60_000;

const instant = fc.integer({ min: 0, max: 90 }).map((minutes) => minutes * 30_000);
const control: fc.Arbitrary<Control> = fc.oneof(
  fc.constant({ do: 'retime', anchors: ['T'] } as const),
  fc.constant({ do: 'retime', anchors: ['another'] } as const),
  { weight: 1, arbitrary: fc.constant({ do: 'cancel', reason: 'cancelled' } as const) },
  fc
    .record({
      node: fc.nat(12),
      ordinal: fc.nat(4),
      lap: fc.nat(3),
      do: fc.constantFrom('retry', 'skip', 'end'),
    })
    .map((it) => it as Control),
);
const pauses = fc.array(
  fc.record({
    from: instant,
    minutes: fc.integer({ min: 0, max: 20 }),
    policy: fc.constantFrom('hold', 'skip', 'shift'),
  }),
  { maxLength: 2 },
);
const courses: fc.Arbitrary<Course> = fc
  .record({
    seed: fc.string({ maxLength: 4 }),
    enters: fc.array(fc.record({ at: instant, first: fc.nat(4), count: fc.integer({ min: 1, max: 5 }) }), {
      maxLength: 3,
    }),
    controls: fc.array(fc.record({ at: instant, control }), { maxLength: 3 }),
    pauses,
    outages: fc.array(
      fc.record({ from: instant, minutes: fc.integer({ min: 1, max: 15 }) }).map(({ from, minutes }) => ({
        from,
        to: from + minutes * MINUTE,
      })),
      { maxLength: 1 },
    ),
  })
  .map(({ pauses: held, controls, ...course }) => ({
    ...course,
    controls: [
      ...controls,
      ...held.flatMap(({ from, minutes, policy }) => [
        { at: from, control: { do: 'pause' } as const },
        { at: from + minutes * MINUTE, control: { do: 'resume', policy } as const },
      ]),
    ],
  }));

const runs = { numRuns: 400 };

test('P1: a subject’s trace is the same alone and among others', () => {
  fc.assert(
    fc.property(plans, courses, (plan, course) => {
      const together = play(plan, interpreter(plan, { seed: course.seed }), { course });
      expect(ofSubject(plan, together, 0, 0)).toEqual(
        ofSubject(
          plan,
          play(plan, interpreter(plan, { seed: course.seed }), { course: { ...course, enters: [] } }),
          0,
          0,
        ),
      );
      for (let ordinal = 0; ordinal < 9; ordinal += 1) {
        const enters = course.enters
          .filter(({ first, count }) => first <= ordinal && ordinal < first + count)
          .map((it) => ({ ...it, first: ordinal, count: 1 }));
        const engine = interpreter(plan, { seed: course.seed, campaign: false });
        const alone = play(plan, engine, { course: { ...course, enters } });
        expect(ofSubject(plan, alone, 1, ordinal)).toEqual(ofSubject(plan, together, 1, ordinal));
      }
    }),
    { numRuns: 150 },
  );
});

test('P2: packing and unpacking the state at any point changes nothing', () => {
  fc.assert(
    fc.property(plans, courses, (plan, course) => {
      const kept = play(plan, interpreter(plan, { seed: course.seed }), { course });
      const between = (state: Parameters<typeof pack>[0]) => unpack(plan, pack(state));
      const packed = play(plan, interpreter(plan, { seed: course.seed, between }), { course });
      expect(packed).toEqual(kept);
    }),
    runs,
  );
});

test('P3: the order in which results and entries of different subjects come does not matter', () => {
  fc.assert(
    fc.property(plans, courses, (plan, course) => {
      const one = play(plan, interpreter(plan, { seed: course.seed }), { course });
      const other = play(plan, interpreter(plan, { seed: course.seed }), { course, meddle: backwards });
      expect(commandsOf(other)).toEqual(commandsOf(one));
    }),
    runs,
  );
});

test('P4: results and entries for visits that are no longer live are ignored', () => {
  fc.assert(
    fc.property(plans, courses, (plan, course) => {
      const clean = play(plan, interpreter(plan, { seed: course.seed }), { course });
      const haunted = play(plan, interpreter(plan, { seed: course.seed }), { course, meddle: haunt });
      expect(commandsOf(haunted)).toEqual(commandsOf(clean));
    }),
    runs,
  );
});

test('P5: nothing that the world says makes an advance throw', () => {
  fc.assert(
    fc.property(plans, courses, fc.array(nonsense, { maxLength: 30 }), (plan, course, ticks) => {
      const engine = interpreter(plan, { seed: course.seed });
      const meddle = ({ entries = [], results = [] }: Tick, turns: readonly Turn[]): Tick => {
        const more = ticks[turns.length - 1];
        return {
          entries: [...entries, ...(more?.entries ?? [])],
          results: [...(more?.results ?? []), ...results],
        };
      };
      expect(() => play(plan, engine, { course, meddle })).not.toThrow();
    }),
    runs,
  );
});

test('P5: an advance asks the steps of the tokens that move, and of no other', () => {
  const asked: string[] = [];
  const hear = tinySteps['hear']!;
  const steps = {
    ...tinySteps,
    hear: {
      ...hear,
      resume: (...args: Parameters<NonNullable<typeof hear.resume>>) => {
        asked.push(args[2].kind);
        return hear.resume!(...args);
      },
    },
  };
  const listener: NodeSketch[] = [
    { id: 'start', step: 'start', ports: { out: 'hear' } },
    { id: 'hear', step: 'hear', config: { ms: MINUTE }, ports: { happened: 'end', timeout: 'end' } },
    { id: 'end', step: 'end' },
  ];
  const plan = planOf({ campaign: listener, journey: listener }, tinyEffects);
  const { state } = start(plan, steps, { seed: 1, now: 0, campaign: false });
  const enter: Entry = { kind: 'enter', at: 0, graph: 1, first: 0, count: 10_000 };
  advance(plan, steps, state, { tick: { entries: [enter] }, now: 0 });
  const before = visitsOn(state, 4);
  const reply: Entry = { kind: 'arrived', at: 5, node: 4, ordinal: 4_321, lap: 0, topic: 0 };
  const { passed } = advance(plan, steps, state, { tick: { entries: [reply] }, now: 5 });
  expect(asked).toEqual(['arrived']);
  expect(passed.map(({ ordinal }) => ordinal)).toEqual([4_321, 4_321]);
  expect(visitsOn(state, 4)).toEqual(before.filter(({ ordinal }) => ordinal !== 4_321));
});

test('P6: the interpreter does what a naive reading of the rules does', () => {
  fc.assert(
    fc.property(plans, courses, fc.boolean(), (plan, course, inCampaign) => {
      const [graph, ordinal] = inCampaign ? [0, 0] : [1, 3];
      const alone = {
        ...course,
        enters: inCampaign ? [] : course.enters.map((it) => ({ ...it, first: 3, count: 1 })),
      };
      const engine = interpreter(plan, { seed: course.seed, campaign: inCampaign });
      const reference = new Reference(plan, tinySteps, { graph, ordinal, seed: course.seed });
      const naive = {
        start: (now: number) => reference.start(now),
        advance: (tick: Tick, now: number) => reference.advance(tick, now),
      };
      expect(play(plan, engine, { course: alone })).toEqual(play(plan, naive, { course: alone }));
    }),
    { numRuns: 1_500 },
  );
});

test('P7: calls under way can go out again at any point; told the same answers, the run goes on as it would have', () => {
  let compared = 0;
  fc.assert(
    fc.property(plans, courses, (plan, course) => {
      const whole = interpreter(plan, { seed: course.seed });
      let now = 0;
      const engine = {
        start: whole.start,
        advance: (tick: Tick, next: number): Commands => {
          const restored = unpack(plan, pack(whole.state()));
          // A deadline that has passed already would fire before the answers come.
          const wake = nextWake(restored);
          if (wake !== null && wake <= now) return whole.advance(tick, (now = next));
          const { calls, ...rest } = advance(plan, tinySteps, restored, { tick: { reissue: true }, now });
          expect(rest).toMatchObject({ passed: [], dropped: [], stuck: [], ended: [], listens: [] });
          const translated = translate(tick.results ?? [], underWay(whole.state()), calls);
          const commands = whole.advance(tick, next);
          if (translated !== undefined) {
            compared += 1;
            const again = { ...tick, results: translated };
            const others = advance(plan, tinySteps, restored, { tick: again, now: next });
            expect(unnumbered(others)).toEqual(unnumbered(commands));
          }
          now = next;
          return commands;
        },
      };
      play(plan, engine, { course });
    }),
    runs,
  );
  expect(compared).toBeGreaterThan(1_000);
});

/** The visits of each batch that is under way; a place whose visit is gone is empty. */
function underWay({ tokens, subjects, batches }: State): Map<number, (string | null)[]> {
  const keyAt = (batch: number, node: number, slot: number): string | null =>
    slot >= 0 && tokens.status[slot] === STATUS.calling && tokens.aux[slot] === batch
      ? [node, subjects.ordinal(tokens.subject[slot]!), tokens.lap[slot]].join()
      : null;
  return new Map(
    [...batches].map(([batch, { node, slots }]) => [
      batch,
      Array.from(slots, (slot) => keyAt(batch, node, slot)),
    ]),
  );
}

/** Answers to batches as answers to those that went out again; undefined when one of them would get half of its own. */
function translate(
  results: readonly BatchResult[],
  asked: ReadonlyMap<number, readonly (string | null)[]>,
  calls: Commands['calls'],
): BatchResult[] | undefined {
  const answers = new Map<string, { code: number; until: number }>();
  for (const { batch, codes, untils } of results) {
    asked.get(batch)?.forEach((key, place) => {
      if (key !== null) answers.set(key, { code: codes[place]!, until: untils?.[place] ?? 0 });
    });
  }
  const translated: BatchResult[] = [];
  for (const { batch, node, visits } of calls) {
    const found = visits.flatMap(({ ordinal, lap }) => answers.get([node, ordinal, lap].join()) ?? []);
    if (found.length > 0 && found.length < visits.length) return undefined;
    if (found.length > 0) {
      translated.push({
        batch,
        codes: found.map(({ code }) => code),
        untils: found.map(({ until }) => until),
      });
    }
  }
  return translated;
}

const unnumbered = ({ calls, ...rest }: Commands) => ({
  ...rest,
  calls: calls.map(({ batch: _batch, ...call }) => call),
});

/** All that concerns one subject, in order. */
function ofSubject(plan: Plan, turns: readonly Turn[], graph: number, ordinal: number): unknown[] {
  const mine = (it: { node: number; ordinal: number }) =>
    plan.nodes[it.node]?.graph === graph && it.ordinal === ordinal;
  return turns.flatMap(({ now, commands }) => [
    ...commands.passed.filter(mine).map((it) => ['passed', now, it]),
    ...commands.stuck.filter(mine).map((it) => ['stuck', now, it]),
    ...commands.dropped.filter(mine).map((it) => ['dropped', now, it]),
    ...commands.listens.filter(mine).map((it) => ['listens', now, it]),
    ...commands.calls.flatMap(({ node, effect, stage, visits }) =>
      visits
        .filter((it) => mine({ node, ordinal: it.ordinal }))
        .map((it) => ['called', now, node, effect, stage, it]),
    ),
    ...commands.ended
      .filter((it) => it.graph === graph && it.ordinal === ordinal)
      .map((it) => ['ended', now, it]),
  ]);
}

const commandsOf = (turns: readonly Turn[]): { now: number; commands: Commands }[] =>
  turns.map(({ now, commands }) => ({ now, commands }));

function backwards({ entries = [], results = [] }: Tick): Tick {
  const order = (entry: Entry) =>
    entry.kind === 'arrived' ? `${entry.node}/${entry.ordinal}/${entry.lap}` : 'kept';
  // Those of one visit, and the operators' commands, keep their order among themselves.
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(order(entry), [...(groups.get(order(entry)) ?? []), entry]);
  return { entries: [...groups.values()].toReversed().flat(), results: results.toReversed() };
}

// Repeats every result that was ever given, and speaks to every visit that was ever left.
function haunt({ entries = [], results = [] }: Tick, turns: readonly Turn[]): Tick {
  const at = turns.at(-1)?.now ?? 0;
  const old = turns.flatMap(({ tick }) => tick.results ?? []);
  const gone = turns
    .flatMap(({ commands }) => commands.passed)
    .map(({ node, ordinal, lap }): Entry => ({ kind: 'arrived', at, topic: 0, node, ordinal, lap }));
  return {
    entries: [...gone, ...entries],
    results: [...old, ...results, ...results, { batch: 9_999, codes: [0, 1] }],
  };
}

const wild = fc.oneof(
  fc.integer({ min: -3, max: 300 }),
  fc.constantFrom(Number.NaN, Infinity, -1, 0.5, 2 ** 40, 2 ** 53),
);
const nonsense: fc.Arbitrary<Tick> = fc.record({
  entries: fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('arrived' as const),
        at: wild,
        topic: wild,
        node: wild,
        ordinal: wild,
        lap: wild,
      }),
      fc.record({
        kind: fc.constant('arrived' as const),
        at: fc.nat(5 * MINUTE),
        topic: fc.nat(2),
        node: fc.nat(9),
        ordinal: fc.nat(3),
        lap: fc.nat(3),
      }),
      fc.record({
        kind: fc.constant('enter' as const),
        at: wild,
        graph: wild,
        first: wild,
        count: fc.oneof(fc.nat(5), fc.constantFrom(-1, 0.5, Number.NaN)),
      }),
      fc
        .record({
          at: fc.nat(5 * MINUTE),
          node: wild,
          ordinal: wild,
          lap: wild,
          do: fc.constantFrom('retry', 'skip', 'end', 'resume', 'pause'),
        })
        .map((it) => ({ kind: 'control' as const, policy: 'shift', ...it }) as Entry),
    ),
    { maxLength: 4 },
  ),
  results: fc.array(
    fc.record({
      batch: fc.oneof(fc.nat(20), wild),
      codes: fc.array(fc.oneof(fc.nat(255), wild), { maxLength: 4 }),
      untils: fc.array(wild, { maxLength: 3 }),
    }),
    { maxLength: 3 },
  ),
});
