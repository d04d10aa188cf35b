// Gives every property test the same seed, so that what the gate says belongs to the commit and not to the day.
// KINDLING_SEED=random, or a number, looks elsewhere; a failure prints the seed to repeat it with.
import fc from 'fast-check';

const { KINDLING_SEED: asked = '20261205' } = process.env;
if (asked !== 'random') fc.configureGlobal({ seed: Number(asked) });
