// From a checked document to its plan: flat, by index, in an order that does not depend on how the document is written down.
// Invariant: called only when no check has found an error.
import type { RetryPolicy, Text } from '../document.ts';
import { exactMsOf, MINUTE, SECOND } from '../instant.ts';
import type { Json, JsonObject } from '../json.ts';
import { SEMANTICS, type Plan, type PlanBlock, type PlanNode, type PlanPort } from '../plan.ts';
import type { Blocks, FollowedEdge } from './check-blocks.ts';
import { objectOf, type DraftNode, type Registry } from './draft.ts';
import { sha256, sorted } from './hash.ts';
import type { Params } from './params.ts';
import { inside } from './pointer.ts';

/** What a plan is made from. */
export interface Checked {
  readonly document: JsonObject;
  readonly zone: string;
  readonly locales: readonly string[];
  readonly blocks: readonly Blocks[];
  readonly params: Params;
  /** The anchors that a node's times count from. */
  readonly anchors: ReadonlyMap<DraftNode, ReadonlySet<string>>;
  /** Conditions made ready, by node and pointer into the config. */
  readonly conditions: ReadonlyMap<DraftNode, ReadonlyMap<string, string>>;
  readonly registry: Registry;
}

/** The plan of a document without errors. */
export function emit(checked: Checked): Plan {
  const { document, blocks, params } = checked;
  // By id, so that neither the order of nodes nor that of edges in the file changes the name of the plan.
  const numbers = new Map<DraftNode, number>();
  for (const { wiring } of blocks) {
    for (const node of [...wiring.nodes].sort(byId)) numbers.set(node, numbers.size);
  }
  const nodes = blocks.flatMap((graph) => {
    const leaving: FollowedEdge[][] = graph.wiring.nodes.map(() => []);
    for (const edge of graph.followed) leaving[edge.from]!.push(edge);
    return graph.wiring.nodes
      .map((node, number) => ({ node, number }))
      .sort((a, b) => byId(a.node, b.node))
      .map(({ node, number }) =>
        emitNode({ node, number, graph, numbers, leaving: leaving[number]!, checked }),
      );
  });
  const content: Omit<Plan, 'hash'> = sorted({
    semantics: SEMANTICS,
    playbook: document['id'] as string,
    title: objectOf(document['title']) as Text,
    zone: checked.zone,
    locales: [...checked.locales],
    params: params.isLaunch ? params.bound : {},
    graphs: blocks.map(({ wiring }) => ({
      id: wiring.graph.id,
      start: numbers.get(wiring.nodes[wiring.starts[0]!]!)!,
    })),
    nodes,
    effects: emitEffects(blocks, checked.registry),
  });
  return { ...content, hash: sha256(JSON.stringify(content)) };
}

// Ids are unique, so they are never equal.
const byId = (a: DraftNode, b: DraftNode): number => (a.id < b.id ? -1 : 1);

interface NodePlace {
  readonly node: DraftNode;
  readonly number: number;
  readonly graph: Blocks;
  readonly numbers: ReadonlyMap<DraftNode, number>;
  readonly leaving: readonly FollowedEdge[];
  readonly checked: Checked;
}

function emitNode(place: NodePlace): PlanNode {
  const { node, graph, checked } = place;
  const { step, raw } = node;
  const title = objectOf(raw['title']);
  const anchors = checked.anchors.get(node);
  const block = emitBlock(place);
  const ports = emitPorts(place);
  const skip = ports.findIndex(({ name }) => name === step?.skip);
  // Keys in the order of the alphabet, one after the other: what is sorted already is not copied again for the hash.
  const emitted: { -readonly [Key in keyof PlanNode]?: PlanNode[Key] } = {};
  if (anchors !== undefined) emitted.anchors = [...anchors].sort();
  if (block !== undefined) emitted.block = block;
  emitted.config = emitConfig(node, checked);
  emitted.grainMs = emitGrain(node);
  emitted.graph = graph.wiring.graph.number;
  const heedMs = emitHeed(node);
  if (heedMs > 0) emitted.heedMs = heedMs;
  emitted.id = node.id;
  emitted.late = emitLate(objectOf(raw['late']));
  if (node.off) emitted.off = true;
  if (typeof raw['phase'] === 'string') emitted.phase = raw['phase'];
  emitted.ports = ports;
  emitted.retry = emitRetry(objectOf(raw['retry']));
  if (step?.instants === 'duration') emitted.shifts = true;
  emitted.skip = Math.max(0, skip);
  emitted.step = node.type;
  if (Object.keys(title).length > 0) emitted.title = title as Text;
  return emitted as PlanNode;
}

