// Bounds of repeats: how many rounds, how many laps over nesting, and how many without waiting.
// Needs the block structure; what a round does is the step's affair.
import type { Blocks, FollowedEdge } from './check-blocks.ts';
import { placeOf, type DraftNode } from './draft.ts';
import type { Report } from './report.ts';

/** Most rounds of one repeat. */
export const MOST_ROUNDS = 1_000;
/** Laps are stored as positive 32-bit integers. */
const LAPS = 2 ** 31;
/** Most rounds without waiting, of one repeat and over nesting: what one advance may have to do. */
const SPIN = { own: 100, nested: 1_000 } as const;

/** Checks every repeat of a graph. */
export function checkRounds(blocks: Blocks, report: Report): void {
  const { nodes } = blocks.wiring;
  const repeats = nodes
    .flatMap((node, number) =>
      node.block?.kind === 'repeat' && blocks.pathOf[number] !== undefined
        ? [{ node, number, max: node.block.max, depth: blocks.paths.depth(blocks.pathOf[number]) }]
        : [],
    )
    .sort((a, b) => b.depth - a.depth);
  const spinning = findSpinning(blocks, repeats);
  for (const repeat of repeats) checkRepeat(repeat, blocks, spinning, report);
}

interface Repeat {
  readonly node: DraftNode;
  readonly number: number;
  readonly max: number;
}

function checkRepeat(
  { node, number, max }: Repeat,
  blocks: Blocks,
  spinning: ReadonlySet<number>,
  report: Report,
): void {
  if (max > MOST_ROUNDS) {
    report.add('E-LIMIT-ROUNDS', placeOf(node, '/config/max'), {
      step: node.name,
      got: max,
      limit: MOST_ROUNDS,
    });
  }
  let laps = max + 1;
  let spins = max;
  for (const { kind, node: around } of blocks.paths.outwards(blocks.pathOf[number]!)) {
    const block = blocks.wiring.nodes[around]?.block;
    if (kind !== 'round' || block?.kind !== 'repeat') continue;
    laps *= block.max + 1;
    if (spinning.has(around)) spins *= block.max;
  }
  if (laps >= LAPS) report.add('E-LAPS', placeOf(node), { step: node.name });
  if (!spinning.has(number)) return;
  if (max > SPIN.own) {
    report.add('E-SPIN', placeOf(node), { step: node.name, got: max, limit: SPIN.own });
  } else if (spins > SPIN.nested) {
    report.add('E-SPIN-NESTED', placeOf(node), { step: node.name, got: spins, limit: SPIN.nested });
  }
}

/** The repeats whose body can come back without waiting; inner ones must come first. */
function findSpinning(blocks: Blocks, repeats: readonly Repeat[]): ReadonlySet<number> {
  const leaving: FollowedEdge[][] = blocks.wiring.nodes.map(() => []);
  for (const edge of blocks.followed) leaving[edge.from]!.push(edge);
  const spinning = new Set<number>();
  const search: Search = { blocks, leaving, spinning, dying: findDying(blocks) };
  for (const { node, number } of repeats) {
    if (!waits(node) && comesBack(number, search)) spinning.add(number);
  }
  return spinning;
}

interface Search {
  readonly blocks: Blocks;
  readonly leaving: readonly (readonly FollowedEdge[])[];
  readonly spinning: ReadonlySet<number>;
  readonly dying: ReadonlySet<string>;
}

/** True when a token can go from `each` back to the repeat without a wait. */
function comesBack(repeat: number, search: Search): boolean {
  const { blocks, leaving } = search;
  const start = blocks.pathOf[repeat]!;
  const arrived = new Map<number, Set<number>>();
  const seen = new Set<number>();
  const stack = leaving[repeat]!.filter(({ path }) => path !== start);
  for (let edge = stack.pop(); edge !== undefined; edge = stack.pop()) {
    if (edge.to === repeat) return true;
    const node = blocks.wiring.nodes[edge.to]!;
    if (node.block?.kind === 'join') {
      const branches = arrived.get(edge.to) ?? new Set();
      arrived.set(edge.to, branches.add(blocks.paths.top(edge.path)!.branch));
      if (!fires(edge.to, branches, search)) continue;
    }
    if (seen.has(edge.to) || (waits(node) && !node.off)) continue;
    seen.add(edge.to);
    stack.push(...passing(edge.to, node, search));
  }
  return false;
}

// A branch that may die need not be waited for: whoever counts it as quick errs on the safe side.
function fires(join: number, arrived: ReadonlySet<number>, { blocks, dying }: Search): boolean {
  const { block } = blocks.wiring.nodes[join]!;
  if (block?.kind !== 'join') return false;
  if (block.need !== 'all') return arrived.size >= block.need;
  const fork = blocks.partner.get(join)!;
  return [...(blocks.arrivals.get(join) ?? [])].every(
    (branch) => arrived.has(branch) || dying.has(branchKey(fork, branch)),
  );
}

/** The branches, at any depth, in which a token may end. */
function findDying({ followed, wiring, paths }: Blocks): ReadonlySet<string> {
  const dying = new Set<string>();
  for (const { path, to } of followed) {
    if (wiring.nodes[to]!.block?.kind !== 'final') continue;
    for (const { node, branch } of paths.outwards(path)) dying.add(branchKey(node, branch));
  }
  return dying;
}

const branchKey = (fork: number, branch: number): string => `${fork} ${branch}`;

/** The edges by which a token goes on; from an inner repeat by `done`, and only if its rounds need no wait. */
function passing(
  number: number,
  node: DraftNode,
  { blocks, leaving, spinning }: Search,
): readonly FollowedEdge[] {
  const edges = leaving[number]!;
  if (node.block?.kind !== 'repeat') return edges;
  const path = blocks.pathOf[number]!;
  return spinning.has(number) ? edges.filter((edge) => edge.path === path) : [];
}

function waits(node: DraftNode): boolean {
  // With wrong settings there is no plan anyway: nothing is said about what they may have meant.
  if (node.step === undefined || node.wrong.length > 0) return true;
  try {
    return node.step.waits(node.config);
  } catch {
    // A step that cannot say is taken to be quick, so that the bound holds.
    return false;
  }
}
