// Rehearsals: what a plan does with a synthetic community, step by step, and the same every time.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rehearsal as Settings } from '../../engine/document.ts';
import { compile } from '../../engine/index.ts';
import { periodAround } from '../../engine/effects/budget.ts';
import { isoOf, parseInstant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Plan } from '../../engine/plan.ts';
import { Rehearsal, rehearse, type RehearsalOptions } from '../../engine/rehearse.ts';
import { parseScript, type ScriptEntry } from '../../engine/script.ts';
import { steps } from '../../engine/steps/index.ts';

// Noon in Shanghai.
const START = parseInstant('2026-12-01T04:00:00Z')!;

type Node = readonly [id: string, step: string, config?: JsonObject];

/** A graph from a row of nodes and edges written `from.port to`. */
function graph(nodes: readonly Node[], edges: readonly string[]) {
  return {
    nodes: nodes.map(([id, step, config = {}]) => ({ id, step, config })),
    edges: edges.map((edge, index) => {
      const [, from, port, to] = /^(\S+)\.(\S+) (\S+)$/.exec(edge)!;
      return { id: `e${index}`, from, port, to };
    }),
  };
}

interface Written {
  readonly nodes: readonly Node[];
  readonly edges: readonly string[];
  readonly journey?: { readonly nodes: readonly Node[]; readonly edges: readonly string[] };
  readonly params?: JsonObject;
  readonly rehearsal?: Settings;
}

function document({ nodes, edges, journey, params, rehearsal }: Written) {
  return {
    format: 1,
    id: 'test',
    title: { 'zh-CN': '测试' },
    goal: {
      metric: 'sign_ups',
      baseline: 0,
      target: 10,
      deadline: { for: 'P7D' },
      guardrails: [{ metric: 'opt_out', atMost: 0.005 }],
    },
    ...(params === undefined
      ? {}
      : {
          params: {
            type: 'object',
            properties: Object.fromEntries(
              Object.entries(params).map(([name, value]) => [
                name,
                typeof value === 'string'
                  ? { type: 'string', format: 'date-time', default: value }
                  : { type: 'number', default: value },
              ]),
            ),
          },
        }),
    graph: graph(nodes, edges),
    ...(journey === undefined
      ? {}
      : { journeys: { j1: { title: { 'zh-CN': '旅程' }, graph: graph(journey.nodes, journey.edges) } } }),
    ...(rehearsal === undefined ? {} : { rehearsal }),
  };
}

function planOf(written: Written): Plan {
  const { plan, problems } = compile(document(written), {});
  if (plan === undefined) throw new Error(JSON.stringify(problems, null, 1));
  return plan;
}

function run(written: Written, more: Partial<RehearsalOptions> & { entries?: readonly ScriptEntry[] } = {}) {
  const plan = planOf(written);
  const { entries = [], ...options } = more;
  const { script, problems } = parseScript(entries, plan, steps);
  expect(problems).toEqual([]);
  return rehearse(plan, { start: START, settings: written.rehearsal, script, ...options });
}

/** `node.port@hours` for each step of a subject. */
const way = (rehearsal: Rehearsal, subject = 'campaign'): string[] =>
  rehearsal
    .report()
    .traces.find((trace) => trace.subject === subject)!
    .steps.map(({ node, port, at }) => `${node}.${port ?? '*'}@${(parseInstant(at)! - START) / 3_600_000}`);

const message = (more: JsonObject = {}): JsonObject => ({
  channel: 'simulator',
  audience: { groups: 'all' },
  text: { 'zh-CN': '开始啦' },
  class: 'service',
  ...more,
});
const marketing = (more: JsonObject = {}): JsonObject =>
  message({ class: 'marketing', optOut: { 'zh-CN': '退订回复 T' }, ...more });

