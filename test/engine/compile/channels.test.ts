// What a playbook asks of the team's channels: abilities, lengths, budgets. Without channels nothing is asked.
import { expect, test } from 'vitest';
import { limitsOf } from '../../../engine/channels/limits.ts';
import type { TeamChannel } from '../../../engine/channels/team.ts';
import { compile, productFor, say } from '../../../engine/index.ts';
import { forecast } from '../../../engine/rehearse/forecast.ts';
import { drawn, graphOf, message, params, says } from '../../../scripts/docs/draw.ts';

const NOW = Date.UTC(2026, 11, 1, 1);
const channel = (kind: string, more: Partial<TeamChannel> = {}): TeamChannel => ({
  name: 'simulator',
  kind,
  budgets: limitsOf(kind, null).budgets,
  trouble: null,
  ...more,
});
const found = (
  document: unknown,
  channels: readonly TeamChannel[] | undefined,
  given?: object,
): readonly string[] =>
  compile(document, given, productFor([], channels)).problems.flatMap(({ code }) =>
    code.includes('CHANNEL') ? [code] : [],
  );

test('says nothing where the team’s channels are not known', () => {
  const { document } = says('你好', { channel: 'nowhere', mode: 'auto' });
  expect(found(document, undefined)).toEqual([]);
  expect(found(document, [])).toEqual(['W-CHANNEL-UNKNOWN']);
});

test.each([
  ['manual', { mode: 'auto' }, ['E-CHANNEL-CANNOT']],
  ['manual', { mode: 'humanCopy' }, []],
  ['feishu', { mode: 'auto' }, []],
  ['telegram', {}, []],
  ['feishu', { audience: { segment: { cel: 'member.points > 3' } } }, ['E-CHANNEL-CANNOT']],
] as const)('%s with %j: %j', (kind, more, codes) => {
  expect(found(says('你好', { mode: 'auto', ...more }).document, [channel(kind)])).toEqual(codes);
});

test('a robot that knows no member cannot serve a journey', () => {
  const { document } = drawn(
    { s: ['start'], j: ['journey', { journey: 'w' }], e: ['end'] },
    's out j, j launched e',
    {
      journeys: {
        w: {
          title: { 'zh-CN': '欢迎' },
          graph: graphOf(
            {
              i: ['enter'],
              m: ['send-message', message('你好', { audience: { subject: true } })],
              o: ['end'],
            },
            'i out m, m sent o',
          ),
        },
      },
    },
  );
  expect(found(document, [channel('dingtalk')])).toEqual(['E-CHANNEL-CANNOT']);
  expect(found(document, [channel('email')])).toEqual([]);
});

test('lengths are counted as the provider counts, placeholders and what may be left out not at all', () => {
  const bytes = '好'.repeat(682);
  const wecom = [channel('wecom')];
  expect(found(says(bytes).document, wecom)).toEqual([]);
  expect(found(says(`${bytes}好`).document, wecom)).toEqual(['E-CHANNEL-LENGTH']);
  expect(found(says(`{{ run.title }}${bytes}`).document, wecom)).toEqual([]);
  expect(found(says(`{% if true %}${bytes}好{% endif %}`).document, wecom)).toEqual([]);
  // How to opt out is a part of the message.
  expect(found(says(bytes, { optOut: { 'zh-CN': '退订回 T' } }).document, wecom)).toEqual([
    'E-CHANNEL-LENGTH',
  ]);
  expect(found(says('x'.repeat(2_001)).document, [channel('discord')])).toEqual(['E-CHANNEL-LENGTH']);
});

test('a channel that is a parameter is looked at when it is given, or has a default', () => {
  const long = says('好'.repeat(700), { channel: { param: 'by' } }).document as object;
  const of = (schema: object) => ({ ...long, ...params({ by: schema }) });
  const wecom = [channel('wecom')];
  expect(found(of({ type: 'string', examples: ['simulator'] }), wecom)).toEqual([]);
  expect(found(of({ type: 'string', default: 'simulator' }), wecom)).toEqual(['E-CHANNEL-LENGTH']);
  expect(found(of({ type: 'string' }), wecom, { by: 'simulator' })).toEqual(['E-CHANNEL-LENGTH']);
  expect(found(of({ type: 'string' }), wecom, { by: 'other' })).toEqual(['W-CHANNEL-UNKNOWN']);
});

