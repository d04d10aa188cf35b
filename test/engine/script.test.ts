// Scripts: what an entry means, when it comes, and what is refused because it can match nothing.
import { expect, test } from 'vitest';
import { compile } from '../../engine/index.ts';
import { isoOf, parseInstant } from '../../engine/instant.ts';
import { eventsFor, forcedFor, instantOfControl, parseScript } from '../../engine/script.ts';
import { steps } from '../../engine/steps/index.ts';

const { plan, problems: planProblems } = compile(
  {
    format: 1,
    id: 'test',
    title: { 'zh-CN': '测试' },
    goal: { metric: 'reach', baseline: 0, target: 1, deadline: { for: 'P7D' }, guardrails: [] },
    graph: {
      nodes: [
        { id: 's', step: 'start' },
        {
          id: 'ok',
          step: 'approval',
          config: { role: 'a', title: { 'zh-CN': '方案' }, due: { for: 'PT4H' } },
        },
        { id: 'w', step: 'wait', config: { for: 'PT1H' } },
        { id: 'go', step: 'journey', config: { journey: 'j1' } },
        { id: 'end', step: 'end' },
        { id: 'no', step: 'end' },
      ],
      edges: [
        { id: '1', from: 's', port: 'out', to: 'ok' },
        { id: '2', from: 'ok', port: 'approved', to: 'w' },
        { id: '3', from: 'ok', port: 'rejected', to: 'no' },
        { id: '4', from: 'ok', port: 'expired', to: 'no' },
        { id: '5', from: 'w', port: 'done', to: 'go' },
        { id: '6', from: 'go', port: 'launched', to: 'end' },
      ],
    },
    journeys: {
      j1: {
        title: { 'zh-CN': '旅程' },
        graph: {
          nodes: [
            { id: 'in', step: 'enter' },
            {
              id: 'e',
              step: 'wait-for-event',
              config: { topics: [{ event: 'member.replied', port: 'replied' }], within: 'PT4H' },
            },
            { id: 'out', step: 'end' },
          ],
          edges: [
            { id: '7', from: 'in', port: 'out', to: 'e' },
            { id: '8', from: 'e', port: 'replied', to: 'out' },
            { id: '9', from: 'e', port: 'timeout', to: 'out' },
          ],
        },
      },
    },
  },
  {},
);
if (plan === undefined) throw new Error(JSON.stringify(planProblems));
const node = (id: string) => plan.nodes.find((it) => it.id === id)!;
const read = (...entries: unknown[]) => parseScript(entries, plan, steps);

test('a task’s own answer arrives, any other port takes the place of the first effect', () => {
  const { script, problems } = read(
    { node: 'ok', subject: 'campaign', port: 'approved', after: 'PT20M', values: { heads: 3 }, lap: 0 },
    { node: 'ok', subject: 'campaign', port: 'expired', after: 'PT1H' },
  );
  expect(problems).toEqual([]);
  const visit = { node: 'ok', subject: 'campaign' };
  expect(forcedFor(script, { ...visit, lap: 0 }, node('ok'), steps)).toEqual({
    as: 'answer',
    answer: 'approved',
    afterMs: 20 * 60_000,
    values: { heads: 3 },
  });
  // The first entry names its round; every other round is that of the second.
  expect(forcedFor(script, { ...visit, lap: 5 }, node('ok'), steps)).toEqual({
    as: 'port',
    port: 2,
    afterMs: 3_600_000,
  });
  expect(forcedFor(script, { node: 'go', subject: 'campaign', lap: 0 }, node('go'), steps)).toBeUndefined();
});

test('events belong to one subject, and may come several times', () => {
  const { script } = read(
    { node: 'e', subject: 'j1/3', event: 'member.replied', after: 'PT2H' },
    { node: 'e', subject: 'j1/3', event: 'member.clicked', data: { link: 'a' } },
  );
  expect(eventsFor(script, { node: 'e', subject: 'j1/3', lap: 0 })).toEqual([
    { event: 'member.replied', afterMs: 7_200_000, data: {} },
    { event: 'member.clicked', afterMs: 0, data: { link: 'a' } },
  ]);
  expect(eventsFor(script, { node: 'e', subject: 'j1/4', lap: 0 })).toEqual([]);
});

test.each([
  ['2026-12-05T12:00:00Z', '2026-12-05T12:00:00.000Z'],
  ['2026-12-05T12:00', '2026-12-05T04:00:00.000Z'],
  ['T-P1DT2H', '2026-12-04T10:00:00.000Z'],
  ['T+PT30M', '2026-12-05T12:30:00.000Z'],
  ['PT5H', '2026-12-01T05:00:00.000Z'],
  ['P1D', '2026-12-02T00:00:00.000Z'],
])('%s is an instant of a command', (at, expected) => {
  const clock = {
    start: parseInstant('2026-12-01T00:00:00Z')!,
    zone: 'Asia/Shanghai',
    anchors: { T: parseInstant('2026-12-05T12:00:00Z')! },
  };
  expect(isoOf(instantOfControl({ at }, clock)!)).toBe(expected);
  expect(instantOfControl({ at: 'U-P1D' }, clock)).toBeUndefined();
});

test.each<[string, unknown, RegExp]>([
  ['an unknown node', { node: 'x', subject: 'campaign', port: 'sent' }, /no node "x"/],
  ['an unknown port', { node: 'ok', subject: 'campaign', port: 'maybe' }, /no port "maybe"/],
  ['a node that asks nobody', { node: 's', subject: 'campaign', port: 'out' }, /asks nobody/],
  [
    'a member where the campaign stands',
    { node: 'ok', subject: 'j1/0', port: 'approved' },
    /written campaign/,
  ],
  ['the campaign where members stand', { node: 'e', subject: 'campaign', event: 'x' }, /written j1\/0/],
  ['a subject without a number', { node: 'e', subject: 'j1/first', event: 'x' }, /written j1\/0/],
  ['neither port nor event', { node: 'e', subject: 'j1/0' }, /neither/],
  [
    'days that depend on a calendar',
    { node: 'ok', subject: 'campaign', port: 'approved', after: 'P1D' },
    /not days: P1D/,
  ],
  [
    'time that runs backwards',
    { node: 'ok', subject: 'campaign', port: 'approved', after: '-PT1H' },
    /hours, minutes and seconds/,
  ],
  ['half a round', { node: 'ok', subject: 'campaign', port: 'approved', lap: 0.5 }, /whole number/],
  ['an unknown command', { control: 'explode', at: 'PT1H' }, /No command "explode"/],
  ['a name every object has', { control: 'constructor', at: 'PT1H' }, /No command/],
  ['a command without a time', { control: 'pause' }, /"at"/],
  ['a command that lacks its values', { control: 'retime', at: 'PT1H' }, /lacks "params"/],
  [
    'a misspelt key',
    { node: 'ok', subject: 'campaign', port: 'approved', afer: 'PT1H' },
    /Unknown key "afer"/,
  ],
  ['no object', 'pause', /object/],
])('%s is a problem', (_case, entry, sentence) => {
  const { problems, script } = read({ control: 'pause', at: 'PT1H' }, entry);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ entry: 1, en: expect.stringMatching(sentence) });
  expect(problems[0]!.zh).toMatch(/\p{Script=Han}/u);
  // The others are read all the same, so that everything is said at once.
  expect(script.controls).toHaveLength(1);
});

test('something that is no list is one problem', () => {
  expect(parseScript({}, plan, steps).problems).toEqual([
    { entry: -1, zh: expect.any(String), en: 'A script is a list of entries.' },
  ]);
});
