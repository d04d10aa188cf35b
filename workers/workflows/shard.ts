// The one workflow type: the interpreter's commands become activities and a timer, and what they bring becomes its events.
// It decides nothing. All it knows is the plan, the packed state and how far it has read its inbox.
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { HOUR, type Instant } from '../../engine/instant.ts';
import type { Plan } from '../../engine/plan.ts';
import { advance, idle, start, type State } from '../../engine/run/advance.ts';
import { standing } from '../../engine/run/inspect.ts';
import { pack, unpack } from '../../engine/run/pack.ts';
import type { BatchResult, Commands, Tick, VisitKey } from '../../engine/run/protocol.ts';
import { steps } from '../../engine/steps/index.ts';
import {
  DRAIN,
  NUDGE,
  SUMMARY,
  type Carried,
  type PlanRef,
  type ShardInput,
  type Summary,
  type Turned,
} from '../contract.ts';
import { packResults, plain, unpackTurned } from '../packed/payloads.ts';
import { packSettlement } from '../packed/settlement.ts';
import { Alarm, checkpoint, Flight, persist, turn } from './drive.ts';

const MAX_EVENTS = 1_500;
const MAX_BYTES = 1_000_000;
const NOTHING = new Uint8Array(0);

/** Moves up to 10,000 subjects of one run until all of them have ended. */
export async function shard(
  input: ShardInput,
  plan: Plan,
  carried?: Carried,
  packed?: Uint8Array,
): Promise<void> {
  await new Shard(input, plan, carried, packed).drive();
}

interface Told {
  readonly results: Uint8Array;
  readonly reissued: boolean;
}

class Shard {
  readonly #input: ShardInput;
  readonly #plan: Plan;
  readonly #state: State;
  readonly #alarm = new Alarm();
  readonly #flight: Flight;
  #commands: Commands;
  #isSettled = false;
  /** What the last advance was told, to be kept with what it decided. */
  #told: Told = { results: packResults([]), reissued: false };
  /** What a continue-as-new or a restore has left to be told. */
  #left: Pick<Carried, 'results' | 'reissue' | 'dropped'> = { results: [] };
  /** The state with which this execution began, until it is kept. */
  #brought: Uint8Array | undefined;
  #now: Instant;
  #cursor: number;
  #advances: number;
  #turns = 0;
  #checkpointed: Instant | undefined;
  #isNudged = false;
  #isLeaving = false;
  #trouble: string | null = null;
  /** Counts the times that everything known had been worked through. */
  #rests = 0;

