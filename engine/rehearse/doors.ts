// The doors of a rehearsal's journeys: which there are, and which are open.
// Not who opens them and who comes through: see entering.ts. Not the rules: see engine/entrance.ts.
import { entryEvents, type EntranceRule } from '../entrance.ts';
import type { Instant } from '../instant.ts';
import type { Plan } from '../plan.ts';
import type { Launch } from './people.ts';

interface Door {
  readonly graph: number;
  readonly rule: EntranceRule;
  readonly opened: Instant;
  readonly until: Instant | undefined;
  readonly launch: Launch;
}

/** The doors of a run. */
export class Doors {
  /** The events by which journeys are entered, by graph. */
  readonly entering: ReadonlyMap<number, string>;
  /** Those that are open, by graph. */
  readonly open = new Map<number, Door>();

  constructor(plan: Plan) {
    this.entering = entryEvents(plan);
  }

  /** The events that let somebody in at present. */
  get names(): string[] {
    return [...this.open.values()].map(({ rule }) => rule.event);
  }
}
