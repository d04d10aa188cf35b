// Prints a run's report as JSON, piece by piece: that of many thousand members is longer than one string may be.
// Not its making: see engine/run/trace.ts.
import { once } from 'node:events';
import type { RunReport } from '../../engine/run/trace.ts';

/** Enough for one write to be worth its while. */
const PIECE = 200_000;

/** Writes exactly the report, on stdout, one subject and one message a line. */
export async function printReport(report: RunReport): Promise<void> {
  let piece = '';
  for (const part of partsOf(report)) {
    piece += part;
    if (piece.length < PIECE) continue;
    await write(piece);
    piece = '';
  }
  await write(`${piece}\n`);
}

function* partsOf({ plan, seed, started, ended, traces, calendar, counts }: RunReport): Generator<string> {
  yield `${JSON.stringify({ plan, seed, started, ended }).slice(0, -1)},"traces":`;
  yield* listOf(traces);
  yield ',"calendar":';
  yield* listOf(calendar);
  yield `,"counts":${JSON.stringify(counts)}}`;
}

function* listOf(items: readonly object[]): Generator<string> {
  yield '[';
  for (const [index, item] of items.entries()) yield `${index === 0 ? '' : ','}\n${JSON.stringify(item)}`;
  yield '\n]';
}

/** Waits while the reader is slower than we are; one that has seen enough gets no more. */
async function write(text: string): Promise<void> {
  if (process.stdout.destroyed || process.stdout.write(text)) return;
  // What fails is told to the stream's own listener.
  await once(process.stdout, 'drain').catch(() => {});
}
