// What the deeds of the canvas do, each as one command on what is selected now. The table of deeds is deeds.ts.
import { copy, fresh, write } from '../document/clipboard.ts';
import { disconnect, insert, removeNodes, setNotes } from '../document/commands.ts';
import { rearrange, setColour, setPhaseOf, switchSteps } from '../document/many.ts';
import { drawingOf, freshId, graphOf, idsOf, nodeOf, type Note, type Point } from '../document/graphs.ts';
import { act, useDesk } from '../document/store.ts';
import type { GraphNode, Playbook } from '../../engine/document.ts';
import { arrange, heightOf, placesOf } from '../document/arrange.ts';
import { pointNow, useStage } from './stage.ts';
import { aligned, distributed, type Alignment } from './tidy.ts';

/** The open document with the graph that is shown and what is selected in it. */
export interface Here {
  readonly document: Playbook;
  readonly graph: string;
  /** Ids of the selected steps; notes and edges are apart. */
  readonly steps: readonly string[];
  readonly notes: readonly string[];
  readonly edges: readonly string[];
}

/** Where one is; undefined while nothing is open. */
export function here(): Here | undefined {
  const { history, graph, selected, selectedEdges } = useDesk.getState();
  if (history === undefined) return undefined;
  const { document } = history.present;
  const drawn = graphOf(document, graph);
  const notes = drawingOf(document, graph).notes.map(({ id }) => id);
  return {
    document,
    graph,
    steps: selected.filter((id) => nodeOf(drawn, id) !== undefined),
    notes: selected.filter((id) => notes.includes(id)),
    edges: selectedEdges.filter((id) => drawn.edges.some((edge) => edge.id === id)),
  };
}

const select = (ids: readonly string[]): void => useDesk.setState({ selected: ids, selectedEdges: [] });

/** Deletes what is selected: steps with their wires, else wires; and notes. */
export function removeSelected({ document, graph, steps, notes, edges }: Here): void {
  if (steps.length > 0) act(removeNodes(document, graph, steps));
  else if (edges.length > 0) act(disconnect(graph, edges));
  if (notes.length > 0) {
    const kept = drawingOf(document, graph).notes.filter(({ id }) => !notes.includes(id));
    act({ ...setNotes(graph, kept), says: { zh: '删除便签', en: 'Delete a note' } });
  }
  select([]);
}

/** A second one of each selected step, with the wires between them. */
export function duplicateSelected({ document, graph, steps }: Here): void {
  const places = placesOf(document, graph);
  const points = steps.map((id) => places[id] ?? { x: 0, y: 0 });
  const at = { x: Math.min(...points.map(({ x }) => x)) + 40, y: Math.min(...points.map(({ y }) => y)) + 60 };
  const made = fresh(document, copy(document, graph, steps), at);
  const says = { zh: `复制出 ${steps.length} 个步骤`, en: `Duplicate ${steps.length} steps` };
  act(insert(graph, made, says));
  select(made.nodes.map(({ id }) => id));
}

/** Puts the selected steps on the clipboard as text. */
export async function copySelected({ document, graph, steps }: Here): Promise<void> {
  await navigator.clipboard.writeText(write(copy(document, graph, steps)));
}

export const selectAll = ({ document, graph }: Here): void =>
  select(graphOf(document, graph).nodes.map(({ id }) => id));

/** Everything, or the selected steps among themselves, where it would be tidy. */
export function tidyUp({ document, graph, steps }: Here): void {
  const tidy = arrange(document, graph);
  const drawn = graphOf(document, graph);
  const count = steps.length > 1 ? steps.length : drawn.nodes.length;
  const places = steps.length > 1 ? tidyAmong(document, graph, steps) : tidy;
  act(rearrange(graph, places, { zh: `整理 ${count} 个步骤`, en: `Tidy up ${count} steps` }));
}

