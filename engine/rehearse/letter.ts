// Messages that have not come to everybody yet: who has been seen to, who is planned for later, whom a colleague is asked for.
// Not the gate: it only hears what more urgent messages hold for a recipient.
import { newTally, type Tally as Sums } from '../effects/send.ts';
import type { Instant } from '../instant.ts';
import type { Target } from './tally.ts';

/** One visit's message between its calls. */
export interface Letter {
  readonly rank: number;
  /** Counts towards the caps of members. */
  readonly isMarketing: boolean;
  /** Who needs no more: sent to, withheld, failed. */
  readonly settled: Set<number>;
  /** What became of them. */
  readonly sums: Sums;
  /** Whom a colleague posts to. */
  asked: readonly Target[];
  /** For whom it is planned, and when it is tried again. */
  readonly planned: Map<number, Instant>;
}

/** A letter before anybody has been asked about. `rank`: its urgency, see `rankOf`. */
export const newLetter = (rank: number, isMarketing: boolean): Letter => ({
  rank,
  isMarketing,
  settled: new Set(),
  sums: newTally(),
  asked: [],
  planned: new Map(),
});

/** A target as a number: people count up from 0, groups down from -1. */
export const numberOf = (target: Target): number => ('group' in target ? -1 - target.group : target.person);

/** What is planned for whom, over all messages of the run. */
export class Holds {
  readonly #letters = new Map<number, Set<Letter>>();

  /** Notes that a message is planned for a recipient. */
  plan(letter: Letter, recipient: number, at: Instant): void {
    letter.planned.set(recipient, at);
    const letters = this.#letters.get(recipient);
    if (letters === undefined) this.#letters.set(recipient, new Set([letter]));
    else letters.add(letter);
  }

  /** Nothing of this message is planned any more. */
  release(letter: Letter): void {
    for (const recipient of letter.planned.keys()) {
      const letters = this.#letters.get(recipient);
      letters?.delete(letter);
      if (letters?.size === 0) this.#letters.delete(recipient);
    }
    letter.planned.clear();
  }

  /** What more urgent messages hold for a recipient on a local day, and in the seven days that begin with it. */
  of(
    recipient: number,
    rank: number,
    { day, dayOf }: { readonly day: number; readonly dayOf: (at: Instant) => number },
  ): { readonly today: number; readonly week: number } | undefined {
    const letters = this.#letters.get(recipient);
    if (letters === undefined) return undefined;
    let today = 0;
    let week = 0;
    for (const letter of letters) {
      if (letter.rank <= rank || (recipient >= 0 && !letter.isMarketing)) continue;
      const ahead = dayOf(letter.planned.get(recipient)!) - day;
      if (ahead === 0) today += 1;
      if (ahead >= 0 && ahead < 7) week += 1;
    }
    return { today, week };
  }
}
