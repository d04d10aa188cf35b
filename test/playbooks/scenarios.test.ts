// Every playbook that ships is clean, and every scenario of it ends as it says, in a rehearsal.
// The same scenarios on real Temporal: test/e2e.
import { describe, expect, it } from 'vitest';
import { compile } from '../../engine/index.ts';
import { rehearse } from '../../engine/rehearse.ts';
import { parseScript } from '../../engine/script.ts';
import { steps } from '../../engine/steps/index.ts';
import { inScenario, shipped, type Scenario, type Shipped } from '../../playbooks/index.ts';

describe.each(Object.entries(shipped))('%s', (_name, it_) => {
  it('has no problem, with and without its parameters', () => {
    expect(compile(it_.playbook).problems).toEqual([]);
    expect(compile(it_.playbook, it_.params).problems).toEqual([]);
  });

  it('says everything in both languages', () => {
    const texts = textsIn(it_.playbook);
    expect(texts.length).toBeGreaterThan(50);
    for (const text of texts) expect(Object.keys(text).toSorted()).toEqual(['en', 'zh-CN']);
  });

  it.each(it_.scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    (_scenario, scenario) => {
      const report = run(it_, scenario);
      const [campaign] = report.traces;
      expect(campaign?.end).toBe(scenario.ends);
      for (const [node, port] of Object.entries(scenario.passes))
        expect(campaign?.steps.find((step) => step.node === node)?.port, node).toBe(port);
      for (const [node, at] of Object.entries(scenario.at ?? {}))
        expect(campaign?.steps.find((step) => step.node === node)?.at, node).toBe(at);
      // A placeholder that could not be filled would stand in the calendar as it was written.
      for (const { text } of report.calendar) expect(text).not.toMatch(/\{\{/);
    },
  );

  it('has a scenario for every way on that a person, a rule or a number chooses', () => {
    const taken = new Set(
      it_.scenarios.flatMap((scenario) =>
        run(it_, scenario).traces.flatMap((trace) => trace.steps.map(({ node, port }) => `${node}/${port}`)),
      ),
    );
    const chosen = compile(it_.playbook, it_.params).plan!.nodes.flatMap(({ id, step, ports }) =>
      step === 'parallel' ? [] : ports.flatMap(({ name }) => (BY_ITSELF.has(name) ? [] : [`${id}/${name}`])),
    );
    expect(chosen.length).toBeGreaterThan(30);
    expect(chosen.filter((way) => !taken.has(way))).toEqual([]);
  });

  it('gives the same report twice', () => {
    const [first] = it_.scenarios;
    expect(run(it_, first!)).toEqual(run(it_, first!));
  });
});

/** Ways on that lie with a channel, the calendar or nobody at all. */
const BY_ITSELF = new Set(['partial', 'skipped', 'expired', 'failed', 'past', 'empty', 'unknown', 'overdue']);

function run(playbook: Shipped, scenario: Scenario) {
  const document = inScenario(playbook, scenario);
  const plan = compile(document, playbook.params).plan!;
  const { script, problems } = parseScript(scenario.script, plan, steps);
  expect(problems).toEqual([]);
  const rehearsal = rehearse(plan, {
    start: Date.parse(scenario.start),
    settings: document.rehearsal,
    script,
    template: compile(document).plan,
  });
  expect(rehearsal.isDone).toBe(true);
  expect(rehearsal.stuck).toEqual([]);
  return rehearsal.report();
}

/** Every value that is a map of locales. */
function textsIn(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  if (!Array.isArray(value) && 'zh-CN' in value) return [value];
  return Object.values(value).flatMap(textsIn);
}
