// The step that CONTRIBUTING shows is a step: its examples hold, and a playbook with it compiles.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { effects } from '../engine/effects/index.ts';
import { compile } from '../engine/index.ts';
import type { StepDefinition } from '../engine/step.ts';
import { steps } from '../engine/steps/index.ts';

const folder = mkdtempSync(path.resolve('test/.example-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the worked example compiles as it is printed, and a playbook can use it', async () => {
  const block = /```ts\n([\s\S]*?)```/.exec(readFileSync('CONTRIBUTING.md', 'utf8'))?.[1] ?? '';
  const file = path.join(folder, 'weekday.ts');
  writeFileSync(
    file,
    block.replaceAll("from '../", "from '../../engine/").replaceAll("from './", "from '../../engine/steps/"),
  );
  const { weekday } = (await import(file)) as { weekday: StepDefinition };
  const document = {
    format: 1,
    id: 'weekday',
    title: { 'zh-CN': '工作日' },
    goal: { metric: 'reach', baseline: 0, target: 1, deadline: { for: 'P1D' }, guardrails: [] },
    graph: {
      nodes: [
        { id: 'a', step: 'start' },
        { id: 'b', step: 'weekday', config: weekday.examples[0]!.config },
        { id: 'c', step: 'report', config: { role: 'owner' } },
        { id: 'd', step: 'end' },
      ],
      edges: [
        { id: '1', from: 'a', port: 'out', to: 'b' },
        { id: '2', from: 'b', port: 'reached', to: 'c' },
        { id: '3', from: 'c', port: 'approved', to: 'd' },
      ],
    },
  };
  const { plan, problems } = compile(document, undefined, { steps: { ...steps, weekday }, effects });
  expect(problems).toEqual([]);
  expect(plan?.nodes.map(({ step }) => step)).toContain('weekday');
});
