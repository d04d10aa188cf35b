// Promise P6 over drawn communities: whatever people and operators do, a rehearsal and a run on a real database agree.
// The courses are drawn from numbers, so that a failing one can be run again by itself.
import { afterAll, expect, test } from 'vitest';
import { chance } from '../../../engine/chance.ts';
import type { Playbook } from '../../../engine/document.ts';
import { compile } from '../../../engine/index.ts';
import { parseInstant } from '../../../engine/instant.ts';
import type { JsonObject } from '../../../engine/json.ts';
import { rehearse } from '../../../engine/rehearse.ts';
import type { RunReport } from '../../../engine/run/trace.ts';
import { parseScript } from '../../../engine/script.ts';
import { steps } from '../../../engine/steps/index.ts';
import { shipped } from '../../../playbooks/index.ts';
import { openStore } from '../../../workers/store/client.ts';
import { reportOfRun } from '../../../workers/store/inspect.ts';
import { runOf } from '../../../workers/store/run.ts';
import { challenge } from '../../../bench/rehearse-10k-21d.ts';
import { freshDatabase } from '../../support/database.ts';
import { graphOf, playbook as sketched } from '../../support/temporal-play.ts';
import { depsOf, launchRun, makeTeam, VirtualRun } from '../virtual-run.ts';

const { url } = await freshDatabase();
const store = openStore(url);
afterAll(() => store.close());
const team = await makeTeam(store);

const { playbook, params } = shipped['event-campaign']!;
const START = parseInstant('2026-12-10T09:00:00+08:00')!;

/** A community of which everything but the playbook is drawn. */
function drawn(document: Playbook, course: number): Playbook {
  const draw = (what: string): number => chance(course, what);
  const answers = Object.fromEntries(
    document.graph.nodes.flatMap(({ id, step, config = {} }) => {
      const topics = steps[step as keyof typeof steps].topics?.(config) ?? [];
      const names = topics.flatMap((topic) => ('answer' in topic ? [topic.answer] : []));
      // Some answer by the first, some by another, and sometimes nobody does.
      const share = (index: number): number => (index === 0 ? 0.6 : 0.3 / Math.max(1, names.length - 1));
      return names.length === 0 ? [] : [[id, Object.fromEntries(names.map((name, i) => [name, share(i)]))]];
    }),
  );
  return {
    ...document,
    rehearsal: {
      ...document.rehearsal,
      seed: course,
      members: 5 + Math.floor(draw('members') * 60),
      answers,
      rates: {
        reply: draw('reply'),
        signUp: draw('signUp'),
        optOut: draw('optOut') / 3,
        fail: draw('fail') / 8,
        complain: draw('complain') / 10,
      },
      delays: {
        reply: `PT${1 + Math.floor(draw('late') * 30)}H`,
        answer: `PT${1 + Math.floor(draw('slow') * 30)}H`,
      },
    },
  };
}

/** An operator who pauses and resumes, sometimes moves the date, sometimes gives up. */
function commands(course: number, hasDate: boolean): JsonObject[] {
  const draw = (what: string): number => chance(course, 'operator', what);
  const hours = (what: string, most: number): string => `PT${1 + Math.floor(draw(what) * most)}H`;
  const paused = Math.floor(draw('pause') * 150);
  const resumed = paused + 1 + Math.floor(draw('resume') * 60);
  return [
    { control: 'pause', at: `PT${paused}H` },
    { control: 'resume', at: `PT${resumed}H`, policy: ['hold', 'skip', 'shift'][course % 3]! },
    ...(hasDate && course % 2 === 0
      ? [{ control: 'retime', at: hours('retime', 150), params: { T: `2026-12-${18 + (course % 5)}T20:00` } }]
      : []),
    ...(course % 5 === 0 ? [{ control: 'cancel', at: hours('cancel', 250) }] : []),
  ];
}

async function agree(
  document: Playbook,
  given: JsonObject,
  script: readonly JsonObject[],
): Promise<RunReport> {
  const { plan, problems } = compile(document, given);
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  const parsed = parseScript(script, plan, steps);
  expect(parsed.problems).toEqual([]);
  const settings = document.rehearsal;
  const template = compile(document).plan;
  const rehearsed = rehearse(plan, { start: START, settings, script: parsed.script, template });
  const seed = settings!.seed!;
  const launched = await launchRun(store, team, { document, params: given, startAt: START, seed, script });
  const run = new VirtualRun(depsOf(store, START), launched.run, launched.plan, { startAt: START, seed });
  await run.runUntil();
  const report = await reportOfRun(store.pool, (await runOf(store.pool, launched.run))!);
  expect(report).toEqual(rehearsed.report());
  return report;
}

const courses = Array.from({ length: 12 }, (_, course) => course);

test.each(courses)('course %i of an activity', async (course) => {
  await agree(drawn(playbook, course), params, commands(course, true));
});

// As it is, and with replies that are taken up together.
const challenges = [undefined, 'PT17M', 'PT1H', undefined, 'PT3H'] as const;

