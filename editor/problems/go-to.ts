// The way to a place of the document: the right graph, the node in view, and the control of the very field.
// Whoever wants to show something asks here; canvas and inspector look when they are ready.
import { create } from 'zustand';
import type { Place } from '../../engine/problem.ts';
import { focusCanvas } from '../canvas/areas.ts';
import { CAMPAIGN, graphOf, type GraphName } from '../document/graphs.ts';
import { useDesk } from '../document/store.ts';
import { fieldAt, nodeAt } from './where.ts';

/** A part of the playbook that has a form of its own. */
export type PartTab = 'words' | 'params' | 'phases' | 'goal';

interface Way {
  /** The form of the playbook that is open while no step is selected. */
  readonly tab: PartTab;
  /** Nodes that shall come into view; a new object for each wish. */
  readonly reveal: { readonly ids: readonly string[] } | undefined;
}

export const useWay = create<Way>(() => ({ tab: 'words', reveal: undefined }));

/** Selects steps of a graph and brings them into view. */
export function show(graph: GraphName, ids: readonly string[]): void {
  useDesk.setState({ graph, selected: ids, selectedEdges: [] });
  useWay.setState({ reveal: { ids } });
}

/** Goes to where a problem is. */
export function goTo(place: Place): void {
  const document = useDesk.getState().history?.present.document;
  if (document === undefined) return;
  const graph = place.graph ?? CAMPAIGN;
  const node = nodeAt(document, place);
  if (node !== undefined) {
    show(graph, [node.id]);
    focusControl(fieldAt(node, place.pointer)?.control ?? `f-${node.id}`);
    return;
  }
  const edge = graphOf(document, graph).edges.find(({ id }) => id === place.edge);
  if (edge !== undefined) {
    useDesk.setState({ graph, selected: [], selectedEdges: [edge.id] });
    useWay.setState({ reveal: { ids: [edge.from, edge.to] } });
    return;
  }
  useDesk.setState({ graph, selected: [], selectedEdges: [] });
  const [, part = ''] = (place.pointer ?? '').split('/');
  useWay.setState({ tab: TABS[part] ?? 'words' });
  focusControl(...controlsAt(place.pointer ?? ''));
}

let wished: Place | undefined;

/** Where somebody wants to go as soon as the playbook is open, as from a list on another page. */
export const wishFor = (place: Place): void => {
  wished = place;
};

/** Goes there; nothing where nobody has wished for anything. */
export function goToWished(): void {
  const place = wished;
  wished = undefined;
  if (place !== undefined) goTo(place);
}

const TABS: Readonly<Record<string, PartTab>> = { params: 'params', phases: 'phases', goal: 'goal' };

/** The controls that may show a value outside of steps, the innermost first: `p-goal-metric`, `p-goal`. */
function controlsAt(pointer: string): string[] {
  const keys = pointer.split('/').slice(1);
  return keys.map((_, at) => ['p', ...keys.slice(0, keys.length - at)].join('-'));
}

const PATIENCE = 30;

/** Puts the focus into the first of these controls as soon as the inspector shows it; gives up after half a second. */
function focusControl(...controls: readonly string[]): void {
  let left = PATIENCE;
  const look = (): void => {
    const row = controls
      .map((control) => document.querySelector(`[data-control="${CSS.escape(control)}"]`))
      .find((it) => it !== null);
    const field = row?.querySelector<HTMLElement>('input, textarea, [role="combobox"], button:not(.bind)');
    if (field !== undefined && field !== null) {
      field.focus({ preventScroll: true });
      row?.scrollIntoView({ block: 'center' });
    } else if (left > 0) {
      left -= 1;
      requestAnimationFrame(look);
    } else if (document.activeElement === document.body) focusCanvas();
  };
  requestAnimationFrame(look);
}