const daily = (rounds: number, each: number, more: object = {}) =>
  drawn(
    {
      s: ['start'],
      r: ['repeat', { max: rounds, at: '09:00' }],
      ...Object.fromEntries(
        Array.from({ length: each }, (_, no) => [
          `m${no}`,
          ['send-message', message(`第 ${no} 条`, { mode: 'confirm', role: 'operator', ...more })],
        ]),
      ),
      e: ['end'],
    },
    [
      's out r, r each m0, r done e',
      ...Array.from({ length: each }, (_, no) => `m${no} sent ${no + 1 < each ? `m${no + 1}` : 'r'}`),
    ].join(', '),
  ).document;

const budget = (document: unknown, channels: readonly TeamChannel[]): readonly string[] =>
  forecast(document, { registry: productFor([], channels), now: NOW }).map((it) => say(it, 'en').sentence);

test('a month of group sends has as many as it has days: one a day fits, two a day do not, pasted ones count for nobody', () => {
  const customers = [channel('wecom-customers')];
  expect(budget(daily(21, 1), customers)).toEqual([]);
  expect(budget(daily(40, 1), customers)).toEqual([]);
  expect(budget(daily(21, 2), customers)).toEqual([
    'The channel "simulator" takes 31 messages a month; this playbook is expected to send 42, those of "m0" among them.',
  ]);
  expect(budget(daily(21, 2, { mode: 'humanCopy' }), customers)).toEqual([]);
});

test('a budget of the account counts every group, one of each recipient counts each by itself', () => {
  const of = (of: 'account' | 'group' | 'member', period: 'day' | 'week' | 'month', count: number) => [
    channel('feishu', { budgets: [{ name: 'x', count, period, of }] }),
  ];
  const fourGroups = daily(3, 1);
  expect(budget(fourGroups, of('account', 'day', 4))).toEqual([]);
  expect(budget(fourGroups, of('account', 'day', 3))).toHaveLength(1);
  expect(budget(fourGroups, of('account', 'week', 11))).toHaveLength(1);
  expect(budget(fourGroups, of('group', 'week', 3))).toEqual([]);
  expect(budget(fourGroups, of('group', 'week', 2))).toHaveLength(1);
  expect(budget(fourGroups, of('member', 'week', 1))).toEqual([]);
});

test('a channel is named once, at its first step, with all the others that send by it', () => {
  const steps = Array.from({ length: 14 }, (_, no) => `m${no}`);
  const { document } = drawn(
    {
      s: ['start'],
      ...Object.fromEntries(
        steps.map((id, no) => [
          id,
          [
            'send-message',
            message('你好', { channel: 'simulater', mode: 'auto' }),
            no === 1 ? { title: { 'zh-CN': '早安', en: 'Morning' } } : {},
          ] as const,
        ]),
      ),
      e: ['end'],
    },
    ['s out m0', ...steps.map((id, no) => `${id} sent ${steps[no + 1] ?? 'e'}`)].join(', '),
  );
  for (const [code, channels] of [
    ['W-CHANNEL-UNKNOWN', [channel('simulator')]],
    ['W-CHANNEL-TROUBLE', [channel('feishu', { name: 'simulater', trouble: 'unverified' })]],
  ] as const) {
    const problems = compile(document, undefined, productFor([], channels)).problems.filter(
      (it) => it.code === code,
    );
    expect(problems.map(({ place }) => place.node)).toEqual(['m0']);
    expect(say(problems[0]!, 'zh-CN').sentence).toContain(
      '「m0」「早安」「m2」「m3」「m4」「m5」「m6」「m7」「m8」「m9」「m10」等 14 个步骤要用',
    );
    expect(say(problems[0]!, 'en').sentence).toContain('"m0", "Morning", "m2"');
    expect(say(problems[0]!, 'en').sentence).toContain('"m10" and 3 steps more');
  }
});
