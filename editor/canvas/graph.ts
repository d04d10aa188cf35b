// The document as React Flow draws it. Nodes and edges keep their identity while what they show is the same,
// so that a keystroke draws one node anew and not three hundred.
import { MarkerType, type Edge as FlowEdge, type Node as FlowNode } from '@xyflow/react';
import type { Edge, GraphNode, Playbook, Text } from '../../engine/document.ts';
import type { Problem } from '../../engine/problem.ts';
import { CAMPAIGN, drawingOf, graphOf, type GraphName, type Point } from '../document/graphs.ts';
import { heightOf, journeyOf, placesOf, WIDTH } from '../document/arrange.ts';
import type { NoteFlowNode } from './note-node.tsx';
import { grouped } from '../grouped.ts';

/** What the view of a node is given. */
export interface StepData extends Record<string, unknown> {
  readonly node: GraphNode;
  readonly graph: GraphName;
  readonly errors: number;
  readonly warnings: number;
  readonly wired: string;
  /** Of a step that leads into a journey: its title, and how many steps it has. */
  readonly journey: { readonly id: string; readonly title: Text; readonly steps: number } | undefined;
}

export type StepFlowNode = FlowNode<StepData, 'step'>;
/** Whatever stands on the canvas. */
export type CanvasNode = StepFlowNode | NoteFlowNode;

/** What the drawing shows besides the document. */
interface Shown {
  readonly problems: readonly Problem[];
  readonly selected: readonly string[];
  /** Where something is while it is dragged. */
  readonly carried?: Readonly<Record<string, Point>> | undefined;
}

const NOWHERE: Readonly<Record<string, Point>> = {};

/** Makes nodes and edges, remembering those of the last time. */
export class FlowGraph {
  #nodes = new Map<string, StepFlowNode>();
  #notes = new Map<string, NoteFlowNode>();
  #edges = new Map<string, FlowEdge>();
  #drawn: FlowEdge[] = [];

  nodes(
    document: Playbook,
    graph: GraphName,
    { problems, selected, carried = NOWHERE }: Shown,
  ): StepFlowNode[] {
    const places = placesOf(document, graph);
    const chosen = new Set(selected);
    const drawn = drawingOf(document, graph).nodes;
    const { nodes, edges } = graphOf(document, graph);
    const counts = countsOf(problems, graph);
    const wires = grouped(edges, ({ from }) => from);
    const made = nodes.map((node): StepFlowNode => {
      const { errors = 0, warnings = 0 } = counts.get(node.id) ?? {};
      const { x, y } = carried[node.id] ?? places[node.id] ?? { x: 0, y: 0 };
      const isSelected = chosen.has(node.id);
      const wired = (wires.get(node.id) ?? []).map(({ port }) => port).join(' ');
      const old = this.#nodes.get(node.id);
      const journey = cardOf(document, node);
      const isSameData =
        old !== undefined &&
        old.data.journey?.title === journey?.title &&
        old.data.journey?.steps === journey?.steps &&
        old.data.node === node &&
        old.data.graph === graph &&
        old.data.errors === errors &&
        old.data.warnings === warnings &&
        old.data.wired === wired;
      const colour = drawn[node.id]?.colour;
      const className = colour === undefined ? '' : `colour-${colour}`;
      const isSame =
        isSameData && old.position.x === x && old.position.y === y && old.className === className;
      if (isSame && old.selected === isSelected) return old;
      return {
        id: node.id,
        type: 'step',
        position: { x, y },
        width: WIDTH,
        height: heightOf(node),
        selected: isSelected,
        data: isSameData ? old.data : { node, graph, errors, warnings, wired, journey },
        className,
      };
    });
    this.#nodes = new Map(made.map((node) => [node.id, node]));
    return made;
  }

  notes(
    document: Playbook,
    graph: GraphName,
    { selected, carried = NOWHERE }: Omit<Shown, 'problems'>,
  ): NoteFlowNode[] {
    const made = drawingOf(document, graph).notes.map((note): NoteFlowNode => {
      const isSelected = selected.includes(note.id);
      const { x, y } = carried[note.id] ?? note;
      const old = this.#notes.get(note.id);
      const isSame =
        old !== undefined && old.data.note === note && old.position.x === x && old.position.y === y;
      if (isSame && old.selected === isSelected) return old;
      return {
        id: note.id,
        type: 'note',
        position: { x, y },
        width: note.width,
        height: note.height,
        selected: isSelected,
        // Behind the steps, so that a note can lie under them like paper.
        zIndex: -1,
        data: { note, graph },
      };
    });
    this.#notes = new Map(made.map((note) => [note.id, note]));
    return made;
  }

  edges(document: Playbook, graph: GraphName, { problems, selected }: Omit<Shown, 'carried'>): FlowEdge[] {
    const wrong = new Set(
      problems.flatMap(({ place, severity }) =>
        severity === 'error' && place.edge !== undefined ? [place.edge] : [],
      ),
    );
    const made = graphOf(document, graph).edges.map((edge): FlowEdge => {
      const isSelected = selected.includes(edge.id);
      const className = wrong.has(edge.id) ? 'wrong' : '';
      const old = this.#edges.get(edge.id);
      const isSame =
        old !== undefined &&
        old.data?.['edge'] === edge &&
        old.selected === isSelected &&
        old.className === className;
      return isSame ? old : flowEdge(edge, isSelected, className);
    });
    // The same list while nothing about wires has changed: React Flow looks through all of them for each new one.
    if (made.length === this.#drawn.length && made.every((edge, no) => edge === this.#drawn[no]))
      return this.#drawn;
    this.#edges = new Map(made.map((edge) => [edge.id, edge]));
    this.#drawn = made;
    return made;
  }
}

const flowEdge = (edge: Edge, selected: boolean, className: string): FlowEdge => ({
  id: edge.id,
  source: edge.from,
  sourceHandle: edge.port,
  target: edge.to,
  selected,
  className,
  markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16 },
  data: { edge },
});

/** The journey that a step leads into, as its card shows it. */
function cardOf(document: Playbook, node: GraphNode): StepData['journey'] {
  const id = journeyOf(node);
  const journey =
    id === undefined || !Object.hasOwn(document.journeys ?? {}, id) ? undefined : document.journeys?.[id];
  return id === undefined || journey === undefined
    ? undefined
    : { id, title: journey.title, steps: journey.graph.nodes.length };
}

function countsOf(
  problems: readonly Problem[],
  graph: GraphName,
): Map<string, { errors: number; warnings: number }> {
  const counts = new Map<string, { errors: number; warnings: number }>();
  for (const { place, severity } of problems) {
    if (place.node === undefined || (place.graph ?? CAMPAIGN) !== graph) continue;
    const count = counts.get(place.node) ?? { errors: 0, warnings: 0 };
    if (severity === 'error') count.errors += 1;
    else count.warnings += 1;
    counts.set(place.node, count);
  }
  return counts;
}
