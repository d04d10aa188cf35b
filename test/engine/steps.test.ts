// Every step type keeps to the contract, and every example of every step happens as it says.
import { expect, test, describe } from 'vitest';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as formats from 'ajv-formats';
import { effects } from '../../engine/effects/index.ts';
import { exactMsOf } from '../../engine/instant.ts';
import type { JsonObject, JsonSchema } from '../../engine/json.ts';
import type { Example, Field, Outcome, StepDefinition, Visit } from '../../engine/step.ts';
import { steps } from '../../engine/steps/index.ts';

const registry: Readonly<Record<string, StepDefinition>> = steps;
const all = Object.entries(registry);
const examples = all.flatMap(([name, step]) => step.examples.map((example) => ({ name, step, example })));

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false });
formats.default.default(ajv);

const START = 1_000_000_000_000;
const ms = (duration = 'PT0S'): number => exactMsOf(duration) ?? Number.NaN;

interface Ending {
  readonly leaves?: string;
  readonly becomes?: string;
  readonly at: number;
  readonly unused: number;
}

/** Plays the world of an example: effects answer in order, arrivals come when the step listens long enough. */
function play(step: StepDefinition, { config, world = [] }: Example): Ending {
  const rest = [...world];
  const visit = (now: number, stage: number): Visit => ({ now, round: 0, stage, chance: () => 0.42 });
  const typed = config as never;
  let now = START;
  let outcome: Outcome = step.enter(typed, visit(now, 0));
  for (let moves = 0; moves < 100; moves += 1) {
    switch (outcome.kind) {
      case 'go':
        return { leaves: outcome.port, at: now - START, unused: rest.length };
      case 'fork':
      case 'again':
      case 'exit':
      case 'end':
        return { becomes: outcome.kind, at: now - START, unused: rest.length };
      case 'call': {
        const next = rest.shift();
        if (next === undefined || !('effect' in next)) throw new Error(`nobody answers ${outcome.effect}`);
        expect(outcome.effect).toBe(next.effect);
        const returned = {
          kind: 'returned',
          code: next.answers,
          until: START + ms(next.until),
        } as const;
        outcome = step.resume!(typed, visit(now, outcome.stage), returned);
        break;
      }
      case 'sleep':
        now = Math.max(now, outcome.until);
        outcome = (step.resume ?? step.enter)(typed, visit(now, outcome.stage), { kind: 'woke' });
        break;
      case 'listen': {
        const next = rest[0];
        const arrives = next !== undefined && 'at' in next && START + ms(next.at) <= outcome.until;
        now = arrives ? START + ms(next.at) : outcome.until;
        if (arrives) rest.shift();
        const event = arrives
          ? ({ kind: 'arrived', topic: next.arrives } as const)
          : { kind: 'woke' as const };
        outcome = step.resume!(typed, visit(now, outcome.stage), event);
        break;
      }
    }
  }
  throw new Error('the example never ends');
}

describe('examples', () => {
  test.each(examples)('$name: $example.says.en', ({ step, example }) => {
    const ending = play(step, example);
    expect(ending).toEqual({
      ...(example.leaves === undefined ? {} : { leaves: example.leaves }),
      ...(example.becomes === undefined ? {} : { becomes: example.becomes }),
      at: ms(example.at),
      unused: 0,
    });
  });

  test.each(examples)('$name has a valid config in: $example.says.en', ({ step, example }) => {
    const validate = ajv.compile(step.config);
    validate(example.config);
    expect(validate.errors ?? []).toEqual([]);
    expect(step.lint?.(example.config as never) ?? []).toEqual([]);
  });

  test.each(examples)('$name uses only what it declares in: $example.says.en', ({ step, example }) => {
    const config = example.config as never;
    const ports = step.ports(config).map(({ name }) => name);
    if (example.leaves !== undefined) expect(ports).toContain(example.leaves);
    for (const entry of example.world ?? []) {
      if ('at' in entry) expect(step.topics!(config).length).toBeGreaterThan(entry.arrives);
      else {
        expect(Object.keys(step.effects ?? {})).toContain(entry.effect);
        const codes: readonly string[] = effects[entry.effect as keyof typeof effects].codes;
        expect(codes).toContain(entry.answers);
      }
    }
  });

  test('every port of every step is reached by an example, or only ever by an operator or a failure', () => {
    const byInterpreter = new Set(['failed', 'partial', 'expired']);
    const open = all.flatMap(([name, step]) => {
      const left = new Set(step.examples.map(({ leaves }) => leaves));
      return step.examples
        .slice(0, 1)
        .flatMap(({ config }) => step.ports(config as never))
        .filter((port) => !left.has(port.name) && !byInterpreter.has(port.name) && step.block === undefined)
        .map((port) => `${name}.${port.name}`);
    });
    // The other half of a draw, the other rows of a list.
    expect(open).toEqual(['branch-metric.good', 'split.b', 'human-task.too-few']);
  });
});

