// The cost of moving a token: 1,000 of 10,000 tokens wake, leave their wait and have a call issued, then its results come in.
// Reference: the naive interpreter of the tests, one object per token, moving the same tokens in the same run.
import type { Commands } from '../engine/run/protocol.ts';
import { advance, start, type State } from '../engine/run/advance.ts';
import { memoryOf } from '../engine/run/inspect.ts';
import { pack } from '../engine/run/pack.ts';
import { planOf } from '../test/support/plan-builder.ts';
import { Reference } from '../test/support/reference.ts';
import { tinyEffects, tinySteps } from '../test/support/tiny-steps.ts';
import type { Figure } from './figure.ts';

const TOKENS = 10_000;
const MOVING = 1_000;
const MINUTE = 60_000;
const GOAL_MICROSECONDS = 3;
const ROUNDS = 41;

// A tenth of the members enters in each of ten minutes, and goes round and round: wait ten minutes, act.
const plan = planOf(
  {
    campaign: [
      { id: 'start', step: 'start', ports: { out: 'end' } },
      { id: 'end', step: 'end' },
    ],
    journey: [
      { id: 'start', step: 'start', ports: { out: { to: 'rounds', turn: 'into' } } },
      {
        id: 'rounds',
        step: 'repeat',
        config: { max: 1_000 },
        ports: { each: 'wait', done: 'end' },
        block: { kind: 'repeat', max: 1_000 },
      },
      { id: 'wait', step: 'wait', config: { ms: 10 * MINUTE }, ports: { done: 'act' } },
      { id: 'act', step: 'act', ports: { a: { to: 'rounds', turn: 'back' }, b: 'end' } },
      { id: 'end', step: 'end' },
    ],
  },
  tinyEffects,
);

/** Measures the interpreter and the naive one beside it. */
export async function bench(): Promise<Figure> {
  const { value, state } = ours();
  const reference = naive();
  return {
    name: 'advance-10k',
    value: round(value),
    unit: `µs per token moved, ${MOVING} of ${TOKENS} (${round(memoryOf(state) / TOKENS)} bytes a token, ${round(pack(state).length / TOKENS)} packed); reference: one object per token`,
    reference: round(reference),
    ratio: round(value / reference),
    goal: `< ${GOAL_MICROSECONDS}`,
    ok: value < GOAL_MICROSECONDS,
  };
}

function ours(): { value: number; state: State } {
  const { state } = start(plan, tinySteps, { seed: 1, now: 0, campaign: false });
  for (let group = 0; group < TOKENS / MOVING; group += 1) {
    const now = group * MINUTE;
    const enter = { kind: 'enter', at: now, graph: 1, first: group * MOVING, count: MOVING } as const;
    advance(plan, tinySteps, state, { tick: { entries: [enter] }, now });
  }
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const now = (10 + round) * MINUTE;
    const began = performance.now();
    const { calls } = advance(plan, tinySteps, state, { tick: {}, now });
    const results = calls.map(({ batch, visits }) => ({ batch, codes: new Uint8Array(visits.length) }));
    advance(plan, tinySteps, state, { tick: { results }, now });
    samples.push(performance.now() - began);
  }
  return { value: perToken(samples), state };
}

function naive(): number {
  const members = Array.from({ length: TOKENS }, (_, ordinal) => {
    const now = Math.floor(ordinal / MOVING) * MINUTE;
    const member = new Reference(plan, tinySteps, { graph: 1, ordinal, seed: '1' });
    member.start(now);
    const enter = { kind: 'enter', at: now, graph: 1, first: ordinal, count: 1 } as const;
    return { member, commands: member.advance({ entries: [enter] }, now) };
  });
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const now = (10 + round) * MINUTE;
    const began = performance.now();
    for (const it of members) if (it.commands.wake === now) it.commands = moved(it.member, now);
    samples.push(performance.now() - began);
  }
  return perToken(samples);
}

function moved(member: Reference, now: number): Commands {
  const { calls } = member.advance({}, now);
  const results = calls.map(({ batch, visits }) => ({ batch, codes: new Uint8Array(visits.length) }));
  return member.advance({ results }, now);
}

// The median: what the machine does besides must not count. Every token moves twice in a round: it wakes, and it returns.
function perToken(samples: readonly number[]): number {
  const median = samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? 0;
  return (median * 1_000) / (2 * MOVING);
}

const round = (value: number): number => Math.round(value * 100) / 100;
