// What a launch foretells, dates that lie ahead, and what a finished run takes back into a playbook. No browser.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { datesAhead, forecastOf, momentsOf } from '../../editor/run/forecast.ts';
import { changedParams, templateFrom } from '../../editor/run/template.ts';
import { compile } from '../../engine/index.ts';
import { rehearse } from '../../engine/rehearse.ts';
import { shipped } from '../../playbooks/index.ts';

const { playbook, params } = shipped['event-campaign']!;
const DAY = 86_400_000;

test('example dates move by whole weeks until nothing of the activity has passed', () => {
  fc.assert(
    fc.property(fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2040, 0) }), (now) => {
      const moved = datesAhead(playbook, params, now);
      const [first = 0] = momentsOf(playbook, moved);
      expect(first).toBeGreaterThanOrEqual(now + 2 * DAY);
      expect(first).toBeLessThan(now + 9 * DAY);
      // The same time of the same day of the week.
      const [before, after] = [params['T'] as string, moved['T'] as string];
      const weekday = (local: string): number => new Date(`${local}:00Z`).getUTCDay();
      expect([weekday(after), after.slice(11)]).toEqual([weekday(before), before.slice(11)]);
      // What is no date stays as it was.
      expect({ ...moved, T: 0, E: 0 }).toEqual({ ...params, T: 0, E: 0 });
    }),
  );
});

test('a forecast counts messages by recipient and tasks by those who are asked', () => {
  const { plan } = compile(playbook, params);
  const report = rehearse(plan!, {
    start: Date.UTC(2026, 11, 10, 1),
    settings: playbook.rehearsal,
  }).report();
  const forecast = forecastOf(report, plan);
  expect(forecast.sends).toBe(report.calendar.reduce((sum, { count }) => sum + count, 0));
  expect(forecast.days.flatMap(({ entries }) => entries).filter(({ kind }) => kind === 'post').length).toBe(
    forecast.messages,
  );
  // Messages that go out by themselves ask nobody.
  const asked = forecast.days.flatMap(({ entries }) => entries.filter(({ kind }) => kind === 'task'));
  expect(asked.map(({ node }) => node)).toEqual(
    expect.arrayContaining(['plan-approval', 'preflight', 'host-task', 'review']),
  );
  expect(asked.some(({ node }) => ['teaser', 'invite', 'launch'].includes(node))).toBe(false);
  expect(forecast.tasks).toBe(asked.reduce((sum, { count }) => sum + count, 0));
  expect(forecast.until).toBe(report.ended);
  // Days follow each other.
  const dates = forecast.days.map(({ date }) => date);
  expect(dates).toEqual(dates.toSorted());
});

test('a template takes texts and parameters of a run, and none of its dates', () => {
  const texts = {
    teaser: { 'zh-CN': '这次更好看', en: 'Better this time' },
    host: { 'zh-CN': '没有这一步' },
  };
  const learned = { texts, params, overrides: { signUpGood: 0.2, T: '2031-01-01T20:00' } };
  const made = templateFrom(playbook, learned, 'better', { 'zh-CN': '改进版', en: 'Improved' });
  const node = made.graph.nodes.find(({ id }) => id === 'teaser');
  expect(node?.config?.['text']).toEqual(texts.teaser);
  const properties = made.params?.['properties'] as Readonly<Record<string, { default?: unknown }>>;
  expect([properties['signUpGood']?.default, properties['topic']?.default]).toEqual([0.2, '厨房收纳']);
  expect([properties['T']?.default, properties['E']?.default]).toEqual([undefined, undefined]);
  expect([made.id, made.title]).toEqual(['better', { 'zh-CN': '改进版', en: 'Improved' }]);
  expect(compile(made).problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  // Nothing else has changed, and nothing of the original at all.
  expect(made.graph.nodes.length).toBe(playbook.graph.nodes.length);
  expect(playbook.graph.nodes.find(({ id }) => id === 'teaser')?.config?.['text']).not.toEqual(texts.teaser);
  expect(changedParams(playbook, learned)).toContain('signUpGood');
  expect(changedParams(playbook, learned)).not.toContain('T');
});
