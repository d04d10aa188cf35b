// Two branches of a campaign that launch one journey at the same moment, on a real database.
import { afterAll, expect, test } from 'vitest';
import { perform } from '../../../workers/effects/perform.ts';
import { openStore } from '../../../workers/store/client.ts';
import { freshDatabase } from '../../support/database.ts';
import { graphOf, playbook } from '../../support/temporal-play.ts';
import { depsOf, launchRun, makeTeam } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());
const START = Date.UTC(2026, 11, 1, 1);
const MEMBERS = 50;

const twice = playbook(
  {
    begin: ['start', {}, { out: 'fork' }],
    fork: ['parallel', { branches: [{ port: 'left' }, { port: 'right' }] }, { left: 'one', right: 'two' }],
    one: ['journey', { journey: 'all' }, { launched: 'end1', empty: 'end1' }],
    two: ['journey', { journey: 'all' }, { launched: 'end2', empty: 'end2' }],
    end1: ['end', {}],
    end2: ['end', {}],
  },
  {
    journeys: {
      all: {
        title: { 'zh-CN': '大家' },
        graph: graphOf({ in: ['enter', {}, { out: 'out' }], out: ['end', {}] }),
      },
    },
  },
);

test('two branches that launch one journey at once enrol everybody once, and none fails', async () => {
  const team = await makeTeam(store);
  const { run, plan } = await launchRun(store, team, { document: twice, startAt: START, members: MEMBERS });
  const deps = depsOf(store, START);
  const codes = plan.effects['launch-journey']!;
  const answers = await Promise.all(
    ['one', 'two'].map(async (id, batch) => {
      const node = plan.nodes.findIndex((it) => it.id === id);
      const visits = [{ ordinal: 0, lap: 0, call: 0, due: START, at: START }];
      const call = { batch, node, effect: 'launch-journey', stage: 0, visits };
      const { results } = await perform(deps, { run, calls: [call] });
      return codes[results[0]!.codes[0]!];
    }),
  );
  expect(new Set(answers)).toEqual(new Set(['empty', 'launched']));
  const { rows } = await store.pool.query<{ ordinals: number; people: number }>(
    `select count(distinct ordinal) as ordinals, count(distinct person) as people from subject
     where run_id = $1 and graph = 1`,
    [run],
  );
  expect(rows[0]).toEqual({ ordinals: MEMBERS, people: MEMBERS });
});
