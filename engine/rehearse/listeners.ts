// Who waits for which event, and whom an event wakes: the inbox's matching, in memory.
// An event wakes every visit that listens for it, once, by the first of its topics that fits.
import type { Instant } from '../instant.ts';
import { evaluateCondition, type ConditionContext } from '../language/condition.ts';
import type { Plan } from '../plan.ts';
import type { Listen, VisitKey } from '../run/protocol.ts';
import type { StepDefinition } from '../step.ts';

interface EventTopic {
  readonly topic: number;
  readonly event: string;
  readonly where: string | undefined;
}

interface Listener extends VisitKey {
  readonly until: Instant;
}

/** What happened, as listeners see it. */
export interface Happened {
  readonly name: string;
  readonly at: Instant;
  /** -1: it happened to the run. */
  readonly person: number;
  readonly context: ConditionContext;
}

/** A visit that an event wakes. */
export interface Woken extends VisitKey {
  readonly topic: number;
}

/** What concerns one person, or the campaign: who waits, and what has happened since the first of them began to. */
interface Ear {
  readonly waiting: Listener[];
  readonly past: Happened[];
}

const CAMPAIGN = -1;

/** The listeners of a run. */
export class Listeners {
  readonly #topics: readonly (readonly EventTopic[])[];
  readonly #names: ReadonlySet<string>;
  readonly #ears = new Map<number, Ear>();

  constructor(plan: Plan, steps: Readonly<Record<string, StepDefinition>>) {
    this.#topics = plan.nodes.map(({ step, config }) =>
      (steps[step]?.topics?.(config as never) ?? []).flatMap((topic, index) => {
        if (!('event' in topic)) return [];
        const where = topic.where as { readonly cel?: string } | undefined;
        return [{ topic: index, event: topic.event, where: where?.cel }];
      }),
    );
    this.#names = new Set(this.#topics.flat().map(({ event }) => event));
  }

  /** True for a node whose visits ever listen. */
  hears(node: number): boolean {
    return this.#topics[node]!.length > 0;
  }

  /** The events for which visits of a node listen. */
  eventsOf(node: number): readonly string[] {
    return this.#topics[node]!.map(({ event }) => event);
  }

  /** The events that anybody may ever wait for. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /**
   * A visit begins to listen, or its deadline has moved. It looks back to its last call: what has happened since,
   * and no later than the deadline, wakes it at once; not what has just brought its subject here, which is `by`.
   * `person` is -1 in the campaign.
   */
  listen(
    person: number,
    { node, ordinal, lap, since, until }: Listen,
    by?: Readonly<Record<string, unknown>>,
  ): { readonly woken: Woken; readonly by: Happened } | undefined {
    const listener = { node, ordinal, lap, until };
    const { waiting, past } = this.#earOf(person);
    keep(waiting, (it) => !isSame(it, listener));
    // What nobody else still waits for is over.
    if (waiting.length === 0) keep(past, ({ at }) => at >= since);
    for (const event of past) {
      if (event.at < since || event.at > until) continue;
      if (event.at === since && event.context['event'] === by) continue;
      const topic = this.#topicOf(node, event);
      if (topic !== undefined) return { woken: { node, ordinal, lap, topic }, by: event };
    }
    waiting.push(listener);
    return undefined;
  }

  /** A visit is gone. */
  forget(person: number, visit: VisitKey): void {
    const ear = this.#ears.get(person);
    if (ear !== undefined) keep(ear.waiting, (it) => !isSame(it, visit));
  }

  /** Whom an event wakes. In a campaign everything that happens in the run concerns its subject. */
  wake(event: Happened): Woken[] {
    const woken: Woken[] = [];
    if (!this.#names.has(event.name)) return woken;
    if (event.person !== CAMPAIGN) this.#wakeOf(event.person, event, woken);
    this.#wakeOf(CAMPAIGN, event, woken);
    return woken;
  }

  #wakeOf(person: number, event: Happened, woken: Woken[]): void {
    const { waiting, past } = this.#earOf(person);
    // Without anybody waiting only the present instant can still be looked back to.
    if (waiting.length === 0) keep(past, ({ at }) => at === event.at);
    past.push(event);
    keep(waiting, ({ node, ordinal, lap, until }) => {
      const topic = event.at > until ? undefined : this.#topicOf(node, event);
      if (topic !== undefined) woken.push({ node, ordinal, lap, topic });
      return topic === undefined;
    });
  }

  #earOf(person: number): Ear {
    const known = this.#ears.get(person);
    if (known !== undefined) return known;
    const ear = { waiting: [], past: [] };
    this.#ears.set(person, ear);
    return ear;
  }

  #topicOf(node: number, { name, context }: Happened): number | undefined {
    return this.#topics[node]?.find(
      ({ event, where }) =>
        event === name && (where === undefined || evaluateCondition(where, context) === true),
    )?.topic;
  }
}

const isSame = (a: VisitKey, b: VisitKey): boolean =>
  a.node === b.node && a.ordinal === b.ordinal && a.lap === b.lap;

/** Filters in place: a list is made for each person once. */
function keep<Item>(list: Item[], isKept: (item: Item) => boolean): void {
  let end = 0;
  for (const item of list) if (isKept(item)) list[end++] = item;
  list.length = end;
}
