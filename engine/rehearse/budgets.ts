// What channels have handed over in a rehearsal, against the budgets of the team's accounts.
// Not the decision, which is the gate's; what more urgent messages wait for is not held back here, as it is in a real run.
import type { TeamChannel } from '../channels/team.ts';
import { beginOf, periodAround } from '../effects/budget.ts';
import type { SendInput } from '../effects/send.ts';
import type { Instant } from '../instant.ts';
import { numberOf } from './letter.ts';
import type { Target } from './tally.ts';

type Budget = TeamChannel['budgets'][number];

/** Counts by channel and recipient. */
export class Budgets {
  readonly #budgets: ReadonlyMap<string, readonly Budget[]>;
  readonly #zone: string;
  /** By counter: messages by local day. */
  readonly #counts = new Map<string, Map<number, number>>();

  constructor(channels: readonly TeamChannel[], zone: string) {
    const limited = channels.filter(({ budgets }) => budgets.length > 0);
    this.#budgets = new Map(limited.map(({ name, budgets }) => [name, budgets]));
    this.#zone = zone;
  }

  /** Until when the first budget in which nothing is left for a recipient lasts; undefined: there is room in each. */
  usedUp(
    input: Pick<SendInput, 'channel' | 'mode'>,
    target: Target,
    day: number,
  ): { readonly renews: Instant } | undefined {
    for (const budget of this.#of(input, target)) {
      const { from, next, count } = periodAround(budget, day);
      const days = this.#counts.get(keyOf(input.channel, budget, target));
      let used = 0;
      for (let it = from; days !== undefined && it <= day; it += 1) used += days.get(it) ?? 0;
      if (used >= count) return { renews: beginOf(next, this.#zone) ?? Infinity };
    }
    return undefined;
  }

  /** Counts one message that was let through. */
  count(input: Pick<SendInput, 'channel' | 'mode'>, target: Target, day: number): void {
    // Two budgets of one scope look at one counter.
    for (const key of new Set(this.#of(input, target).map((it) => keyOf(input.channel, it, target)))) {
      const days = this.#counts.get(key) ?? new Map<number, number>();
      days.set(day, (days.get(day) ?? 0) + 1);
      this.#counts.set(key, days);
    }
  }

  // What a colleague pastes is nothing of the provider's.
  #of({ channel, mode }: Pick<SendInput, 'channel' | 'mode'>, target: Target): readonly Budget[] {
    const budgets = mode === 'humanCopy' ? undefined : this.#budgets.get(channel);
    const kind = 'group' in target ? 'group' : 'member';
    return budgets?.filter(({ of }) => of === 'account' || of === 'recipient' || of === kind) ?? NONE;
  }
}

const NONE: readonly Budget[] = [];

const keyOf = (channel: string, { of }: Budget, target: Target): string =>
  of === 'account' ? channel : `${channel}/${numberOf(target)}`;
