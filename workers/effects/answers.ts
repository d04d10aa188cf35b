// The answers of one batch on their way to the interpreter: as numbers, by visit.
// Not their making: see perform.ts for the database and request.ts for the world outside.
import { codeNumber, UNIVERSAL } from '../../engine/effect.ts';
import { isInstant, type Instant } from '../../engine/instant.ts';
import type { CallVisit } from '../../engine/run/protocol.ts';
import type { LedgerRow, LedgerScope } from '../store/ledger.ts';
import type { Answered, Batch } from './work.ts';

/** How one visit was answered. */
export interface Settled {
  readonly code: number;
  readonly until: Instant;
}

export const FAILED: Settled = { code: UNIVERSAL.failed, until: 0 };

/** What an effect answers that leaves a visit out. */
export const UNANSWERED: Answered = { code: 'failed', why: { problem: 'no-answer' } };

/** An answer and whose it is. */
export interface Given {
  readonly visit: CallVisit;
  readonly answer: Answered;
}

/** What a transaction has found: answers by visit, and for an external effect what is still to be asked. */
export interface Found {
  readonly batch: Batch;
  readonly answers: Map<string, Settled>;
  readonly open: readonly { readonly visit: CallVisit; readonly request: unknown }[];
}

/** The key of a call within its batch. */
export const keyOf = ({ ordinal, lap, call }: Pick<CallVisit, 'ordinal' | 'lap' | 'call'>): string =>
  `${ordinal}/${lap}/${call}`;

/** Where in the ledger the calls of a batch stand. */
export const scopeOf = ({ run, node, effect }: Batch): LedgerScope => ({
  team: run.team,
  run: run.id,
  node,
  effect,
});

/** What the ledger says of a call; undefined when it may be made. */
export function settledOf({ state, code, until }: LedgerRow): Settled | undefined {
  switch (state) {
    case 'done':
      return { code: code!, until: until ?? 0 };
    case 'doubt':
    // Somebody wrote down that a request goes out, and nobody what became of it.
    case 'intended':
      return { code: UNIVERSAL.doubt, until: 0 };
    case 'released':
      return undefined;
  }
}

/** An answer as the number by which it travels; one that the plan does not know is a failure. */
export function numbered({ run, effect }: Batch, { code, until }: Answered): Settled {
  const forced = /^port:(\d+)$/.exec(code)?.[1];
  const number =
    forced === undefined ? codeNumber(run.plan.effects[effect] ?? [], code) : UNIVERSAL.port + +forced;
  if (number === undefined || (until !== undefined && !isInstant(until))) return FAILED;
  return { code: number, until: until ?? 0 };
}