/** The selected steps, laid out as if they were alone, from where the uppermost left one stands. */
function tidyAmong(document: Playbook, graph: string, steps: readonly string[]): Record<string, Point> {
  const { nodes, edges } = graphOf(document, graph);
  const own = nodes
    .filter(({ id }) => steps.includes(id))
    .map(({ phase: _phase, ...node }): GraphNode => node);
  const alone: Playbook = { ...document, graph: { nodes: own, edges }, layout: {} };
  const tidy = arrange(alone, 'campaign');
  const places = placesOf(document, graph);
  const corner = (of: Readonly<Record<string, Point>>): Point => ({
    x: Math.min(...steps.map((id) => of[id]?.x ?? 0)),
    y: Math.min(...steps.map((id) => of[id]?.y ?? 0)),
  });
  const [from, to] = [corner(tidy), corner(places)];
  return Object.fromEntries(
    steps.map((id) => [id, { x: tidy[id]!.x - from.x + to.x, y: tidy[id]!.y - from.y + to.y }]),
  );
}

/** Lines the selected steps up. */
export function align({ document, graph, steps }: Here, how: Alignment): void {
  const nodes = graphOf(document, graph).nodes.filter(({ id }) => steps.includes(id));
  act(rearrange(graph, aligned(nodes, placesOf(document, graph), how), { zh: '对齐', en: 'Align' }));
}

/** Spreads the selected steps evenly. */
export function distribute({ document, graph, steps }: Here, axis: 'x' | 'y'): void {
  const nodes = graphOf(document, graph).nodes.filter(({ id }) => steps.includes(id));
  const places = distributed(nodes, placesOf(document, graph), axis);
  act(rearrange(graph, places, { zh: '均匀分布', en: 'Distribute' }));
}

/** Switches the selected steps off; on again where all of them are off. */
export function toggleSelected({ document, graph, steps }: Here): void {
  const nodes = graphOf(document, graph).nodes.filter(({ id }) => steps.includes(id));
  act(switchSteps(graph, steps, !nodes.every(({ off }) => off === true)));
}

export function colourSelected({ document, graph, steps }: Here, colour: string | undefined): void {
  const places = placesOf(document, graph);
  const own = Object.fromEntries(steps.flatMap((id) => (places[id] === undefined ? [] : [[id, places[id]]])));
  const place = rearrange(graph, own, { zh: '', en: '' });
  const colouring = setColour(graph, steps, colour);
  act({ ...colouring, apply: (before) => colouring.apply(place.apply(before)) });
}

export const phaseSelected = ({ graph, steps }: Here, phase: string | undefined): void =>
  act(setPhaseOf(graph, steps, phase));

/** The colours that notes and steps may have. */
export const COLOURS = ['sand', 'rose', 'leaf', 'sky'] as const;

/** Below everything that is drawn, in the middle of what is seen: nothing is covered there. */
function below(document: Playbook, graph: string): Point {
  const places = placesOf(document, graph);
  const bottoms = graphOf(document, graph).nodes.map((node) => (places[node.id]?.y ?? 0) + heightOf(node));
  return { x: pointNow().x - 110, y: Math.max(0, ...bottoms) + 60 };
}

/** A note: where the menu was opened, else below the drawing. */
export function addNote({ document, graph }: Here): void {
  const { notes } = drawingOf(document, graph);
  const taken = new Set([...idsOf(document), ...notes.map(({ id }) => id)]);
  const note: Note = {
    id: freshId(taken, 'note'),
    text: '',
    width: 220,
    height: 120,
    colour: 'sand',
    ...(useStage.getState().menu === undefined ? below(document, graph) : pointNow()),
  };
  act({ ...setNotes(graph, [...notes, note]), says: { zh: '添加便签', en: 'Add a note' } });
  select([note.id]);
}

/** Moves the selected by a few pixels; keys that follow each other are one step to undo. */
export function nudge({ document, graph, steps, notes }: Here, by: Point): void {
  const places = placesOf(document, graph);
  const drawn = drawingOf(document, graph).notes.filter(({ id }) => notes.includes(id));
  const moved = Object.fromEntries([
    ...steps.map((id) => [id, { x: (places[id]?.x ?? 0) + by.x, y: (places[id]?.y ?? 0) + by.y }] as const),
    ...drawn.map(({ id, x, y }) => [id, { x: x + by.x, y: y + by.y }] as const),
  ]);
  act({
    ...rearrange(graph, moved, {
      zh: `移动 ${Object.keys(moved).length} 个`,
      en: `Move ${Object.keys(moved).length}`,
    }),
    gesture: `nudge ${[...steps, ...notes].join(' ')}`,
  });
}
