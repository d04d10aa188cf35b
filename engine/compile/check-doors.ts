// Journeys that are entered by event for as long as nobody closes them: what cannot work around them.
// Not the entrance's own settings: those are in its step's lint.
import { entranceRule } from '../entrance.ts';
import { placeOf, type DraftGraph, type DraftNode } from './draft.ts';
import type { Subject } from './subject.ts';

/** Names the steps that wait for what never comes, and launches that would pile up. */
export function checkDoors({ graphs, launches, report }: Subject): void {
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
}

const startOf = ({ nodes }: DraftGraph): DraftNode | undefined =>
  nodes.find(({ block }) => block?.kind === 'start');

function isEndless(graph: DraftGraph): boolean {
  const start = graph.number === 0 ? undefined : startOf(graph);
  if (start === undefined || start.wrong.length > 0) return false;
  const { from, open } = entranceRule(start.config);
  return from === 'event' && open === undefined;
}
