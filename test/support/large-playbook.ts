// A realistic playbook of any size: week after week of one campaign, each with messages in two languages, waits, branches by
// condition and by number, a guard beside the launch, a daily repeat and tasks for people. For benchmarks and tests of limits.

interface Drawing {
  readonly nodes: {
    readonly id: string;
    readonly step: string;
    readonly config: object;
    readonly phase: string;
  }[];
  readonly edges: {
    readonly id: string;
    readonly from: string;
    readonly port: string;
    readonly to: string;
  }[];
}

/** A playbook with exactly so many nodes (at least 3): weeks as long as they fit, then pauses, the review and the end. */
export function largePlaybook(size: number): object {
  const drawing: Drawing = { nodes: [], edges: [] };
  draw(drawing, 'start', 'start', { trigger: 'manual' });
  let [from, port] = ['start', 'out'];
  const follow = (id: string, step: string, config: object, by: string): void => {
    draw(drawing, id, step, config);
    connect(drawing, `${from} ${port} ${id}`);
    [from, port] = [id, by];
  };
  for (let week = 0; drawing.nodes.length + WEEK.length + 2 <= size; week += 1) {
    for (const [name, step, config] of WEEK) draw(drawing, `${name}-${week}`, step, config(week));
    connect(drawing, `${from} ${port} until-${week}`);
    for (const line of WAYS) connect(drawing, line.replaceAll('*', String(week)));
    [from, port] = [`approve-${week}`, 'approved'];
  }
  for (let extra = 0; drawing.nodes.length + 2 < size; extra += 1) {
    follow(`pause-${extra}`, 'wait', { for: 'PT1H' }, 'done');
  }
  follow('review', 'report', { role: 'owner', due: { anchor: 'T', offset: 'P3D', at: '18:00' } }, 'approved');
  follow('end', 'end', {}, '');
  for (const week of Array(Math.floor((size - 3) / WEEK.length)).keys()) {
    for (const answer of ['rejected', 'expired']) connect(drawing, `approve-${week} ${answer} end`);
  }
  return { ...HEAD, graph: drawing };
}

function draw({ nodes }: Drawing, id: string, step: string, config: object): void {
  nodes.push({ id, step, config, phase: 'run' });
}

function connect({ edges }: Drawing, line: string): void {
  const [from = '', port = '', to = ''] = line.split(' ');
  edges.push({ id: `e${edges.length}`, from, port, to });
}

const message = (zh: string, en: string, more: object = {}) => ({
  channel: 'simulator',
  audience: { groups: 'all' },
  text: { 'zh-CN': zh, en },
  class: 'service',
  ...more,
});

