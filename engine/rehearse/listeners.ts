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

/** The listeners of a run. */
export class Listeners {
  readonly #topics: readonly (readonly EventTopic[])[];
  readonly #graphs: readonly number[];
  /** By person, and -1 for the campaign. */
  readonly #waiting = new Map<number, Listener[]>();
  /** What happened at the present instant: a visit that begins to listen looks back to its last call. */
  #recent: Happened[] = [];

  constructor(plan: Plan, steps: Readonly<Record<string, StepDefinition>>) {
    this.#topics = plan.nodes.map(({ step, config }) =>
      (steps[step]?.topics?.(config) ?? []).flatMap((topic, index) => {
        if (!('event' in topic)) return [];
        const where = topic.where as { readonly cel?: string } | undefined;
        return [{ topic: index, event: topic.event, where: where?.cel }];
      }),
    );
    this.#graphs = plan.nodes.map(({ graph }) => graph);
  }

  /** The events that anybody may ever wait for. */
  names(): ReadonlySet<string> {
    return new Set(this.#topics.flat().map(({ event }) => event));
  }

  /** A visit begins to listen; woken at once by what has happened since its last call. */
  listen(
    person: number,
    { node, ordinal, lap, since, until }: Listen,
  ): { woken: Woken; by: Happened } | undefined {
    for (const event of this.#recent) {
      if (event.at < since || !this.#concerns(node, person, event)) continue;
      const topic = this.#topicOf(node, event);
      if (topic !== undefined) return { woken: { node, ordinal, lap, topic }, by: event };
    }
    const listener = { node, ordinal, lap, until };
    const waiting = this.#waiting.get(person);
    if (waiting === undefined) this.#waiting.set(person, [listener]);
    else {
      // A visit that listens again replaces itself, and whoever is over makes room.
      keep(waiting, (it) => it.until >= since && !isSame(it, listener));
      waiting.push(listener);
    }
    return undefined;
  }

  /** A visit is gone. */
  forget(person: number, visit: VisitKey): void {
    const waiting = this.#waiting.get(person);
    if (waiting === undefined) return;
    keep(waiting, (it) => !isSame(it, visit));
  }

  /** Whom an event wakes. */
  wake(event: Happened): Woken[] {
    if (this.#recent[0] !== undefined && this.#recent[0].at < event.at) this.#recent = [];
    this.#recent.push(event);
    const woken: Woken[] = [];
    this.#wakeOf(event.person, event, woken);
    if (event.person >= 0) this.#wakeOf(-1, event, woken);
    return woken;
  }

  #wakeOf(key: number, event: Happened, woken: Woken[]): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined || waiting.length === 0) return;
    keep(waiting, ({ node, ordinal, lap, until }) => {
      if (until < event.at) return false;
      const topic = this.#topicOf(node, event);
      if (topic !== undefined) woken.push({ node, ordinal, lap, topic });
      return topic === undefined;
    });
  }

  // In a campaign everything that happens in the run concerns its subject.
  #concerns(node: number, person: number, event: Happened): boolean {
    return this.#graphs[node] === 0 || event.person === person;
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
function keep(list: Listener[], isKept: (listener: Listener) => boolean): void {
  let end = 0;
  for (const listener of list) if (isKept(listener)) list[end++] = listener;
  list.length = end;
}
