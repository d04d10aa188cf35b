// The drawing: React Flow on top of the document. Every gesture becomes a command; nothing is kept here that is not drawn.
// One Tab stop: our own keys walk it (keys.ts), so that every word and every focus is ours.
import {
  Background,
  Controls,
  MiniMap,
  ReactFlow,
  useReactFlow,
  type AriaLabelConfig,
  type ReactFlowInstance,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { useEffect, useMemo, useRef, type DragEvent, type MouseEvent } from 'react';
import { useProblems } from '../document/problems.ts';
import { useDesk } from '../document/store.ts';
import { useWay } from '../problems/go-to.ts';
import { useSay, type Words } from '../say.ts';
import { AimMarks } from './aiming.tsx';
import { askFor } from './adding.ts';
import { Guides, letGo, useCarrying } from './carrying.tsx';
import { FAMILIES } from './families.tsx';
import { Far, FARTHEST } from './far.tsx';
import { FlowGraph, type CanvasNode } from './graph.ts';
import { GESTURES, POINTING } from './gestures.ts';
import { CanvasMenu } from './menu.tsx';
import { NoteNode } from './note-node.tsx';
import { add } from './palette.tsx';
import { PasteDialog } from './paste-dialog.tsx';
import { Phases } from './phases.tsx';
import { RefusalNotice } from './refusal.tsx';
import { Ruler } from './ruler.tsx';
import { Sheets } from './sheets.tsx';
import { showWhole, useStage, wholeOf } from './stage.ts';
import { StepNode } from './step-node.tsx';
import { stepOf } from '../document/commands.ts';
import { keepView, viewOf } from './views.ts';

const NODE_TYPES = { step: StepNode, note: NoteNode };
/** From so many nodes on, those out of sight are not drawn. */
const MANY = 150;
/** From so many on, a map helps more than it costs. */
const SOME = 30;
/** Below this zoom nobody reads a step. */
const READABLE = 0.65;
const START_ZOOM = 0.8;

export function Canvas() {
  const playbook = useDesk(({ history }) => history?.present.document);
  const id = useDesk(({ id: it }) => it) ?? '';
  const graph = useDesk(({ graph: it }) => it);
  const say = useSay();
  const flow = useReactFlow<CanvasNode>();
  const { nodes, edges } = useDrawn();
  if (playbook === undefined) return null;
  const pointAt = ({ clientX, clientY }: MouseEvent | DragEvent) =>
    flow.screenToFlowPosition({ x: clientX, y: clientY });
  return (
    <div
      className="canvas"
      tabIndex={0}
      role="group"
      aria-roledescription={say({ zh: '画布', en: 'canvas' })}
      aria-label={say({
        zh: '画布：方向键沿着连线走，? 看所有快捷键',
        en: 'Canvas: arrows walk along the wires, ? shows all shortcuts',
      })}
      {...DROPPING(pointAt)}
      {...POINTING}
      onDoubleClick={(event) => {
        if (isPane(event.target)) askFor({ kind: 'at', point: pointAt(event) });
      }}
      onContextMenu={(event) => {
        event.preventDefault();
        selectUnder(event.target);
        useStage.setState({ menu: { x: event.clientX, y: event.clientY, point: pointAt(event) } });
      }}
    >
      <ReactFlow<CanvasNode>
        key={graph}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        {...GESTURES}
        deleteKeyCode={null}
        disableKeyboardA11y
        nodesFocusable={false}
        edgesFocusable={false}
        onlyRenderVisibleElements={nodes.length > MANY}
        zoomOnDoubleClick={false}
        panOnScroll
        selectionOnDrag
        panOnDrag={[1, 2]}
        minZoom={FARTHEST}
        maxZoom={1.6}
        onInit={(it) => void showBeginning(it, viewOf(id, graph)).then(revealAgain)}
        onMoveEnd={(_event, view) => keepView(id, graph, view)}
        colorMode="system"
        ariaLabelConfig={ariaWords(say)}
      >
        <Phases />
        <Ruler />
        <Guides />
        <AimMarks />
        <Background gap={24} />
        <Controls showInteractive={false} />
        <Reveal />
        <Far />
        {nodes.length > SOME ? (
          <MiniMap<CanvasNode> pannable zoomable nodeColor={colourOf} nodeStrokeWidth={0} />
        ) : null}
      </ReactFlow>
      <CanvasMenu />
      <Sheets />
      <PasteDialog />
      <RefusalNotice />
    </div>
  );
}

/** What React Flow is given; what did not change keeps its identity. */
function useDrawn() {
  const playbook = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  const selected = useDesk(({ selected: it }) => it);
  const selectedEdges = useDesk(({ selectedEdges: it }) => it);
  const problems = useProblems(({ problems: it }) => it);
  const carried = useCarrying(({ places }) => places);
  const drawn = useRef(new FlowGraph()).current;
  const nodes = useMemo(
    (): CanvasNode[] =>
      playbook === undefined
        ? []
        : [
            ...drawn.notes(playbook, graph, { selected, carried }),
            ...drawn.nodes(playbook, graph, { problems, selected, carried }),
          ],
    [playbook, graph, problems, selected, carried, drawn],
  );
  const edges = useMemo(
    () => (playbook === undefined ? [] : drawn.edges(playbook, graph, { problems, selected: selectedEdges })),
    [playbook, graph, problems, selectedEdges, drawn],
  );
  return { nodes, edges };
}

const STEP_DATA = 'application/kindling-step';

const isPane = (target: EventTarget): boolean =>
  target instanceof Element && target.classList.contains('react-flow__pane');

/** The wire under the pointer: a step that is dropped there goes between. */
const edgeUnder = ({ clientX, clientY }: DragEvent): Element | undefined =>
  document.elementsFromPoint(clientX, clientY).flatMap((it) => it.closest('.react-flow__edge') ?? [])[0];

/** Dropping a step from the palette: onto a wire, or where one lets go. */
const DROPPING = (pointAt: (event: DragEvent) => { x: number; y: number }) => ({
  onDragOver: (event: DragEvent): void => {
    event.preventDefault();
    document.querySelector('.react-flow__edge.receives')?.classList.remove('receives');
    edgeUnder(event)?.classList.add('receives');
  },
  onDrop: (event: DragEvent): void => {
    const type = event.dataTransfer.getData(STEP_DATA);
    if (type === '') return;
    event.preventDefault();
    const edge = edgeUnder(event)?.getAttribute('data-id') ?? undefined;
    document.querySelector('.react-flow__edge.receives')?.classList.remove('receives');
    add(type, edge === undefined ? { kind: 'at', point: pointAt(event) } : { kind: 'on', edge });
  },
});

/** A menu is about what lies under the pointer, unless that is selected already. */
function selectUnder(target: EventTarget): void {
  if (!(target instanceof Element)) return;
  const node = target.closest('.react-flow__node')?.getAttribute('data-id') ?? undefined;
  const edge = target.closest('.react-flow__edge')?.getAttribute('data-id') ?? undefined;
  const { selected } = useDesk.getState();
  if (node !== undefined && !selected.includes(node))
    useDesk.setState({ selected: [node], selectedEdges: [] });
  else if (edge !== undefined) useDesk.setState({ selected: [], selectedEdges: [edge] });
}

/** On the map a step has the colour of its family. */
const colourOf = ({ type, data }: CanvasNode): string =>
  type === 'note' || !('node' in data)
    ? '#e6d690'
    : `hsl(${FAMILIES[stepOf(data.node.step)?.family ?? 'flow'].hue} 55% 60%)`;

/** Brings into view what somebody wants to see, and lends the canvas to whoever needs its view. */
function Reveal() {
  const flow = useReactFlow<CanvasNode>();
  const reveal = useWay(({ reveal: it }) => it);
  useEffect(() => {
    useStage.setState({ flow: flow as unknown as ReactFlowInstance });
    return () => {
      letGo();
      useStage.setState({ flow: undefined, menu: undefined, sheet: undefined, isMoving: false });
    };
  }, [flow]);
  useEffect(() => {
    if (reveal === undefined) return;
    const nodes = reveal.ids.flatMap((id) => flow.getNode(id) ?? []);
    if (nodes.length === 0) return;
    const { x, y, width, height } = flow.getNodesBounds(nodes);
    const zoom = Math.max(flow.getZoom(), READABLE);
    void flow.setCenter(x + width / 2, y + height / 2, { zoom, duration: 200 });
    useWay.setState({ reveal: undefined });
  }, [reveal, flow]);
  return null;
}

/** What somebody wanted to see before there was anything to be seen. */
function revealAgain(): void {
  const { reveal } = useWay.getState();
  if (reveal !== undefined) useWay.setState({ reveal: { ...reveal } });
}

/** Where one was the last time; else everything, if it can be read then; else the beginning, from where one follows the flow. */
async function showBeginning(
  flow: ReactFlowInstance<CanvasNode>,
  last: ReturnType<typeof viewOf>,
): Promise<void> {
  if (last !== undefined) return void flow.setViewport(last);
  const all = flow as unknown as ReactFlowInstance;
  if (flow.getNodes().length === 0 || wholeOf(all).zoom >= READABLE) return void showWhole(all, 0);
  // The middle of everything may be empty: what comes first is what one looks for.
  const first = flow.getNodes().reduce((a, b) => (b.position.x < a.position.x ? b : a));
  const view = document.querySelector('.canvas')?.clientHeight ?? 0;
  await flow.setViewport({
    x: 60 - first.position.x * START_ZOOM,
    y: view / 2 - (first.position.y + (first.height ?? 0) / 2) * START_ZOOM,
    zoom: START_ZOOM,
  });
}

const ariaWords = (say: (words: Words) => string): Partial<AriaLabelConfig> => ({
  'controls.zoomIn.ariaLabel': say({ zh: '放大', en: 'Zoom in' }),
  'controls.zoomOut.ariaLabel': say({ zh: '缩小', en: 'Zoom out' }),
  'controls.fitView.ariaLabel': say({ zh: '显示全部', en: 'Fit all' }),
  'controls.ariaLabel': say({ zh: '画布控制', en: 'Canvas controls' }),
  'minimap.ariaLabel': say({ zh: '缩略图', en: 'Map' }),
});
