// The drawing: React Flow on top of the document. Every gesture becomes a command; nothing is kept here that is not drawn.
// What may be wired is asked before the wire is drawn, and a refusal says why.
import {
  Background,
  Controls,
  MiniMap,
  ReactFlow,
  useReactFlow,
  type AriaLabelConfig,
  type ReactFlowInstance,
  type Connection,
  type EdgeChange,
  type NodeChange,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { App as Antd } from 'antd';
import { useEffect, useMemo, useRef, type DragEvent } from 'react';
import { connect, disconnect, move, removeNodes } from '../document/commands.ts';
import { useProblems } from '../document/problems.ts';
import type { Point } from '../document/graphs.ts';
import { act, useDesk } from '../document/store.ts';
import { useWay } from '../problems/go-to.ts';
import { sayProblem } from '../problems/say.ts';
import { useSay, useSpeech, type Words } from '../say.ts';
import { askFor } from './adding.ts';
import { refusalOf } from './connect.ts';
import { FlowGraph, type StepFlowNode } from './graph.ts';
import { add } from './palette.tsx';
import { Phases } from './phases.tsx';
import { Ruler } from './ruler.tsx';
import { StepNode } from './step-node.tsx';

const NODE_TYPES = { step: StepNode };
/** From so many nodes on, those out of sight are not drawn. */
const MANY = 150;
/** From so many on, a map helps more than it costs. */
const SOME = 30;
/** Below this zoom nobody reads a step. */
const READABLE = 0.45;
const START_ZOOM = 0.8;

export function Canvas() {
  const playbook = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  const selected = useDesk(({ selected: it }) => it);
  const selectedEdges = useDesk(({ selectedEdges: it }) => it);
  const problems = useProblems(({ problems: it }) => it);
  const say = useSay();
  const onConnect = useConnect();
  const flow = useReactFlow<StepFlowNode>();
  const drawn = useRef(new FlowGraph()).current;
  const nodes = useMemo(
    () => (playbook === undefined ? [] : drawn.nodes(playbook, graph, { problems, selected })),
    [playbook, graph, problems, selected, drawn],
  );
  const edges = useMemo(
    () => (playbook === undefined ? [] : drawn.edges(playbook, graph, { problems, selected: selectedEdges })),
    [playbook, graph, problems, selectedEdges, drawn],
  );
  if (playbook === undefined) return null;

  const onDrop = (event: DragEvent): void => {
    const type = event.dataTransfer.getData('application/kindling-step');
    if (type === '') return;
    event.preventDefault();
    add(type, { kind: 'at', point: flow.screenToFlowPosition({ x: event.clientX, y: event.clientY }) });
  };
  return (
    <div
      className="canvas"
      onDrop={onDrop}
      onDragOver={(event) => event.preventDefault()}
      onDoubleClick={(event) => {
        if (!(event.target as Element).classList.contains('react-flow__pane')) return;
        askFor({ kind: 'at', point: flow.screenToFlowPosition({ x: event.clientX, y: event.clientY }) });
      }}
    >
      <ReactFlow<StepFlowNode>
        key={graph}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onConnect={onConnect}
        onBeforeDelete={(gone) => Promise.resolve(removed(gone))}
        deleteKeyCode={['Backspace', 'Delete']}
        onlyRenderVisibleElements={nodes.length > MANY}
        zoomOnDoubleClick={false}
        panOnScroll
        selectionOnDrag
        panOnDrag={[1, 2]}
        minZoom={0.1}
        maxZoom={1.6}
        onInit={(it) => void showBeginning(it)}
        colorMode="system"
        ariaLabelConfig={ariaWords(say)}
      >
        <Phases />
        <Ruler />
        <Background gap={24} />
        <Controls showInteractive={false} />
        <Reveal />
        {nodes.length > SOME ? <MiniMap pannable zoomable /> : null}
      </ReactFlow>
    </div>
  );
}

/** Brings into view what somebody wants to see, unless it is there already. */
function Reveal() {
  const flow = useReactFlow<StepFlowNode>();
  const reveal = useWay(({ reveal: it }) => it);
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

/** Everything, if it can be read then; otherwise the beginning, from where one follows the flow. */
async function showBeginning(flow: ReactFlowInstance<StepFlowNode>): Promise<void> {
  await flow.fitView({ padding: 0.1, maxZoom: 1 });
  if (flow.getZoom() >= READABLE) return;
  const { x, y, height } = flow.getNodesBounds(flow.getNodes());
  const view = document.querySelector('.canvas')?.clientHeight ?? 0;
  await flow.setViewport({
    x: 60 - x * START_ZOOM,
    y: view / 2 - (y + height / 2) * START_ZOOM,
    zoom: START_ZOOM,
  });
}

/** Moves and choices, as React Flow tells them. What it measures is no change of the document. */
function onNodesChange(changes: readonly NodeChange<StepFlowNode>[]): void {
  const places: Record<string, Point> = {};
  const chosen = new Set(useDesk.getState().selected);
  let isChosen = false;
  for (const change of changes) {
    if (change.type === 'position' && change.position !== undefined) places[change.id] = change.position;
    if (change.type === 'select') {
      isChosen = true;
      if (change.selected) chosen.add(change.id);
      else chosen.delete(change.id);
    }
  }
  if (isChosen) useDesk.setState({ selected: [...chosen] });
  const moved = Object.keys(places).toSorted();
  // One drag, or keys that follow each other, are one step to undo.
  if (moved.length > 0) act(move(useDesk.getState().graph, places, `move ${moved.join(' ')}`));
}

function onEdgesChange(changes: readonly EdgeChange[]): void {
  const chosen = new Set(useDesk.getState().selectedEdges);
  for (const change of changes) {
    if (change.type !== 'select') continue;
    if (change.selected) chosen.add(change.id);
    else chosen.delete(change.id);
  }
  useDesk.setState({ selectedEdges: [...chosen] });
}

/** Nodes and their wires go in one command, so that an undo forgets nothing. React Flow itself removes nothing. */
function removed({
  nodes,
  edges,
}: {
  readonly nodes: readonly { id: string }[];
  readonly edges: readonly { id: string }[];
}): false {
  const { history, graph } = useDesk.getState();
  const document = history?.present.document;
  if (document === undefined) return false;
  const ids = nodes.map(({ id }) => id);
  if (ids.length > 0) act(removeNodes(document, graph, ids));
  else
    act(
      disconnect(
        graph,
        edges.map(({ id }) => id),
      ),
    );
  useDesk.setState({ selected: [], selectedEdges: [] });
  return false;
}

/** Draws a wire, or says why it cannot be drawn. */
function useConnect(): (connection: Connection) => void {
  const { message } = Antd.useApp();
  const language = useSpeech(({ language: it }) => it);
  return ({ source, sourceHandle, target }) => {
    const { history, graph } = useDesk.getState();
    if (history === undefined) return;
    const wire = { from: source, port: sourceHandle ?? '', to: target };
    const refusal = refusalOf(history.present.document, graph, wire);
    if (refusal === undefined) {
      act(connect(graph, wire));
      return;
    }
    const { sentence, advice } = sayProblem(
      refusal,
      connect(graph, wire).apply(history.present.document),
      language,
    );
    void message.warning(`${sentence} ${advice}`, 6);
  };
}

const ariaWords = (say: (words: Words) => string): Partial<AriaLabelConfig> => ({
  'controls.zoomIn.ariaLabel': say({ zh: '放大', en: 'Zoom in' }),
  'controls.zoomOut.ariaLabel': say({ zh: '缩小', en: 'Zoom out' }),
  'controls.fitView.ariaLabel': say({ zh: '显示全部', en: 'Fit all' }),
  'controls.ariaLabel': say({ zh: '画布控制', en: 'Canvas controls' }),
  'minimap.ariaLabel': say({ zh: '缩略图', en: 'Map' }),
});