const WEEK: readonly (readonly [name: string, step: string, config: (week: number) => object])[] = [
  ['until', 'wait-until', (week) => ({ until: { anchor: 'T', offset: `-P${week + 1}D`, at: '12:00' } })],
  [
    'teaser',
    'send-message',
    (week) =>
      message(
        `第 ${week} 周：和 {{ params.topic }} 有关，{{ params.T | when }} 开始。`,
        `Week ${week}: it is about {{ params.topic }} and begins {{ params.T | when }}.`,
        { expires: 'PT6H' },
      ),
  ],
  ['fork', 'parallel', () => ({ branches: [{ port: 'launch' }, { port: 'guard' }] })],
  ['launch', 'send-message', () => message('开始啦：{{ params.link }}', 'We are live: {{ params.link }}')],
  [
    'guard',
    'watch',
    () => ({
      metric: 'complaints',
      op: '>=',
      value: 3,
      window: 'PT30M',
      every: 'PT5M',
      until: { anchor: 'T', offset: 'PT3H' },
      role: 'operator',
      text: { 'zh-CN': '投诉 {{ metrics.complaints }} 条', en: '{{ metrics.complaints }} complaints' },
    }),
  ],
  ['join', 'join', () => ({ need: 'any' })],
  [
    'measure',
    'branch-metric',
    () => ({
      metric: 'sign_up_rate',
      bands: [
        { port: 'good', atLeast: 0.08 },
        { port: 'fair', atLeast: 0.03 },
      ],
    }),
  ],
  [
    'praise',
    'send-message',
    () => message('已经有 {{ metrics.sign_ups }} 人报名！', '{{ metrics.sign_ups }} have signed up!'),
  ],
  [
    'adjust',
    'human-task',
    (week) => ({
      kind: 'adjust',
      role: 'operator',
      title: { 'zh-CN': `第 ${week} 周怎么调整`, en: `How to adjust week ${week}` },
      script: { 'zh-CN': '看 {{ metrics.reach }}，再决定。', en: 'Look at {{ metrics.reach }} and decide.' },
      outcomes: [
        { port: 'extra', label: { 'zh-CN': '加一场', en: 'One more' } },
        { port: 'nothing', label: { 'zh-CN': '不变', en: 'Nothing' } },
      ],
      due: { for: 'PT30M' },
      onTimeout: 'skip',
    }),
  ],
  [
    'branch',
    'branch',
    (week) => ({
      rules: [
        {
          port: 'vip',
          when: {
            combinator: 'and',
            rules: [
              { field: 'run.tags', operator: 'contains', value: `vip-${week}` },
              { field: 'metrics.reach', operator: '>', value: 100 + week },
            ],
          },
        },
        { port: 'large', when: { cel: `metrics.sign_ups > ${50 + week} && params.minimum < 20` } },
      ],
    }),
  ],
  ['tag', 'tag', (week) => ({ add: [`vip-${week + 1}`] })],
  ['level', 'set-attribute', (week) => ({ name: 'level', value: week })],
  ['days', 'repeat', () => ({ max: 5, at: '09:00', until: { cel: 'metrics.sign_ups > 200' } })],
  [
    'remind',
    'send-message',
    () => message('还差几步：{{ params.link }}', 'Some steps to go: {{ params.link }}'),
  ],
  [
    'approve',
    'approval',
    (week) => ({
      role: 'approver',
      title: { 'zh-CN': `批准第 ${week + 1} 周`, en: `Approve week ${week + 1}` },
      due: { for: 'PT48H' },
      remindBefore: 'PT4H',
    }),
  ],
];

const WAYS: readonly string[] = [
  'until-* reached teaser-*',
  'teaser-* sent fork-*',
  'fork-* launch launch-*',
  'fork-* guard guard-*',
  'launch-* sent join-*',
  'guard-* breach join-*',
  'guard-* ended join-*',
  'join-* out measure-*',
  'measure-* good praise-*',
  'measure-* fair adjust-*',
  'measure-* else adjust-*',
  'measure-* unknown branch-*',
  'praise-* sent branch-*',
  'adjust-* extra branch-*',
  'adjust-* nothing branch-*',
  'adjust-* expired branch-*',
  'branch-* vip tag-*',
  'branch-* large level-*',
  'branch-* else days-*',
  'tag-* done days-*',
  'level-* done days-*',
  'days-* each remind-*',
  'remind-* sent days-*',
  'days-* done approve-*',
];

const HEAD = {
  format: 1,
  id: 'large',
  title: { 'zh-CN': '很长的活动', en: 'A long activity' },
  locales: ['zh-CN', 'en'],
  params: {
    type: 'object',
    required: ['T', 'topic', 'link'],
    properties: {
      T: { type: 'string', format: 'date-time', examples: ['2026-12-05T20:00'] },
      topic: { type: 'string', examples: ['收纳'] },
      link: { type: 'string', format: 'uri', examples: ['https://example.com/live'] },
      minimum: { type: 'integer', default: 5 },
    },
  },
  goal: {
    metric: 'sign_up_rate',
    baseline: 0,
    target: 0.1,
    deadline: { anchor: 'T' },
    guardrails: [{ metric: 'opt_out', atMost: 0.005 }],
  },
  phases: [{ id: 'run', title: { 'zh-CN': '进行', en: 'Run' } }],
};
