// Single checks at their borders: what is just right, and what is just wrong.
import { describe, expect, test } from 'vitest';
import { compile, type Problem } from '../../../engine/index.ts';
import { typedNumber } from '../../../engine/honesty-words.ts';
import { steps } from '../../../engine/steps/index.ts';
import {
  daily,
  drawn,
  graphOf,
  message,
  one,
  params,
  plain,
  says,
  T,
  TASK,
  waits,
} from '../../../scripts/docs/draw.ts';

const found = (document: unknown, given?: unknown): readonly Problem[] =>
  compile(document, given).problems.filter(({ code }) => code !== 'W-NO-REVIEW');
const codes = (document: unknown, given?: unknown): string[] =>
  found(document, given).map(({ code }) => code);

test.each([
  ['已有 128 人报名', 'E-FAKE-NUMBER'],
  ['现已1,280位朋友加入', 'E-FAKE-NUMBER'],
  ['仅剩 3 席', 'E-FAKE-NUMBER'],
  ['128 people have already joined', 'E-FAKE-NUMBER'],
  ['only 3 left', 'E-FAKE-NUMBER'],
  ['已有 {{ metrics.sign_ups }} 人报名', undefined],
  ['{{ metrics.sign_ups }} people have already joined', undefined],
  ['3 人一组，20:00 开始', undefined],
  ['{{ metrics.sign_ups }} 人已报名，12 月 5 日见', undefined],
])('typed numbers: %s', (text, code) => {
  const all = codes(says(text).document);
  if (code === undefined) expect(all).toEqual([]);
  else expect(all).toContain(code);
});

test.each([
  '已有五百人报名',
  '已有５００人报名',
  '已有\u200b500人报名',
  '超过500人已报名',
  '500+ 位伙伴已经加入',
  '报名人数突破 1000',
  '已有{{ params.n }}人报名',
  '已有{{ 500 }}人报名',
  'Over 1,000 already joined',
  'Join 2,000+ members',
  '500 joined so far',
])('a number that nobody counted: %s', (text) => expect(typedNumber(text)).toBeDefined());

test.each([
  '{{ metrics.sign_ups }} 位朋友已报名',
  '21天打卡',
  '邀请 3–5 位实名同事',
  '每半小时播报一次（不少于 20 人时）',
  '报名人数超过 20 人时再播报',
  '12 月 5 日 20:00 开始，已报名的朋友请看群公告',
  '确认每位值班同事不超过 {{ params.groupsPerOperator }} 个群',
  'Week 2 starts at 20:00 on December 5',
])('a number that claims nothing: %s', (text) => expect(typedNumber(text)).toBeUndefined());

test.each(['前20名免费', '前{{ params.n }}名免费', '满 100 人即止', '手慢无', 'Only a few seats left'])(
  'scarcity: %s',
  (text) => expect(codes(says(text).document)).toContain('E-SCARCITY-UNBOUND'),
);

test.each([
  ['已有500人报名，仅剩3个名额！', ['E-FAKE-NUMBER']],
  ['用小号在群里晒单', ['E-SOCKPUPPET']],
  ['用小号造势，不要让人发现', ['E-SOCKPUPPET']],
  ['安排一些马甲号集中晒单', ['E-SOCKPUPPET']],
  ['找水军刷好评', ['E-SOCKPUPPET']],
  ['Use two fake accounts to praise it', ['E-SOCKPUPPET']],
  ['不用小号，不代写好评', []],
  ['发言用真实身份，不要用马甲', []],
  ['严禁刷好评', []],
  ['Do not, ever, use fake accounts', []],
  ['准备小号 T 恤和志愿者马甲', []],
])('what a colleague is handed to say: %s', (script, expected) =>
  expect(
    codes(one('human-task', { ...TASK, script: { 'zh-CN': script } }, 'x done e, x expired e').document),
  ).toEqual(expected),
);

const marketing = message('好物上新', { class: 'marketing', optOut: { 'zh-CN': '回复 T 退订。' } });
const sentAfter = (until: object, config: object = marketing, more: object = {}): object =>
  drawn(
    {
      s: ['start'],
      w: ['wait-until', { until, ...more }],
      t: ['tag', { add: ['a'] }],
      x: ['send-message', config],
      e: ['end'],
    },
    's out w, w reached t, t done x, x sent e',
    params(T),
  ).document as object;

