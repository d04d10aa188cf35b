// The three ways in which a shard touches the world: one timer, batches in flight, and turns that are tried until they succeed.
// Not the order in which that happens: see shard.ts.
import {
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { UNIVERSAL } from '../../engine/effect.ts';
import type { Instant } from '../../engine/instant.ts';
import type { Plan } from '../../engine/plan.ts';
import type { BatchResult, Call, CallVisit, VisitKey } from '../../engine/run/protocol.ts';
import { PRIORITY, queuesOf, type Perform, type ShardActivities, type ShardInput } from '../contract.ts';
import { packVisits, unpackResult } from '../packed/payloads.ts';

/**
 * Visits of one regular activity: some seconds of work, so that a long batch starves nobody. Chunks of 2,000 cost a third of the
 * history events less and a tenth of the time more (10,000 members on 2 cores): fewer of them are at work side by side.
 */
const CHUNK = 1_000;
/** How many were under way when chunks of runs without a bound began to wait. */
const UNBOUNDED_WAITS_AT = 8;
/** Visits that one turn performs itself. */
const QUICK_VISITS = 200;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

const local = proxyLocalActivities<Pick<ShardActivities, 'turn' | 'checkpoint'>>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '100 ms', backoffCoefficient: 2, maximumAttempts: 5 },
});

/**
 * In a scope that cannot be cancelled. Whatever begins in one that can is remembered with its arguments for as long as that
 * scope lives, which is as long as the workflow: megabytes of what thousands have done, turn after turn. Nothing is lost by it:
 * a workflow that is cancelled ends in whatever it waits for.
 */
const apart = <T>(act: () => Promise<T>): Promise<T> => CancellationScope.nonCancellable(act);

/** See {@link ShardActivities}. */
export const turn: ShardActivities['turn'] = (...given) => apart(() => local.turn(...given));
/** See {@link ShardActivities}. */
export const checkpoint: ShardActivities['checkpoint'] = (...given) =>
  apart(() => local.checkpoint(...given));

/** The one timer of a shard. Set anew only when it must ring earlier: a timer that rings too early costs less. */
export class Alarm {
  #at: Instant = Infinity;
  #scope = new CancellationScope();
  #rang: Instant | undefined;

  /** Rings at `at`, which is `ms` from now on the workflow's own clock. */
  set(at: Instant, ms: number): void {
    if (this.#at <= at) return;
    this.#scope.cancel();
    this.#at = at;
    this.#scope = new CancellationScope();
    this.#scope
      .run(() => sleep(Math.max(ms, 1)))
      .then(
        () => {
          this.#at = Infinity;
          this.#rang = at;
        },
        () => {}, // Cancelled: a later one has taken its place.
      );
  }

  /** Rings no more until it is set again. */
  silence(): void {
    this.#scope.cancel();
    this.#at = Infinity;
    this.#rang = undefined;
  }

  get isRinging(): boolean {
    return this.#rang !== undefined;
  }

  /** For what instant it rang; silences it. */
  take(): Instant | undefined {
    const rang = this.#rang;
    this.#rang = undefined;
    return rang;
  }
}

/** The calls that run as regular activities, in chunks, at most `input.inFlight` of them at a time. */
export class Flight {
  readonly #input: ShardInput;
  readonly #plan: Plan;
  #landed: BatchResult[] = [];
  /** A batch has come back since the last time that somebody looked. */
  #hasNews = false;
  #batches = 0;
  #flying = 0;
  /** Chunks that wait for one to land, the first of them first. */
  readonly #waiting: (() => void)[] = [];
  /** How many batches of a node are under way. */
  readonly #nodes = new Map<number, number>();
  #abandoned: VisitKey[] = [];

  constructor(input: ShardInput, plan: Plan) {
    this.#input = input;
    this.#plan = plan;
  }

  /** Chunks under way at this moment. */
  get inFlight(): number {
    return this.#flying;
  }

  /** Nothing is under way and nothing waits to be taken. */
  get isEmpty(): boolean {
    return this.#batches === 0;
  }

  /** Whatever was sent has come back. */
  get isHome(): boolean {
    return this.#batches === this.#landed.length;
  }

  get hasLanded(): boolean {
    return this.#hasNews;
  }

  /** Parts the calls of an advance: those that the turn performs itself, and those for {@link issue}. */
  sort(calls: readonly Call[]): { readonly quick: Call[]; readonly regular: Call[] } {
    const quick: Call[] = [];
    const regular: Call[] = [];
    let room = QUICK_VISITS;
    for (const call of calls) {
      const fits = !this.#input.bulk.includes(call.effect) && call.visits.length <= room;
      if (fits) room -= call.visits.length;
      (fits ? quick : regular).push(call);
    }
    return { quick, regular };
  }

