// What a step can be: families, a search that knows both languages, each step's own sentence. One list for every way of adding.
// Opened for a port, for a point, or beside the canvas for dragging.
import { Empty, Input, Modal } from 'antd';
import { useMemo, useState, type KeyboardEvent } from 'react';
import type { Graph, Playbook } from '../../engine/document.ts';
import { steps } from '../../engine/steps/index.ts';
import type { StepDefinition } from '../../engine/step.ts';
import { addNode, newNodeId, portsOf, replaceStep } from '../document/commands.ts';
import { CAMPAIGN, edgeFrom, graphOf, nodeOf, type Point } from '../document/graphs.ts';
import { act, useDesk } from '../document/store.ts';
import { rearrange } from '../document/many.ts';
import { useWay } from '../problems/go-to.ts';
import { useSay } from '../say.ts';
import { phaseAt } from './columns.ts';
import { focusCanvas } from './areas.ts';
import { askFor, useWanted, type Wanted } from './adding.ts';
import { heightOf, placesOf, WIDTH } from '../document/arrange.ts';
import { FAMILIES } from './families.tsx';
import { grouped } from '../grouped.ts';
import { roomFor } from './tidy.ts';

const all: readonly StepDefinition[] = Object.values(steps);

/** The steps that may stand in a graph and that a search finds: those that are called so before those that speak of it. */
function found(isCampaign: boolean, search: string): readonly StepDefinition[] {
  const words = search.trim().toLowerCase();
  return all
    .filter(({ scope }) => scope === 'any' || scope === (isCampaign ? 'campaign' : 'member'))
    .map((step) => ({ step, rank: rankOf(step, words) }))
    .filter(({ rank }) => rank < Infinity)
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ step }) => step);
}

/** How well a step answers a search: 0 by its very name, infinite not at all. */
function rankOf({ type, label, says }: StepDefinition, words: string): number {
  if (words === '') return 0;
  const ranks = [
    ...[label.zh, label.en, type].map((name) => [name, 0] as const),
    ...[says.zh, says.en].map((sentence) => [sentence, 3] as const),
  ].map(([text, base]) => {
    const at = text.toLowerCase().indexOf(words);
    return at < 0 ? Infinity : base + (text.length === words.length ? 0 : at === 0 ? 1 : 2);
  });
  return Math.min(...ranks);
}

/** Adds a step of a type where somebody asked for it, and selects it. */
export function add(type: string, wanted: Wanted): void {
  const { history, graph } = useDesk.getState();
  const document = history?.present.document;
  if (document === undefined) return;
  if (wanted.kind === 'replace') {
    act(replaceStep(graph, wanted.node, type));
    useDesk.setState({ selected: [wanted.node], selectedEdges: [] });
    return;
  }
  const id = newNodeId(document, type);
  const drawn = graphOf(document, graph);
  const after = portOf(drawn, wanted);
  const node = { id, step: type, config: {} };
  if (after === undefined) {
    const before = wanted.kind === 'behind' ? placeBehind(document, graph, wanted.node) : { x: 0, y: 0 };
    const place = wanted.kind === 'at' ? wanted.point : before;
    const phase = graph === CAMPAIGN ? phaseAt(document, place) : undefined;
    act(addNode(graph, phase === undefined ? node : { ...node, phase }, place));
  } else {
    const phase = nodeOf(drawn, after.node)?.phase;
    const made = phase === undefined ? node : { ...node, phase };
    const place = placeBehind(document, graph, after.node);
    // What follows makes room, in the same step to undo.
    const room = roomFor(drawn.nodes, placesOf(document, graph), { ...place, height: heightOf(made) });
    const adding = addNode(graph, made, place, after);
    const shift = rearrange(graph, room, adding.says);
    act({ ...adding, apply: (before) => adding.apply(shift.apply(before)) });
  }
  useDesk.setState({ selected: [id], selectedEdges: [] });
  useWay.setState({ reveal: { ids: [id] } });
}

/** The port that the new step is wired behind; undefined where it stands free. */
function portOf(drawn: Graph, wanted: Wanted): { readonly node: string; readonly port: string } | undefined {
  if (wanted.kind === 'after') return wanted;
  if (wanted.kind === 'on') {
    const edge = drawn.edges.find(({ id }) => id === wanted.edge);
    return edge === undefined ? undefined : { node: edge.from, port: edge.port };
  }
  if (wanted.kind !== 'behind') return undefined;
  const port = portToFollow(drawn, wanted.node);
  return port === undefined ? undefined : { node: wanted.node, port };
}

function placeBehind(document: Playbook, graph: string, node: string): Point {
  const from = placesOf(document, graph)[node] ?? { x: 0, y: 0 };
  return { x: from.x + WIDTH + 72, y: from.y };
}