test.each([
  ['21:59', []],
  ['22:00', ['E-QUIET']],
  ['03:00', ['E-QUIET']],
  ['07:59', ['E-QUIET']],
  ['08:00', []],
])('marketing at %s', (at, expected) => {
  const quiet = (until: object, given?: unknown): string[] =>
    codes(sentAfter(until), given).filter((code) => code === 'E-QUIET');
  expect(quiet({ at })).toEqual(expected);
  expect(quiet({ anchor: 'T', at })).toEqual(expected);
  expect(quiet({ date: `2026-12-05T${at}` })).toEqual(expected);
  expect(quiet({ anchor: 'T' })).toEqual([]);
  expect(quiet({ anchor: 'T' }, { T: `2026-12-05T${at}` })).toEqual(expected);
});

test('at night: service messages may go out, and whoever waits for the morning may wait', () => {
  const isQuiet = (document: object): boolean => codes(document).includes('E-QUIET');
  expect(isQuiet(sentAfter({ at: '23:00' }, message('验证码')))).toBe(false);
  expect(isQuiet(sentAfter({ at: '23:00' }, marketing, { quiet: true }))).toBe(false);
  expect(isQuiet(sentAfter({ at: '23:00', window: { from: '09:00', to: '21:00' } }))).toBe(false);
});

test('a time is quiet in the zone of the playbook', () => {
  const at = (zone: string): boolean =>
    codes({ ...sentAfter({ anchor: 'T' }), zone }, { T: '2026-12-05T12:00Z' }).includes('E-QUIET');
  expect(at('Asia/Shanghai')).toBe(false);
  expect(at('America/Los_Angeles')).toBe(true);
});

test.each([
  [{ members: 20 }, []],
  [{ members: 21 }, ['W-OPERATOR-LOAD']],
  [{}, []],
])('tasks of one day for one role: %j', (rehearsal, expected) => {
  const journeys = {
    j: {
      title: { 'zh-CN': '旅程' },
      graph: graphOf({ i: ['enter'], t: ['human-task', TASK], o: ['end'] }, 'i out t, t done o, t expired o'),
    },
  };
  expect(codes(one('journey', { journey: 'j' }, 'x launched e', { rehearsal, journeys }).document)).toEqual(
    expected,
  );
});

test('the goal may be a parameter', () => {
  const goal = {
    metric: 'sign_ups',
    baseline: 0,
    target: { param: 'seats' },
    deadline: { date: '2026-12-05T20:00' },
    guardrails: [{ metric: 'opt_out', atMost: { param: 'limit' } }],
  };
  const declared = params({ seats: { type: 'integer', default: 50 } });
  expect(
    found(plain({ goal, ...declared }).document).map(({ code, place }) => [code, place.pointer]),
  ).toEqual([['E-PARAM-UNKNOWN', '/goal/guardrails/0/atMost']]);
});

test('the goal may look at a window, where its metric has none of its own', () => {
  const goalOf = (metric: string, window: string) => ({
    metric,
    window,
    baseline: 0,
    target: 1,
    deadline: { date: '2026-12-05T20:00' },
    guardrails: [],
  });
  const problems = (metric: string, window: string) =>
    found(plain({ goal: goalOf(metric, window) }).document).map(({ code, place }) => [code, place.pointer]);
  expect(problems('activation_by.member.introduced', 'P30D')).toEqual([]);
  expect(problems('active_rate_day', 'P30D')).toEqual([['E-METRIC-WINDOW', '/goal/window']]);
  expect(problems('sign_ups', 'a month')).toHaveLength(1);
});

test('every declared language must be filled, in titles too', () => {
  const document = { ...(says('好').document as object), locales: ['zh-CN', 'en'] };
  expect(found(document).map(({ code, place }) => [code, place.pointer])).toEqual([
    ['E-TEXT-LOCALE', '/graph/nodes/1/config/text/en'],
    ['E-TEXT-LOCALE', '/title/en'],
  ]);
  expect(codes(says('   ').document)).toContain('E-TEXT-LOCALE');
});

test('every mistake in a text and in a condition is named', () => {
  expect(
    found(says('{{ member.nmae }} {{ params.topic }} {{ member.name | shout }}').document).length,
  ).toBeGreaterThan(0);
  const rules = [
    { field: 'member.tgas', operator: 'contains', value: 'vip' },
    { field: 'member.days', operator: 'contains', value: 'vip' },
  ];
  const document = one(
    'branch',
    { rules: [{ port: 'a', when: { combinator: 'and', rules } }] },
    'x a e, x else e',
  ).document;
  expect(found(document).map(({ place }) => place.pointer)).toEqual([
    '/graph/nodes/1/config/rules/0/when/rules/0/field',
    '/graph/nodes/1/config/rules/0/when/rules/1/operator',
  ]);
});

