// Everything that can be done to a document, each as one command: pure, named for the undo menu, whole documents in and out.
// What is allowed is another question (canvas/connect.ts); a command whose target is gone changes nothing.
import type { Edge, Graph, GraphNode, Phase, Playbook, Text } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { steps } from '../../engine/steps/index.ts';
import type { Port, StepDefinition } from '../../engine/step.ts';
import {
  drawingOf,
  edgeFrom,
  freshId,
  graphOf,
  idsOf,
  nodeOf,
  withDrawing,
  withGraph,
  type Drawing,
  type GraphName,
  type Note,
  type Point,
} from './graphs.ts';

/** One thing that somebody does. */
export interface Command {
  /** For the undo menu: "Undo: …". */
  readonly says: { readonly zh: string; readonly en: string };
  /** Commands of one gesture (typing in one field, dragging one node) follow each other under one name and are undone together. */
  readonly gesture?: string;
  /** The same document when there is nothing to do. */
  readonly apply: (document: Playbook) => Playbook;
}

/** The definition of a step type; undefined for one that this version does not know. */
export const stepOf = (type: string): StepDefinition | undefined =>
  Object.hasOwn(steps, type) ? (steps as Readonly<Record<string, StepDefinition>>)[type] : undefined;

/** The ports of a node with their labels; none while its settings are too wrong to know them. */
export function labelledPortsOf(node: GraphNode): readonly Port[] {
  try {
    return stepOf(node.step)?.ports((node.config ?? {}) as never) ?? [];
  } catch {
    return [];
  }
}

/** The names of a node's ports. */
export const portsOf = (node: GraphNode): readonly string[] => labelledPortsOf(node).map(({ name }) => name);

/** How a step is called on the canvas when it says no more than its kind. */
const labelOf = (type: string): { zh: string; en: string } => stepOf(type)?.label ?? { zh: type, en: type };

const named = (zh: string, en: string, node: GraphNode): Command['says'] => {
  const { zh: kindZh, en: kindEn } = labelOf(node.step);
  const title = node.title?.['zh-CN'] ?? node.title?.['en'];
  return { zh: `${zh}「${title ?? kindZh}」`, en: `${en} “${node.title?.['en'] ?? title ?? kindEn}”` };
};

/** A node to be added: an id is made of its step type unless it has one. */
export interface NewNode {
  readonly id: string;
  readonly step: string;
  readonly config?: JsonObject;
  readonly phase?: string;
  readonly title?: Text;
}

/** An id for a new node of a type: one that nothing in the document has. */
export const newNodeId = (document: Playbook, step: string): string => freshId(idsOf(document), step);

/**
 * Adds a node. `after` wires it behind a port; what hung there follows the new node's first port, so nothing falls off.
 */
export function addNode(
  graph: GraphName,
  node: NewNode,
  place: Point,
  after?: { readonly node: string; readonly port: string },
): Command {
  return {
    says: named('添加', 'Add', node),
    apply: (document) => {
      const drawn = graphOf(document, graph);
      if (nodeOf(drawn, node.id) !== undefined) return document;
      const old = after === undefined ? undefined : edgeFrom(drawn, after.node, after.port);
      const [first] = portsOf(node);
      const taken = idsOf(document);
      const edges = drawn.edges.filter((edge) => edge !== old);
      const wire = (from: string, port: string, to: string): void => {
        const id = freshId(taken, `${from}-${port}`);
        taken.add(id);
        edges.push({ id, from, port, to });
      };
      if (after !== undefined) wire(after.node, after.port, node.id);
      if (old !== undefined && first !== undefined) wire(node.id, first, old.to);
      return placed(withGraph(document, graph, { nodes: [...drawn.nodes, node], edges }), graph, {
        [node.id]: place,
      });
    },
  };
}

