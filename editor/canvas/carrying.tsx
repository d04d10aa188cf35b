// What is being dragged: it is drawn where the pointer carries it, and becomes one change of the document when it is put down.
// Until then nothing is checked, saved or remembered, and whatever shows the document keeps still.
import { useStore, ViewportPortal, type NodePositionChange } from '@xyflow/react';
import { create } from 'zustand';
import type { Playbook } from '../../engine/document.ts';
import { heightOf, placesOf, WIDTH } from '../document/arrange.ts';
import { move, setFacet, type Command } from '../document/commands.ts';
import { CAMPAIGN, drawingOf, graphOf, type GraphName, type Point } from '../document/graphs.ts';
import { act, useDesk } from '../document/store.ts';
import { read } from '../words.ts';
import { phasesAfter } from './columns.ts';
import { around, snapTo, type Box, type Guide } from './guides.ts';
import { useStage } from './stage.ts';

interface Carrying {
  /** Somebody holds a step and may carry it. */
  readonly isHeld: boolean;
  /** Where it is now, by id of step or note; undefined while nothing is carried. */
  readonly places: Readonly<Record<string, Point>> | undefined;
  readonly guides: readonly Guide[];
  /** The phases into whose columns it would come, as one word. */
  readonly into: string;
}

const NOTHING: Carrying = { isHeld: false, places: undefined, guides: [], into: '' };

export const useCarrying = create<Carrying>(() => NOTHING);

/** True while somebody holds Alt: then nothing is drawn into line. */
let isFree = false;
export const watchAlt = ({ altKey }: { readonly altKey: boolean }): void => {
  isFree = altKey;
};

/** How far something is drawn into line, in pixels of the screen. */
const REACH = 6;

/** The pointer carries something; `dragging` says whether it goes on. */
export function carry(changes: readonly NodePositionChange[]): void {
  const wanted = Object.fromEntries(
    changes.flatMap(({ id, position }) => (position === undefined ? [] : [[id, position] as const])),
  );
  if (Object.keys(wanted).length === 0) return;
  if (changes.some(({ dragging }) => dragging === true)) useCarrying.setState(aligned(wanted));
  else putDown(wanted);
}

/** Where it was last drawn is where it stays, and the column below it is its phase: one step to undo. */
function putDown(wanted: Readonly<Record<string, Point>>): void {
  const { history, graph } = useDesk.getState();
  const places = useCarrying.getState().places ?? wanted;
  if (history !== undefined) act(moveInto(history.present.document, graph, places));
  useCarrying.setState(NOTHING);
}

function moveInto(document: Playbook, graph: GraphName, places: Readonly<Record<string, Point>>): Command {
  const moving = move(graph, places);
  const phases = graph === CAMPAIGN ? phasesAfter(document, places) : new Map<string, string>();
  if (phases.size === 0) return moving;
  const into = new Set(phases.values());
  const { title } = document.phases?.find(({ id }) => into.has(id)) ?? {};
  return {
    says:
      into.size === 1
        ? {
            zh: `移到阶段「${read(title, 'zh')}」`,
            en: `Move to phase “${read(title, 'en')}”`,
          }
        : moving.says,
    apply: (before) =>
      [...phases].reduce(
        (now, [id, phase]) => setFacet(graph, id, 'phase', phase).apply(now),
        moving.apply(before),
      ),
  };
}

/** Somebody has taken hold of a step. */
export const takeHold = (): void => useCarrying.setState({ isHeld: true });

/** Nothing is carried any more, as when the canvas is left. */
export const letGo = (): void => useCarrying.setState(NOTHING);

function aligned(wanted: Readonly<Record<string, Point>>): Carrying {
  const { history, graph } = useDesk.getState();
  const { standing, sizes } = boxesBeside(wanted);
  const zoom = useStage.getState().flow?.getZoom() ?? 1;
  const carried = around(
    Object.entries(wanted).map(([id, point]) => {
      const { width = WIDTH, height = 0 } = sizes.get(id) ?? {};
      return { ...point, width, height };
    }),
  );
  const snap = isFree ? { by: { x: 0, y: 0 }, guides: [] } : snapTo(carried, standing, REACH / zoom);
  const places = Object.fromEntries(
    Object.entries(wanted).map(([id, { x, y }]) => [
      id,
      { x: Math.round(x + snap.by.x), y: Math.round(y + snap.by.y) },
    ]),
  );
  const isPhased = history !== undefined && graph === CAMPAIGN;
  const into = isPhased ? [...new Set(phasesAfter(history.present.document, places).values())] : [];
  return { isHeld: true, places, guides: snap.guides, into: into.join(' ') };
}

/** What stands while something is carried, and how large everything is. */
function boxesBeside(wanted: Readonly<Record<string, Point>>): {
  readonly standing: readonly Box[];
  readonly sizes: ReadonlyMap<string, { readonly width: number; readonly height: number }>;
} {
  const { history, graph } = useDesk.getState();
  if (history === undefined) return { standing: [], sizes: new Map() };
  const { document } = history.present;
  const places = placesOf(document, graph);
  const all = [
    ...graphOf(document, graph).nodes.map((node) => ({
      id: node.id,
      ...(places[node.id] ?? { x: 0, y: 0 }),
      width: WIDTH,
      height: heightOf(node),
    })),
    ...drawingOf(document, graph).notes,
  ];
  return {
    standing: all.filter(({ id }) => !Object.hasOwn(wanted, id)),
    sizes: new Map(all.map((box) => [box.id, box])),
  };
}

/** The lines along which what is carried stands with others. */
export function Guides() {
  const guides = useCarrying(({ guides: it }) => it);
  const zoom = useStore(({ transform }) => transform[2]);
  if (guides.length === 0) return null;
  const over = 12 / zoom;
  return (
    <ViewportPortal>
      <svg className="guides" width="1" height="1" aria-hidden>
        {guides.map(({ axis, at, from, to }) => {
          const [begin, end] = [from - over, to + over];
          return axis === 'x' ? (
            <line key={`x${at}`} x1={at} x2={at} y1={begin} y2={end} strokeWidth={1 / zoom} />
          ) : (
            <line key={`y${at}`} x1={begin} x2={end} y1={at} y2={at} strokeWidth={1 / zoom} />
          );
        })}
      </svg>
    </ViewportPortal>
  );
}