test('attributes of the rehearsal, parameters and reported numbers may be named', () => {
  const more = {
    ...params({
      ...T,
      floor: { type: 'integer', default: 3 },
      topics: { type: 'array', items: { type: 'string' }, default: [] },
    }),
    rehearsal: { attributes: { level: { '1': 5, '2': 1 }, city: { 上海: 1, 北京: 2 } } },
  };
  const cel = [
    'member.level > 1 && member.city == "上海"',
    'params.floor > 2 && "a" in params.topics',
    'params.T > timestamp("2026-01-01T00:00:00Z")',
    'metrics.reported_attendees > 5',
  ];
  const rules = cel.map((text, index) => ({ port: `p${index}`, when: { cel: text } }));
  const document = drawn(
    {
      s: ['start'],
      t: ['human-task', { ...TASK, numbers: [{ name: 'attendees' }] }],
      x: ['branch', { rules }],
      e: ['end'],
    },
    's out t, t done x, t expired x, x p0 e, x p1 e, x p2 e, x p3 e, x else e',
    more,
  ).document;
  expect(found(document)).toEqual([]);
});

test.each([
  ['rsvp', true],
  ['已报名（老客）', true],
  ['a', true],
  [' rsvp', false],
  ['rs\nvp', false],
])('the tag %j', (tag, isRight) => {
  expect(codes(one('tag', { add: [tag] }, 'x done e').document)).toEqual(isRight ? [] : ['E-NAME']);
});

test('an attribute must be a name that conditions can speak', () => {
  const set = (name: string): string[] =>
    codes(one('set-attribute', { name, value: 1 }, 'x done e').document);
  expect(set('level')).toEqual([]);
  expect(set('等级')).toEqual(['E-NAME']);
});

test.each([
  ['https://example.com/hook?a=1#b', true],
  ['http://127.0.0.1:8080/', true],
  ['https://me@example.com/', false],
  ['https://例子.com/', false],
  ['https://example.com/a b', false],
])('the address %s', (url, isRight) => {
  expect(codes(one('webhook', { url }, 'x ok e').document)).toEqual(isRight ? [] : ['E-URL']);
});

describe('a service message that promotes something', () => {
  const told = (text: string, more: object = {}) => codes(says(text, { class: 'service', ...more }).document);
  test.each([
    '全场八折，周末见',
    '满减活动开始啦',
    '限定秒杀今晚开抢',
    '点击链接马上购买',
    '进群领取大额优惠券',
    '第二件半价',

    'Get 20% off today',
    'Use this promo code',
    'Buy now and save',
    'A special offer for you',
    '七.5折',
  ])('%s', (text) => {
    expect(told(text)).toEqual(['W-CLASS']);
    expect(told(text, { class: 'marketing', optOut: { 'zh-CN': '回复 T 退订。' } })).toEqual([]);
  });
  test.each([
    '明晚 20:00 见',
    '您的订单已经发货',
    '别折腾了，好好休息',
    '三折叠屏怎么用',
    '请填写报名表',
    '红包已经退回您的账户',

    'Your order has shipped',
    'We are on air',
    'See the schedule for today',
    'Order of the day',
  ])('is not: %s', (text) => expect(told(text)).toEqual([]));
});

describe('a year may be waited for, more may not', () => {
  const wait = (span: string): string[] => codes(one('wait', { for: span }, 'x done e').document);
  test.each(['P365D', 'P1Y', 'P12M', 'PT8760H', 'P52W', 'P11M30D', 'P6M26W', 'PT525600M', 'PT31536000S'])(
    '%s',
    (span) => expect(wait(span)).toEqual([]),
  );
  test.each([
    'P366D',
    'P1Y1D',
    'P2Y',
    'P13M',
    'P11M31D',
    'P12M1D',
    'P53W',
    'P52W2D',
    'P6M27W',
    'PT8761H',
    'PT525601M',
    'PT31536000.001S',
    'P999999999Y',
    'P1YT0.001S',
  ])('%s', (span) => expect(wait(span)).toEqual(['E-LIMIT-WAIT']));
  test.each(['-P1D', '-PT1S'])('%s goes back', (span) => expect(wait(span)).toEqual(['E-DURATION']));
  test.each(['P0.5D', 'P1.5M', 'P1,5W', 'PT0.0001S', 'P', 'PT', '1', 'p1d', 'P-1D', ''])(
    '%s is no wait',
    (span) => expect(wait(span)).toEqual(['E-FORM']),
  );
  test.each([{ for: 'P13M' }, { at: '09:00', after: 'P13M' }, { anchor: 'T', offset: '-P13M' }])(
    'a moment at %j',
    (when) => expect(codes(waits(when).document)).toContain('E-LIMIT-WAIT'),
  );
  test('in every step that takes a duration', () => {
    const spans: string[] = Object.values(steps).flatMap(({ type, fields }) =>
      fields.flatMap(({ key, as }) => (as === 'duration' ? [`${type}/${key}`] : [])),
    );
    expect(spans.length).toBeGreaterThan(5);
    for (const span of spans) {
      const [type, key] = span.split('/') as [keyof typeof steps, string];
      const config = { ...(steps[type].examples[0]?.config as object), [key]: 'P13M' };
      expect([span, codes(one(type, config, 'x done e').document)]).toEqual([
        span,
        expect.arrayContaining(['E-LIMIT-WAIT']),
      ]);
    }
  });
});