  /** Sends a call on its way; its answer is taken with {@link take} when every chunk is back. */
  issue(call: Call): void {
    this.#batches++;
    this.#count(call.node, 1);
    const chunks = Array.from({ length: Math.ceil(call.visits.length / CHUNK) }, (_, i) =>
      call.visits.slice(i * CHUNK, (i + 1) * CHUNK),
    );
    void Promise.all(chunks.map((chunk) => this.#fly(call, chunk))).then((parts) => {
      const codes = parts.flatMap((part) => part.codes);
      this.#hasNews = true;
      this.#count(call.node, -1);
      // The run is over: nothing was done, and what ends its visits lies in the inbox.
      if (codes.length < call.visits.length) this.#batches--;
      else {
        const untils = parts.flatMap((part) => part.untils ?? part.codes.map(() => 0));
        this.#landed.push({ batch: call.batch, codes, untils });
      }
    });
  }

  /** The batches that have come back since the last time. */
  take(): BatchResult[] {
    const landed = this.#landed;
    this.#landed = [];
    this.#hasNews = false;
    this.#batches -= landed.length;
    return landed;
  }

  /** Visits were abandoned while something may still be opened for them. */
  abandon(visits: readonly VisitKey[]): void {
    this.#abandoned.push(...visits.filter(({ node }) => this.#nodes.has(node)));
  }

  /** The abandoned visits of which nothing is under way any more: what was opened for them meanwhile is to be closed. */
  takeAbandoned(): VisitKey[] {
    const isBack = ({ node }: VisitKey): boolean => !this.#nodes.has(node);
    const back = this.#abandoned.filter(isBack);
    if (back.length > 0) this.#abandoned = this.#abandoned.filter((visit) => !isBack(visit));
    return back;
  }

  #count(node: number, change: 1 | -1): void {
    const count = (this.#nodes.get(node) ?? 0) + change;
    if (count > 0) this.#nodes.set(node, count);
    else this.#nodes.delete(node);
  }

  async #fly(
    { node, effect, stage }: Call,
    visits: readonly CallVisit[],
  ): Promise<{ codes: number[]; untils?: number[] }> {
    await this.#takeOff();
    const input: Perform = { run: this.#input.run, node, effect, stage, issued: Date.now() };
    try {
      const packed = packVisits(visits);
      return unpackResult(await apart(() => this.#activities(node).perform(input, packed)));
    } catch (error) {
      if (isCancellation(error)) throw error;
      // Only what can never succeed comes here: a person decides about each visit.
      return { codes: visits.map(() => UNIVERSAL.failed) };
    } finally {
      this.#land();
    }
  }

  /** Takes a place in the air, or the next one that becomes free. */
  async #takeOff(): Promise<void> {
    const { inFlight } = this.#input;
    if (inFlight === undefined) {
      // A run from before the bound: all who wait see the same free place, and its history has them all go at once.
      await condition(() => this.#flying < UNBOUNDED_WAITS_AT);
      this.#flying++;
    } else if (this.#flying < inFlight) this.#flying++;
    else await new Promise<void>((go) => this.#waiting.push(go));
  }

  /** Hands the place on to who has waited longest. */
  #land(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#flying--;
    else next();
  }

  /** Somebody waits for what a campaign does; thousands wait for what journeys do. */
  #activities(node: number): ShardActivities {
    const isCampaign = this.#plan.nodes[node]?.graph === 0;
    const { bulk, interactive } = queuesOf(workflowInfo().taskQueue);
    return proxyActivities<ShardActivities>({
      taskQueue: isCampaign ? interactive : bulk,
      startToCloseTimeout: '10 minutes',
      heartbeatTimeout: '10 seconds',
      retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
      priority: {
        priorityKey: isCampaign ? PRIORITY.campaign : PRIORITY.bulk,
        fairnessKey: String(this.#input.team),
      },
    });
  }
}

/**
 * Does something until it succeeds, with growing pauses that a nudge cuts short.
 * An outage thus costs a few events a minute, and the sweeper ends it the moment the database is back.
 */
export async function persist<T>(
  act: () => Promise<T>,
  shard: { note(reason: string | null): void; readonly isNudged: boolean },
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      const result = await act();
      shard.note(null);
      return result;
    } catch (error) {
      // A local activity fails with what it has thrown itself, not with an ActivityFailure around it.
      if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
      shard.note(error.message);
      await condition(() => shard.isNudged, pauseMs);
    }
  }
}
