// A run in compressed time on the real Temporal is its rehearsal, instants included: shipped scenarios, and playbooks made up here.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Playbook } from '../../engine/document.ts';
import { parseInstant, type Instant } from '../../engine/instant.ts';
import { compile } from '../../engine/index.ts';
import type { JsonObject } from '../../engine/json.ts';
import { rehearse } from '../../engine/rehearse.ts';
import { parseScript } from '../../engine/script.ts';
import { steps } from '../../engine/steps/index.ts';
import { inScenario, shipped } from '../../playbooks/index.ts';
import { summaryOf } from '../../workers/client.ts';
import { reportOfRun } from '../../workers/store/inspect.ts';
import { runOf } from '../../workers/store/run.ts';
import { playbook, planOf, type Sketch } from '../support/temporal-play.ts';
import { openStage } from '../support/temporal-stage.ts';

const stage = await openStage();
const START = Date.UTC(2026, 11, 1, 1);

interface Staging {
  readonly params?: JsonObject;
  readonly script?: readonly JsonObject[];
  readonly startAt?: Instant;
}

/** Rehearses, runs for real, and compares what the two leave behind. */
async function expectSame(
  document: Playbook,
  { params = {}, script = [], startAt = START }: Staging = {},
): Promise<void> {
  const plan = planOf(document, params);
  const settings = document.rehearsal ?? {};
  const seed = settings.seed ?? 1;
  const parsed = parseScript(script, plan, steps);
  expect(parsed.problems).toEqual([]);
  const template = compile(document).plan;
  const rehearsed = rehearse(plan, { start: startAt, settings, script: parsed.script, template });
  const run = await stage.launch(document, { mode: 'fast', params, script, startAt, seed });
  await restOf(run, rehearsed.isDone);
  const { pool } = stage.store;
  const report = await reportOfRun(pool, (await runOf(pool, run))!);
  expect(report).toEqual(rehearsed.report());
}

/** Waits for the end; or, where a rehearsal ends with somebody stuck, until nothing moves any more. */
async function restOf(run: string, ends: boolean): Promise<void> {
  if (ends) return stage.finished(run);
  await stage.until('nothing moves any more', async () => {
    const { wake, inFlight, trouble } = await summaryOf(stage.temporal, { run, shard: 0 });
    return wake === null && inFlight === 0 && trouble === null;
  });
}

describe.each(Object.entries(shipped))('%s', (_name, playbookShipped) => {
  test.concurrent.each(playbookShipped.scenarios.map((scenario) => [scenario.name, scenario] as const))(
    'scenario %s',
    async (_scenario, scenario) => {
      await expectSame(inScenario(playbookShipped, scenario), {
        params: playbookShipped.params,
        script: scenario.script as never,
        startAt: parseInstant(scenario.start)!,
      });
    },
  );
});

/** A piece of a playbook: given where it leads, it adds its nodes and says where it begins. */
type Piece = (sketch: Record<string, Sketch[string]>, next: string) => string;

/** Adds one node, named by its number so that no two are alike. */
function node(sketch: Record<string, Sketch[string]>, made: Sketch[string]): string {
  const id = `n${Object.keys(sketch).length}`;
  sketch[id] = made;
  return id;
}

const SPANS = ['PT5M', 'PT90M', 'PT26H', 'P3D', 'P1M'] as const;
const text = (words: string) => ({ 'zh-CN': words });

const pieces = fc.letrec<{ piece: Piece; line: Piece }>((tie) => ({
  line: fc.array(tie('piece'), { minLength: 1, maxLength: 3 }).map(
    (line): Piece =>
      (sketch, next) =>
        line.reduceRight((to, piece) => piece(sketch, to), next),
  ),
  piece: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...SPANS).map(
      (span): Piece =>
        (sketch, next) =>
          node(sketch, ['wait', { for: span }, { done: next }]),
    ),
    fc.constant<Piece>((sketch, next) => node(sketch, ['tag', { add: ['seen'] }, { done: next }])),
    fc.constantFrom(...SPANS).map(
      (due): Piece =>
        (sketch, next) =>
          node(sketch, [
            'human-task',
            {
              role: 'operator',
              title: text('做一件事'),
              outcomes: [{ port: 'good' }, { port: 'bad' }],
              due: { for: due },
              onTimeout: 'skip',
            },
            { good: next, bad: next, expired: next },
          ]),
    ),
    fc.tuple(tie('line'), tie('line')).map(([left, right]): Piece => (sketch, next) => {
      const variants = [
        { port: 'left', percent: 50 },
        { port: 'right', percent: 50 },
      ];
      return node(sketch, ['split', { variants }, { left: left(sketch, next), right: right(sketch, next) }]);
    }),
    fc
      .tuple(tie('line'), tie('line'), fc.constantFrom('all', 'any'))
      .map(([left, right, need]): Piece => (sketch, next) => {
        const join = node(sketch, ['join', { need }, { out: next }]);
        const branches = [{ port: 'left' }, { port: 'right' }];
        const ports = { left: left(sketch, join), right: right(sketch, join) };
        return node(sketch, ['parallel', { branches }, ports]);
      }),
    fc.tuple(tie('line'), fc.integer({ min: 1, max: 3 })).map(([body, max]): Piece => (sketch, next) => {
      const repeat = node(sketch, ['repeat', { max }, {}]);
      sketch[repeat] = ['repeat', { max }, { each: body(sketch, repeat), done: next }];
      return repeat;
    }),
  ),
}));

test('playbooks that nobody wrote run as they were rehearsed', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(pieces.line, fc.integer({ min: 1, max: 1_000 }), async (line, seed) => {
      const sketch: Record<string, Sketch[string]> = { z: ['end', { reason: 'over' }] };
      const first = line(sketch, 'z');
      const rehearsal = { seed, answers: {}, delays: { answer: 'PT3H' } };
      await expectSame(playbook({ begin: ['start', {}, { out: first }], ...sketch }, { rehearsal }));
    }),
    { numRuns: 10 },
  );
});
