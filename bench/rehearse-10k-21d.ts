// How long a rehearsal of a check-in challenge takes: 10,000 members, 21 days, a message and an event wait every day.
// The reference is the bare least that any rehearsal must do: one object per visit, kept in order.
import { compile } from '../engine/index.ts';
import { parseInstant } from '../engine/instant.ts';
import type { Plan } from '../engine/plan.ts';
import { rehearse } from '../engine/rehearse.ts';
import type { Figure } from './figure.ts';

const MEMBERS = 10_000;
export const DAYS = 21;
export const START = parseInstant('2026-03-01T00:00:00Z')!;

/** A check-in challenge: every day a reminder, a wait for the check-in, and a note of who is in trouble. */
export const challenge = {
  format: 1,
  id: 'check-in',
  title: { 'zh-CN': '21 天打卡' },
  goal: {
    metric: 'reach',
    baseline: 0,
    target: MEMBERS,
    deadline: { for: 'P21D' },
    guardrails: [{ metric: 'opt_out', atMost: 0.005 }],
  },
  graph: {
    nodes: [
      { id: 'start', step: 'start', config: { trigger: 'manual' } },
      { id: 'go', step: 'journey', config: { journey: 'daily', wait: true, within: 'P30D' } },
      { id: 'end', step: 'end', config: {} },
    ],
    edges: [
      { id: 'e1', from: 'start', port: 'out', to: 'go' },
      { id: 'e2', from: 'go', port: 'done', to: 'end' },
    ],
  },
  journeys: {
    daily: {
      title: { 'zh-CN': '每天打卡' },
      graph: {
        nodes: [
          { id: 'in', step: 'enter', config: {} },
          { id: 'days', step: 'repeat', config: { max: DAYS, at: '09:00' } },
          {
            id: 'remind',
            step: 'send-message',
            config: {
              channel: 'simulator',
              audience: { subject: true },
              text: { 'zh-CN': '今天打卡了吗？回复任意内容即可。' },
              class: 'service',
            },
          },
          {
            id: 'check-in',
            step: 'wait-for-event',
            config: { topics: [{ event: 'member.replied', port: 'checked-in' }], within: 'PT12H' },
          },
          {
            id: 'level',
            step: 'branch',
            config: { rules: [{ port: 'new', when: { cel: 'member.level < 2.0' } }] },
          },
          { id: 'praise', step: 'tag', config: { add: ['checked-in'] } },
          { id: 'miss', step: 'tag', config: { add: ['missed'] } },
          { id: 'out', step: 'end', config: { reason: 'finished' } },
        ],
        edges: [
          { id: 'j1', from: 'in', port: 'out', to: 'days' },
          { id: 'j2', from: 'days', port: 'each', to: 'remind' },
          { id: 'j3', from: 'remind', port: 'sent', to: 'check-in' },
          { id: 'j4', from: 'check-in', port: 'checked-in', to: 'level' },
          { id: 'j5', from: 'level', port: 'new', to: 'praise' },
          { id: 'j6', from: 'level', port: 'else', to: 'days' },
          { id: 'j7', from: 'praise', port: 'done', to: 'days' },
          { id: 'j8', from: 'check-in', port: 'timeout', to: 'miss' },
          { id: 'j9', from: 'miss', port: 'done', to: 'days' },
          { id: 'j10', from: 'days', port: 'done', to: 'out' },
        ],
      },
    },
  },
  rehearsal: {
    members: MEMBERS,
    groups: 50,
    seed: 1,
    rates: { reply: 0.7 },
    attributes: { level: { 1: 3, 2: 1 } },
  },
};

/** The challenge, compiled as for a launch. */
export function challengePlan(): Plan {
  const { plan, problems } = compile(challenge, {});
  if (plan === undefined) throw new Error(JSON.stringify(problems));
  return plan;
}

/** The median of three rehearsals in seconds; the peak of memory is part of the goal. */
export async function bench(): Promise<Figure> {
  const plan = challengePlan();
  const { rehearsal: settings } = challenge;
  rehearse(plan, { start: START, settings: { ...settings, members: 500 } });
  const runs = [1, 2, 3].map(() => {
    const began = performance.now();
    const { isDone, recorder } = rehearse(plan, { start: START, settings });
    if (!isDone) throw new Error('The rehearsal did not reach its end.');
    return { seconds: (performance.now() - began) / 1_000, visits: recorder.size };
  });
  const { seconds, visits } = runs.sort((a, b) => a.seconds - b.seconds)[1]!;
  // The highest that the process ever took.
  const peakMb = process.resourceUsage().maxRSS / 1_024;
  const reference = bareRecording(visits);
  return {
    name: 'rehearse-10k-21d',
    value: Number(seconds.toFixed(2)),
    unit: `s (${visits} visits, peak ${Math.round(peakMb)} MB)`,
    reference: Number(reference.toFixed(3)),
    ratio: Number((seconds / reference).toFixed(1)),
    goal: '< 3 s and < 500 MB',
    ok: seconds < 3 && peakMb < 500,
  };
}

function bareRecording(visits: number): number {
  const began = performance.now();
  const rows: { at: number; node: number; ordinal: number; lap: number; port: string }[] = [];
  for (let index = 0; index < visits; index += 1) {
    rows.push({
      at: START + (index % 1_000),
      node: index % 8,
      ordinal: index % MEMBERS,
      lap: 0,
      port: 'done',
    });
  }
  rows.sort((a, b) => a.at - b.at || a.ordinal - b.ordinal);
  return (performance.now() - began) / 1_000;
}
