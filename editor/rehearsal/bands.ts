// The same playbook with many seeds: between which values its outcome lies, in nine of ten worlds.
// Not a forecast of people: only the dice differ, the rates are those that somebody has set.
import { DAY, type Instant } from '../../engine/instant.ts';
import type { Counts } from '../../engine/metrics.ts';
import type { Plan } from '../../engine/plan.ts';
import { Rehearsal } from '../../engine/rehearse.ts';
import { parseInstant } from '../../engine/instant.ts';
import { optionsOf, runToTheEnd, type Order, type Watch } from './take.ts';

/** What came of one seed. `byDay`: messages that went out until the end of each day from the start. */
export interface Outcome {
  readonly seed: number;
  readonly ended: Instant;
  readonly isDone: boolean;
  readonly counts: Counts;
  readonly byDay: readonly number[];
}

/** Rehearses with one seed after the other and tells of each; ends early when nobody waits any more. */
export async function rehearseMany(
  order: Order,
  plan: Plan,
  {
    seeds,
    watch,
    came,
  }: { readonly seeds: readonly number[]; readonly watch: Watch; readonly came: (it: Outcome) => void },
): Promise<void> {
  for (const seed of seeds) {
    const it = new Rehearsal(plan, { ...optionsOf(order), seed });
    if (!(await runToTheEnd(it, watch, () => undefined))) return;
    came({ seed, ended: it.now, isDone: it.isDone, counts: it.counts, byDay: byDay(it) });
  }
}

/** The most days that are told apart. */
const MOST_DAYS = 400;

function byDay(it: Rehearsal): number[] {
  const days = Math.min(MOST_DAYS, Math.floor((it.now - it.started) / DAY) + 1);
  const sums = Array.from({ length: days }, () => 0);
  for (const { at, count } of it.recorder.calendar()) {
    const day = Math.floor(((parseInstant(at) ?? it.started) - it.started) / DAY);
    sums[Math.min(days - 1, Math.max(0, day))]! += count;
  }
  let sum = 0;
  return sums.map((count) => (sum += count));
}

/** The values below which a twentieth, a half and nineteen twentieths of all lie. */
export interface Band {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** The band of some values; undefined without any. */
export function bandOf(values: readonly number[]): Band | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return { low: at(0.05), middle: at(0.5), high: at(0.95) };
}

/** The band of each day. Who is through earlier stays where it ended. */
export function bandsByDay(outcomes: readonly Outcome[]): readonly Band[] {
  const days = Math.max(0, ...outcomes.map(({ byDay: sums }) => sums.length));
  return Array.from({ length: days }, (_, day) =>
    bandOf(outcomes.map(({ byDay: sums }) => sums[Math.min(day, sums.length - 1)] ?? 0)),
  ).flatMap((band) => (band === undefined ? [] : [band]));
}