  constructor(input: ShardInput, plan: Plan, carried?: Carried, packed?: Uint8Array) {
    this.#input = input;
    this.#plan = plan;
    this.#flight = new Flight(input, plan);
    this.#now = carried?.now ?? input.start;
    this.#cursor = carried?.cursor ?? 0;
    this.#advances = carried?.advance ?? 0;
    if (carried === undefined || packed === undefined) {
      const { seed, shard: no } = input;
      const begun = start(plan, steps, { seed, now: this.#now, campaign: no === 0 });
      this.#state = begun.state;
      this.#commands = begun.commands;
      this.#advances++;
    } else {
      this.#state = unpack(plan, packed);
      this.#commands = idle(this.#state);
      if (carried.reissue === undefined) this.#advance({ results: carried.results });
      else {
        this.#isSettled = true;
        this.#left = carried;
        this.#brought = packed;
      }
    }
    this.#answer();
  }

  /** Settles, performs and drains, until everything that is known has been worked through; then waits for more. */
  async drive(): Promise<void> {
    for (;;) {
      const turned = await this.#turn();
      // Also when the task in which it ended was repeated, and it does not know that it has.
      if (turned.over === true) return this.#end();
      if (this.#isHistoryLong()) return this.#continueAsNew(turned.results);
      if (turned.again !== undefined) {
        await this.#tellAgain(turned, turned.again);
        continue;
      }
      this.#cursor = turned.cursor;
      this.#now = Math.max(this.#now, this.#input.fast ? 0 : turned.horizon);
      const { reissue = false, results: left, dropped } = this.#left;
      const results = [...left, ...turned.results, ...(await this.#landed())];
      const hasNews = results.length > 0 || turned.entries.length > 0 || reissue;
      if (hasNews || (!turned.more && this.#isDue())) {
        this.#left = { results: [] };
        this.#advance({ results, entries: turned.entries, ...(reissue ? { reissue } : {}) }, dropped);
      } else if (this.#commands.done && this.#flight.isEmpty && turned.over === undefined) {
        return this.#end();
      } else if (!turned.more && !this.#isNudged) {
        this.#rests++;
        await this.#keep();
        await (turned.held === true ? this.#hold() : this.#wait(turned.due));
      }
    }
  }

  async #end(): Promise<void> {
    this.#isLeaving = true;
    await condition(allHandlersFinished);
  }

  /** Whoever asks is answered by what stands here; whatever changes something lies in the inbox. */
  #answer(): void {
    setHandler(defineSignal(NUDGE), () => {
      this.#isNudged = true;
    });
    setHandler(defineQuery(SUMMARY), () => this.#summary());
    setHandler(defineUpdate(DRAIN), async () => {
      const before = this.#rests;
      this.#isNudged = true;
      await condition(() => this.#rests > before || this.#isLeaving);
      return this.#summary();
    });
  }

  /** One marker in the history: what the last advance decided is written, its quick calls are done, the inbox is read. */
  async #turn(): Promise<Turned> {
    const { run, shard: no, fast } = this.#input;
    const { calls, ...settle } = this.#commands;
    const { quick, regular } = this.#flight.sort(this.#isSettled ? [] : calls);
    for (const call of regular) this.#flight.issue(call);
    this.#isNudged = false;
    const settlement = this.#isSettled ? NOTHING : packSettlement(settle);
    const packed = await persist(
      () =>
        turn(
          {
            run,
            shard: no,
            fast,
            advance: this.#advances,
            now: this.#now,
            until: fast ? this.#now : Math.max(this.#now, Date.now()),
            cursor: this.#cursor,
            idle: this.#commands.done && this.#flight.isEmpty,
            standing: standing(this.#state),
            reissued: this.#told.reissued,
            calls: quick,
          },
          this.#told.results,
          settlement,
          this.#brought,
        ),
      this,
    );
    this.#isSettled = true;
    // What is written down need not be held while ten thousand wait.
    const { wake, done } = this.#commands;
    this.#commands = { ...idle(this.#state), wake, done };
    this.#brought = undefined;
    this.#turns++;
    return unpackTurned(packed);
  }

  /** An advance that is settled already, told as it was then. What has come since stays for the next one. */
  async #tellAgain(turned: Turned, { now, reissued, results }: NonNullable<Turned['again']>): Promise<void> {
    const { results: left, dropped } = this.#left;
    const known = new Set(results.map(({ batch }) => batch));
    const came = [...left, ...turned.results, ...(await this.#landed())];
    this.#left = { results: came.filter(({ batch }) => !known.has(batch)).map(plain) };
    this.#cursor = turned.cursor;
    this.#now = now;
    this.#advance({ results, entries: turned.entries, ...(reissued ? { reissue: true } : {}) }, dropped);
  }

  /** `abandoned`: visits that were dropped earlier, and for which something may have been opened since. */
  #advance(tick: Tick, abandoned: readonly VisitKey[] = []): void {
    this.#commands = advance(this.#plan, steps, this.#state, { tick, now: this.#now });
    const late = [...abandoned, ...this.#flight.takeAbandoned()];
    this.#flight.abandon(this.#commands.dropped);
    this.#commands.dropped.push(...late);
    this.#told = { results: packResults(tick.results ?? []), reissued: tick.reissue === true };
    this.#advances++;
    this.#isSettled = false;
  }

  /** Batches that are back. Compressed time stands still until all are: what they bring belongs to this instant. */
  async #landed(): Promise<BatchResult[]> {
    if (this.#input.fast) await condition(() => this.#flight.isHome);
    return this.#flight.take();
  }

  #isDue(): boolean {
    return this.#commands.wake !== null && this.#commands.wake <= this.#now;
  }

  /** Until something is due, a batch has landed, or somebody says that there is news. */
  async #wait(due: Instant | null): Promise<void> {
    const next = Math.min(this.#commands.wake ?? Infinity, due ?? Infinity);
    const clock = this.#input.fast ? this.#now : Date.now();
    if (next <= clock) return;
    if (next < Infinity) this.#alarm.set(next, next - clock);
    await condition(() => this.#isNudged || this.#alarm.isRinging || this.#flight.hasLanded);
    const rang = this.#alarm.take();
    if (this.#input.fast && rang !== undefined) this.#now = Math.max(this.#now, rang);
  }

  /** Compressed time stands still while a person is asked: without a timer there is nothing to skip to. */
  async #hold(): Promise<void> {
    this.#alarm.silence();
    await condition(() => this.#isNudged || this.#flight.hasLanded);
  }

  /** Writes the state down at the first rest and every hour, when nothing is under way that it would miss. */
  async #keep(): Promise<void> {
    if (this.#input.fast || !this.#flight.isEmpty) return;
    if (this.#checkpointed !== undefined && this.#now - this.#checkpointed < HOUR) return;
    const { run, shard: no } = this.#input;
    const at = { run, shard: no, advance: this.#advances, now: this.#now, cursor: this.#cursor };
    await persist(() => checkpoint(at, pack(this.#state)), this);
    this.#checkpointed = this.#now;
  }

  /** The turn's entries stay unread: the next run finds them behind the same cursor. */
  async #continueAsNew(results: readonly BatchResult[]): Promise<void> {
    this.#isLeaving = true;
    await condition(() => this.#flight.isHome && allHandlersFinished());
    const carried: Carried = {
      now: this.#now,
      cursor: this.#cursor,
      advance: this.#advances,
      results: [...this.#left.results, ...results, ...this.#flight.take()].map(plain),
      reissue: this.#left.reissue ?? false,
      dropped: [...(this.#left.dropped ?? []), ...this.#flight.takeAbandoned()],
    };
    const plan: PlanRef = { $plan: this.#plan.hash };
    await continueAsNew(this.#input, plan, carried, pack(this.#state));
  }

  /** Well below what the server suggests: a cold replay of more may outlast the workflow task. */
  #isHistoryLong(): boolean {
    const { historyLength, historySize } = workflowInfo();
    const { maxEvents = MAX_EVENTS } = this.#input;
    // The markers of the present task are in no history yet, and turns may follow each other within one task for long.
    return historyLength + this.#turns >= maxEvents || historySize >= MAX_BYTES;
  }

  #summary(): Summary {
    return {
      now: this.#now,
      cursor: this.#cursor,
      advance: this.#advances,
      wake: this.#commands.wake,
      inFlight: this.#flight.inFlight,
      done: this.#commands.done,
      trouble: this.#trouble,
    };
  }

  /** Why the last turn did not succeed. */
  note(reason: string | null): void {
    this.#trouble = reason;
  }

  get isNudged(): boolean {
    return this.#isNudged;
  }
}