describe('a campaign', () => {
  test('waits, sends and ends at the instants that were planned', () => {
    const rehearsal = run({
      nodes: [
        ['start', 'start'],
        ['w', 'wait', { for: 'PT2H' }],
        ['m', 'send-message', message()],
        ['end', 'end', { reason: 'over' }],
      ],
      edges: ['start.out w', 'w.done m', 'm.sent end'],
      rehearsal: { members: 10, groups: 3 },
    });
    expect(way(rehearsal)).toEqual(['start.out@0', 'end.*@2', 'm.sent@2', 'w.done@2']);
    const { calendar, ended, traces, counts } = rehearsal.report();
    expect(calendar).toEqual([
      { at: '2026-12-01T06:00:00.000Z', node: 'm', channel: 'simulator', text: '开始啦', count: 3 },
    ]);
    expect(ended).toBe('2026-12-01T06:00:00.000Z');
    expect(traces[0]!.end).toBe('over');
    expect(counts['m']).toEqual({ sent: 1 });
  });

  test('staff answer an approval after a while, or nobody does and it is escalated in vain', () => {
    const written: Written = {
      nodes: [
        ['start', 'start'],
        [
          'ok',
          'approval',
          { role: 'approver', title: { 'zh-CN': '方案' }, due: { for: 'PT4H' }, escalateWithin: 'PT2H' },
        ],
        ['yes', 'end', { reason: 'yes' }],
        ['no', 'end', { reason: 'no' }],
        ['late', 'end', { reason: 'late' }],
      ],
      edges: ['start.out ok', 'ok.approved yes', 'ok.rejected no', 'ok.expired late'],
    };
    expect(run(written).report().traces[0]!.end).toBe('yes');
    const nobody = run({ ...written, rehearsal: { answers: { ok: {} } } });
    expect(way(nobody)).toEqual(['start.out@0', 'late.*@6', 'ok.expired@6']);
  });

  test('numbers that people report decide a branch', () => {
    const written: Written = {
      nodes: [
        ['start', 'start'],
        [
          't',
          'human-task',
          {
            role: 'operator',
            title: { 'zh-CN': '数人头' },
            outcomes: [{ port: 'done' }],
            numbers: [{ name: 'heads' }],
            due: { for: 'PT4H' },
          },
        ],
        ['b', 'branch-metric', { metric: 'reported.heads', bands: [{ port: 'full', atLeast: 90 }] }],
        ['end', 'end'],
      ],
      edges: ['start.out t', 't.done b', 't.expired b', 'b.full end', 'b.else end', 'b.unknown end'],
    };
    const answered = (heads: number) =>
      run(written, {
        entries: [{ node: 't', subject: 'campaign', port: 'done', after: 'PT1H', values: { heads } }],
      });
    expect(way(answered(95))).toContain('b.full@1');
    expect(way(answered(10))).toContain('b.else@1');
    expect(
      way(run(written, { entries: [{ node: 't', subject: 'campaign', port: 'expired', after: 'PT1H' }] })),
    ).toContain('b.unknown@1');
  });

  test('a form collects until it closes, and counts each person once', () => {
    const written: Written = {
      nodes: [
        ['start', 'start'],
        [
          'f',
          'collect-form',
          {
            title: { 'zh-CN': '报名' },
            questions: [{ key: 'name', label: { 'zh-CN': '称呼' }, type: 'text' }],
            until: { for: 'PT10H' },
            counts: 'sign_ups',
          },
        ],
        ['b', 'branch-metric', { metric: 'sign_ups', bands: [{ port: 'all', atLeast: 50 }] }],
        ['end', 'end'],
      ],
      edges: ['start.out f', 'f.submitted b', 'f.expired end', 'b.all end', 'b.else end', 'b.unknown end'],
      rehearsal: { members: 50, rates: { signUp: 1 } },
    };
    expect(way(run(written))).toEqual(['start.out@0', 'b.all@10', 'end.*@10', 'f.submitted@10']);
    const nobody = run({ ...written, rehearsal: { members: 50, rates: { signUp: 0 } } });
    expect(way(nobody)).toEqual(['start.out@0', 'end.*@10', 'f.expired@10']);
  });

  test('a watch looks again and again, and a breach pauses the run', () => {
    const rehearsal = run({
      nodes: [
        ['start', 'start'],
        ['m', 'send-message', message()],
        [
          'w',
          'watch',
          {
            metric: 'complaints',
            op: '>=',
            value: 5,
            every: 'PT1H',
            until: { for: 'P2D' },
            onBreach: 'pause',
          },
        ],
        ['later', 'wait', { for: 'PT1H' }],
        ['end', 'end'],
      ],
      edges: ['start.out m', 'm.sent w', 'w.breach later', 'w.ended end', 'later.done end'],
      rehearsal: { members: 100, rates: { complain: 0.5 } },
    });
    // The alert pauses the run in the instant of the breach; nobody resumes it.
    expect(rehearsal.isDone).toBe(false);
    expect(rehearsal.next).toBeNull();
    expect(rehearsal.recorder.counts()['end']).toEqual({});
    expect(rehearsal.report().ended).toBeNull();
  });

  test('a message that people paste waits for them, and is counted when they have', () => {
    const written: Written = {
      nodes: [
        ['start', 'start'],
        ['m', 'send-message', message({ mode: 'humanCopy', expires: 'PT3H' })],
        ['end', 'end'],
      ],
      edges: ['start.out m', 'm.sent end'],
      rehearsal: { groups: 4 },
    };
    const pasted = run(written, {
      entries: [{ node: 'm', subject: 'campaign', port: 'done', after: 'PT20M' }],
    });
    expect(pasted.report().calendar).toMatchObject([{ at: '2026-12-01T04:20:00.000Z', count: 4 }]);
    const forgotten = run({ ...written, rehearsal: { answers: { m: {} } } });
    expect(way(forgotten)).toEqual(['start.out@0', 'end.*@3', 'm.expired@3']);
    expect(forgotten.report().calendar).toEqual([]);
  });
});