describe.each(all)('%s', (name, step) => {
  test('is registered under its own name', () => {
    expect(step.type).toBe(name);
  });

  test('speaks in sentences, in Chinese and in English', () => {
    expect(step.says.zh).toMatch(/[。]$/);
    expect(step.says.en).toMatch(/^[A-Z].*\.$/);
    for (const { says } of step.examples) {
      expect(says.zh).toMatch(/\p{Script=Han}.*。$/u);
      expect(says.en).toMatch(/^[A-Z0-9].*\.$/);
    }
  });

  test('has an example', () => {
    expect(step.examples.length).toBeGreaterThan(0);
  });

  test('refuses unknown keys and knows a form control for each key it takes', () => {
    const covered = (schema: JsonSchema, fields: readonly Field[], at: string): string[] => {
      if (schema['type'] !== 'object' || schema['properties'] === undefined) return [];
      const properties = schema['properties'] as Record<string, JsonSchema>;
      expect(schema['additionalProperties'], at).toBe(false);
      return Object.entries(properties).flatMap(([key, value]) => {
        const field = fields.find((it) => it.key === key);
        if (field === undefined) return [`${at}/${key}`];
        return field.as === 'list' && value['type'] === 'array'
          ? covered(value['items'] as JsonSchema, field.of ?? [], `${at}/${key}`)
          : [];
      });
    };
    // A playbook's parameters are filled in by the form of that playbook.
    expect(covered(step.config, step.fields, '')).toEqual(name === 'run-playbook' ? ['/params'] : []);
  });

  test('has a word in both languages for every choice, and for nothing else', () => {
    const check = (fields: readonly Field[], schema: JsonSchema): void => {
      const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
      for (const { key, as, of, choices } of fields) {
        const { items, enum: own } = (properties[key] ?? {}) as { items?: JsonSchema; enum?: string[] };
        if (of !== undefined) check(of, items ?? {});
        if (as !== 'choice') expect(choices).toBeUndefined();
        else {
          const values = own ?? (items?.['enum'] as string[] | undefined);
          expect(Object.keys(choices ?? {}).toSorted(), `${name}.${key}`).toEqual(values?.toSorted());
          for (const { zh, en } of Object.values(choices ?? {})) expect([zh, en]).not.toContain('');
        }
      }
    };
    check(step.fields, step.config);
  });

  test('skips by one of its ports', () => {
    for (const { config } of step.examples) {
      const ports = step.ports(config as never).map((port) => port.name);
      if (ports.length > 0) expect(ports).toContain(step.skip ?? ports[0]);
      expect(new Set(ports).size).toBe(ports.length);
    }
  });

  test('calls known effects with plain data', () => {
    for (const { config } of step.examples) {
      for (const [effect, input] of Object.entries(step.effects ?? {})) {
        expect(Object.keys(effects)).toContain(effect);
        const made = input(config as never) as JsonObject;
        expect(JSON.parse(JSON.stringify(made))).toEqual(made);
      }
    }
  });
});

