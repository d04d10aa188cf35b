// The drawing of a run: the playbook's own drawing, read only, with live counts on every step and wire.
// The view of a step is the canvas's; what is added is how many stand there, have passed, are late or stuck.
import { AimOutlined, PauseCircleFilled, TeamOutlined } from '@ant-design/icons';
import {
  Background,
  Controls,
  MiniMap,
  Panel,
  ReactFlow,
  type Edge,
  type NodeProps,
  type ReactFlowInstance,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { Button } from 'antd';
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { create } from 'zustand';
import type { Playbook } from '../../engine/document.ts';
import { Far, FARTHEST } from '../canvas/far.tsx';
import { FlowGraph, type StepFlowNode } from '../canvas/graph.ts';
import { PhaseColumns } from '../canvas/phases.tsx';
import { StepNode } from '../canvas/step-node.tsx';
import { portsOf } from '../document/commands.ts';
import { CAMPAIGN, graphOf, type GraphName } from '../document/graphs.ts';
import { useSay } from '../say.ts';
import type { NodeCounts } from './shapes.ts';

/** Counts by node id: apart from the drawing, so that a number that moves draws one step anew. */
export const useCounts = create<Readonly<Record<string, NodeCounts>>>(() => ({}));

/** Puts the counts where the steps look for theirs; what has not changed keeps its identity. */
export function keepCounts(nodes: readonly NodeCounts[]): void {
  const before = useCounts.getState();
  const now = nodes.map((next): [string, NodeCounts] => {
    const old = before[next.node];
    return [next.node, JSON.stringify(old) === JSON.stringify(next) ? old! : next];
  });
  useCounts.setState(Object.fromEntries(now), true);
}

const NODE_TYPES = { step: memo(RunNode) };
const SOME = 30;
const NOTHING = { problems: [], selected: [] } as const;

interface Props {
  readonly document: Playbook;
  readonly graph: GraphName;
  readonly selected: string | undefined;
  readonly select: (node: string | undefined) => void;
  /** Passed by port, by node: what has gone along each wire. */
  readonly nodes: readonly NodeCounts[];
}

export function RunDrawing({ document, graph, selected, select, nodes: counts }: Props) {
  const say = useSay();
  const follow = useFollow(counts);
  const drawn = useRef(new FlowGraph()).current;
  const nodes = useMemo(
    () =>
      drawn
        .nodes(document, graph, { problems: [], selected: selected === undefined ? [] : [selected] })
        .map((node): StepFlowNode => ({
          ...node,
          // With every port taken the view offers nothing to add; and journeys are opened from the page's own list.
          data: { ...node.data, wired: portsOf(node.data.node).join(' '), journey: undefined },
          draggable: false,
          connectable: false,
          deletable: false,
        })),
    [document, graph, selected, drawn],
  );
  const passed = useMemo(() => new Map(counts.map((it) => [it.node, it.passed])), [counts]);
  const edges = useMemo(
    () =>
      drawn.edges(document, graph, NOTHING).map((edge): Edge => {
        const count = passed.get(edge.source)?.[edge.sourceHandle ?? ''] ?? 0;
        return count === 0
          ? { ...edge, className: 'untaken', deletable: false }
          : { ...edge, className: 'taken', label: String(count), deletable: false };
      }),
    [document, graph, passed, drawn],
  );
  return (
    <div
      className="canvas run-canvas"
      aria-label={say({ zh: '运行图', en: 'Drawing of the run' })}
      role="group"
    >
      <ReactFlow<StepFlowNode>
        key={graph}
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onNodeClick={(_event, { id }) => select(id)}
        onPaneClick={() => select(undefined)}
        onNodesChange={(changes) => {
          // By keyboard, too. What is selected is the page's to say.
          for (const change of changes) if (change.type === 'select' && change.selected) select(change.id);
        }}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        zoomOnDoubleClick={false}
        panOnScroll
        minZoom={FARTHEST}
        maxZoom={1.6}
        onInit={follow.begin}
        onMoveStart={(event) => {
          if (event !== null) follow.stop();
        }}
        colorMode="system"
      >
        {graph === CAMPAIGN ? <PhaseColumns document={document} /> : null}
        <Background gap={24} />
        <Controls showInteractive={false} />
        {follow.isOn ? null : (
          <Panel position="top-left">
            <Button size="small" icon={<AimOutlined aria-hidden />} onClick={follow.resume}>
              {say({ zh: '跟着活动走', en: 'Follow the activity' })}
            </Button>
          </Panel>
        )}
        <Far />
        {graphOf(document, graph).nodes.length > SOME ? <RunMap /> : null}
      </ReactFlow>
    </div>
  );
}

const READABLE = 0.8;
/** Smaller than this nobody reads a title. */
const LEGIBLE = 0.35;

/** Where something is going on: somebody stands there. Before it begins, where it will begin; when all is over, all of it. */
async function showLively(flow: ReactFlowInstance<StepFlowNode>, duration: number): Promise<void> {
  const counts = useCounts.getState();
  const all = flow.getNodes();
  const lively = all.filter(({ id }) => (counts[id]?.standing ?? 0) + (counts[id]?.stuck ?? 0) > 0);
  const gone = all.filter(({ id }) => Object.keys(counts[id]?.passed ?? {}).length > 0);
  const isOver = lively.length === 0 && gone.length > 0;
  const wanted = isOver ? all : lively.length > 0 ? lively : all.slice(0, 1);
  const whole = flow.getNodesBounds(wanted);
  const pane = globalThis.document.querySelector('.run-canvas')?.getBoundingClientRect();
  const fits = Math.min((pane?.width ?? 0) / whole.width, (pane?.height ?? 0) / whole.height) * 0.9;
  // What does not fit legibly is shown where it ended, or where the first of them stand.
  const isLegible = fits >= LEGIBLE;
  const { x, y, width, height } = isLegible
    ? whole
    : flow.getNodesBounds([
        (isOver ? gone : lively).reduce((a, b) => (isOver === b.position.x > a.position.x ? b : a)),
      ]);
  const zoom = isLegible ? Math.min(READABLE, fits) : READABLE;
  await flow.setCenter(x + width / 2, y + height / 2, { zoom, duration });
}

const GLIDE_MS = 400;

/** Keeps in view where something is going on, until somebody moves the drawing themselves. */
function useFollow(counts: readonly NodeCounts[]) {
  const [flow, setFlow] = useState<ReactFlowInstance<StepFlowNode> | undefined>();
  const [isOn, setOn] = useState(true);
  const where = counts
    .filter(({ standing, stuck }) => standing + stuck > 0)
    .map(({ node }) => node)
    .join(' ');
  const hasShown = useRef(false);
  useEffect(() => {
    if (flow === undefined || !isOn) return;
    // It opens where the activity is; only what moves later is glided to.
    void showLively(flow, isCalm() || !hasShown.current ? 0 : GLIDE_MS);
    hasShown.current = true;
  }, [flow, isOn, where]);
  const begin = useCallback((it: ReactFlowInstance<StepFlowNode>) => setFlow(it), []);
  return { isOn, begin, stop: () => setOn(false), resume: () => setOn(true) };
}

const isCalm = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

type State = 'stuck' | 'live' | 'gone' | 'ahead';

const goneBy = ({ passed }: NodeCounts): number => Object.values(passed).reduce((sum, it) => sum + it, 0);

/** What a step is in the run: what needs people comes before what merely goes on. */
function stateOf(counts: NodeCounts | undefined): State {
  if (counts === undefined) return 'ahead';
  if (counts.stuck > 0) return 'stuck';
  if (counts.standing > 0) return 'live';
  return goneBy(counts) > 0 ? 'gone' : 'ahead';
}

const COLOURS: Readonly<Record<State, string>> = {
  stuck: '#d4380d',
  live: '#e08a2e',
  gone: '#6a9f7d',
  ahead: '#a9a39c',
};

/** The whole run in a corner, coloured by what each step is now. */
function RunMap() {
  const counts = useCounts();
  return (
    <MiniMap<StepFlowNode>
      pannable
      zoomable
      nodeColor={({ id }) => COLOURS[stateOf(counts[id])]}
      nodeStrokeWidth={0}
    />
  );
}

function RunNode(props: NodeProps<StepFlowNode>) {
  const say = useSay();
  const counts = useCounts((all) => all[props.id]);
  const { standing = 0, stuck = 0, late = 0, skipped = 0 } = counts ?? {};
  const gone = counts === undefined ? 0 : goneBy(counts);
  return (
    <div className={`run-step ${stateOf(counts)}`}>
      <StepNode {...props} />
      {standing > 0 ? (
        <span
          className="count standing"
          title={say({ zh: `${standing} 个正在这里`, en: `${standing} here now` })}
        >
          <TeamOutlined aria-hidden /> {standing}
        </span>
      ) : null}
      {gone > 0 ? (
        <span className="count gone" title={say({ zh: `${gone} 个已经过`, en: `${gone} have passed` })}>
          {late + skipped > 0 ? (
            <span className="odd">
              {late > 0 ? say({ zh: `晚 ${late} `, en: `${late} late ` }) : ''}
              {skipped > 0 ? say({ zh: `跳过 ${skipped} `, en: `${skipped} skipped ` }) : ''}
            </span>
          ) : null}
          ✓ {gone}
        </span>
      ) : null}
      {stuck > 0 ? (
        <span className="count stuck" title={say({ zh: `${stuck} 个停住了`, en: `${stuck} are stuck` })}>
          <PauseCircleFilled aria-hidden /> {stuck}
        </span>
      ) : null}
    </div>
  );
}
