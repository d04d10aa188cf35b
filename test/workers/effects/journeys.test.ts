// Journeys of a synthetic community on a real database: everything that steps can ask of the world, against the rehearsal.
import { afterAll, expect, test } from 'vitest';
import type { Playbook } from '../../../engine/document.ts';
import type { JsonObject } from '../../../engine/json.ts';
import { compile } from '../../../engine/index.ts';
import { rehearse } from '../../../engine/rehearse.ts';
import { parseScript } from '../../../engine/script.ts';
import { steps } from '../../../engine/steps/index.ts';
import { openStore } from '../../../workers/store/client.ts';
import { reportOfRun } from '../../../workers/store/inspect.ts';
import { runOf } from '../../../workers/store/run.ts';
import { freshDatabase } from '../../support/database.ts';
import { graphOf, playbook } from '../../support/temporal-play.ts';
import { depsOf, launchRun, makeTeam, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());
const team = await makeTeam(store);
const START = Date.UTC(2026, 11, 1, 1);

async function both(document: Playbook, script: readonly JsonObject[] = [], params: JsonObject = {}) {
  const settings = document.rehearsal ?? {};
  const seed = settings.seed ?? 1;
  const { plan, problems } = compile(document, params);
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  const parsed = parseScript(script, plan, steps);
  expect(parsed.problems).toEqual([]);
  const rehearsed = rehearse(plan, {
    start: START,
    settings,
    script: parsed.script,
    template: compile(document).plan,
  });
  const launched = await launchRun(store, team, { document, params, startAt: START, seed, script });
  const run = new VirtualRun(depsOf(store, START), launched.run, launched.plan, { startAt: START, seed });
  await run.runUntil();
  const report = await reportOfRun(store.pool, (await runOf(store.pool, launched.run))!);
  expect(report).toEqual(rehearsed.report());
  return { ...launched, report };
}

const text = (words: string) => ({ 'zh-CN': words });
const marketing = { channel: 'sim', class: 'marketing', optOut: text('回复 T 退订') };

const welcome = playbook(
  {
    begin: ['start', {}, { out: 'launch' }],
    launch: [
      'journey',
      { journey: 'welcome', wait: true, within: 'P20D' },
      { done: 'thanks', expired: 'thanks' },
    ],
    thanks: [
      'send-message',
      {
        channel: 'sim',
        class: 'service',
        audience: { segment: { cel: '"replied" in member.tags' } },
        text: text('谢谢 {{ metrics.reach }} 位朋友'),
      },
      { sent: 'again', failed: 'again' },
    ],
    // Nobody is left to enter: everybody has been in it once.
    again: ['journey', { journey: 'welcome' }, { launched: 'over', empty: 'over' }],
    over: ['end', { reason: 'welcomed' }],
  },
  {
    rehearsal: {
      members: 60,
      groups: 3,
      seed: 5,
      rates: { reply: 0.4, optOut: 0.1, fail: 0.05, signUp: 0.3 },
      attributes: { city: { 上海: 2, 杭州: 1 }, points: { '10': 1, '200': 1 } },
    },
    journeys: {
      welcome: {
        title: text('欢迎'),
        graph: graphOf({
          in: [
            'enter',
            { segment: { cel: 'member.city == "上海" || member.points > 100' } },
            { out: 'hello' },
          ],
          hello: [
            'send-message',
            { ...marketing, audience: { subject: true }, text: text('你好') },
            { sent: 'listen', partial: 'listen', skipped: 'listen', expired: 'listen', failed: 'lost' },
          ],
          listen: [
            'wait-for-event',
            {
              topics: [
                { event: 'member.replied', where: { cel: 'member.city == "上海"' }, port: 'replied' },
                { event: 'member.opted-out', port: 'out' },
              ],
              within: 'P2D',
            },
            { replied: 'mark', out: 'left', timeout: 'fork' },
          ],
          mark: ['tag', { add: ['replied'] }, { done: 'points' }],
          points: ['set-attribute', { name: 'level', value: 2 }, { done: 'which' }],
          which: [
            'branch',
            {
              rules: [
                { port: 'vip', when: { cel: '"replied" in member.tags && member.points > 100' } },
                { port: 'level', when: { cel: 'member.level == 2 && event.name == "member.replied"' } },
              ],
            },
            { vip: 'form', level: 'half', else: 'lost' },
          ],
          form: [
            'collect-form',
            {
              title: text('你想学什么'),
              questions: [{ key: 'topic', label: text('主题'), type: 'text' }],
              until: { for: 'PT6H' },
            },
            { submitted: 'done', expired: 'task' },
          ],
          task: [
            'human-task',
            {
              role: 'operator',
              title: text('一对一聊聊'),
              outcomes: [{ port: 'talked' }, { port: 'silent' }],
              due: { for: 'PT20M' },
              onTimeout: 'skip',
            },
            { talked: 'done', silent: 'done', expired: 'late' },
          ],
          half: [
            'split',
            {
              variants: [
                { port: 'a', percent: 50 },
                { port: 'b', percent: 50 },
              ],
            },
            { a: 'done', b: 'morning' },
          ],
          morning: ['wait-until', { until: { at: '09:00' } }, { reached: 'second' }],
          second: [
            'send-message',
            { ...marketing, audience: { subject: true }, text: text('第二条') },
            { sent: 'done', partial: 'done', skipped: 'done', expired: 'done', failed: 'lost' },
          ],
          fork: ['parallel', { branches: [{ port: 'x' }, { port: 'y' }] }, { x: 'rest', y: 'nap' }],
          rest: ['wait', { for: 'P1D' }, { done: 'meet' }],
          nap: ['wait', { for: 'PT5H' }, { done: 'second-chance' }],
          'second-chance': [
            'wait-for-event',
            { topics: [{ event: 'member.replied', port: 'replied' }], within: 'PT3H' },
            { replied: 'meet', timeout: 'meet' },
          ],
          meet: ['join', { need: 'any' }, { out: 'done' }],
          done: ['end', { reason: 'done' }],
          left: ['exit', { reason: 'opted-out' }],
          lost: ['end', { reason: 'lost' }],
          late: ['end', { reason: 'late' }],
        }),
      },
    },
  },
);