const findings = (name: keyof typeof steps, config: JsonObject): string[] =>
  (steps[name].lint?.(config as never) ?? []).map(({ code, pointer }) => `${code} ${pointer}`);

const message = {
  channel: 'simulator',
  audience: { groups: 'all' },
  text: { 'zh-CN': '开始啦' },
  class: 'marketing',
  optOut: { 'zh-CN': '回复 T 退订' },
};

test.each<[string, keyof typeof steps, JsonObject, string[]]>([
  ['a clean message', 'send-message', message, []],
  [
    'marketing nobody can stop',
    'send-message',
    { ...message, optOut: undefined as never },
    ['E-NO-OPTOUT /optOut'],
  ],
  [
    'a segment that asks for no consent',
    'send-message',
    { ...message, audience: { segment: { cel: 'true' } } },
    ['E-NO-CONSENT /audience/segment'],
  ],
  [
    'scarcity bound to nothing',
    'send-message',
    { ...message, text: { 'zh-CN': '限量十份', en: 'Only 3 left!' } },
    ['E-SCARCITY-UNBOUND /text/zh-CN', 'E-SCARCITY-UNBOUND /text/en'],
  ],
  [
    'a sensitive task that decides itself',
    'human-task',
    { kind: 'remove-member', outcomes: [{ port: 'done' }], onTimeout: 'skip' },
    ['E-HUMAN-ONLY /onTimeout'],
  ],
  [
    'an outcome with the name of the deadline',
    'human-task',
    { outcomes: [{ port: 'expired' }] },
    ['E-PORT-SAME /outcomes/0/port'],
  ],
  [
    'shares that are no whole',
    'split',
    {
      variants: [
        { port: 'a', percent: 60 },
        { port: 'b', percent: 50 },
      ],
    },
    ['E-SPLIT-SUM /variants'],
  ],
  [
    'thresholds out of order',
    'branch-metric',
    {
      bands: [
        { port: 'a', atLeast: 1 },
        { port: 'b', atLeast: 2 },
      ],
    },
    ['E-BANDS-ORDER /bands/1/atLeast'],
  ],
  ['a watch that never rests', 'watch', { every: 'PT10S' }, ['E-WATCH-OFTEN /every']],
  ['a schedule without times', 'start', { trigger: 'schedule' }, ['E-MISSING /cron']],
])('%s', (_case, name, config, expected) => {
  expect(findings(name, config)).toEqual(expected);
});

test('a split gives each part its share, and a draw at the edge goes to the later one', () => {
  const config = {
    variants: [
      { port: 'a', percent: 25 },
      { port: 'b', percent: 75 },
    ],
  };
  const at = (draw: number) =>
    steps.split.enter(config as never, { now: 0, round: 0, stage: 0, chance: () => draw });
  expect([0, 0.2499, 0.25, 0.9999].map(at)).toEqual(
    ['a', 'a', 'b', 'b'].map((port) => ({ kind: 'go', port })),
  );
});

test('the last round of a daily repeat ends at once, without waiting for another day', () => {
  const visit = { now: 0, round: 3, stage: 0, chance: () => 0 };
  expect(steps.repeat.enter({ max: 3, at: '09:00' } as never, visit)).toEqual({ kind: 'again' });
});

test('a task whose event moves asks for its deadline again', () => {
  const visit = { now: 0, round: 0, stage: 2, chance: () => 0 };
  expect(steps.approval.resume!({} as never, visit, { kind: 'retimed' })).toEqual({
    kind: 'call',
    effect: 'open-task',
    stage: 0,
  });
});

test('a held task waits on after its deadline, and ends at last', () => {
  const resume = (stage: number) =>
    steps.approval.resume!(
      { onTimeout: 'hold' } as never,
      { now: 0, round: 0, stage, chance: () => 0 },
      {
        kind: 'woke',
      },
    );
  expect(resume(2)).toMatchObject({ kind: 'call', effect: 'escalate-task' });
  expect(resume(3)).toEqual({ kind: 'go', port: 'expired' });
});
