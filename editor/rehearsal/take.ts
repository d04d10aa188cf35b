// One rehearsal as the page gets it, and how it is made: the engine itself, in slices, so that it can be watched and given up.
// Knows neither worker nor React; a test runs it as it stands.
import type { Playbook, Rehearsal as Community, Text } from '../../engine/document.ts';
import { compile, product } from '../../engine/index.ts';
import { parseInstant, type Instant } from '../../engine/instant.ts';
import type { JsonObject } from '../../engine/json.ts';
import type { Counts } from '../../engine/metrics.ts';
import { renderText, type TextValues } from '../../engine/language/text.ts';
import type { Plan, PlanNode } from '../../engine/plan.ts';
import type { Problem } from '../../engine/problem.ts';
import { Rehearsal, type RehearsalOptions } from '../../engine/rehearse.ts';
import { answersTo, roleAsked } from '../../engine/rehearse/asks.ts';
import {
  Film,
  filmedNodes,
  type Collision,
  type Ending,
  type FilmedNode,
  type Moves,
} from '../../engine/rehearse/film.ts';
import { wayOf } from '../../engine/rehearse/way.ts';
import type { Trace } from '../../engine/run/trace.ts';
import type { StepDefinition } from '../../engine/step.ts';
import { steps } from '../../engine/steps/index.ts';
import type { TeamRegistry } from '../team-registry.ts';

/** What is rehearsed. Everything that could differ between two rehearsals stands in it. */
export interface Order {
  readonly document: Playbook;
  readonly params: JsonObject;
  readonly start: Instant;
  /** The community with what somebody tries out laid over the playbook's own. */
  readonly community: Community;
  /** What of the team counts: its attributes, channels with their budgets, caps and quiet hours. */
  readonly team: TeamRegistry;
}

/** What was posted: so many at one instant through one channel. `texts` tells how many wordings there are. */
export interface Post {
  readonly at: Instant;
  readonly node: string;
  readonly channel: string;
  readonly text: string;
  readonly texts: number;
  readonly count: number;
}

/** A node that asks people. */
export interface Asking {
  readonly node: string;
  readonly role: string;
  readonly answers: readonly string[];
  /** What it says to whoever does it, in each locale. */
  readonly script: Text;
}

/** One rehearsal from beginning to end. */
export interface Take {
  readonly order: Order;
  readonly plan: string;
  readonly zone: string;
  readonly started: Instant;
  readonly ended: Instant;
  readonly isDone: boolean;
  readonly visits: number;
  readonly nodes: readonly FilmedNode[];
  readonly titles: Readonly<Record<string, Text>>;
  readonly moves: Moves;
  readonly posts: readonly Post[];
  readonly asking: readonly Asking[];
  readonly collisions: readonly Collision[];
  readonly ends: readonly Ending[];
  readonly stuck: readonly { readonly node: string; readonly reason: string; readonly count: number }[];
  readonly counts: Counts;
}

/** How far a rehearsal has come. */
export interface Progress {
  readonly at: Instant;
  readonly visits: number;
  /** 0 to 1; undefined where nobody knows the end. */
  readonly way: number | undefined;
}

/** Between two breaths: messages are read, and the page hears how far it is. */
const SLICE_MS = 40;

/** What a run of a rehearsal is told and asked while it goes on. */
export interface Watch {
  readonly clock: () => number;
  readonly progress: (progress: Progress) => void;
  /** Lets others go first; false when nobody waits for the result any more. */
  readonly breathe: () => Promise<boolean>;
}

/** The plan of an order, or what is wrong with it. */
export function planFor({ document, params, team }: Order): {
  plan?: Plan;
  problems: readonly Problem[];
} {
  const { plan, problems } = compile(document, params, { ...product, ...team });
  return { ...(plan === undefined ? {} : { plan }), problems };
}

/** A rehearsal that is over, kept to answer further questions; undefined when it was given up. */
export interface Shot {
  readonly take: Take;
  readonly traceOf: (graph: string, ordinal: number) => Trace | undefined;
}

