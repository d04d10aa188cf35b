// A world for generated plans: it answers every call, speaks to whoever listens and decides about stuck visits, all by seeded chance.
// What it does to a visit depends on that visit alone, never on who moves beside it; so runs can be compared.
import { chance } from '../../engine/chance.ts';
import type { Plan } from '../../engine/plan.ts';
import { advance, start } from '../../engine/run/advance.ts';
import type {
  BatchResult,
  Call,
  CallVisit,
  Commands,
  Control,
  Entry,
  Tick,
  VisitKey,
} from '../../engine/run/protocol.ts';
import type { State } from '../../engine/run/state.ts';
import { tinySteps } from './tiny-steps.ts';

const MINUTE = 60_000;

/** Whatever moves a run: the interpreter, or something to compare it with. */
export interface Engine {
  readonly start: (now: number) => Commands;
  readonly advance: (tick: Tick, now: number) => Commands;
}

/** What happens to a run besides what its visits bring about. */
export interface Course {
  readonly seed: string;
  readonly enters: readonly { readonly at: number; readonly first: number; readonly count: number }[];
  readonly controls: readonly { readonly at: number; readonly control: Control }[];
  /** Nobody moves the run in between; everything is taken up at the end. */
  readonly outages: readonly { readonly from: number; readonly to: number }[];
}

/** One advance, with what the world said before anybody meddled. */
export interface Turn {
  readonly now: number;
  readonly tick: Tick;
  readonly commands: Commands;
}

/** The interpreter as an engine; `between` may replace the state after every advance. */
export function interpreter(
  plan: Plan,
  {
    seed,
    campaign = true,
    between = (state) => state,
  }: {
    readonly seed: string;
    readonly campaign?: boolean;
    readonly between?: (state: State) => State;
  },
): Engine & { readonly state: () => State } {
  let state: State;
  return {
    start(now) {
      const begun = start(plan, tinySteps, { seed, now, campaign });
      state = between(begun.state);
      return begun.commands;
    },
    advance(tick, now) {
      const commands = advance(plan, tinySteps, state, { tick, now });
      state = between(state);
      return commands;
    },
    state: () => state,
  };
}

/** Runs an engine through a course until nothing is left to happen. `meddle` may change what it is told. */
export function play(
  plan: Plan,
  engine: Engine,
  {
    course,
    meddle = (tick) => tick,
  }: { readonly course: Course; readonly meddle?: (tick: Tick, turns: readonly Turn[]) => Tick },
): Turn[] {
  const world = new World(plan, course);
  const turns: Turn[] = [];
  let now = 0;
  let commands = engine.start(now);
  turns.push({ now, tick: {}, commands });
  world.see(commands, now);
  for (let next = world.next(commands); next !== null; next = world.next(commands)) {
    now = pastOutage(course, Math.max(now, next));
    const tick = world.take(now);
    commands = engine.advance(meddle(tick, turns), now);
    turns.push({ now, tick, commands });
    world.see(commands, now);
    if (turns.length > 5_000) throw new Error('The run does not end.');
  }
  return turns;
}

function pastOutage({ outages }: Course, at: number): number {
  return outages.reduce((now, { from, to }) => (now >= from && now < to ? to : now), at);
}

interface Due<What> {
  readonly at: number;
  readonly what: What;
}

class World {
  readonly #plan: Plan;
  readonly #seed: string;
  #entries: Due<Entry>[];
  #results: Due<BatchResult>[] = [];
  readonly #attempts = new Map<string, number>();
  readonly #decisions = new Map<string, number>();

