// The log of a process, line by line, on its standard error.
// On a full disk lines are lost, and nothing else: whoever writes a log must not die of it.
import { fstatSync, writeSync } from 'node:fs';

// Where it is a file, Node's own stream would end at the first line that finds no room, and the process with it.
process.stderr.on('error', () => {});
const isFile = fstatSync(2).isFile();

/** Writes one line. */
export function writeLog(line: string): void {
  if (!isFile) {
    process.stderr.write(`${line}\n`);
    return;
  }
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // Nobody is left to be told.
  }
}
