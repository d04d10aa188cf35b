// Rehearses a plan: the interpreter on a virtual clock with a synthetic community, a fortnight in a moment.
// No server and no clock: given plan, seed and script, the outcome is always the same, and that of a run in compressed time.
import type { DayWindow } from './calendar/time-rule.ts';
import type { TeamChannel } from './channels/team.ts';
import type { Rehearsal as Settings } from './document.ts';
import { anchorsIn } from './effects/instant.ts';
import type { Caps } from './effects/send-gate.ts';
import type { Instant } from './instant.ts';
import type { JsonObject } from './json.ts';
import type { Plan } from './plan.ts';
import type { Counts } from './metrics.ts';
import { perform } from './rehearse/act.ts';
import { beginToListen, happenUntil } from './rehearse/happen.ts';
import type { Watcher } from './rehearse/watch.ts';
import { World } from './rehearse/world.ts';
import { advance, start, type State } from './run/advance.ts';
import { countTokens } from './run/inspect.ts';
import type { BatchResult, Commands, Entry, Stuck } from './run/protocol.ts';
import type { Recorder, RunReport } from './run/trace.ts';
import { instantOfControl, type Script } from './script.ts';
import { communityOf } from './simulate.ts';
import { steps } from './steps/index.ts';

/** How a plan is rehearsed. The plan must have been compiled with its parameters. */
export interface RehearsalOptions {
  readonly start: Instant;
  /** The playbook's `rehearsal`: what its community is like. */
  readonly settings?: Settings | undefined;
  /** Win over the settings. */
  readonly seed?: number | undefined;
  readonly members?: number | undefined;
  /** Win over the parameters bound in the plan. */
  readonly params?: JsonObject | undefined;
  readonly script?: Script | undefined;
  /** The same playbook compiled without parameters: with it, scripted commands can change any of them. */
  readonly template?: Plan | undefined;
  readonly quiet?: DayWindow | undefined;
  readonly caps?: Caps | undefined;
  /** The team's channels: what exceeds their budgets is put off or withheld, as in a real run. */
  readonly channels?: readonly TeamChannel[] | undefined;
  /** Hears of everything that moves. */
  readonly watcher?: Watcher | undefined;
}

/**
 * Rehearses to the end: until everything is done, or nothing can go on without a person.
 *
 * @example rehearse(plan, { start, seed: 7, members: 500 }).report().calendar
 */
export function rehearse(plan: Plan, options: RehearsalOptions): Rehearsal {
  const rehearsal = new Rehearsal(plan, options);
  rehearsal.runUntil(Infinity);
  return rehearsal;
}

/** A rehearsal that can be stepped, played and paused. Seeking back is a new one, run until the wanted instant. */
export class Rehearsal {
  readonly plan: Plan;
  readonly started: Instant;
  readonly seed: number;
  readonly #world: World;
  readonly #state: State;
  #commands: Commands;
  #now: Instant;

  constructor(plan: Plan, options: RehearsalOptions) {
    const { settings, seed, members } = options;
    const community = communityOf(settings, { seed, members });
    this.plan = plan;
    this.started = options.start;
    this.seed = community.seed;
    this.#now = options.start;
    this.#world = new World({ ...options, plan, steps, community });
    this.#planControls();
    this.#world.recorder.entered(0, 0, 1);
    options.watcher?.entered(0, 1, options.start);
    const begun = start(plan, steps, { seed: community.seed, now: options.start });
    this.#state = begun.state;
    this.#commands = begun.commands;
    this.#settleInstant();
  }

  /** The instant up to which everything has happened. */
  get now(): Instant {
    return this.#now;
  }

