// What pasted steps name that is not here: parameters, journeys, channels, roles, attributes, and kinds of steps that this
// version does not know; and the paste that creates or maps them, as one command. Pure.
import type { Graph, Journey, Playbook } from '../../engine/document.ts';
import type { Json } from '../../engine/json.ts';
import { missingOf, needsOf, renamed, type Needs } from '../gallery/needs.ts';
import { fresh, type Piece } from './clipboard.ts';
import { insert, setJourney, setPart, stepOf, type Command } from './commands.ts';
import { CAMPAIGN, withGraph, type GraphName } from './graphs.ts';
import { renamedIn } from './param-commands.ts';
import { paramsOf, withParam } from './params.ts';
import { journeyKey, journeysIn, paramsIn } from './references.ts';

/** What a piece can name that the place where it arrives may lack. */
export const LACKS = ['param', 'journey', 'channel', 'role', 'attribute', 'step'] as const;
export type LackKind = (typeof LACKS)[number];

/** One thing that is missing, what could stand in its place, and whether it can be made here. */
export interface Lack {
  readonly kind: LackKind;
  readonly name: string;
  readonly instead: readonly string[];
  readonly canMake: boolean;
}

/** What shall become of what is missing: made here, another name, or left as it is. */
export type Answer =
  | { readonly do: 'make' }
  | { readonly do: 'map'; readonly to: string }
  | { readonly do: 'leave' };
export type Answers = ReadonlyMap<Lack, Answer>;

/** Everything that is missing for a piece, in the order of `LACKS`. */
export function lacksOf(document: Playbook, piece: Piece, has: Needs): readonly Lack[] {
  const alone: Playbook = { ...document, graph: piece, journeys: {} };
  const missing = missingOf(needsOf(alone), has);
  const named = (['channel', 'role', 'attribute'] as const).flatMap((kind) =>
    missing[kind].map((name): Lack => ({ kind, name, instead: has[kind], canMake: false })),
  );
  const params = Object.keys(paramsOf(document));
  const journeys = Object.keys(document.journeys ?? {});
  return [
    ...[...paramsIn(piece.nodes as unknown as Json)]
      .filter((name) => !params.includes(name))
      .map((name): Lack => ({ kind: 'param', name, instead: params, canMake: /^[A-Za-z]\w*$/.test(name) })),
    ...[...journeysIn(piece.nodes)]
      .filter((name) => !journeys.includes(name))
      .map((name): Lack => ({
        kind: 'journey',
        name,
        instead: journeys,
        canMake: /^[A-Za-z][\w-]*$/.test(name) && name !== CAMPAIGN,
      })),
    ...named,
    ...[...new Set(piece.nodes.map(({ step }) => step))]
      .filter((step) => stepOf(step) === undefined)
      .map((name): Lack => ({ kind: 'step', name, instead: [], canMake: false })),
  ];
}

/** Pastes a piece with what was answered: one step to undo. */
export function paste(
  document: Playbook,
  graph: GraphName,
  piece: Piece,
  answers: Answers = new Map(),
): Command {
  const mapped = withNames(document, piece, answers);
  const make = [...answers].flatMap(([lack, answer]) => (answer.do === 'make' ? [lack] : []));
  const count = piece.nodes.length;
  const says = { zh: `粘贴 ${count} 个步骤`, en: `Paste ${count} steps` };
  const adding = insert(graph, mapped, says);
  return {
    says,
    apply: (before) => make.reduce((now, lack) => made(now, lack, piece), adding.apply(before)),
  };
}

/** The piece with other names where somebody chose them. */
function withNames(document: Playbook, piece: Piece, answers: Answers): Piece {
  const to = (kind: LackKind): Readonly<Record<string, string>> =>
    Object.fromEntries(
      [...answers].flatMap(([lack, answer]) =>
        lack.kind === kind && answer.do === 'map' ? [[lack.name, answer.to] as const] : [],
      ),
    );
  const params = Object.entries(to('param')).reduce(
    (nodes, [name, next]) => renamedIn(nodes, name, next),
    piece.nodes as unknown as Json,
  ) as unknown as Piece['nodes'];
  const journeys = to('journey');
  const nodes = params.map((node) => {
    const key = journeyKey(node.step);
    const name = key === undefined ? undefined : node.config?.[key];
    return key === undefined || typeof name !== 'string' || !Object.hasOwn(journeys, name)
      ? node
      : { ...node, config: { ...node.config, [key]: journeys[name]! } };
  });
  const alone = withGraph({ ...document, journeys: {} }, CAMPAIGN, { nodes, edges: piece.edges });
  const own = renamed(alone, { channel: to('channel'), role: to('role'), attribute: to('attribute') });
  return { ...piece, nodes: own.graph.nodes };
}

/** Declares a parameter as it was where the steps come from, or brings their journey. */
function made(document: Playbook, { kind, name }: Lack, piece: Piece): Playbook {
  if (kind === 'param') {
    const schema = own(piece.params, name) ?? { type: 'string' };
    return setPart('params', withParam(document, name, { name, schema, isRequired: true })).apply(document);
  }
  const journey = own(piece.journeys, name);
  return journey === undefined
    ? setJourney(name, { 'zh-CN': name, en: name }).apply(document)
    : {
        ...document,
        journeys: { ...document.journeys, [name]: { ...journey, graph: freed(document, journey) } },
      };
}

/** Ids are free in the whole document, also those of a journey that comes along. */
function freed(document: Playbook, { graph: { nodes, edges } }: Journey): Graph {
  const free = fresh(document, { nodes, edges, places: {} }, { x: 0, y: 0 });
  return { nodes: free.nodes, edges: free.edges };
}

const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
