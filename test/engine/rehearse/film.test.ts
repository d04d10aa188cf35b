// A film shows what the interpreter did: who stands where at every instant, wound forth and back.
import { describe, expect, test } from 'vitest';
import { challenge, challengePlan } from '../../../bench/rehearse-10k-21d.ts';
import { compile } from '../../../engine/index.ts';
import { parseInstant } from '../../../engine/instant.ts';
import type { Plan } from '../../../engine/plan.ts';
import { Rehearsal, type RehearsalOptions } from '../../../engine/rehearse.ts';
import { Film, filmedNodes, Playhead } from '../../../engine/rehearse/film.ts';
import { parseScript } from '../../../engine/script.ts';
import { steps } from '../../../engine/steps/index.ts';
import { inScenario, shipped } from '../../../playbooks/index.ts';

/** Rehearses, and notes who stands where after each instant. */
function filmed(plan: Plan, options: RehearsalOptions) {
  const film = new Film(plan);
  const it = new Rehearsal(plan, { ...options, watcher: film });
  const seen: { at: number; standing: Record<number, number> }[] = [];
  const look = (): void => void seen.push({ at: it.now, standing: Object.fromEntries(it.standing()) });
  look();
  while (it.step()) look();
  return { film, it, seen, head: new Playhead(filmedNodes(plan), film.moves()) };
}

const standingOf = ({ standing }: Playhead): Record<number, number> =>
  Object.fromEntries([...standing].flatMap((count, node) => (count === 0 ? [] : [[node, count]])));

/** The same instant may be stepped more than once: its last look counts. */
function checked({ seen, head, it }: ReturnType<typeof filmed>): void {
  const last = new Map(seen.map(({ at, standing }) => [at, standing]));
  const instants = [...last.keys()];
  expect(instants.length).toBeGreaterThan(1);
  for (const at of instants) {
    head.seek(at);
    expect(standingOf(head), String(at)).toEqual(last.get(at));
  }
  const counts = it.recorder.counts();
  for (const [index, node] of it.plan.nodes.entries()) {
    const total = Object.values(counts[node.id]!).reduce((sum, count) => sum + count, 0);
    expect(head.left[index], node.id).toBe(total);
  }
  for (const at of instants.toReversed()) {
    head.seek(at);
    expect(standingOf(head), `back to ${at}`).toEqual(last.get(at));
  }
  head.seek(-Infinity);
  expect(standingOf(head)).toEqual({});
  expect([...head.left].every((count) => count === 0)).toBe(true);
}

describe('a film shows who stands where', () => {
  for (const [name, it] of Object.entries(shipped)) {
    for (const scenario of it.scenarios) {
      test(`${name}: ${scenario.name}`, () => {
        const playbook = inScenario(it, scenario);
        const plan = compile(playbook, it.params).plan!;
        const { script } = parseScript(scenario.script, plan, steps);
        const start = parseInstant(scenario.start)!;
        checked(
          filmed(plan, { start, script, settings: playbook.rehearsal, template: compile(playbook).plan }),
        );
      });
    }
  }

  test('in a journey of many, with rounds', () => {
    const settings = { ...challenge.rehearsal, members: 60 };
    checked(filmed(challengePlan(), { start: parseInstant('2026-03-01T00:00:00Z')!, settings }));
  });

  test('what the gate holds back is counted by day and reason', () => {
    const text = JSON.stringify(challenge).replace(
      '"class":"service"',
      '"class":"marketing","optOut":{"zh-CN":"回复 TD 退订"}',
    );
    const { plan } = compile(JSON.parse(text), {});
    const options = {
      start: parseInstant('2026-03-01T00:00:00Z')!,
      settings: { ...challenge.rehearsal, members: 20 },
    };
    const tight = filmed(plan!, {
      ...options,
      caps: { memberPerDay: 1, memberPerWeek: 1, groupPerDay: 1 },
    }).film;
    const free = filmed(plan!, {
      ...options,
      caps: { memberPerDay: 9, memberPerWeek: 99, groupPerDay: 9 },
    }).film;
    const capped = tight.collisions().filter(({ reason }) => reason === 'cap');
    // The first message goes out; those of the days after it meet the cap of the week, for each of twenty members.
    expect(capped.length).toBeGreaterThan(1);
    expect(capped[0]).toMatchObject({ node: 'remind', count: 20 });
    expect(free.collisions()).toEqual([]);
  });
});
