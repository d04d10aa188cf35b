// The world of a rehearsal: everything that a real run keeps in its database, in memory, on a virtual clock.
// Not the decisions: the same effects decide here and there; and nothing in here knows what the interpreter remembers.
import { awaitedAtStart } from '../awaited.ts';
import type { DayWindow } from '../calendar/time-rule.ts';
import { wallAt } from '../calendar/zone.ts';
import type { TeamChannel } from '../channels/team.ts';
import { metricsContext, paramsContext, runContext } from '../context.ts';
import type { Text } from '../document.ts';
import { anchorsIn, type CalendarFacts } from '../effects/instant.ts';
import type { FormField } from '../effects/form.ts';
import { DEFAULT_CAPS, DEFAULT_QUIET, type Caps } from '../effects/send-gate.ts';
import { DAY, type Instant } from '../instant.ts';
import type { Json, JsonObject } from '../json.ts';
import type { ConditionContext } from '../language/condition.ts';
import type { Plan } from '../plan.ts';
import type { Entry, Stuck, VisitKey } from '../run/protocol.ts';
import { Recorder, subjectName } from '../run/trace.ts';
import { EMPTY_SCRIPT, type Script } from '../script.ts';
import { EVENTS, sampleOf, type Community, type DrawnFor } from '../simulate.ts';
import type { StepDefinition } from '../step.ts';
import { Agenda } from './agenda.ts';
import { Breaker } from './breaker.ts';
import { Budgets } from './budgets.ts';
import { Doors } from './doors.ts';
import { Listeners } from './listeners.ts';
import type { Letter } from './letter.ts';
import { Holds } from './letter.ts';
import { eventContext, People, Subjects } from './people.ts';
import { Tally } from './tally.ts';
import { Deeds } from './deeds.ts';
import { asksIn, eventsOf, measured, Seen } from './facts.ts';
import { metricsIn, type Measured } from '../metrics.ts';
import type { Watcher } from './watch.ts';

/** What a world is made from. */
export interface WorldSettings {
  readonly plan: Plan;
  /** The version's plan, whose configs still name parameters: with it, commands can change any of them. */
  readonly template?: Plan | undefined;
  readonly steps: Readonly<Record<string, StepDefinition>>;
  readonly community: Community;
  readonly start: Instant;
  readonly params?: JsonObject | undefined;
  readonly script?: Script | undefined;
  readonly quiet?: DayWindow | undefined;
  readonly caps?: Caps | undefined;
  /** The team's channels, whose budgets count. */
  readonly channels?: readonly TeamChannel[] | undefined;
  readonly watcher?: Watcher | undefined;
}

/** A task that a visit has opened. */
export interface Task {
  due: Instant;
  escalatedAt?: Instant;
  outcome?: string;
  readonly answers: readonly string[];
}

/** A form that a visit has opened. */
export interface Form {
  closes: Instant;
  readonly counts: string | undefined;
  readonly consents: boolean;
  readonly fields: readonly FormField[];
  readonly submitted: Set<number>;
}

type Values = Readonly<Record<string, unknown>>;

/** Everything there is. */
export class World {
  readonly plan: Plan;
  readonly steps: Readonly<Record<string, StepDefinition>>;
  readonly community: Community;
  readonly start: Instant;
  readonly script: Script;
  readonly quiet: DayWindow;
  readonly caps: Caps;
  readonly watcher: Watcher | undefined;
  readonly recorder: Recorder;
  readonly agenda = new Agenda();
  readonly listeners: Listeners;
  readonly people: People;
  readonly subjects = new Subjects();
  readonly doors: Doors;
  readonly tally: Tally;
  readonly tasks: Kept<Task>;
  readonly forms: Kept<Form>;
  /** Messages that have not come to everybody yet. */
  readonly letters: Kept<Letter>;
  readonly holds = new Holds();
  readonly budgets: Budgets;
  /** Visits whose scripted events are planned. */
  readonly begun: Kept<true>;
  /** Visits for which it is planned what their people do meanwhile. */
  readonly awaited: Kept<true>;
  readonly breaker: Breaker;
  readonly stuck: Stuck[] = [];
  /** What the run notes about itself. */
  readonly tags = new Set<string>();
  readonly attributes: Record<string, Json> = {};
  /** Events that matter to anybody; all others need not happen. */
  readonly interesting: ReadonlySet<string>;
  /** Some metric looks at what people do. */
  readonly isCounting: boolean;
  readonly deeds = new Deeds();
  readonly seen = new Seen();
  /** Entries found while the interpreter's commands were carried out. */
  readonly found: Entry[] = [];