describe('the gate', () => {
  test('marketing of the night goes out in the morning, service at once', () => {
    const night = parseInstant('2026-12-01T15:00:00Z')!;
    const written = (config: JsonObject): Written => ({
      nodes: [
        ['start', 'start'],
        ['m', 'send-message', config],
        ['end', 'end'],
      ],
      edges: ['start.out m', 'm.sent end'],
    });
    const sentAt = (config: JsonObject) =>
      run(written(config), { start: night })
        .report()
        .calendar.map(({ at }) => at);
    expect(sentAt(message())).toEqual(['2026-12-01T15:00:00.000Z']);
    expect(sentAt(marketing({ expires: 'PT12H' }))).toEqual(['2026-12-02T00:00:00.000Z']);
    expect(sentAt(marketing({ expires: 'PT2H' }))).toEqual([]);
  });

  test('caps: one marketing message a day and three a week for each member, two posts a day for each group', () => {
    const written: Written = {
      nodes: [
        ['start', 'start'],
        ['go', 'journey', { journey: 'j1', wait: true }],
        ['posts', 'repeat', { max: 3 }],
        ['post', 'send-message', marketing()],
        ['end', 'end'],
      ],
      edges: ['start.out go', 'go.done posts', 'posts.each post', 'post.sent posts', 'posts.done end'],
      journey: {
        nodes: [
          ['in', 'enter'],
          ['days', 'repeat', { max: 5, at: '10:00' }],
          ['a', 'send-message', marketing({ audience: { subject: true } })],
          ['b', 'send-message', marketing({ audience: { subject: true } })],
          ['out', 'end'],
        ],
        edges: ['in.out days', 'days.each a', 'a.sent b', 'b.sent days', 'days.done out'],
      },
      rehearsal: { members: 5, rates: { optOut: 0 } },
    };
    const { counts } = run(written).report();
    expect(counts['a']).toEqual({ sent: 15, skipped: 10 });
    expect(counts['b']).toEqual({ skipped: 25 });
    expect(counts['post']).toEqual({ sent: 2, skipped: 1 });
  });

  test('budgets of the team’s channels: no period of an account or a group has more than its count', () => {
    const written: Written = {
      nodes: [
        ['start', 'start'],
        ['days', 'repeat', { max: 20, at: '10:00' }],
        ['a', 'send-message', message({ expires: 'PT20H' })],
        ['b', 'send-message', message({ expires: 'PT3H' })],
        ['end', 'end'],
      ],
      edges: ['start.out days', 'days.each a', 'a.sent b', 'b.sent days', 'days.done end'],
      rehearsal: { members: 9, groups: 3 },
    };
    const dayOf = (at: string): number => Math.floor((Date.parse(at) + 8 * 3_600_000) / 86_400_000);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('day', 'week', 'month'),
        fc.constantFrom('account', 'group', 'recipient', 'member'),
        (count, period, of) => {
          const channel = { name: 'simulator', kind: 'telegram', trouble: null };
          const rehearsal = run(written, {
            channels: [{ ...channel, budgets: [{ name: 'x', count, period, of }] }],
          });
          const { calendar } = rehearsal.report();
          const sums = new Map<number, number>();
          for (const { at, count: sent } of calendar) {
            const { from } = periodAround({ count, period }, dayOf(at));
            sums.set(from, (sums.get(from) ?? 0) + sent);
          }
          const most = { account: count, group: 3 * count, recipient: 3 * count, member: Infinity }[of];
          expect(Math.max(...sums.values())).toBeLessThanOrEqual(most);
          // Nothing is withheld that had room.
          if (of === 'member') expect(calendar.reduce((sum, it) => sum + it.count, 0)).toBe(2 * 20 * 3);
          else expect(sums.values().next().value).toBe(Math.min(most, period === 'day' ? 6 : Infinity, 120));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('what colleagues paste, and other channels, use up no budget', () => {
    const posts = (more: JsonObject): Written => ({
      nodes: [
        ['start', 'start'],
        ['a', 'send-message', message(more)],
        ['b', 'send-message', message(more)],
        ['end', 'end'],
      ],
      edges: ['start.out a', 'a.sent b', 'b.sent end'],
      rehearsal: { members: 3, groups: 1 },
    });
    const budgets = [{ name: 'x', count: 1, period: 'day', of: 'account' }] as const;
    const sent = (more: JsonObject, name = 'simulator') =>
      run(posts(more), { channels: [{ name, kind: 'telegram', trouble: null, budgets }] })
        .report()
        .calendar.reduce((sum, { count }) => sum + count, 0);
    expect(sent({ mode: 'auto', expires: 'PT1H' })).toBe(1);
    expect(sent({ mode: 'auto', expires: 'PT1H' }, 'other')).toBe(2);
    expect(sent({ mode: 'humanCopy', expires: 'PT12H' })).toBe(2);
  });

  test('whoever does not agree or has opted out gets no marketing', () => {
    const written: Written = {
      nodes: [
        ['start', 'start'],
        ['one', 'send-message', marketing({ audience: { segment: { cel: 'member.consent' } } })],
        ['day', 'wait', { for: 'P1D' }],
        ['two', 'send-message', marketing({ audience: { segment: { cel: 'member.consent || true' } } })],
        ['end', 'end'],
      ],
      edges: ['start.out one', 'one.sent day', 'day.done two', 'two.sent end'],
      rehearsal: {
        members: 100,
        rates: { optOut: 0.5 },
        delays: { reply: 'PT10M' },
        attributes: { consent: { true: 1, false: 1 } },
      },
    };
    const [first, second] = run(written).report().calendar;
    expect(first!.count).toBeGreaterThan(30);
    expect(first!.count).toBeLessThan(70);
    expect(second!.count).toBeLessThan(first!.count * 0.75);
    expect(run(written).report().counts['two']).toEqual({ partial: 1 });
  });
});

describe('a journey', () => {
  const written: Written = {
    nodes: [
      ['start', 'start'],
      ['go', 'journey', { journey: 'j1', wait: true, within: 'P3D' }],
      ['end', 'end'],
      ['late', 'end', { reason: 'late' }],
    ],
    edges: ['start.out go', 'go.done end', 'go.expired late'],
    journey: {
      nodes: [
        ['in', 'enter', { segment: { cel: 'member.level >= 2.0' } }],
        ['m', 'send-message', message({ audience: { subject: true } })],
        ['w', 'wait-for-event', { topics: [{ event: 'member.replied', port: 'replied' }], within: 'PT24H' }],
        ['t', 'tag', { add: ['answered'] }],
        ['b', 'branch', { rules: [{ port: 'yes', when: { cel: '"answered" in member.tags' } }] }],
        ['good', 'end', { reason: 'answered' }],
        ['quiet', 'end', { reason: 'silent' }],
      ],
      edges: ['in.out m', 'm.sent w', 'w.replied t', 't.done b', 'w.timeout b', 'b.yes good', 'b.else quiet'],
    },
    rehearsal: {
      members: 400,
      rates: { reply: 0.5 },
      delays: { reply: 'PT2H' },
      attributes: { level: { 1: 1, 2: 1 } },
    },
  };

  test('takes those who qualify, each on their own, and the campaign goes on when all are through', () => {
    const rehearsal = run(written);
    const { traces, counts } = rehearsal.report();
    const members = traces.slice(1);
    expect(members.length).toBeGreaterThan(150);
    expect(members.length).toBeLessThan(250);
    expect(members.map(({ subject }) => subject)).toEqual(members.map((_, index) => `j1/${index}`));
    expect(new Set(members.map(({ end }) => end))).toEqual(new Set(['answered', 'silent']));
    expect(counts['w']!['replied']! + counts['w']!['timeout']!).toBe(members.length);
    expect(counts['w']!['replied']! / members.length).toBeCloseTo(0.5, 0);
    expect(traces[0]!.end).toBe('done');
    expect(way(rehearsal).slice(-2)).toEqual(['end.*@24', 'go.done@24']);
  });

  test('an event of the script arrives after its time from the start of the visit', () => {
    const rehearsal = run(
      { ...written, rehearsal: { members: 2, rates: { reply: 0 }, attributes: { level: { 2: 1 } } } },
      { entries: [{ node: 'w', subject: 'j1/1', event: 'member.replied', after: 'PT3H' }] },
    );
    expect(way(rehearsal, 'j1/0')).toContain('w.timeout@24');
    expect(way(rehearsal, 'j1/1')).toContain('w.replied@3');
    expect(rehearsal.report().traces[2]!.end).toBe('answered');
  });

  test('an event at the very deadline wins over the timeout', () => {
    const settings = { members: 1, rates: { reply: 0 }, attributes: { level: { 2: 1 } } };
    const rehearsal = run(
      { ...written, rehearsal: settings },
      { entries: [{ node: 'w', subject: 'j1/0', event: 'member.replied', after: 'PT24H' }] },
    );
    expect(way(rehearsal, 'j1/0')).toContain('w.replied@24');
  });

  test('the campaign does not wait for ever', () => {
    const slow = {
      ...written,
      nodes: [
        written.nodes[0]!,
        ['go', 'journey', { journey: 'j1', wait: true, within: 'PT1H' }] as const,
        ...written.nodes.slice(2),
      ],
    };
    const rehearsal = run(slow);
    expect(rehearsal.report().traces[0]!.end).toBe('late');
    // Members who are not through go on.
    expect(rehearsal.isDone).toBe(true);
    expect(rehearsal.report().traces[1]!.end).not.toBeNull();
  });
});

describe('a node at which too much fails', () => {
  const failing = (members: number, fail: number): Written => ({
    nodes: [
      ['start', 'start'],
      ['go', 'journey', { journey: 'j1', wait: true }],
      ['end', 'end'],
    ],
    edges: ['start.out go', 'go.done end'],
    journey: {
      nodes: [
        ['in', 'enter'],
        ['m', 'send-message', message({ audience: { subject: true } })],
        ['w', 'wait', { for: 'PT1H' }],
        ['out', 'end'],
        ['lost', 'end', { reason: 'lost' }],
      ],
      edges: ['in.out m', 'm.sent w', 'm.failed lost', 'w.done out'],
    },
    rehearsal: { members, rates: { fail } },
  });

  test('pauses the run: more than a tenth of at least twenty', () => {
    const paused = run(failing(100, 0.3));
    expect(paused.isDone).toBe(false);
    expect(paused.next).toBeNull();
    expect(paused.recorder.counts()['w']).toEqual({});
  });

  test('does not pause it for few visits, or for few failures', () => {
    expect(run(failing(19, 0.5)).isDone).toBe(true);
    expect(run(failing(200, 0.02)).isDone).toBe(true);
  });

  test('pauses it once: an operator who resumes has decided', () => {
    const resumed = run(failing(100, 0.3), { entries: [{ control: 'resume', at: 'PT3H', policy: 'hold' }] });
    expect(resumed.isDone).toBe(true);
  });
});

describe('an operator', () => {
  const written: Written = {
    params: { T: '2026-12-05T20:00', least: 50 },
    nodes: [
      ['start', 'start'],
      ['w', 'wait-until', { until: { anchor: 'T', offset: '-P1D', at: '12:00' } }],
      ['m', 'send-message', message()],
      ['b', 'branch-metric', { metric: 'reach', bands: [{ port: 'good', atLeast: { param: 'least' } }] }],
      ['end', 'end'],
    ],
    edges: ['start.out w', 'w.reached m', 'm.sent b', 'b.good end', 'b.else end', 'b.unknown end'],
    rehearsal: { members: 100, groups: 1 },
  };
  const sentAt = (entries: readonly ScriptEntry[]) =>
    run(written, { entries })
      .report()
      .calendar.map(({ at }) => at);

  test('nothing is moved: noon of the day before, in the playbook’s zone', () => {
    expect(sentAt([])).toEqual(['2026-12-04T04:00:00.000Z']);
  });

  test('moving the date moves whoever waits for it', () => {
    const moved: ScriptEntry = {
      control: 'retime',
      at: 'T-P3DT1H',
      params: { T: '2026-12-07T20:00' },
    };
    expect(sentAt([moved])).toEqual(['2026-12-06T04:00:00.000Z']);
  });

  test('a paused run lets nothing out, and catches up when it is resumed', () => {
    const pause: ScriptEntry = { control: 'pause', at: 'PT1H' };
    const resume: ScriptEntry = { control: 'resume', at: '2026-12-04T06:00:00Z', policy: 'hold' };
    expect(sentAt([pause])).toEqual([]);
    expect(sentAt([pause, resume])).toEqual(['2026-12-04T06:00:00.000Z']);
  });

  test('cancelling ends it with a reason', () => {
    const cancelled = run(written, { entries: [{ control: 'cancel', at: 'PT5H', reason: 'rain' }] });
    expect(cancelled.report()).toMatchObject({
      ended: isoOf(START + 5 * 3_600_000),
      traces: [{ end: 'rain' }],
      calendar: [],
    });
  });

  test('a message that cannot be written is parked, and goes out once its text is corrected and it is tried again', () => {
    const broken: Written = {
      nodes: [
        ['start', 'start'],
        ['m', 'send-message', message({ text: { 'zh-CN': '你说：{{ event.text }}' } })],
        ['end', 'end'],
      ],
      edges: ['start.out m', 'm.sent end'],
    };
    const parked = run(broken);
    expect(parked.stuck).toEqual([
      { node: expect.any(Number), ordinal: 0, lap: 0, at: START, reason: 'failed' },
    ]);
    expect(parked.next).toBeNull();
    const entries: ScriptEntry[] = [
      { control: 'retext', at: 'PT1H', texts: { m: { 'zh-CN': '谢谢' } } },
      { control: 'retry', at: 'PT2H', node: 'm', subject: 'campaign' },
    ];
    const mended = run(broken, { entries });
    expect(mended.report()).toMatchObject({
      traces: [{ end: 'done' }],
      calendar: [{ at: isoOf(START + 2 * 3_600_000), text: '谢谢' }],
    });
  });

  test('a visit that waits can be skipped, and an answer that comes later changes nothing', () => {
    const waiting: Written = {
      nodes: [
        ['start', 'start'],
        ['ok', 'approval', { role: 'approver', title: { 'zh-CN': '方案' }, due: { for: 'PT9H' } }],
        ['yes', 'end', { reason: 'yes' }],
        ['no', 'end', { reason: 'no' }],
      ],
      edges: ['start.out ok', 'ok.approved yes', 'ok.rejected no', 'ok.expired no'],
    };
    const skipped = run(waiting, {
      entries: [
        { control: 'skip', at: 'PT1H', node: 'ok', subject: 'campaign' },
        { node: 'ok', subject: 'campaign', port: 'approved', after: 'PT2H' },
      ],
    });
    expect(way(skipped)).toEqual(['start.out@0', 'no.*@1', 'ok.expired@1']);
  });

  test('a corrected text and a corrected threshold count from then on', () => {
    const { plan: template } = compile(document(written));
    const entries: ScriptEntry[] = [
      { control: 'retext', at: 'PT1H', texts: { m: { 'zh-CN': '改好了' } } },
      { control: 'set-param', at: 'PT2H', params: { least: 1_000 } },
    ];
    const corrected = run(written, { entries, template });
    expect(corrected.report().calendar[0]!.text).toBe('改好了');
    expect(corrected.report().counts['b']).toEqual({ else: 1 });
    expect(run(written).report().counts['b']).toEqual({ good: 1 });
  });
});

describe('time', () => {
  const written: Written = {
    nodes: [
      ['start', 'start'],
      ['go', 'journey', { journey: 'j1', wait: true }],
      ['end', 'end'],
    ],
    edges: ['start.out go', 'go.done end'],
    journey: {
      nodes: [
        ['in', 'enter'],
        ['days', 'repeat', { max: 4, at: '09:00' }],
        ['m', 'send-message', message({ audience: { subject: true } })],
        ['w', 'wait-for-event', { topics: [{ event: 'member.replied', port: 'replied' }], within: 'PT10H' }],
        ['out', 'end'],
      ],
      edges: ['in.out days', 'days.each m', 'm.sent w', 'w.replied days', 'w.timeout days', 'days.done out'],
    },
    rehearsal: { members: 30, rates: { reply: 0.4 } },
  };
  const options = { start: START, settings: written.rehearsal };

  test('the same seed gives the same report, another seed another one', () => {
    const plan = planOf(written);
    const of = (seed: number) => rehearse(plan, { ...options, seed }).report();
    expect(of(5)).toEqual(of(5));
    expect(of(6).traces).not.toEqual(of(5).traces);
  });

  test('stepping through gives what running gives, and now never goes back', () => {
    const plan = planOf(written);
    const stepped = new Rehearsal(plan, options);
    let before = stepped.now;
    while (stepped.step()) {
      expect(stepped.now).toBeGreaterThanOrEqual(before);
      before = stepped.now;
    }
    expect(stepped.report()).toEqual(rehearse(plan, options).report());
  });

  test('running until an instant and on gives what running at once gives', () => {
    const plan = planOf(written);
    const paused = new Rehearsal(plan, options);
    for (let day = 1; day <= 3; day += 1) paused.runUntil(START + day * 86_400_000 - 1);
    expect(paused.isDone).toBe(false);
    expect(paused.now).toBe(START + 3 * 86_400_000 - 1);
    expect(paused.report().ended).toBeNull();
    paused.runUntil(Infinity);
    expect(paused.report()).toEqual(rehearse(plan, options).report());
  });

  test('each member’s way does not depend on how many others there are', () => {
    const plan = planOf(written);
    const ways = (members: number) =>
      rehearse(plan, { ...options, members })
        .report()
        .traces.slice(1, 6);
    expect(ways(100)).toEqual(ways(5));
  });

  test('a rehearsal of nobody ends at once', () => {
    const nobody = rehearse(planOf(written), { ...options, members: 0 });
    expect(nobody.isDone).toBe(true);
    expect(way(nobody)).toEqual(['end.*@0', 'go.empty@0', 'start.out@0']);
  });
});