/** How the rehearsals of an order are set up. */
export const optionsOf = ({
  start,
  community,
  team: { channels, caps, quiet },
}: Order): RehearsalOptions => ({
  start,
  settings: community,
  channels,
  caps,
  quiet,
});

/** Rehearses an order to its end. */
export async function shoot(order: Order, plan: Plan, watch: Watch): Promise<Shot | undefined> {
  const film = new Film(plan);
  const it = new Rehearsal(plan, { ...optionsOf(order), watcher: film });
  const way = wayOf({ document: order.document, plan, start: order.start });
  if (!(await runToTheEnd(it, watch, way))) return undefined;
  const index = (graph: string): number => plan.graphs.findIndex(({ id }) => id === graph);
  return {
    take: takeOf(order, it, film),
    traceOf: (graph, ordinal) => (index(graph) < 0 ? undefined : it.recorder.trace(index(graph), ordinal)),
  };
}

/** Runs in slices. False when it was given up. */
export async function runToTheEnd(
  it: Rehearsal,
  { clock, progress, breathe }: Watch,
  way: (now: Instant) => number | undefined,
): Promise<boolean> {
  for (let goesOn = true; goesOn;) {
    const deadline = clock() + SLICE_MS;
    while (goesOn && clock() < deadline) goesOn = it.step();
    progress({ at: it.now, visits: it.recorder.size, way: way(it.now) });
    if (!(await breathe())) return false;
  }
  return true;
}

function takeOf(order: Order, it: Rehearsal, film: Film): Take {
  const { plan, recorder } = it;
  const stuck = new Map<string, { node: string; reason: string; count: number }>();
  for (const { node, reason } of it.stuck) {
    const id = plan.nodes[node]?.id ?? '';
    const known = stuck.get(`${id} ${reason}`) ?? { node: id, reason, count: 0 };
    stuck.set(`${id} ${reason}`, { ...known, count: known.count + 1 });
  }
  return {
    order,
    plan: plan.hash,
    zone: plan.zone,
    started: it.started,
    ended: it.now,
    isDone: it.isDone,
    visits: recorder.size,
    nodes: filmedNodes(plan),
    titles: Object.fromEntries(plan.nodes.map((node) => [node.id, calledBy(node)])),
    moves: film.moves(),
    posts: postsOf(it),
    asking: plan.nodes.flatMap((node): Asking[] => {
      const role = roleAsked(node, steps);
      if (role === undefined) return [];
      return [{ node: node.id, role, answers: answersTo(node, steps), script: scriptOf(node, order, plan) }];
    }),
    collisions: film.collisions(),
    ends: film.ends(),
    stuck: [...stuck.values()],
    counts: it.counts,
  };
}

/** What a node is called: by its title, else by what its step does. */
function calledBy({ title, step }: PlanNode): Text {
  if (title !== undefined) return title;
  const { zh, en } = (steps as Readonly<Record<string, StepDefinition>>)[step]?.label ?? {
    zh: step,
    en: step,
  };
  return { 'zh-CN': zh, en };
}

/** The script of a node with the parameters filled in; what else it names stays as it is written. */
function scriptOf({ config: { script } }: PlanNode, { params }: Order, { zone }: Plan): Text {
  if (typeof script !== 'object' || script === null) return {};
  return Object.fromEntries(
    Object.entries(script as Text).map(([locale, source]) => {
      const made = renderText(source, { params } as TextValues, { zone, locale });
      return [locale, 'text' in made ? made.text : source];
    }),
  );
}

/** Posts of one node at one instant are one, however many wordings they have. */
function postsOf(it: Rehearsal): Post[] {
  const posts: { -readonly [Key in keyof Post]: Post[Key] }[] = [];
  for (const { at, node, channel, text, count } of it.recorder.calendar()) {
    const last = posts.at(-1);
    const instant = parseInstant(at) ?? 0;
    if (last?.at === instant && last.node === node && last.channel === channel) {
      last.count += count;
      last.texts += 1;
    } else posts.push({ at: instant, node, channel, text, texts: 1, count });
  }
  return posts;
}
