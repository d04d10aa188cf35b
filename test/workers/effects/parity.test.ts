// A rehearsal and a run in compressed time on a real database are the same course of events, instants included.
import { afterAll, describe, expect, test } from 'vitest';
import { parseInstant } from '../../../engine/instant.ts';
import { rehearse } from '../../../engine/rehearse.ts';
import { parseScript } from '../../../engine/script.ts';
import { steps } from '../../../engine/steps/index.ts';
import { compile } from '../../../engine/index.ts';
import { inScenario, shipped } from '../../../playbooks/index.ts';
import { openStore } from '../../../workers/store/client.ts';
import { reportOfRun } from '../../../workers/store/inspect.ts';
import { runOf } from '../../../workers/store/run.ts';
import { freshDatabase } from '../../support/database.ts';
import { depsOf, launchRun, makeTeam, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());
const team = await makeTeam(store);

describe.each(Object.entries(shipped))('%s', (_name, playbook) => {
  test.each(playbook.scenarios.map((scenario) => [scenario.name, scenario] as const))(
    'scenario %s leaves the rehearsal’s trace',
    async (_scenario, scenario) => {
      const startAt = parseInstant(scenario.start)!;
      const document = inScenario(playbook, scenario);
      const { params } = playbook;
      const settings = document.rehearsal ?? {};
      const seed = settings.seed ?? 1;
      const { plan } = compile(document, params);
      const template = compile(document).plan;
      const { script, problems } = parseScript(scenario.script, plan!, steps);
      expect(problems).toEqual([]);
      const rehearsed = rehearse(plan!, { start: startAt, settings, script, template });

      const launched = await launchRun(store, team, {
        document,
        params,
        startAt,
        seed,
        script: scenario.script as never,
      });
      const run = new VirtualRun(depsOf(store, startAt), launched.run, launched.plan, { startAt, seed });
      await run.runUntil();
      const report = await reportOfRun(store.pool, (await runOf(store.pool, launched.run))!);
      expect(report).toEqual(rehearsed.report());
      expect(report.traces[0]?.end).toBe(scenario.ends);
    },
  );
});