/** What is written down counts everywhere; the defaults are for the waits of members, whose instants are many. */
function emitGrain({ raw, graph, step, config }: DraftNode): number {
  const written = msOf(raw['tolerance']);
  if (written !== undefined) return written;
  const usual = graph.number === 0 ? 0 : (step?.grainMs?.(config) ?? 0);
  return usual === 0 ? 0 : (msOf(graph.tolerance) ?? usual);
}

/** A tolerance that is written down counts for what a member does, too; without one nobody has to wait for the answer. */
function emitHeed({ raw, graph, step }: DraftNode): number {
  const waitsForMembers = step?.topics !== undefined && step.grainMs !== undefined;
  return waitsForMembers ? (msOf(raw['tolerance']) ?? msOf(graph.tolerance) ?? 0) : 0;
}

/** The config with its conditions made ready, so that whoever evaluates needs no fields. */
function emitConfig(node: DraftNode, { params, conditions }: Checked): JsonObject {
  const config = params.isLaunch ? node.config : objectOf(node.raw['config']);
  const ready = conditions.get(node);
  return ready === undefined ? config : (withConditions(config, '', ready) as JsonObject);
}

function withConditions(value: Json, pointer: string, ready: ReadonlyMap<string, string>): Json {
  const cel = ready.get(pointer);
  if (cel !== undefined) return { cel };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item, index) =>
      withConditions(item, inside(pointer, index), ready),
    );
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withConditions(item, inside(pointer, key), ready)]),
  );
}

/** Where each port leads. An open one that may leads where the first port does. */
function emitPorts({ node, graph, numbers, leaving }: NodePlace): readonly PlanPort[] {
  const edgeOf = (port: number): FollowedEdge | undefined => leaving.find((edge) => edge.port === port);
  return (node.ports ?? []).map(({ name, open }, index) => {
    const edge = edgeOf(index) ?? (open === 'first' ? edgeOf(0) : undefined);
    if (edge === undefined) return { name, to: -1 };
    const to = numbers.get(graph.wiring.nodes[edge.to]!)!;
    return edge.turn === undefined ? { name, to } : { name, to, turn: edge.turn };
  });
}

function emitBlock({ node, number, graph, numbers }: NodePlace): PlanBlock | undefined {
  const partner = graph.partner.get(number);
  const index = partner === undefined ? -1 : numbers.get(graph.wiring.nodes[partner]!)!;
  switch (node.block?.kind) {
    case 'fork':
      return { join: index, kind: 'fork' };
    case 'join':
      return { fork: index, kind: 'join', need: node.block.need };
    case 'repeat':
      return { kind: 'repeat', max: node.block.max };
    case 'start':
    case 'final':
    case undefined:
      return undefined;
  }
}

const RETRY = { attempts: 5, firstMs: 10 * SECOND, maxMs: 10 * MINUTE } as const;
const LATE_AFTER_MS = 5 * MINUTE;

function emitRetry({ attempts, first, max }: JsonObject): Required<PlanNode['retry']> {
  const firstMs = msOf(first) ?? RETRY.firstMs;
  return {
    attempts: (attempts as RetryPolicy['attempts']) ?? RETRY.attempts,
    firstMs,
    // A first pause that is longer than the usual longest one is the longest one.
    maxMs: msOf(max) ?? Math.max(RETRY.maxMs, firstMs),
  };
}

function emitLate({ after, then }: JsonObject): PlanNode['late'] {
  return {
    afterMs: msOf(after) ?? LATE_AFTER_MS,
    // oxlint-disable-next-line unicorn/no-thenable -- a word of the plan
    then: then === 'skip' || then === 'ask' ? then : 'run',
  };
}

const msOf = (duration: Json | undefined): number | undefined =>
  typeof duration === 'string' ? exactMsOf(duration) : undefined;

function emitEffects(blocks: readonly Blocks[], { effects }: Registry): Plan['effects'] {
  const names = blocks.flatMap(({ wiring }) =>
    wiring.nodes.flatMap(({ step }) => Object.keys(step?.effects ?? {})),
  );
  return Object.fromEntries(
    [...new Set(names)]
      .sort()
      .map((name) => [name, Object.hasOwn(effects, name) ? [...effects[name]!.codes] : []]),
  );
}
