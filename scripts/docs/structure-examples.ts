// A playbook for every problem of the drawing: edges, ports, parallels, joins and repeats.
import { product, type ProblemCode } from '../../engine/index.ts';
import {
  AB,
  ALL,
  BRANCH,
  daily,
  drawn,
  graphOf,
  HOUR,
  message,
  nested,
  one,
  type Nodes,
  type ProblemExample,
  strange,
} from './draw.ts';

/** Start, a parallel with branches a and b through x and y, their join, and the end. */
const fork = (more: Nodes, edges: string): ProblemExample =>
  drawn(
    {
      s: ['start'],
      p: ['parallel', AB],
      x: ['wait', HOUR],
      y: ['wait', HOUR],
      j: ['join', ALL],
      e: ['end'],
      ...more,
    },
    edges,
  );
const FORKED = 's out p, p a x, p b y, x done j, y done j, j out e';

/** A journey that is entered by event for as long as nobody closes it. */
const OPEN = {
  journeys: {
    welcome: {
      title: { 'zh-CN': '欢迎' },
      graph: graphOf({ i: ['enter', { from: 'event', event: 'member.joined' }], o: ['end'] }, 'i out o'),
    },
  },
};

/** By code. */
export const structure: Partial<Record<ProblemCode, ProblemExample>> = {
  'E-EDGE-DANGLING': one('branch', BRANCH, 'x a e, x else ned'),
  'E-PORT-UNKNOWN': one('wait', HOUR, 'x doen e'),
  'E-PORT-TWICE': one('wait', HOUR, 'x done e, x done e'),
  'E-PORT-SAME': one('parallel', { branches: [{ port: 'a' }, { port: 'a' }] }, 'x a e'),
  'E-PORT-OPEN': one('branch', BRANCH, 'x a e'),
  'E-WAIT-NO-TIMEOUT': one(
    'wait-for-event',
    { topics: [{ event: 'member.replied', port: 'replied' }], within: 'PT48H' },
    'x replied e',
  ),
  'E-EDGE-INTO-START': one('branch', BRANCH, 'x a e, x else s'),
  'E-NO-START': drawn({ e: ['end'] }, ''),
  'E-MANY-STARTS': drawn({ s: ['start'], t: ['start'], e: ['end'] }, 's out e, t out e'),
  'E-UNREACHABLE': drawn({ s: ['start'], x: ['wait', HOUR], e: ['end'] }, 's out e, x done e'),
  'W-DOOR-ENDLESS': one(
    'journey',
    { journey: 'welcome', wait: true },
    'x done e, x expired e, x empty e',
    OPEN,
  ),
  'W-TAKEOVER-REPEATS': {
    ...drawn(
      {
        s: ['start'],
        m: ['send-message', message('欢迎新朋友的活动开始了')],
        x: ['journey', { journey: 'welcome' }],
        e: ['end'],
      },
      's out m, m sent x, x launched e, x empty e',
      OPEN,
    ),
    registry: { ...product, takesOver: true },
  },
  'W-DOOR-EACH-LAUNCH': drawn(
    {
      s: ['start', { trigger: 'schedule', cron: '0 9 * * 1' }],
      x: ['journey', { journey: 'welcome' }],
      e: ['end'],
    },
    's out x, x launched e, x empty e',
    OPEN,
  ),
  'E-NO-EXIT': { ...drawn({ s: ['start'], x: ['strange'] }, 's out x'), registry: strange(1) },
  'E-INTO-PARALLEL': fork(
    { b: ['branch', { rules: [{ port: 'skip', when: { cel: 'metrics.reach > 5' } }] }] },
    's out b, b else p, p a x, p b y, x done j, y done j, j out e, b skip x',
  ),
  'E-INTO-REPEAT': drawn(
    {
      s: ['start'],
      b: ['branch', { rules: [{ port: 'skip', when: { cel: 'metrics.reach > 5' } }] }],
      r: ['repeat', { max: 3 }],
      x: ['wait', HOUR],
      e: ['end'],
    },
    's out b, b else r, r each x, x done r, r done e, b skip x',
  ),
  'E-OUT-OF-PARALLEL': fork(
    { z: ['branch', { rules: [{ port: 'out', when: { cel: 'metrics.reach > 5' } }] }], w: ['wait', HOUR] },
    's out p, p a z, p b y, z else x, x done j, y done j, j out w, w done e, z out w',
  ),
  'E-OUT-OF-REPEAT': drawn(
    {
      s: ['start'],
      r: ['repeat', { max: 3 }],
      x: ['wait-for-event', { topics: [{ event: 'member.replied', port: 'replied' }], within: 'P1D' }],
      w: ['wait', HOUR],
      e: ['end'],
    },
    's out r, r each x, x timeout r, r done w, w done e, x replied w',
  ),
  'E-BRANCHES-MEET': fork(
    { w: ['wait', HOUR] },
    's out p, p a x, p b y, x done w, w done j, j out e, y done w',
  ),
  'E-INTERLEAVE': drawn(
    {
      s: ['start'],
      b: ['branch', BRANCH],
      p: ['parallel', AB],
      x: ['branch', BRANCH],
      j: ['join', ALL],
      q: ['parallel', AB],
      y: ['wait', HOUR],
      k: ['join', ALL],
      e: ['end'],
    },
    's out b, b a p, p a x, x else j, p b j, j out e, b else q, q a y, y done k, q b k, k out e, x a y',
  ),
  'E-JOIN-ALONE': drawn({ s: ['start'], j: ['join', ALL], e: ['end'] }, 's out j, j out e'),
  'E-JOIN-TWO': drawn(
    {
      s: ['start'],
      p: ['parallel', AB],
      j: ['join', { need: 'any' }],
      q: ['parallel', { branches: [{ port: 'c' }, { port: 'd' }] }],
      k: ['join', { need: 'any' }],
      e: ['end'],
    },
    's out p, p a j, p b j, j out q, q c k, k out e, q d j',
  ),
  'E-SECOND-JOIN': fork({ k: ['join', ALL] }, 's out p, p a x, p b y, x done j, j out e, k out e, y done k'),
  'E-CYCLE': drawn(
    {
      s: ['start'],
      x: ['wait', HOUR],
      b: ['branch', { rules: [{ port: 'again', when: { cel: 'metrics.reach < 5' } }] }],
      e: ['end'],
    },
    's out x, x done b, b else e, b again x',
  ),
  'E-LOOP-UNBOUNDED': daily({ at: '09:00' }),
  'E-REPEAT-NO-RETURN': drawn(
    { s: ['start'], r: ['repeat', { max: 3 }], x: ['wait', HOUR], e: ['end'] },
    's out r, r each x, x done e, r done e',
  ),
  'E-REPEAT-EMPTY': one('repeat', { max: 3, at: '09:00' }, 'x each x, x done e'),
  'E-JOIN-NEED': fork({ j: ['join', { need: 'count', count: 3 }] }, FORKED),
  'W-JOIN-ONE': fork({}, 's out p, p a x, p b y, x done j, y done e, j out e'),
  'E-SPIN': daily({ max: 500 }),
  'E-SPIN-NESTED': nested(50, false),
  'E-LAPS': drawn(
    {
      s: ['start'],
      r1: ['repeat', { max: 1_000 }],
      r2: ['repeat', { max: 1_000 }],
      r3: ['repeat', { max: 1_000 }],
      r4: ['repeat', { max: 1_000 }],
      x: ['wait', HOUR],
      e: ['end'],
    },
    's out r1, r1 each r2, r2 each r3, r3 each r4, r4 each x, x done r4, r4 done r3, r3 done r2, r2 done r1, r1 done e',
  ),
};
