// Rehearses inside the server without keeping it from answering: a slice of steps, then whoever else has something to do.
// Bounded in number and time. Not the rehearsal itself, which is engine/rehearse.ts.
import { setImmediate as turn } from 'node:timers/promises';
import { Rehearsal, type RehearsalOptions } from '../engine/rehearse.ts';
import type { Plan } from '../engine/plan.ts';
import type { RunReport } from '../engine/run/trace.ts';
import { Refusal } from './refusal.ts';

const SLICE_MS = 20;
const MOST_MS = 20_000;
const MOST_AT_ONCE = 4;

let underWay = 0;

/** Rehearses to the end. */
export async function rehearseInTurns(
  plan: Plan,
  options: RehearsalOptions,
): Promise<RunReport & { readonly done: boolean; readonly stuck: number }> {
  if (underWay >= MOST_AT_ONCE) throw new Refusal('busy');
  underWay += 1;
  try {
    const rehearsal = new Rehearsal(plan, options);
    const worked = { ms: 0 };
    while (slice(rehearsal, worked)) await turn();
    return { ...rehearsal.report(), done: rehearsal.isDone, stuck: rehearsal.stuck.length };
  } finally {
    underWay -= 1;
  }
}

/** One slice; false when it is over. */
function slice(rehearsal: Rehearsal, worked: { ms: number }): boolean {
  const began = performance.now();
  let goesOn = true;
  while (goesOn && performance.now() - began < SLICE_MS) goesOn = rehearsal.step();
  worked.ms += performance.now() - began;
  if (goesOn && worked.ms > MOST_MS) {
    throw new Refusal('rehearsal-too-long', { values: { seconds: MOST_MS / 1000 } });
  }
  return goesOn;
}