/** Removes nodes with their edges. Where one had one way in and its first port led on, the gap closes. */
export function removeNodes(document: Playbook, graph: GraphName, ids: readonly string[]): Command {
  const gone = graphOf(document, graph).nodes.filter(({ id }) => ids.includes(id));
  return {
    says:
      gone.length === 1
        ? named('删除', 'Delete', gone[0]!)
        : { zh: `删除 ${gone.length} 个步骤`, en: `Delete ${gone.length} steps` },
    apply: (before) => {
      const after = ids.reduce((graphNow, id) => without(graphNow, id), graphOf(before, graph));
      return undrawn(withGraph(before, graph, after), graph, ids);
    },
  };
}

function without(graph: Graph, id: string): Graph {
  const node = nodeOf(graph, id);
  if (node === undefined) return graph;
  const into = graph.edges.filter(({ to }) => to === id);
  const [first] = portsOf(node);
  const onward = first === undefined ? undefined : edgeFrom(graph, id, first);
  const kept = graph.edges.filter(({ from, to }) => from !== id && to !== id);
  const isSimple = into.length === 1 && onward !== undefined && onward.to !== id && into[0]!.from !== id;
  const healed = isSimple ? [...kept, { ...into[0]!, to: onward.to }] : kept;
  return { nodes: graph.nodes.filter((it) => it !== node), edges: healed };
}

/** Wires a port to a node; what the port led to before is let go. */
export function connect(
  graph: GraphName,
  { from, port, to }: { readonly from: string; readonly port: string; readonly to: string },
): Command {
  return {
    says: { zh: '连线', en: 'Connect' },
    apply: (document) => {
      const drawn = graphOf(document, graph);
      const ends = [nodeOf(drawn, from), nodeOf(drawn, to)];
      const old = edgeFrom(drawn, from, port);
      if (ends.includes(undefined) || old?.to === to) return document;
      const id = old?.id ?? freshId(idsOf(document), `${from}-${port}`);
      return withGraph(document, graph, {
        ...drawn,
        edges: [...drawn.edges.filter((edge) => edge !== old), { id, from, port, to }],
      });
    },
  };
}

/** Removes edges. */
export function disconnect(graph: GraphName, ids: readonly string[]): Command {
  return {
    says: {
      zh: ids.length === 1 ? '删除连线' : `删除 ${ids.length} 条连线`,
      en: ids.length === 1 ? 'Delete a connection' : `Delete ${ids.length} connections`,
    },
    apply: (document) => {
      const drawn = graphOf(document, graph);
      const edges = drawn.edges.filter(({ id }) => !ids.includes(id));
      return edges.length === drawn.edges.length ? document : withGraph(document, graph, { ...drawn, edges });
    },
  };
}

/** Moves nodes and notes to where they are dropped. `gesture` joins the steps of one drag, or of keys that follow each other. */
export function move(graph: GraphName, places: Readonly<Record<string, Point>>, gesture?: string): Command {
  const count = Object.keys(places).length;
  return {
    says: {
      zh: count === 1 ? '移动一个步骤' : `移动 ${count} 个步骤`,
      en: count === 1 ? 'Move a step' : `Move ${count} steps`,
    },
    ...(gesture === undefined ? {} : { gesture }),
    apply: (document) => placed(document, graph, places),
  };
}

/** Changes one setting of a node; undefined takes it away. Typing in one field is one gesture. */
export function setConfig(graph: GraphName, id: string, key: string, value: Json | undefined): Command {
  return {
    says: { zh: '修改设置', en: 'Change a setting' },
    gesture: `config ${graph} ${id} ${key}`,
    apply: (document) =>
      changed(document, graph, id, (node) => ({ ...node, config: withKey(node.config ?? {}, key, value) })),
  };
}

/** What a node has besides its settings. */
export type NodeFacet = 'title' | 'phase' | 'off' | 'retry' | 'late' | 'tolerance';