  constructor(plan: Plan, { seed, enters, controls }: Course) {
    this.#plan = plan;
    this.#seed = seed;
    this.#entries = [
      ...enters.map(({ at, first, count }) => ({
        at,
        what: { kind: 'enter', graph: 1, at, first, count } as const,
      })),
      ...controls.map(({ at, control }) => ({ at, what: { kind: 'control', at, ...control } as const })),
    ];
  }

  next({ wake }: Commands): number | null {
    const instants = [...this.#entries, ...this.#results].map(({ at }) => at);
    if (wake !== null) instants.push(wake);
    return instants.length === 0 ? null : Math.min(...instants);
  }

  take(now: number): Tick {
    const entries = this.#entries.filter(({ at }) => at <= now).map(({ what }) => what);
    const results = this.#results.filter(({ at }) => at <= now).map(({ what }) => what);
    this.#entries = this.#entries.filter(({ at }) => at > now);
    this.#results = this.#results.filter(({ at }) => at > now);
    return { entries, results };
  }

  see({ calls, listens, stuck }: Commands, now: number): void {
    for (const call of calls) this.#answer(call, now);
    for (const { node, ordinal, lap, since } of listens) {
      const after = this.#pick([0, 2, 5, 9, null], 'event', node, ordinal, lap);
      if (after !== null) this.#arrive({ node, ordinal, lap }, since + after * MINUTE, now);
    }
    for (const visit of stuck) this.#decide(visit, now);
  }

  // The whole batch comes back together, after a time that only depends on what is called.
  #answer({ batch, node, effect, stage, visits }: Call, now: number): void {
    const delay = this.#pick([0, 0, 1, 4], 'delay', node, effect, stage) * MINUTE;
    const answers = visits.map((visit) => this.#answerTo(node, visit, now + delay));
    const what = { batch, codes: answers.map(({ code }) => code), untils: answers.map(({ until }) => until) };
    this.#results.push({ at: now + delay, what });
    for (const { ordinal, lap, call } of visits) {
      const after = call > 0 ? null : this.#pick([0.5, 2, 12, null], 'answer', node, ordinal, lap);
      if (after !== null) this.#arrive({ node, ordinal, lap }, now + after * MINUTE, now);
    }
  }

  #answerTo(node: number, { ordinal, lap, call }: CallVisit, at: number): { code: number; until: number } {
    const key = [node, ordinal, lap, call].join();
    const attempt = this.#attempts.get(key) ?? 0;
    this.#attempts.set(key, attempt + 1);
    const until = at + this.#pick([0, 3, 10], 'until', key, attempt) * MINUTE;
    const code = this.#pick(
      [0, 0, 0, 0, 0, 1, 2, 'retry', 'failed', 'doubt', 'port', 'nonsense', 'broken'],
      'code',
      key,
      attempt,
    );
    // A call that is put off for ever would never end.
    if (typeof code === 'number') return { code: call > 3 ? 0 : code, until };
    switch (code) {
      case 'retry':
        return { code: 255, until: this.#pick([0, until], 'patience', key, attempt) };
      case 'failed':
        return { code: 254, until: 0 };
      case 'doubt':
        return { code: 253, until: 0 };
      case 'port':
        return { code: 128 + this.#pick([0, 0, 1, 9], 'port', key), until };
      case 'nonsense':
        return { code: 77, until };
      default:
        return { code: 0, until: Number.NaN };
    }
  }

  #arrive(key: VisitKey, at: number, now: number): void {
    const { node, ordinal, lap } = key;
    const topic = this.#pick([0, 1, 1, 7], 'topic', node, ordinal, lap);
    if (this.#plan.nodes[node] === undefined) return;
    this.#entries.push({ at: Math.max(at, now), what: { kind: 'arrived', at, topic, node, ordinal, lap } });
  }

  #decide({ node, ordinal, lap }: VisitKey, now: number): void {
    const key = [node, ordinal, lap].join();
    const before = this.#decisions.get(key) ?? 0;
    this.#decisions.set(key, before + 1);
    const action =
      before < 2 ? this.#pick(['retry', 'skip', 'end'] as const, 'decision', key, before) : 'end';
    const at = now + 3 * MINUTE;
    this.#entries.push({ at, what: { kind: 'control', at, do: action, node, ordinal, lap } });
  }

  #pick<Choice>(choices: readonly Choice[], ...about: (string | number)[]): Choice {
    return choices[Math.floor(chance(this.#seed, 'world', ...about) * choices.length)]!;
  }
}
