// Runs a plan through a course written by hand and tells what was passed, in words that a test can compare.
// Calls are answered at once; everything else happens at the minute that the test names.
import type { Plan } from '../../engine/plan.ts';
import { advance, start, type State, type Steps } from '../../engine/run/advance.ts';
import type { Commands, Control, Entry } from '../../engine/run/protocol.ts';
import { tinySteps } from './tiny-steps.ts';

const MINUTE = 60_000;

/** What happens, by minute: an arrival at a node's visit, or an operator's command (visits by node id). */
export type Happens =
  | {
      readonly at: number;
      readonly arrives: string;
      readonly topic?: number;
      readonly lap?: number;
      readonly recorded?: number;
    }
  | { readonly at: number; readonly control: Exclude<Control, { readonly node: number }> }
  | {
      readonly at: number;
      readonly operator: 'retry' | 'skip' | 'end';
      readonly node: string;
      readonly lap?: number;
    };

/** The answer to a call: a code, and after how many minutes `until` is (0: none). */
export type Answers = Readonly<
  Record<string, readonly (number | readonly [code: number, untilMinutes: number])[]>
>;

/** A course of one subject of graph 0. */
export interface Scenario {
  readonly happens?: readonly Happens[];
  /** Per node, the answers in order; the last one repeats. Code 0 where nothing is said. */
  readonly answers?: Answers;
  /** Minutes that a call takes, per node. */
  readonly takes?: Readonly<Record<string, number>>;
  /** Nobody is there between these minutes. */
  readonly down?: readonly [from: number, to: number];
  readonly steps?: Steps;
}

/** What came of it. */
export interface Told {
  /** `minute node#lap port`; lap 0 is left out, a null port is `-`. */
  readonly passed: readonly string[];
  /** `minute reason`. */
  readonly ended: readonly string[];
  /** `minute node#lap`: visits that were abandoned. */
  readonly dropped: readonly string[];
  /** `minute node#lap reason`. */
  readonly stuck: readonly string[];
  /** `minute node#lap effect call`. */
  readonly calls: readonly string[];
  readonly commands: readonly Commands[];
  readonly state: State;
}

/** Runs the campaign of a plan until nothing is left to happen. */
export function tell(
  plan: Plan,
  { happens = [], answers = {}, takes = {}, down, steps = tinySteps }: Scenario = {},
): Told {
  const told = {
    passed: [] as string[],
    ended: [] as string[],
    dropped: [] as string[],
    stuck: [] as string[],
    calls: [] as string[],
  };
  const all: Commands[] = [];
  const given = new Map<string, number>();
  const due: { at: number; batch: number; codes: number[]; untils: number[] }[] = [];
  const entries = happens.map((it) => ({ at: it.at * MINUTE, entry: entryOf(plan, it) }));
  const name = ({ node, lap }: { node: number; lap: number }) =>
    `${plan.nodes[node]?.id}${lap === 0 ? '' : `#${lap}`}`;
  const minute = (at: number) => at / MINUTE;

  const see = (commands: Commands, now: number): void => {
    all.push(commands);
    told.passed.push(...commands.passed.map((it) => `${minute(it.at)} ${name(it)} ${it.port ?? '-'}`));
    told.ended.push(...commands.ended.map((it) => `${minute(it.at)} ${it.reason}`));
    told.dropped.push(...commands.dropped.map((it) => `${minute(now)} ${name(it)}`));
    told.stuck.push(...commands.stuck.map((it) => `${minute(it.at)} ${name(it)} ${it.reason}`));
    for (const { batch, node, effect, visits } of commands.calls) {
      const id = plan.nodes[node]?.id ?? '';
      const at = now + (takes[id] ?? 0) * MINUTE;
      const replies = visits.map(() => answerOf(answers[id], id, given));
      const untils = replies.map(([, minutes]) => (minutes === 0 ? 0 : at + minutes * MINUTE));
      due.push({ at, batch, codes: replies.map(([code]) => code), untils });
      told.calls.push(
        ...visits.map(({ lap, call }) => `${minute(now)} ${name({ node, lap })} ${effect} ${call}`),
      );
    }
  };

  let now = 0;
  const { state, commands: first } = start(plan, steps, { seed: 1, now });
  see(first, now);
  for (;;) {
    const instants = [...entries, ...due].map(({ at }) => at);
    const wake = all.at(-1)?.wake ?? null;
    if (wake !== null) instants.push(wake);
    if (instants.length === 0) return { ...told, commands: all, state };
    now = Math.max(now, Math.min(...instants));
    if (down !== undefined && now >= down[0] * MINUTE && now < down[1] * MINUTE) now = down[1] * MINUTE;
    const ready = <Item extends { at: number }>(list: Item[]): Item[] =>
      list.splice(0, list.length, ...list.filter(({ at }) => at > now)).filter(({ at }) => at <= now);
    const tick = { entries: ready(entries).map(({ entry }) => entry), results: ready(due) };
    see(advance(plan, steps, state, { tick, now }), now);
    if (all.length > 2_000) throw new Error('The run does not end.');
  }
}

function answerOf(
  answers: Answers[string] | undefined,
  id: string,
  given: Map<string, number>,
): readonly [number, number] {
  const count = given.get(id) ?? 0;
  given.set(id, count + 1);
  const answer = answers?.[Math.min(count, answers.length - 1)] ?? 0;
  return typeof answer === 'number' ? [answer, 0] : answer;
}

function entryOf(plan: Plan, it: Happens): Entry {
  const at = it.at * MINUTE;
  if ('control' in it) return { kind: 'control', at, ...it.control };
  const id = 'arrives' in it ? it.arrives : it.node;
  const key = { node: plan.nodes.findIndex((node) => node.id === id), ordinal: 0, lap: it.lap ?? 0 };
  if ('operator' in it) return { kind: 'control', at, do: it.operator, ...key };
  return { kind: 'arrived', at: (it.recorded ?? it.at) * MINUTE, topic: it.topic ?? 0, ...key };
}