/** Changes a facet of a node; undefined takes it away. */
export function setFacet<F extends NodeFacet>(
  graph: GraphName,
  id: string,
  facet: F,
  value: GraphNode[F],
): Command {
  const says: Readonly<Record<NodeFacet, Command['says']>> = {
    title: { zh: '改名', en: 'Rename' },
    phase: { zh: '移到别的阶段', en: 'Move to another phase' },
    off: value === true ? { zh: '停用步骤', en: 'Switch off' } : { zh: '启用步骤', en: 'Switch on' },
    retry: { zh: '修改重试', en: 'Change retries' },
    late: { zh: '修改迟到时的做法', en: 'Change what happens when late' },
    tolerance: { zh: '修改允许的误差', en: 'Change the tolerance' },
  };
  return {
    says: says[facet],
    gesture: `facet ${graph} ${id} ${facet}`,
    apply: (document) =>
      changed(
        document,
        graph,
        id,
        (node) => withKey(node as never, facet, value as never) as unknown as GraphNode,
      ),
  };
}

/** Puts a step of another kind in the place of one: what fits of its settings stays, and the wires of ports that it has too. */
export function replaceStep(graph: GraphName, id: string, type: string): Command {
  return {
    says: { zh: `换成「${labelOf(type).zh}」`, en: `Replace by “${labelOf(type).en}”` },
    apply: (document) => {
      const drawn = graphOf(document, graph);
      const node = nodeOf(drawn, id);
      const step = stepOf(type);
      if (node === undefined || step === undefined || node.step === type) return document;
      const known = Object.keys((step.config as { properties?: object }).properties ?? {});
      const kept = Object.entries(node.config ?? {}).filter(([key]) => known.includes(key));
      const next: GraphNode = { ...node, step: type, config: Object.fromEntries(kept) };
      const ports = portsOf(next);
      const [mainBefore] = portsOf(node);
      const edges = drawn.edges.flatMap((edge): Edge[] => {
        if (edge.from !== id || ports.includes(edge.port)) return [edge];
        const main = edge.port === mainBefore ? ports[0] : undefined;
        const isFree = main !== undefined && edgeFrom(drawn, id, main) === undefined;
        return isFree ? [{ ...edge, port: main }] : [];
      });
      return withGraph(document, graph, { nodes: drawn.nodes.map((it) => (it === node ? next : it)), edges });
    },
  };
}

/** Adds nodes with their inner edges and places, as pasting and duplicating do. Ids must be free: see clipboard.ts. */
export function insert(
  graph: GraphName,
  piece: Graph & { readonly places: Readonly<Record<string, Point>> },
  says: Command['says'],
): Command {
  return {
    says,
    apply: (document) => {
      const drawn = graphOf(document, graph);
      const merged = { nodes: [...drawn.nodes, ...piece.nodes], edges: [...drawn.edges, ...piece.edges] };
      return piece.nodes.length === 0
        ? document
        : placed(withGraph(document, graph, merged), graph, piece.places);
    },
  };
}

/** Changes the notes of a graph. */
export function setNotes(graph: GraphName, notes: readonly Note[], gesture?: string): Command {
  return {
    says: { zh: '修改便签', en: 'Change notes' },
    ...(gesture === undefined ? {} : { gesture }),
    apply: (document) => withDrawing(document, graph, { ...drawingOf(document, graph), notes }),
  };
}

/** The parts of a document besides its graphs. */
export type Part = 'title' | 'description' | 'params' | 'goal' | 'zone' | 'locales' | 'rehearsal';

const PART_WORDS: Readonly<Record<Part, Command['says']>> = {
  title: { zh: '修改标题', en: 'Change the title' },
  description: { zh: '修改说明', en: 'Change the description' },
  params: { zh: '修改参数', en: 'Change parameters' },
  goal: { zh: '修改目标', en: 'Change the goal' },
  zone: { zh: '修改时区', en: 'Change the time zone' },
  locales: { zh: '修改语言', en: 'Change languages' },
  rehearsal: { zh: '修改彩排的社群', en: 'Change the rehearsal’s community' },
};