test('rounds: a thousand, and no more', () => {
  expect(codes(daily({ max: 1_000, at: '09:00' }).document)).toEqual([]);
  expect(codes(daily({ max: 1_001, at: '09:00' }).document)).toEqual(['E-LIMIT-ROUNDS']);
});

test('a name that is nearly right is suggested', () => {
  const suggested = (document: unknown): unknown => found(document)[0]?.values['nearest'];
  expect(suggested(one('send-mesage', {}, 'x sent e').document)).toBe('send-message');
  expect(suggested(one('wait', { for: 'PT1H' }, 'x dne e').document)).toBe('done');
  expect(suggested(plain({ titl: {} }).document)).toBe('title');
  expect(suggested(waits({ anchor: 'TT' }, params(T)).document)).toBe('T');
});

test('problems are told from the top of the document to its end, however its keys are ordered', () => {
  const { zone, ...rest } = drawn(
    { s: ['start'], x: ['wait', { for: 'soon', fro: 1 }], y: ['wait', {}], e: ['end'] },
    's out x, x done y, y done f',
    { zone: 'Mars' },
  ).document as Record<string, unknown>;
  const places = (document: unknown): unknown => compile(document).problems.map(({ place }) => place.pointer);
  expect(places({ zone, ...rest })).toEqual([
    undefined,
    '/graph/edges/2',
    '/graph/nodes/1/config/for',
    '/graph/nodes/1/config/fro',
    '/graph/nodes/2/config/for',
    '/graph/nodes/3',
    '/zone',
  ]);
  expect(places({ ...rest, zone })).toEqual(places({ zone, ...rest }));
});

test('problems of one playbook are all told at once', () => {
  const document = drawn(
    { s: ['start'], x: ['wait', { for: 'soon' }], y: ['tag', {}], z: ['wiat'], e: ['end'] },
    's out x, x done y, y doen e, q out e',
    { zone: 'Mars', goal: undefined },
  ).document as Record<string, unknown>;
  delete document['goal'];
  expect(new Set(codes(document))).toEqual(
    new Set(['E-FORM', 'E-LENGTH', 'E-STEP-UNKNOWN', 'E-ZONE', 'E-EDGE-DANGLING', 'E-UNREACHABLE', 'E-GOAL']),
  );
});

test('a text may lead to the forms of its own journey and of the activity, and to no others', () => {
  const form = {
    title: { 'zh-CN': '报名' },
    questions: [{ key: 'q', label: { 'zh-CN': '称呼？' }, type: 'text' }],
    until: { for: 'P1D' },
  };
  const link = (node: string): object => message(`{{ links["${node}"] }}`, { audience: { subject: true } });
  const journey = (text: object): object => ({
    title: { 'zh-CN': '旅程' },
    graph: graphOf(
      { i: ['enter'], m: ['send-message', text], own: ['collect-form', form], z: ['end'] },
      'i out m, m sent own, own submitted z, own expired z',
    ),
  });
  const leads = (inCampaign: string, inJourney: string): string[] =>
    codes(
      drawn(
        {
          s: ['start'],
          x: ['send-message', message(`{{ links["${inCampaign}"] }}`)],
          j: ['journey', { journey: 'j1' }],
          all: ['collect-form', form],
          e: ['end'],
        },
        's out x, x sent j, j launched all, all submitted e, all expired e',
        { journeys: { j1: journey(link(inJourney)) } },
      ).document,
    );
  expect(leads('all', 'own')).toEqual([]);
  expect(leads('all', 'all')).toEqual([]);
  expect(leads('optOut', 'optOut')).toEqual([]);
  expect(leads('own', 'own')).toEqual(['E-TEXT']);
  expect(leads('x', 'm')).toEqual(['E-TEXT', 'E-TEXT']);
});
