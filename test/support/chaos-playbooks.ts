// What runs while chaos reigns, as data: an activity that calls somebody for each member, one that waits for people's decisions,
// and the shipped welcome with its weeks made seconds. Not who launches, answers and joins: see temporal-chaos-clients.ts.
import type { Graph, Playbook } from '../../engine/document.ts';
import type { JsonObject } from '../../engine/json.ts';
import { shipped } from '../../playbooks/index.ts';
import { graphOf, playbook } from './temporal-play.ts';

/** Members of one run of {@link calls}. */
export const MEMBERS = 60;

/** Tags, waits and calls for each of its members. */
export const calls = (url: string): Playbook =>
  playbook(
    {
      start: ['start', {}, { out: 'j' }],
      j: ['journey', { journey: 'each', wait: true, within: 'P1D' }, { done: 'z', expired: 'z', empty: 'z' }],
      z: ['end', { reason: 'finished' }],
    },
    {
      journeys: {
        each: {
          title: { 'zh-CN': '各人' },
          graph: graphOf({
            enter: ['enter', {}, { out: 't' }],
            t: ['tag', { add: ['seen'] }, { done: 'w' }],
            w: ['wait', { for: 'PT3S' }, { done: 'h' }],
            h: ['webhook', { url: `${url}calls` }, { ok: 'y', refused: 'y' }],
            y: ['end', {}],
          }),
        },
      },
    },
  );

/** Asks for an approval and for a piece of work, one after the other, and calls somebody about what was decided. */
export const decisions = (url: string): Playbook =>
  playbook(
    {
      start: ['start', {}, { out: 'ok' }],
      ok: [
        'approval',
        { role: 'owner', title: { 'zh-CN': '可以办吗？' }, due: { for: 'P1D' }, onTimeout: 'hold' },
        { approved: 'work', rejected: 'no', expired: 'no' },
      ],
      work: [
        'human-task',
        {
          kind: 'other',
          role: 'owner',
          title: { 'zh-CN': '办一下' },
          outcomes: [{ port: 'done', label: { 'zh-CN': '办好了' } }],
          due: { for: 'P1D' },
          onTimeout: 'hold',
        },
        { done: 'yes', expired: 'yes' },
      ],
      yes: ['webhook', { url: `${url}approved` }, { ok: 'z', refused: 'z' }],
      no: ['webhook', { url: `${url}rejected` }, { ok: 'z', refused: 'z' }],
      z: ['end', { reason: 'finished' }],
    },
    {},
  );

/** What takes weeks in life, by node: it lasts so long that a part may be away and come back in between. */
const SHORTENED: Readonly<Record<string, JsonObject>> = {
  'questions-again': { until: { for: 'PT6S' } },
  joins: { within: 'PT6S' },
  'joins-late': { within: 'PT6S' },
  'rules-again': { until: { for: 'PT6S' } },
  'day-3': { for: 'PT3S' },
  'day-7': { for: 'PT4S' },
  'day-14': { for: 'PT8S' },
  csat: { until: { for: 'PT6S' } },
};

/** The shipped welcome. */
export const welcome = (): Playbook => {
  const { playbook: document } = shipped['welcome']!;
  const journeys = Object.entries(document.journeys!).map(
    ([name, journey]) => [name, { ...journey, graph: shortened(journey.graph) }] as const,
  );
  return { ...document, journeys: Object.fromEntries(journeys) };
};

/** The parameters of {@link welcome}. */
export const welcomeParams = (channel: string): JsonObject => ({
  ...shipped['welcome']!.params,
  channel,
  abandonAfter: 'PT6S',
  ackRemindAfter: 'PT6S',
  buddyAfter: 'PT1S',
  introTimeout: 'PT5S',
});

const shortened = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) =>
    SHORTENED[node.id] === undefined ? node : { ...node, config: { ...node.config, ...SHORTENED[node.id] } },
  ),
});