/** Changes a part of the document; undefined takes it away. */
export function setPart<P extends Part>(part: P, value: Playbook[P] | undefined): Command {
  return {
    says: PART_WORDS[part],
    gesture: `part ${part}`,
    apply: (document) => withKey(document as never, part, value as never) as unknown as Playbook,
  };
}

/** Changes the phases. A node of a phase that is gone belongs to none. */
export function setPhases(phases: readonly Phase[]): Command {
  return {
    says: { zh: '修改阶段', en: 'Change phases' },
    apply: (document) => {
      const ids = new Set(phases.map(({ id }) => id));
      const nodes = document.graph.nodes.map((node) => {
        if (node.phase === undefined || ids.has(node.phase)) return node;
        const { phase: _gone, ...rest } = node;
        return rest;
      });
      return { ...document, phases, graph: { ...document.graph, nodes } };
    },
  };
}

/** Adds a journey with nothing but its entrance, or removes one with everything in it. */
export function setJourney(id: string, title: Text | undefined): Command {
  return {
    says:
      title === undefined
        ? { zh: '删除旅程', en: 'Delete a journey' }
        : { zh: '添加旅程', en: 'Add a journey' },
    apply: (document) => {
      const { [id]: known, ...others } = document.journeys ?? {};
      if (title === undefined) {
        const { [id]: _drawing, ...layout } = document.layout ?? {};
        return known === undefined ? document : { ...document, journeys: others, layout };
      }
      if (known !== undefined)
        return { ...document, journeys: { ...document.journeys, [id]: { ...known, title } } };
      const start = { id: freshId(idsOf(document), 'enter'), step: 'enter', config: {} };
      return {
        ...document,
        journeys: { ...document.journeys, [id]: { title, graph: { nodes: [start], edges: [] } } },
      };
    },
  };
}

/** Replaces the whole document: restoring a version, taking a colleague's. */
export const replaceDocument = (next: Playbook, says: Command['says']): Command => ({
  says,
  apply: () => next,
});

function changed(
  document: Playbook,
  graph: GraphName,
  id: string,
  change: (node: GraphNode) => GraphNode,
): Playbook {
  const drawn = graphOf(document, graph);
  const node = nodeOf(drawn, id);
  if (node === undefined) return document;
  const next = change(node);
  return next === node
    ? document
    : withGraph(document, graph, { ...drawn, nodes: drawn.nodes.map((it) => (it === node ? next : it)) });
}

function withKey(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  if (object[key] === value) return object;
  const { [key]: _old, ...rest } = object;
  return value === undefined ? rest : { ...object, [key]: value };
}

/** Places that are already so change nothing. */
function placed(document: Playbook, graph: GraphName, places: Readonly<Record<string, Point>>): Playbook {
  const drawing = drawingOf(document, graph);
  const known = new Set(graphOf(document, graph).nodes.map(({ id }) => id));
  const nodes: Record<string, Drawing['nodes'][string]> = { ...drawing.nodes };
  let isMoved = false;
  for (const [id, { x, y }] of Object.entries(places)) {
    const old = nodes[id];
    if (!known.has(id) || (old !== undefined && old.x === x && old.y === y)) continue;
    nodes[id] = { ...old, x, y };
    isMoved = true;
  }
  const notes = drawing.notes.map((note) => {
    const to = Object.hasOwn(places, note.id) ? places[note.id] : undefined;
    if (to === undefined || (to.x === note.x && to.y === note.y)) return note;
    isMoved = true;
    return { ...note, x: to.x, y: to.y };
  });
  return isMoved ? withDrawing(document, graph, { nodes, notes }) : document;
}

function undrawn(document: Playbook, graph: GraphName, ids: readonly string[]): Playbook {
  const drawing = drawingOf(document, graph);
  const nodes = Object.fromEntries(Object.entries(drawing.nodes).filter(([id]) => !ids.includes(id)));
  return Object.keys(nodes).length === Object.keys(drawing.nodes).length
    ? document
    : withDrawing(document, graph, { ...drawing, nodes });
}
