// Journeys that are entered by event for as long as nobody closes them: what cannot work around them.
// Not the entrance's own settings: those are in its step's lint.
import { entranceRule } from '../entrance.ts';
import { placeOf, type DraftGraph, type DraftNode } from './draft.ts';
import type { Subject } from './subject.ts';

/** Names the steps that wait for what never comes, launches that would pile up, and what a version that takes over does again. */
export function checkDoors(subject: Subject): void {
  const { graphs, launches, report } = subject;
  const endless = new Set(graphs.flatMap((graph) => (isEndless(graph) ? [graph.id] : [])));
  if (endless.size === 0) return;
  for (const [node, journeys] of launches) {
    const journey = journeys.find((id) => endless.has(id));
    if (journey === undefined || node.off) continue;
    if (node.step?.waits(node.config as never) === true)
      report.add('W-DOOR-ENDLESS', placeOf(node), { step: node.name, journey });
    const start = graphs[0] === undefined ? undefined : startOf(graphs[0]);
    const trigger = start?.config['trigger'];
    if (start !== undefined && (trigger === 'schedule' || trigger === 'event'))
      report.add('W-DOOR-EACH-LAUNCH', placeOf(start, '/config/trigger'), { journey });
  }
  if (subject.registry.takesOver === true) checkTakeover(subject, endless);
}

/** A run that takes a door over begins at the start of its campaign: whatever comes before a door is done once more. */
function checkTakeover({ graphs, launches, report, registry }: Subject, endless: ReadonlySet<string>): void {
  const [campaign] = graphs;
  const doors = new Map<string, string>();
  for (const [{ graph, id, off }, journeys] of launches) {
    const journey = journeys.find((it) => endless.has(it));
    if (graph === campaign && !off && journey !== undefined) doors.set(id, journey);
  }
  const journey = [...doors.values()][0];
  if (campaign === undefined || journey === undefined) return;
  for (const node of reached(campaign, new Set(doors.keys()))) {
    const acts = Object.keys(node.step?.effects ?? {}).some((it) => registry.effects[it]?.harmless !== true);
    if (acts && !node.off) report.add('W-TAKEOVER-REPEATS', placeOf(node), { step: node.name, journey });
  }
}

/** The nodes at which a campaign comes by from its start without passing a door. */
function reached(campaign: DraftGraph, doors: ReadonlySet<string>): DraftNode[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of campaign.edges) next.set(from, [...(next.get(from) ?? []), to]);
  const start = startOf(campaign);
  const found = new Set(start === undefined ? [] : [start.id]);
  // A set grows while it is walked through.
  for (const id of found) for (const to of next.get(id) ?? []) if (!doors.has(to)) found.add(to);
  return campaign.nodes.filter(({ id }) => found.has(id));
}

const startOf = ({ nodes }: DraftGraph): DraftNode | undefined =>
  nodes.find(({ block }) => block?.kind === 'start');

function isEndless(graph: DraftGraph): boolean {
  const start = graph.number === 0 ? undefined : startOf(graph);
  if (start === undefined || start.wrong.length > 0) return false;
  const { from, open } = entranceRule(start.config);
  return from === 'event' && open === undefined;
}
