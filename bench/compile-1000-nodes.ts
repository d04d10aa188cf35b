// How long an operator waits for a check of the largest playbook allowed: 1,000 steps, as the editor asks on every change.
// Reference: reading the same document and checking only its shape, with ajv alone.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { compile, playbookSchema, product } from '../engine/index.ts';
import { largePlaybook } from '../test/support/large-playbook.ts';
import type { Figure } from './figure.ts';

const GOAL_MS = 50;
const ROUNDS = 31;

/** Compiles a realistic playbook of 1,000 nodes, again and again, each time from freshly read JSON. */
export async function bench(): Promise<Figure> {
  const text = JSON.stringify(largePlaybook(1_000));
  const { plan, problems } = compile(JSON.parse(text));
  if (plan?.nodes.length !== 1_000)
    throw new Error(`not a plan of 1,000 nodes: ${JSON.stringify(problems.slice(0, 5))}`);
  const validate = new Ajv2020({ allErrors: true, strict: false, logger: false }).compile(
    playbookSchema(product.steps),
  );
  const value = median(() => {
    const document: unknown = JSON.parse(text);
    return timed(() => compile(document));
  });
  const reference = median(() => timed(() => validate(JSON.parse(text))));
  return {
    name: 'compile-1000-nodes',
    value: rounded(value),
    unit: 'ms, median; reference: JSON.parse and ajv alone',
    reference: rounded(reference),
    ratio: rounded(value / reference),
    goal: `< ${GOAL_MS}`,
    ok: value < GOAL_MS,
  };
}

function median(once: () => number): number {
  for (let round = 0; round < 5; round += 1) once();
  const times = Array.from({ length: ROUNDS }, once).sort((a, b) => a - b);
  return times[ROUNDS >> 1] ?? Number.NaN;
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
