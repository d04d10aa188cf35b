// Prints a run's report as JSON, subject by subject: of many thousand members it is longer than one string may be.
// Not its making: see engine/run/trace.ts.
import { once } from 'node:events';
import type { RunReport } from '../../engine/run/trace.ts';

/** Writes exactly the report, on stdout. */
export async function printReport({ traces, ...rest }: RunReport): Promise<void> {
  const { plan, seed, started, ended, calendar, counts } = rest;
  const head = JSON.stringify({ plan, seed, started, ended }).slice(0, -1);
  await write(`${head},"traces":[`);
  for (const [index, trace] of traces.entries())
    await write(`${index === 0 ? '' : ','}\n${JSON.stringify(trace)}`);
  await write('\n],"calendar":[');
  for (const [index, posted] of calendar.entries())
    await write(`${index === 0 ? '' : ','}\n${JSON.stringify(posted)}`);
  await write(`\n],"counts":${JSON.stringify(counts)}}\n`);
}

/** Waits while the reader is slower than we are. */
async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