/** The list beside the canvas. */
export function Palette() {
  const say = useSay();
  const graph = useDesk(({ graph: it }) => it);
  const [search, setSearch] = useState('');
  const list = useMemo(() => found(graph === CAMPAIGN, search), [graph, search]);
  return (
    <div onKeyDown={walkList}>
      <Input.Search
        allowClear
        placeholder={say({ zh: '找步骤', en: 'Find a step' })}
        value={search}
        onChange={({ target }) => setSearch(target.value)}
      />
      <StepList list={list} choose={(type) => add(type, wantedNow())} />
    </div>
  );
}

// A click in the list adds behind what is selected, else at the end of what is drawn.
function wantedNow(): Wanted {
  const { selected, history, graph } = useDesk.getState();
  const [node] = selected;
  const document = history?.present.document;
  if (document === undefined) return { kind: 'at', point: { x: 0, y: 0 } };
  if (
    node !== undefined &&
    selected.length === 1 &&
    portToFollow(graphOf(document, graph), node) !== undefined
  )
    return { kind: 'behind', node };
  const right = Math.max(0, ...Object.values(placesOf(document, graph)).map(({ x }) => x + WIDTH + 72));
  return { kind: 'at', point: { x: right, y: 0 } };
}

/** The port behind which the next step goes: the first that leads nowhere yet, else the first. */
function portToFollow(drawn: Graph, id: string): string | undefined {
  const node = nodeOf(drawn, id);
  const ports = node === undefined ? [] : portsOf(node);
  return ports.find((port) => edgeFrom(drawn, id, port) === undefined) ?? ports[0];
}

/** The list as a dialog, for a port or a point. */
export function PaletteDialog() {
  const { wanted } = useWanted();
  // Gone at once: a dialog that fades away would take the next Enter as one more step.
  return wanted === undefined ? null : <Choosing wanted={wanted} />;
}

function Choosing({ wanted }: { readonly wanted: Wanted }) {
  const say = useSay();
  const graph = useDesk(({ graph: it }) => it);
  const [search, setSearch] = useState('');
  const list = useMemo(() => found(graph === CAMPAIGN, search), [graph, search]);
  const close = (): void => {
    askFor(undefined);
    requestAnimationFrame(focusCanvas);
  };
  const choose = (type: string): void => {
    add(type, wanted);
    close();
  };
  return (
    <Modal
      open
      onCancel={close}
      footer={null}
      title={say(
        wanted.kind === 'replace' ? { zh: '换成', en: 'Replace by' } : { zh: '添加步骤', en: 'Add a step' },
      )}
      width={520}
    >
      <div onKeyDown={walkList}>
        <Input
          autoFocus
          value={search}
          placeholder={say({ zh: '输入名称，回车选第一个', en: 'Type a name, Enter takes the first' })}
          onChange={({ target }) => setSearch(target.value)}
          onPressEnter={({ nativeEvent }) => {
            const [first] = list;
            if (!nativeEvent.isComposing && first !== undefined) choose(first.type);
          }}
        />
        <StepList list={list} choose={choose} />
      </div>
    </Modal>
  );
}

/** Arrows go through the list, from the search above it and back. */
function walkList(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined || event.nativeEvent.isComposing) return;
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, .step-list button')];
  const now = stops.findIndex((it) => it === document.activeElement);
  stops[Math.max(0, Math.min(stops.length - 1, now + by))]?.focus();
  event.preventDefault();
}

function StepList({
  list,
  choose,
}: {
  readonly list: readonly StepDefinition[];
  readonly choose: (type: string) => void;
}) {
  const say = useSay();
  const [at, setAt] = useState(0);
  if (list.length === 0) {
    return (
      <Empty
        image={Empty.PRESENTED_IMAGE_SIMPLE}
        description={say({ zh: '没有这样的步骤', en: 'No such step' })}
      />
    );
  }
  return (
    <div className="step-list">
      {[...grouped(list, ({ family }) => family)].map(([family, members]) => (
        <section key={family}>
          <h3>{say(FAMILIES[family])}</h3>
          {members.map(({ type, label, says }) => (
            <button
              key={type}
              type="button"
              style={{ '--hue': FAMILIES[family].hue } as React.CSSProperties}
              // One Tab stop: arrows walk.
              tabIndex={list.findIndex((it) => it.type === type) === Math.min(at, list.length - 1) ? 0 : -1}
              onFocus={() => setAt(list.findIndex((it) => it.type === type))}
              draggable
              onDragStart={({ dataTransfer }) => dataTransfer.setData('application/kindling-step', type)}
              onClick={() => choose(type)}
            >
              <span className="icon" aria-hidden>
                {FAMILIES[family].icon}
              </span>
              <span>
                <b>{say(label)}</b>
                <small>{say(says)}</small>
              </span>
            </button>
          ))}
        </section>
      ))}
    </div>
  );
}