test.each(challenges.map((tolerance, course) => [course, tolerance] as const))(
  'course %i of a check-in challenge with the tolerance %s',
  async (course, tolerance) => {
    const { daily } = challenge.journeys;
    const journeys = { daily: { ...daily, ...(tolerance === undefined ? {} : { tolerance }) } };
    const document = { ...challenge, journeys } as unknown as Playbook;
    await agree(drawn(document, course), {}, commands(course, false));
  },
);

test('an activity decides by what it has heard of, and chooses its audience by it', async () => {
  const document = sketched(
    {
      begin: ['start', {}, { out: 'w' }],
      w: [
        'wait-for-event',
        {
          topics: [{ event: 'order.paid', where: { cel: 'event.amount > 5.0' }, port: 'paid' }],
          within: 'P1D',
        },
        { paid: 'big', timeout: 'z' },
      ],
      big: [
        'branch',
        { rules: [{ port: 'yes', when: { cel: 'event.amount > 100.0 && event.item == "sofa"' } }] },
        { yes: 'some', else: 'z' },
      ],
      some: [
        'send-message',
        {
          channel: 'simulator',
          audience: { segment: { cel: 'member.level == event.score' } },
          class: 'service',
          text: { 'zh-CN': '{{ event.item }} 到了' },
        },
        { sent: 'z' },
      ],
      z: ['end', {}],
    },
    { rehearsal: { seed: 1, members: 30, attributes: { level: { 1: 1, 2: 1 } } } },
  );
  const data = { amount: 150, item: 'sofa', score: 2 };
  const { traces, calendar } = await agree(document, {}, [
    { node: 'w', subject: 'campaign', event: 'order.paid', after: 'PT2H', data },
  ]);
  expect(traces[0]?.steps.map(({ node, port }) => [node, port])).toContainEqual(['big', 'yes']);
  expect(JSON.stringify(calendar)).toContain('sofa 到了');
});

test.each([1, 2, 3])('community %i is measured by its members as in the rehearsal', async (seed) => {
  const said = [
    'participation',
    'participation_eligible',
    'message_gini',
    'click_rate',
    'active_rate',
    'active_members',
    'silent_share',
    'stickiness',
    'engagement_score',
  ]
    .map((name) => `${name} {{ metrics.${name} | default: "-" }}`)
    .join(' ');
  const post = (text: string, next: string) =>
    [
      'send-message',
      { channel: 'simulator', audience: { groups: 'all' }, class: 'service', text: { 'zh-CN': text } },
      { sent: next },
    ] as const;
  const bands = (metric: string) => ({
    metric,
    bands: [0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.02, 0.01, 0, -1].map((atLeast, index) => ({
      port: `p${index}`,
      atLeast,
    })),
  });
  const measured = (metric: string, next: string) =>
    [
      'branch-metric',
      bands(metric),
      Object.fromEntries(
        [...Array(10).keys()]
          .map((index) => [`p${index}`, next])
          .concat([
            ['else', next],
            ['unknown', next],
          ]),
      ),
    ] as const;
  const document = sketched(
    {
      begin: ['start', {}, { out: 'hello' }],
      hello: post('你好', 'go'),
      go: [
        'journey',
        { journey: 'all', wait: true, within: 'P5D' },
        { done: 'tell', empty: 'tell', expired: 'tell' },
      ],
      tell: post(said, 'a'),
      a: measured('conversion.member.replied', 'b'),
      b: measured('uplift.halves.member.clicked', 'c'),
      c: measured('top_share', 'd'),
      d: measured('event.member.read', 'f'),
      f: measured('show_rate.member.clicked', 'e'),
      e: measured('churn', 'z'),
      z: ['end', {}],
    },
    {
      rehearsal: { seed, members: 80, groups: 3, rates: { reply: 0.5, click: 0.4, read: 0.9, signUp: 0.6 } },
      journeys: {
        all: {
          title: { 'zh-CN': '大家' },
          graph: graphOf({
            in: ['enter', {}, { out: 'halves' }],
            halves: [
              'split',
              {
                variants: [
                  { port: 'told', percent: 50 },
                  { port: 'control', percent: 50 },
                ],
              },
              { told: 'tell-one', control: 'rest' },
            ],
            'tell-one': [
              'send-message',
              {
                channel: 'simulator',
                audience: { subject: true },
                class: 'service',
                text: { 'zh-CN': '看看？' },
              },
              { sent: 'rest' },
            ],
            rest: ['wait', { for: 'P2D' }, { done: 'o' }],
            o: ['end', {}],
          }),
        },
      },
    },
  );
  const { calendar, traces } = await agree(document, {}, []);
  const told = calendar.find(({ node }) => node === 'tell')!.text;
  expect(told).toMatch(
    /participation 0\.\d+ participation_eligible 0\.\d+ message_gini 0\.\d+ click_rate 0\.\d+ active_rate 0\.\d+ active_members \d+ silent_share 0/,
  );
  const ports = Object.fromEntries(traces[0]!.steps.map(({ node, port }) => [node, port]));
  expect(ports['a']).toMatch(/^p[1-4]$/);
  expect(told).toMatch(/engagement_score \d+\.\d+/);
  expect([ports['b'], ports['f']]).toEqual([expect.stringMatching(/^p\d$/), expect.stringMatching(/^p\d$/)]);
  // Nobody leaves a synthetic community, and that is said.
  expect(ports['e']).toBe('unknown');
});
