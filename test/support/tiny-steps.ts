// The smallest steps that use every outcome and every resumption: for tests of the interpreter, not for people.
// They satisfy the same contract as the steps of the product, and the compiler takes them too.
import type { Plan } from '../../engine/plan.ts';
import {
  again,
  call,
  defineStep,
  end,
  exit,
  fork,
  go,
  listen,
  sleep,
  type Port,
  type StepDefinition,
} from '../../engine/step.ts';

const label = { zh: '测试', en: 'test' };
const object = { type: 'object', additionalProperties: false } as const;
const common = {
  family: 'flow',
  scope: 'any',
  label,
  says: label,
  fields: [],
  waits: () => true,
  examples: [],
} as const;
const ports = (...names: string[]): readonly Port[] => names.map((name) => ({ name, label }));
const number = { type: 'number' } as const;
const text = { type: 'string' } as const;

/** Codes of the effects that the tiny steps call. */
export const tinyEffects: Plan['effects'] = {
  act: ['a', 'b', 'later'],
  open: ['opened'],
  remind: ['reminded'],
  instant: ['at', 'past'],
};

const steps: readonly StepDefinition[] = [
  defineStep({
    ...common,
    type: 'start',
    config: { ...object, properties: {} },
    ports: () => ports('out'),
    block: () => ({ kind: 'start' }),
    waits: () => false,
    enter: () => go('out'),
  }),
  defineStep({
    ...common,
    type: 'wait',
    config: { ...object, required: ['ms'], properties: { ms: number } },
    ports: () => ports('done'),
    instants: 'duration',
    enter: ({ ms }, { now }) => sleep(now + ms),
    resume: () => go('done'),
  }),
  // Calls once; the answer `later` sleeps and calls again.
  defineStep({
    ...common,
    type: 'act',
    config: { ...object, properties: {} },
    ports: () => ports('a', 'b'),
    effects: { act: () => null },
    enter: () => call('act'),
    resume: (_config, { stage }, event) => {
      if (event.kind !== 'returned') return call('act', stage + 1);
      return event.code === 'later' ? sleep(event.until, stage) : go(event.code);
    },
  }),
  // Follows the anchor T: asks for the instant again when it moves.
  defineStep({
    ...common,
    type: 'until',
    config: { ...object, properties: {} },
    ports: () => ports('reached', 'past'),
    effects: { instant: () => null },
    enter: () => call('instant'),
    resume: (_config, _visit, event) => {
      if (event.kind === 'retimed') return call('instant');
      if (event.kind !== 'returned') return go('reached');
      return event.code === 'at' ? sleep(event.until) : go('past');
    },
  }),
  // A task: opened, reminded, expired; two answers.
  defineStep({
    ...common,
    type: 'ask',
    config: { ...object, properties: {} },
    ports: () => ports('yes', 'no', 'expired'),
    effects: { open: () => null, remind: () => null },
    topics: () => [{ answer: 'yes' }, { answer: 'no' }],
    enter: () => call('open'),
    resume: (_config, { stage }, event) => {
      if (event.kind === 'arrived') return go(event.topic === 0 ? 'yes' : 'no');
      if (event.kind === 'returned') return listen(event.until, stage + 1);
      return stage === 1 ? call('remind', 1) : go('expired');
    },
  }),
  defineStep({
    ...common,
    type: 'hear',
    config: { ...object, required: ['ms'], properties: { ms: number } },
    ports: () => ports('happened', 'timeout'),
    instants: 'duration',
    topics: () => [{ event: 'replied' }, { event: 'clicked' }],
    enter: ({ ms }, { now }) => listen(now + ms),
    resume: (_config, _visit, event) => go(event.kind === 'arrived' ? 'happened' : 'timeout'),
  }),
  defineStep({
    ...common,
    type: 'toss',
    config: { ...object, properties: {} },
    ports: () => ports('heads', 'tails'),
    waits: () => false,
    enter: (_config, { chance }) => go(chance() < 0.5 ? 'heads' : 'tails'),
  }),
  defineStep({
    ...common,
    type: 'choose',
    config: {
      ...object,
      required: ['ports'],
      properties: { ports: { type: 'array', items: text }, take: text },
    },
    ports: (config) => ports(...config.ports),
    waits: () => false,
    enter: ({ ports: names, take }) => go(take ?? names[0] ?? ''),
  }),
  defineStep({
    ...common,
    type: 'parallel',
    config: { ...object, required: ['branches'], properties: { branches: { type: 'array', items: text } } },
    ports: (config) => ports(...config.branches),
    block: () => ({ kind: 'fork' }),
    waits: () => false,
    enter: () => fork(),
  }),
  defineStep({
    ...common,
    type: 'join',
    config: { ...object, properties: { need: number } },
    ports: () => ports('out'),
    block: ({ need }) => ({ kind: 'join', need: need ?? 'all' }),
    waits: () => false,
    enter: () => go('out'),
  }),
  // Rounds in all: `times`, where it is given, within the bound.
  defineStep({
    ...common,
    type: 'repeat',
    config: { ...object, required: ['max'], properties: { max: number, times: number } },
    ports: () => ports('each', 'done'),
    block: ({ max }) => ({ kind: 'repeat', max, each: 'each', done: 'done' }),
    waits: () => false,
    enter: ({ times }, { round }) => (times !== undefined && round >= times ? go('done') : again()),
  }),
  defineStep({
    ...common,
    type: 'exit',
    config: { ...object, properties: { reason: text } },
    ports: () => [],
    block: () => ({ kind: 'final' }),
    waits: () => false,
    enter: ({ reason }) => exit(reason ?? 'left'),
  }),
  defineStep({
    ...common,
    type: 'end',
    config: { ...object, properties: { reason: text } },
    ports: () => [],
    block: () => ({ kind: 'final' }),
    waits: () => false,
    enter: ({ reason }) => end(reason ?? 'ended'),
  }),
];

/** The registry of the tiny steps. */
export const tinySteps: Readonly<Record<string, StepDefinition>> = Object.fromEntries(
  steps.map((step) => [step.type, step]),
);
