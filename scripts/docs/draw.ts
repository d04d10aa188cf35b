// Playbooks drawn in short, for the examples of the problem catalogue: steps by id, edges as "from port to".
import { compile, type Compiled, product, type Registry } from '../../engine/index.ts';
import { forecast } from '../../engine/rehearse/forecast.ts';
import { defineStep, end, go } from '../../engine/step.ts';

/** A playbook with a problem. */
export interface ProblemExample {
  readonly document: unknown;
  readonly params?: unknown;
  /** For what no step of the product does. */
  readonly registry?: Registry;
}

/** Compiles an example. */
export function compileExample({ document, params, registry = product }: ProblemExample): Compiled {
  const compiled = compile(document, params, registry);
  if (compiled.plan === undefined) return compiled;
  const more = forecast(document, { params, registry, now: Date.UTC(2026, 11, 1, 1) });
  return more.length === 0 ? compiled : { problems: [...compiled.problems, ...more] };
}

export type Nodes = Readonly<Record<string, readonly [step: string, config?: object, more?: object]>>;

/** A graph, drawn in short. Edges are numbered: e1, e2, … */
export function graphOf(nodes: Nodes, edges: string): object {
  const lines = edges
    .split(',')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return {
    nodes: Object.entries(nodes).map(([id, [step, config, more]]) => ({
      id,
      step,
      ...(config === undefined ? {} : { config }),
      ...more,
    })),
    edges: lines.map((line, index) => {
      const [from, port, to] = line.split(' ');
      return { id: `e${index + 1}`, from, port, to };
    }),
  };
}

export const GOAL = {
  metric: 'sign_ups',
  baseline: 0,
  target: 100,
  deadline: { date: '2026-12-05T20:00' },
  guardrails: [],
};
export const HEAD = { format: 1, id: 'example', title: { 'zh-CN': '例子' }, goal: GOAL };

export const drawn = (nodes: Nodes, edges: string, more: object = {}): ProblemExample => ({
  document: { ...HEAD, ...more, graph: graphOf(nodes, edges) },
});

/** One step between start and end. */
export const one = (step: string, config: object, edges: string, more: object = {}): ProblemExample =>
  drawn({ s: ['start'], x: [step, config], e: ['end'] }, `s out x, ${edges}`, more);

export const message = (text: string, more: object = {}): object => ({
  channel: 'simulator',
  audience: { groups: 'all' },
  text: { 'zh-CN': text },
  class: 'service',
  ...more,
});

export const says = (text: string, more: object = {}): ProblemExample =>
  one('send-message', message(text, more), 'x sent e');
export const waits = (until: object, more: object = {}): ProblemExample =>
  one('wait-until', { until }, 'x reached e', more);
export const params = (properties: object, more: object = {}): object => ({
  params: { type: 'object', properties, ...more },
});
export const T = { T: { type: 'string', format: 'date-time' } };

export const AB = { branches: [{ port: 'a' }, { port: 'b' }] };
export const ALL = { need: 'all' };
export const BRANCH = { rules: [{ port: 'a', when: { cel: 'metrics.reach > 5' } }] };
export const HOUR = { for: 'PT1H' };
export const TASK = {
  role: 'operator',
  title: { 'zh-CN': '任务' },
  outcomes: [{ port: 'done' }],
  due: { for: 'PT1H' },
};

/** Something to do in each round of a repeat. */
export const daily = (config: object, more: object = {}): ProblemExample =>
  drawn(
    { s: ['start'], r: ['repeat', config], x: ['tag', { add: ['seen'] }], e: ['end'] },
    's out r, r each x, x done r, r done e',
    more,
  );

/** Three repeats, each in the body of the one before. */
export const nested = (max: number, waiting: boolean): ProblemExample =>
  drawn(
    {
      s: ['start'],
      r1: ['repeat', { max }],
      r2: ['repeat', { max }],
      r3: ['repeat', { max }],
      x: waiting ? ['wait', HOUR] : ['tag', { add: ['seen'] }],
      e: ['end'],
    },
    's out r1, r1 each r2, r2 each r3, r3 each x, x done r3, r3 done r2, r2 done r1, r1 done e',
  );

export const strange = (ports: number): Registry => ({
  ...product,
  steps: {
    ...product.steps,
    strange: defineStep({
      type: 'strange',
      family: 'flow',
      scope: 'any',
      label: { zh: '怪', en: 'Strange' },
      says: { zh: '怪。', en: 'Strange.' },
      config: { type: 'object' },
      // A kind of field that nobody knows.
      fields: ports < 0 ? [{ key: 'x', as: 'nothing' as 'string', label: { zh: '口', en: 'Port' } }] : [],
      ports: () => {
        if (ports === 0) throw new Error('no idea');
        return Array.from({ length: ports }, (_, index) => ({
          name: `p${index}`,
          label: { zh: '口', en: 'Port' },
          open: 'stuck' as const,
        }));
      },
      waits: () => false,
      enter: () => (ports > 0 ? go('p0') : end('strange')),
      examples: [],
    }),
  },
});

export const plain = (more: object): ProblemExample => drawn({ s: ['start'], e: ['end'] }, 's out e', more);