test('a journey with replies, opt-outs, tags, forms, tasks, splits and branches', async () => {
  const { report } = await both(welcome);
  const ends = new Set(report.traces.map(({ end }) => end));
  expect(ends).toEqual(new Set(['welcomed', 'done', 'opted-out', 'lost', 'late']));
});

test('a journey in which a script answers for some', async () => {
  await both(welcome, [
    { node: 'listen', subject: 'welcome/0', event: 'member.replied', after: 'PT90M' },
    { node: 'listen', subject: 'welcome/1', event: 'member.opted-out', after: 'PT1H' },
    { node: 'hello', subject: 'welcome/2', port: 'failed', after: 'PT1M' },
    { node: 'which', subject: 'welcome/0', port: 'vip' },
    { node: 'form', subject: 'welcome/0', port: 'expired', after: 'PT1H' },
    { node: 'task', subject: 'welcome/0', port: 'silent', after: 'PT5M' },
    { control: 'pause', at: 'PT3H' },
    { control: 'resume', at: 'PT9H', policy: 'shift' },
  ]);
});

const campaign = playbook(
  {
    begin: ['start', {}, { out: 'plan' }],
    plan: [
      'approval',
      { role: 'approver', title: text('方案'), quorum: 2, due: { for: 'PT48H' }, remindBefore: 'PT4H' },
      { approved: 'paste', rejected: 'over', expired: 'over' },
    ],
    paste: [
      'send-message',
      {
        ...marketing,
        mode: 'humanCopy',
        audience: { groups: ['group-1', 'group-2'] },
        text: text('开始报名'),
      },
      { sent: 'signup', partial: 'signup', skipped: 'signup', expired: 'signup', failed: 'over' },
    ],
    signup: [
      'collect-form',
      {
        title: text('报名'),
        questions: [{ key: 'name', label: text('称呼'), type: 'text' }],
        until: { anchor: 'T', offset: '-P1D' },
        counts: 'sign_ups',
      },
      { submitted: 'enough', expired: 'over' },
    ],
    enough: [
      'branch-metric',
      {
        metric: 'sign_ups',
        bands: [
          { port: 'many', atLeast: 10 },
          { port: 'some', atLeast: 1 },
        ],
      },
      { many: 'heads', some: 'heads', else: 'over', unknown: 'over' },
    ],
    heads: [
      'human-task',
      {
        role: 'operator',
        title: text('报人数'),
        outcomes: [{ port: 'counted' }],
        numbers: [{ name: 'heads' }],
        due: { for: 'PT4H' },
      },
      { counted: 'big', expired: 'over' },
    ],
    big: [
      'branch-metric',
      { metric: 'reported.heads', bands: [{ port: 'big', atLeast: 50 }] },
      { big: 'guard', else: 'guard', unknown: 'over' },
    ],
    guard: [
      'watch',
      { metric: 'complaints', op: '>=', value: 1, every: 'PT30M', until: { anchor: 'T' } },
      { breach: 'other', ended: 'other' },
    ],
    other: [
      'run-playbook',
      { playbook: 'elsewhere', wait: true, within: 'P2D' },
      { done: 'hook', expired: 'hook', refused: 'hook' },
    ],
    hook: [
      'webhook',
      { url: 'https://example.com/done', method: 'POST' },
      { ok: 'review', refused: 'review', failed: 'review' },
    ],
    review: ['report', { role: 'owner' }, { approved: 'over' }],
    over: ['end', { reason: 'over' }],
  },
  {
    params: {
      type: 'object',
      required: ['T'],
      properties: { T: { type: 'string', format: 'date-time', title: '开场' } },
    },
    rehearsal: {
      members: 90,
      groups: 3,
      seed: 9,
      rates: { signUp: 0.3, complain: 0.02 },
      delays: { signUp: 'PT7H' },
    },
  },
);

test('a campaign with approval, pasted message, form, metrics, numbers, guard, other playbook and review', async () => {
  const { run, report } = await both(campaign, [], { T: '2026-12-05T20:00' });
  expect(report.traces[0]!.steps.map(({ node }) => node)).toContain('review');
  const { rows } = await store.pool.query<{
    state: string;
    data: { goal: { actual: number } };
    markdown: Record<string, string>;
  }>('select state, data, markdown from report where run_id = $1', [run]);
  expect(rows[0]).toMatchObject({ state: 'approved', data: { goal: { metric: 'sign_ups' } } });
  expect(rows[0]!.data.goal.actual).toBeGreaterThan(0);
  expect(rows[0]!.markdown['zh-CN']).toContain('# 复盘');
  expect(rows[0]!.markdown['en']).toContain('## 2 Result');
});

test('a campaign whose date an operator moves twice, and whose text is corrected', async () => {
  const { report } = await both(
    campaign,
    [
      { control: 'retime', at: 'PT1H', params: { T: '2026-12-07T20:00' } },
      { control: 'set-param', at: 'P2D', params: { T: '2026-12-06T19:00' } },
      { control: 'retext', at: 'PT1M', texts: { paste: { 'zh-CN': '改过的文案' } } },
    ],
    { T: '2026-12-05T20:00' },
  );
  expect(report.calendar[0]!.text).toContain('改过的文案');
});
