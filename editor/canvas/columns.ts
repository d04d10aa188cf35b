// Where the phases lie on the canvas: columns around the steps that belong to them. Pure.
import type { Phase, Playbook } from '../../engine/document.ts';
import { CAMPAIGN } from '../document/graphs.ts';
import { heightOf, placesOf, WIDTH } from '../document/arrange.ts';

const MARGIN = 28;
const HEADER = 84;

interface Column {
  readonly phase: Phase;
  readonly left: number;
  readonly width: number;
}

/** Where each phase lies: around the steps that belong to it. A phase without steps is not drawn. */
export function columnsOf(document: Playbook): { columns: readonly Column[]; top: number; height: number } {
  const places = placesOf(document, CAMPAIGN);
  const { nodes } = document.graph;
  const tops = nodes.map(({ id }) => places[id]?.y ?? 0);
  const bottoms = nodes.map((node) => (places[node.id]?.y ?? 0) + heightOf(node));
  const top = Math.min(0, ...tops) - MARGIN - HEADER;
  const columns = (document.phases ?? []).flatMap((phase): Column[] => {
    const lefts = nodes.filter((node) => node.phase === phase.id).map(({ id }) => places[id]?.x ?? 0);
    if (lefts.length === 0) return [];
    const left = Math.min(...lefts) - MARGIN;
    return [{ phase, left, width: Math.max(...lefts) + WIDTH + MARGIN - left }];
  });
  return { columns, top, height: Math.max(0, ...bottoms) + MARGIN - top };
}
