// Finds or builds the Temporal server before the tests: ten minutes at most, once per machine.
import { readSettings } from '../server/settings.ts';
import { findTemporal, NoTemporalError } from '../server/start/temporal-program.ts';

const STEP = 0.02;
let told = -STEP;

try {
  const { cache, offline } = readSettings();
  const program = await findTemporal({
    cache,
    offline,
    progress(says, done = 0) {
      if (done - told < STEP && done > 0) return;
      told = done;
      process.stderr.write(`${Math.round(done * 100)} % ${says.en}\n`);
    },
  });
  process.stderr.write(`Temporal: ${program.says.en}\n`);
} catch (error) {
  if (!(error instanceof NoTemporalError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
