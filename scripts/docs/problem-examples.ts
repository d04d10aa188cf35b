// For every code of the problem catalogue, a playbook that has this problem: proof for the test, example for the documentation.
import { limitsOf } from '../../engine/channels/limits.ts';
import type { TeamChannel } from '../../engine/channels/team.ts';
import { product, productFor, type ProblemCode, type Registry } from '../../engine/index.ts';
import {
  daily,
  drawn,
  graphOf,
  HEAD,
  message,
  one,
  params,
  plain,
  type ProblemExample,
  says,
  strange,
  T,
  TASK,
  waits,
} from './draw.ts';
import { structure } from './structure-examples.ts';

const shape: Partial<Record<ProblemCode, ProblemExample>> = {
  'E-NOT-JSON': plain({ layout: { zoom: Number.NaN } }),
  'E-TOO-LARGE': plain({ layout: { note: 'x'.repeat(5_000_001) } }),
  'E-TOO-DEEP': plain({ layout: JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`) as unknown }),
  'E-KEY-REFUSED': plain({ layout: JSON.parse('{"__proto__":{}}') as unknown }),
  'E-CHARACTER': says('你好\0'),
  'E-MANY': drawn(
    Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`n${index}`, ['tag', {}, { phase: 'none' }]]),
    ),
    '',
  ),
  'E-FORMAT': plain({ format: 2 }),
  'E-TYPE': one('tag', { add: 'rsvp' }, 'x done e'),
  'E-MISSING': one('wait', {}, 'x done e'),
  'E-NO-USE': one('journey', { journey: 'welcome' }, 'x launched e', {
    journeys: {
      welcome: {
        title: { 'zh-CN': '欢迎' },
        graph: graphOf({ i: ['enter', { days: 30 }], o: ['end'] }, 'i out o'),
      },
    },
  }),
  'E-UNKNOWN-KEY': one('wait', { for: 'PT1H', fro: 1 }, 'x done e'),
  'E-CHOICE': says('你好', { class: 'servcie' }),
  'E-RANGE': one(
    'split',
    {
      variants: [
        { port: 'a', percent: 120 },
        { port: 'b', percent: -20 },
      ],
    },
    'x a e, x b e',
  ),
  'E-LENGTH': one('tag', { add: [] }, 'x done e'),
  'E-FORM': one('wait', { for: '2 hours' }, 'x done e'),
  'E-SAME-ITEMS': one('tag', { add: ['rsvp', 'rsvp'] }, 'x done e'),
  'E-SHAPE': says('你好', { audience: { groups: 5 } }),
  'E-STEP-UNKNOWN': one('send-mesage', {}, 'x sent e'),
  'E-STEP-FAULT': { ...one('strange', {}, 'x p0 e'), registry: strange(0) },
  'E-INTERNAL': { ...one('strange', { x: 1 }, 'x p0 e'), registry: strange(-1) },
  'E-SCOPE': one('journey', { journey: 'welcome' }, 'x launched e', {
    journeys: {
      welcome: {
        title: { 'zh-CN': '欢迎' },
        graph: graphOf(
          { i: ['enter'], r: ['report', { role: 'owner' }], o: ['end'] },
          'i out r, r approved o',
        ),
      },
    },
  }),
  'E-ID-TWICE': {
    document: {
      ...HEAD,
      graph: {
        nodes: [
          { id: 's', step: 'start' },
          { id: 'e', step: 'end' },
          { id: 'e', step: 'end' },
        ],
        edges: [{ id: 'e1', from: 's', port: 'out', to: 'e' }],
      },
    },
  },
  'E-LIMIT-NODES': drawn(
    Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`n${index}`, ['end']])),
    '',
  ),
  'E-LIMIT-EDGES': drawn({ s: ['start'], e: ['end'] }, Array.from({ length: 5_001 }, () => 's out e').join()),
  'E-LIMIT-BRANCHES': { ...one('strange', {}, 'x p0 e'), registry: strange(26) },
  'E-LIMIT-ROUNDS': daily({ max: 2_000, at: '09:00' }),
  'E-LIMIT-WAIT': one('wait', { for: 'P366D' }, 'x done e'),
  'E-LIMIT-TEXT': says('好'.repeat(4_001)),
  'E-OFF-BLOCK': drawn({ s: ['start', {}, { off: true }], e: ['end'] }, 's out e'),
  'W-JOURNEY-UNUSED': drawn({ s: ['start'], e: ['end'] }, 's out e', {
    journeys: {
      welcome: { title: { 'zh-CN': '欢迎' }, graph: graphOf({ i: ['enter'], o: ['end'] }, 'i out o') },
    },
  }),
  'W-REHEARSAL': drawn({ s: ['start'], e: ['end'] }, 's out e', {
    rehearsal: { answers: { task: { done: 1 } } },
  }),
};

const parameters: Partial<Record<ProblemCode, ProblemExample>> = {
  'E-PARAM-SCHEMA': drawn({ s: ['start'], e: ['end'] }, 's out e', params({ size: { type: 'float' } })),
  'E-PARAM-DEFAULT': drawn(
    { s: ['start'], e: ['end'] },
    's out e',
    params({ size: { type: 'integer', minimum: 1, default: 0 } }),
  ),
  'E-PARAM-UNKNOWN': one(
    'wait',
    { for: { param: 'puase' } },
    'x done e',
    params({ pause: { type: 'string' } }),
  ),
  'W-PARAM-UNUSED': drawn({ s: ['start'], e: ['end'] }, 's out e', params({ topic: { type: 'string' } })),
  'E-PARAM-MISSING': {
    document: {
      ...(says('{{ params.topic }}').document as object),
      ...params({ topic: { type: 'string' } }),
    },
    params: {},
  },
  'E-PARAM-VALUE': {
    ...one(
      'wait',
      { for: { param: 'pause' } },
      'x done e',
      params({ pause: { type: 'string', format: 'duration' } }),
    ),
    params: { pause: 'an hour' },
  },
  'E-PARAM-EXTRA': { ...drawn({ s: ['start'], e: ['end'] }, 's out e'), params: { topic: '收纳' } },
  'E-PARAM-FIT': one('wait', { for: { param: 'pause' } }, 'x done e', params({ pause: { type: 'integer' } })),
  'E-BOUND-LITERAL': daily(
    { max: { param: 'days' }, at: '09:00' },
    params({ days: { type: 'integer', default: 21 } }),
  ),
};

const values: Partial<Record<ProblemCode, ProblemExample>> = {
  'E-ZONE': drawn({ s: ['start'], e: ['end'] }, 's out e', { zone: 'Asia/Beijing' }),
  'E-TIME': waits({ at: '09:00', date: '2026-12-05T20:00' }),
  'E-ANCHOR-UNKNOWN': waits({ anchor: 'T', offset: '-P3D', at: '12:00' }),
  'E-ANCHOR-TYPE': waits({ anchor: 'T' }, params({ T: { type: 'string' } })),
  'E-DURATION': one('wait', { for: '-PT1H' }, 'x done e'),
  'E-TOLERANCE': drawn(
    { s: ['start'], x: ['wait', { for: 'PT2H' }, { tolerance: 'P2D' }], e: ['end'] },
    's out x, x done e',
  ),
  'E-CRON': drawn({ s: ['start', { trigger: 'schedule', cron: '0 9 * * 8' }], e: ['end'] }, 's out e'),
  'E-URL': one('webhook', { url: 'https://me:secret@example.com/' }, 'x ok e'),
  'E-METRIC-UNKNOWN': one(
    'branch-metric',
    { metric: 'signups', bands: [{ port: 'a', atLeast: 1 }] },
    'x a e, x else e, x unknown e',
  ),
  'E-METRIC-SCOPE': one(
    'branch-metric',
    { metric: 'join_rate', bands: [{ port: 'a', atLeast: 1 }] },
    'x a e, x else e, x unknown e',
  ),
  'E-METRIC-WINDOW': one(
    'branch-metric',
    { metric: 'active_rate_week', window: 'P1D', bands: [{ port: 'a', atLeast: 1 }] },
    'x a e, x else e, x unknown e',
  ),
  'E-METRIC-SPLIT': one(
    'branch-metric',
    { metric: 'uplift.halves.order.paid', bands: [{ port: 'a', atLeast: 0 }] },
    'x a e, x else e, x unknown e',
  ),
  'E-NAME': one('tag', { add: [' '] }, 'x done e'),
  'E-ATTRIBUTE': {
    ...one('journey', { journey: 'level-up' }, 'x launched e', {
      journeys: {
        'level-up': {
          title: { 'zh-CN': '升级' },
          graph: graphOf(
            { i: ['enter'], a: ['set-attribute', { name: 'level', value: 'gold' }], o: ['end'] },
            'i out a, a done o',
          ),
        },
      },
    }),
    registry: productFor([{ key: 'level', type: 'number', label: {}, choices: [], personal: false }]),
  },
  'E-JOURNEY-UNKNOWN': one('journey', { journey: 'welcome' }, 'x launched e'),
  'E-JOURNEY-RECURSIVE': one('journey', { journey: 'welcome' }, 'x launched e', {
    journeys: {
      welcome: {
        title: { 'zh-CN': '欢迎' },
        graph: graphOf(
          { i: ['enter'], again: ['journey', { journey: 'welcome' }], o: ['end'] },
          'i out again, again launched o',
        ),
      },
    },
  }),
  'E-PHASE-UNKNOWN': drawn({ s: ['start', {}, { phase: 'prepare' }], e: ['end'] }, 's out e'),
  'E-CONDITION': one(
    'branch',
    { rules: [{ port: 'a', when: { cel: 'member.tgas == "vip"' } }] },
    'x a e, x else e',
  ),
  'E-TEXT-LOCALE': { document: { ...(says('你好').document as object), locales: ['zh-CN', 'en'] } },
  'E-TEXT': says('你好，{{ member.nmae }}！'),
  'E-SPLIT-SUM': one(
    'split',
    {
      variants: [
        { port: 'a', percent: 50 },
        { port: 'b', percent: 40 },
      ],
    },
    'x a e, x b e',
  ),
  'E-BANDS-ORDER': one(
    'branch-metric',
    {
      metric: 'sign_ups',
      bands: [
        { port: 'few', atLeast: 10 },
        { port: 'many', atLeast: 50 },
      ],
    },
    'x few e, x many e, x else e, x unknown e',
  ),
  'E-TAG-BOTH': one('tag', { add: ['rsvp'], remove: ['rsvp'] }, 'x done e'),
  'E-WATCH-OFTEN': one(
    'watch',
    { metric: 'complaints', op: '>=', value: 3, every: 'PT1S', until: { for: 'PT2H' } },
    'x breach e, x ended e',
  ),
};

const { goal: _goal, ...GOALLESS } = HEAD;

const honesty: Partial<Record<ProblemCode, ProblemExample>> = {
  'E-GOAL': { document: { ...GOALLESS, graph: graphOf({ s: ['start'], e: ['end'] }, 's out e') } },
  'E-FAKE-NUMBER': says('现在已有 128 人报名！'),
  'E-SCARCITY-UNBOUND': says('名额有限，快来！'),
  'E-SOCKPUPPET': says('请大家用小号来捧场。'),
  'E-NO-OPTOUT': says('新品上架！', { class: 'marketing' }),
  'E-NO-CONSENT': says('新品上架！', {
    class: 'marketing',
    optOut: { 'zh-CN': '回复 T 退订。' },
    audience: { segment: { cel: '"vip" in member.tags' } },
  }),
  'W-CLASS': says('全场八折，立即下单！', { class: 'service' }),
  'E-QUIET': {
    ...drawn(
      {
        s: ['start'],
        w: ['wait-until', { until: { anchor: 'T', offset: '-PT30M' } }],
        x: [
          'send-message',
          message('马上开始！', { class: 'marketing', optOut: { 'zh-CN': '回复 T 退订。' } }),
        ],
        e: ['end'],
      },
      's out w, w reached x, x sent e',
      params(T),
    ),
    params: { T: '2026-12-05T22:45' },
  },
  'E-HUMAN-ONLY': one('human-task', { ...TASK, kind: 'comfort', onTimeout: 'skip' }, 'x done e, x expired e'),
  'W-OPERATOR-LOAD': one('journey', { journey: 'talk' }, 'x launched e', {
    rehearsal: { members: 200 },
    journeys: {
      talk: {
        title: { 'zh-CN': '一对一' },
        graph: graphOf(
          { i: ['enter'], t: ['human-task', TASK], o: ['end'] },
          'i out t, t done o, t expired o',
        ),
      },
    },
  }),
  'W-NO-REVIEW': drawn({ s: ['start'], e: ['end'] }, 's out e'),
};

const outside: Readonly<Partial<Record<ProblemCode, ProblemExample>>> = {
  'W-NOT-REACHABLE': {
    ...says('{{ links.optOut }}'),
    registry: { ...product, isReachable: false },
  },
};

const team = (kind: string, more: Partial<TeamChannel> = {}): Registry =>
  productFor([], [{ name: 'simulator', kind, budgets: [], trouble: null, ...more }]);

const channels: Partial<Record<ProblemCode, ProblemExample>> = {
  'W-CHANNEL-UNKNOWN': { ...says('你好', { channel: 'simulater' }), registry: team('simulator') },
  'W-CHANNEL-TROUBLE': { ...says('你好'), registry: team('feishu', { trouble: 'unverified' }) },
  'E-CHANNEL-CANNOT': { ...says('你好', { mode: 'auto' }), registry: team('manual') },
  'E-CHANNEL-LENGTH': { ...says('好'.repeat(700)), registry: team('wecom') },
  'E-CHANNEL-BUDGET': {
    ...drawn(
      {
        s: ['start'],
        r: ['repeat', { max: 21, at: '09:00' }],
        x: ['send-message', message('早上好', { mode: 'confirm', role: 'operator' })],
        y: ['send-message', message('今天也要打卡', { mode: 'confirm', role: 'operator' })],
        e: ['end'],
      },
      's out r, r each x, x sent y, y sent r, r done e',
    ),
    registry: team('wecom-customers', { budgets: limitsOf('wecom-customers', null).budgets }),
  },
};

/** An example for every code. */
export const examples: Readonly<Partial<Record<ProblemCode, ProblemExample>>> = {
  ...shape,
  ...parameters,
  ...values,
  ...structure,
  ...honesty,
  ...outside,
  ...channels,
};