  /** Every subject has reached its end, and nobody will come through a door that is open. */
  get isDone(): boolean {
    if (!this.#commands.done) return false;
    const { doors, agenda } = this.#world;
    return doors.open.size === 0 || !agenda.isExpecting(doors.names);
  }

  /** Visits that wait for a person's decision, in the order in which they were parked. */
  get stuck(): readonly Stuck[] {
    return this.#world.stuck;
  }

  /** What has happened so far: traces, calendar, counts. */
  get recorder(): Recorder {
    return this.#world.recorder;
  }

  /** What its community has done so far. */
  get counts(): Counts {
    return this.#world.tally.counts();
  }

  /** How many stand on each node, by its index; whoever is inside a fork stands in its branches. */
  standing(): ReadonlyMap<number, number> {
    const standing = new Map<number, number>();
    for (const [node, { forked: _forked, ...counts }] of countTokens(this.#state)) {
      const count = Object.values(counts).reduce((sum, it) => sum + it, 0);
      if (count > 0) standing.set(node, count);
    }
    return standing;
  }

  /** The next instant at which something happens; null when it is over. */
  get next(): Instant | null {
    if (this.isDone) return null;
    const { wake } = this.#commands;
    const due = this.#world.agenda.next;
    // Nothing happens before now: what is overdue happens at once.
    const next = Math.min(wake ?? Infinity, due ?? Infinity);
    return next === Infinity ? null : Math.max(this.#now, next);
  }

  /** Moves to the next instant and lets everything of it happen. False when it is over. */
  step(): boolean {
    const { next } = this;
    if (next === null) return false;
    this.#now = next;
    const entries = happenUntil(this.#world, next);
    const { wake } = this.#commands;
    // Most of what people do concerns nobody: then the interpreter need not be asked.
    if (entries.length > 0 || (wake !== null && wake <= next)) this.#advance({ entries, results: [] });
    this.#settleInstant();
    return true;
  }

  /** Runs until nothing is left that happens at or before an instant. */
  runUntil(instant: Instant): void {
    for (let { next } = this; next !== null && next <= instant; { next } = this) this.step();
    if (Number.isFinite(instant) && instant > this.#now && !this.isDone) this.#now = instant;
  }

  /** The one object that rehearsals and real runs print. */
  report(): RunReport {
    const ended = this.isDone ? this.#now : null;
    return this.#world.recorder.report({ seed: this.seed, started: this.started, ended });
  }

  #planControls(): void {
    const { plan, started: start } = this;
    const clock = { start, zone: plan.zone, anchors: anchorsIn(this.#world.params, plan.zone) };
    for (const control of this.#world.script.controls) {
      const at = instantOfControl(control, clock);
      if (at !== undefined) this.#world.agenda.plan(Math.max(at, start), { kind: 'control', control });
    }
  }

  /** Effects answer at once: they are performed until the present instant has nothing left. */
  #settleInstant(): void {
    for (;;) {
      const { calls } = this.#commands;
      this.#settle();
      const results = calls.map((call) => perform(this.#world, call));
      const entries = happenUntil(this.#world, this.#now);
      if (entries.length === 0 && results.length === 0) return;
      this.#advance({ entries, results });
    }
  }

  #advance(tick: { entries: Entry[]; results: BatchResult[] }): void {
    this.#commands = advance(this.plan, steps, this.#state, { tick, now: this.#now });
  }

  /** Writes down what the last advance decided. */
  #settle(): void {
    const world = this.#world;
    const { passed, dropped, ended, listens, stuck } = this.#commands;
    for (const visit of passed) {
      world.recorder.passed(visit);
      world.watcher?.passed(visit);
      world.breaker.passed(visit.node);
      world.leave(visit);
    }
    for (const visit of dropped) {
      world.watcher?.dropped(visit, this.#now);
      world.leave(visit);
    }
    world.stuck.push(...stuck);
    for (const listen of listens) beginToListen(world, listen);
    for (const subject of ended) {
      world.recorder.ended(subject);
      world.watcher?.ended(subject);
      if (subject.graph === 0) continue;
      const launch = world.subjects.left(subject.graph, subject.ordinal);
      if (launch === undefined) continue;
      world.agenda.plan(subject.at, { kind: 'answer', ...launch.visit, answer: 'done', values: {} });
    }
    // Carried out once: the same commands must not be settled again.
    this.#commands = {
      ...this.#commands,
      passed: [],
      dropped: [],
      ended: [],
      listens: [],
      stuck: [],
      calls: [],
    };
  }
}
