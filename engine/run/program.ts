// A plan made ready to run: each node with its step, port numbers and bounds. Resolved once per plan.
// Adds nothing to the plan; whatever is here follows from plan and registry.
import type { JsonObject } from '../json.ts';
import type { Plan, PlanBlock, PlanNode, PlanPort, RetryPolicyMs } from '../plan.ts';
import type { StepDefinition } from '../step.ts';

/** Step types by name. */
export type Steps = Readonly<Record<string, StepDefinition>>;

/** An effect that a node calls, with the codes of its answers. */
export interface ProgramEffect {
  readonly name: string;
  readonly codes: readonly string[];
}

/** A node, ready to run. */
export interface ProgramNode {
  readonly index: number;
  readonly id: string;
  readonly graph: number;
  readonly graphId: string;
  readonly step: StepDefinition;
  readonly config: JsonObject;
  readonly off: boolean;
  readonly ports: readonly PlanPort[];
  readonly portOf: ReadonlyMap<string, number>;
  readonly block: PlanBlock | undefined;
  /** Ports of a repeat; -1 elsewhere. */
  readonly each: number;
  readonly done: number;
  /** Rounds + 1 of the innermost repeat around the node (its own for a repeat); 0 outside. */
  readonly radix: number;
  readonly effects: readonly ProgramEffect[];
  readonly topics: number;
  /** It has topics that match events, so somebody must be told that it listens. */
  readonly hearsEvents: boolean;
  /** Port by which an exhausted call leaves; -1 when it is not wired. */
  readonly failed: number;
  readonly skip: number;
  readonly retry: Required<RetryPolicyMs>;
  readonly late: PlanNode['late'];
  readonly grainMs: number;
  readonly heedMs: number;
  readonly anchors: readonly string[];
  readonly shifts: boolean;
}

/** A plan, ready to run. */
export interface Program {
  readonly plan: Plan;
  readonly nodes: readonly ProgramNode[];
}

/** Effects that one step may call: as many as three bits of a token can tell apart. */
export const MOST_EFFECTS = 8;

const programs = new WeakMap<Plan, { readonly steps: Steps; readonly program: Program }>();

/** The program of a plan. Throws when the registry lacks a step of the plan: then this build cannot run it. */
export function programOf(plan: Plan, steps: Steps): Program {
  const known = programs.get(plan);
  if (known?.steps === steps) return known.program;
  const radixes = radixesOf(plan, steps);
  const nodes = plan.nodes.map((node, index) => resolve(plan, steps, index, radixes[index] ?? 0));
  const program = { plan, nodes };
  programs.set(plan, { steps, program });
  return program;
}

function resolve(plan: Plan, steps: Steps, index: number, radix: number): ProgramNode {
  const node = plan.nodes[index]!;
  const step = stepOf(steps, node);
  const portOf = new Map(node.ports.map((port, position) => [port.name, position] as const));
  const rounds = roundPorts(step, node);
  const topics = step.topics?.(node.config) ?? [];
  const failed = portOf.get('failed') ?? -1;
  return {
    index,
    id: node.id,
    graph: node.graph,
    graphId: plan.graphs[node.graph]?.id ?? '',
    step,
    config: node.config,
    off: node.off === true,
    ports: node.ports,
    portOf,
    block: node.block,
    each: portOf.get(rounds?.each ?? '') ?? -1,
    done: portOf.get(rounds?.done ?? '') ?? -1,
    radix,
    effects: effectsOf(plan, step),
    topics: topics.length,
    hearsEvents: topics.some((topic) => 'event' in topic),
    failed: (node.ports[failed]?.to ?? -1) >= 0 ? failed : -1,
    skip: node.skip,
    retry: node.retry,
    late: node.late,
    grainMs: node.grainMs,
    heedMs: node.heedMs ?? 0,
    anchors: node.anchors ?? [],
    shifts: node.shifts === true,
  };
}

function stepOf(steps: Steps, node: PlanNode): StepDefinition {
  const step = Object.hasOwn(steps, node.step) ? steps[node.step] : undefined;
  if (step === undefined)
    throw new Error(`Node ${node.id} uses the step ${node.step}, which this build does not have.`);
  return step;
}

function effectsOf(plan: Plan, step: StepDefinition): ProgramEffect[] {
  const names = Object.keys(step.effects ?? {});
  if (names.length > MOST_EFFECTS) {
    throw new Error(
      `The step ${step.type} calls ${names.length} effects; at most ${MOST_EFFECTS} can be told apart.`,
    );
  }
  return names.map((name) => ({ name, codes: plan.effects[name] ?? [] }));
}

function roundPorts(step: StepDefinition, node: PlanNode) {
  const block = node.block?.kind === 'repeat' ? step.block?.(node.config) : undefined;
  return block?.kind === 'repeat' ? block : undefined;
}

// A node's innermost repeat is that of the edge by which it is reached: `into` opens one, `done` closes it.
function radixesOf(plan: Plan, steps: Steps): number[] {
  const around: (readonly number[] | undefined)[] = plan.nodes.map(() => undefined);
  const visit: [number, readonly number[]][] = plan.graphs.map(({ start }) => [start, []]);
  for (let entry = visit.pop(); entry !== undefined; entry = visit.pop()) {
    const [index, repeats] = entry;
    const node = plan.nodes[index];
    if (node === undefined || around[index] !== undefined) continue;
    around[index] = repeats;
    const rounds = roundPorts(stepOf(steps, node), node);
    for (const { name, to, turn } of node.ports) {
      const left = rounds !== undefined && name === rounds.done ? repeats.slice(0, -1) : repeats;
      const target = plan.nodes[to]?.block;
      const opened = turn === 'into' && target?.kind === 'repeat' ? [...left, target.max + 1] : left;
      visit.push([to, opened]);
    }
  }
  return around.map((repeats) => repeats?.at(-1) ?? 0);
}