  readonly #template: Plan;
  #params: JsonObject;
  #texts: Readonly<Record<string, Text>> = {};
  #calendar: CalendarFacts;
  #shownParams: Readonly<Record<string, unknown>>;
  #day = { at: Number.NaN, day: 0 };
  #run: { at: Instant; context: Readonly<Record<string, unknown>> } | undefined;
  #inputs = new Map<string, unknown>();
  readonly #messageData: JsonObject[] = [];
  readonly #context: Record<'member' | 'event' | 'run' | 'params', Values> & { readonly metrics: Values };

  constructor(settings: WorldSettings) {
    const { plan, steps, community, start } = settings;
    this.plan = plan;
    this.steps = steps;
    this.community = community;
    this.start = start;
    this.script = settings.script ?? EMPTY_SCRIPT;
    this.quiet = settings.quiet ?? DEFAULT_QUIET;
    this.caps = settings.caps ?? DEFAULT_CAPS;
    this.budgets = new Budgets(settings.channels ?? [], plan.zone);
    this.watcher = settings.watcher;
    this.recorder = new Recorder(plan);
    this.listeners = new Listeners(plan, steps);
    this.doors = new Doors(plan);
    this.people = new People(community);
    this.tally = new Tally(community);
    this.breaker = new Breaker(plan.nodes.length);
    const mentioned = metricsIn(plan.nodes.map(({ config }) => config));
    const measuredNow = (): Values => this.#metricsAt(mentioned);
    this.#context = {
      member: {},
      event: {},
      run: {},
      params: {},
      // Counting takes time, and few conditions ask for it.
      get metrics() {
        return measuredNow();
      },
    };
    this.tasks = new Kept(plan.nodes.length);
    this.forms = new Kept(plan.nodes.length);
    this.letters = new Kept(plan.nodes.length);
    this.begun = new Kept(plan.nodes.length);
    this.awaited = new Kept(plan.nodes.length);
    const counted = eventsOf(asksIn(plan));
    this.isCounting = counted.length > 0;
    const always = [EVENTS.signUp, EVENTS.optOut, EVENTS.complain];
    this.interesting = new Set([
      ...this.listeners.names,
      ...this.doors.entering.values(),
      ...always,
      ...counted,
    ]);
    this.#template = settings.template ?? plan;
    this.#params = { ...plan.params, ...settings.params };
    this.#calendar = this.#newCalendar();
    this.#shownParams = paramsContext(this.#params, this.#calendar.anchors);
    const launchedBy = awaitedAtStart(plan)?.event;
    if (launchedBy !== undefined)
      this.subjects.heard(0, 0, eventContext(launchedBy, start, sampleOf(community, launchedBy)));
  }

  /** Zone, anchors and quiet hours, as they are now. */
  get calendar(): CalendarFacts {
    return this.#calendar;
  }

  get params(): JsonObject {
    return this.#params;
  }

  /** Changes parameters and texts of the running activity. Returns the anchors that have moved. */
  correct(params: JsonObject = {}, texts: Readonly<Record<string, Text>> = {}): string[] {
    const before = this.#calendar.anchors;
    this.#params = { ...this.#params, ...params };
    this.#texts = { ...this.#texts, ...texts };
    this.#calendar = this.#newCalendar();
    this.#shownParams = paramsContext(this.#params, this.#calendar.anchors);
    this.#inputs = new Map();
    const { anchors } = this.#calendar;
    return Object.keys(anchors).filter((name) => anchors[name] !== before[name]);
  }

  #newCalendar(): CalendarFacts {
    const { zone } = this.plan;
    return { zone, anchors: anchorsIn(this.#params, zone), quiet: this.quiet };
  }

  /** The input that a node gives to an effect: the same object until something is corrected. */
  inputOf(node: number, effect: string): unknown {
    const key = `${node}/${effect}`;
    if (this.#inputs.has(key)) return this.#inputs.get(key);
    const { step } = this.plan.nodes[node]!;
    const input = this.steps[step]?.effects?.[effect]?.(this.#configOf(node) as never);
    this.#inputs.set(key, input);
    return input;
  }

  #configOf(node: number): JsonObject {
    const { id, config } = this.#template.nodes[node]!;
    const filled = fillIn(config, this.#params) as JsonObject;
    const text = Object.hasOwn(this.#texts, id) ? this.#texts[id] : undefined;
    if (text === undefined) return filled;
    const key = ['text', 'script', 'body'].find((name) => name in filled) ?? 'title';
    return { ...filled, [key]: text };
  }

  /** The local day of an instant, counted from 1970. */
  dayOf(at: Instant): number {
    if (this.#day.at !== at) this.#day = { at, day: Math.floor((wallAt(at, this.plan.zone) ?? at) / DAY) };
    return this.#day.day;
  }

  /** The person behind a visit; -1 in the campaign. */
  personOf({ node, ordinal }: Pick<VisitKey, 'node' | 'ordinal'>): number {
    const { graph } = this.plan.nodes[node]!;
    return graph === 0 ? -1 : this.subjects.personOf(graph, ordinal);
  }

  /** What conditions see of a subject at an instant. */
  contextOf({ node, ordinal }: Pick<VisitKey, 'node' | 'ordinal'>, at: Instant): ConditionContext {
    const { graph } = this.plan.nodes[node]!;
    const person = graph === 0 ? -1 : this.subjects.personOf(graph, ordinal);
    return this.contextFor(person, at, this.subjects.eventOf(graph, ordinal) ?? {});
  }

  /**
   * What conditions see of a person (-1: of nobody) at an instant; `event` is the activity's own unless given.
   * The same object every time: for reading at once.
   */
  contextFor(
    person: number,
    at: Instant,
    event: Readonly<Record<string, unknown>> = this.subjects.eventOf(0, 0) ?? {},
  ): ConditionContext {
    const context = this.#context;
    context.member = person < 0 ? {} : this.people.person(person).attributes;
    context.event = event;
    context.run = this.#runAt(at);
    context.params = this.#shownParams;
    return context;
  }

  #metricsAt(names: readonly string[]): Values {
    const measure = (metric: string): Measured => measured(this, { metric }, this.#run?.at ?? this.start);
    return metricsContext(names, measure, this.tally.counts().reported);
  }

  #runAt(at: Instant): Readonly<Record<string, unknown>> {
    if (this.#run?.at !== at) {
      const { plan, start: startedAt, attributes } = this;
      const tags = [...this.tags].sort();
      const values = { id: 'rehearsal', plan, startedAt, now: at, tags, attributes };
      this.#run = { at, context: runContext(values) };
    }
    return this.#run.context;
  }

  /** The run has noted something about itself. */
  noted(): void {
    this.#run = undefined;
  }

  /** What a reaction says of the message that caused it. */
  messageData(node: number): JsonObject {
    return (this.#messageData[node] ??= { node: this.plan.nodes[node]!.id });
  }

  /** A visit is over: what was opened for it is closed. */
  leave(visit: VisitKey): void {
    this.tasks.delete(visit);
    this.forms.delete(visit);
    const letter = this.letters.get(visit);
    if (letter !== undefined) {
      this.holds.release(letter);
      this.letters.delete(visit);
    }
    if (this.listeners.hears(visit.node)) this.listeners.forget(this.personOf(visit), visit);
  }

  /** A visit as draws name it. */
  drawnFor({ node, ordinal, lap }: VisitKey): DrawnFor {
    return { node: this.plan.nodes[node]!.id, ordinal, lap };
  }

  /** A visit as scripts name it. */
  scripted({ node, ordinal, lap }: VisitKey): { node: string; subject: string; lap: number } {
    const { id, graph } = this.plan.nodes[node]!;
    return { node: id, subject: subjectName(this.plan, graph, ordinal), lap };
  }
}

/** Things that belong to visits, found again by their key. */
export class Kept<Thing> {
  readonly #things: (Map<string, Thing> | undefined)[];

  constructor(nodes: number) {
    this.#things = Array.from({ length: nodes }, () => undefined);
  }

  get({ node, ordinal, lap }: VisitKey): Thing | undefined {
    return this.#things[node]?.get(`${ordinal}/${lap}`);
  }

  set({ node, ordinal, lap }: VisitKey, thing: Thing): Thing {
    (this.#things[node] ??= new Map()).set(`${ordinal}/${lap}`, thing);
    return thing;
  }

  /** Most nodes never keep anything, and are left at once. */
  delete({ node, ordinal, lap }: VisitKey): void {
    const things = this.#things[node];
    if (things !== undefined && things.size > 0) things.delete(`${ordinal}/${lap}`);
  }
}

/** A config with the present values of its parameters; the same object when it names none. */
function fillIn(value: Json, params: JsonObject): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => fillIn(item, params));
  const object = value as JsonObject;
  const { param } = object;
  const keys = Object.keys(object);
  if (typeof param === 'string' && keys.length === 1)
    return Object.hasOwn(params, param) ? params[param]! : value;
  return Object.fromEntries(keys.map((key) => [key, fillIn(object[key]!, params)]));
}
