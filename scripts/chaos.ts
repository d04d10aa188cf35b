// `npm run chaos -- --minutes N --seed S`: kills parts at random while playbooks run, then looks at every invariant.
// The same that the test suite runs for a minute; exits with 1 when anything is broken.
import { parseArgs } from 'node:util';
import { chaos } from '../test/support/temporal-chaos.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
});
const outcome = await chaos({ minutes: Number(values.minutes), seed: Number(values.seed) }, (line) =>
  process.stdout.write(`${line}\n`),
);
process.stdout.write(`${JSON.stringify({ seed: Number(values.seed), ...outcome })}\n`);
const { breaches, unfinished, wrong } = outcome;
process.exitCode = breaches.length + unfinished + wrong.length === 0 ? 0 : 1;
