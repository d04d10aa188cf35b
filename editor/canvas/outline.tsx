// The same playbook as a list: phases, and in them the steps in the order of the flow, each as a sentence with its exits.
// One Tab stop; arrows walk, Enter goes to the settings, letters do the same deeds as on the canvas.
import { useMemo, useRef, type KeyboardEvent } from 'react';
import type { Graph, GraphNode, Playbook } from '../../engine/document.ts';
import type { Problem } from '../../engine/problem.ts';
import { labelledPortsOf } from '../document/commands.ts';
import { CAMPAIGN, edgeFrom, graphOf, nodeOf } from '../document/graphs.ts';
import type { Reader } from '../document/names.ts';
import { useReader } from '../document/use-names.ts';
import { useProblems } from '../document/problems.ts';
import { useDesk } from '../document/store.ts';
import { show } from '../problems/go-to.ts';
import { read, useSay, type Language } from '../say.ts';
import { placesOf } from '../document/arrange.ts';
import { DEEDS, perform } from './deeds.ts';
import { keyOf } from './keys.ts';
import { nameOf, sayNode } from './say-node.ts';
import { readingOrder } from './walk.ts';

/** A part of the list: a phase with its steps, or the steps that belong to none. */
interface Part {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
}

function partsOf(document: Playbook, graph: string, language: Language): readonly Part[] {
  const drawn = graphOf(document, graph);
  const order = readingOrder(drawn, placesOf(document, graph));
  const nodes = order.flatMap((id) => nodeOf(drawn, id) ?? []);
  if (graph !== CAMPAIGN) return [{ title: read(document.journeys?.[graph]?.title, language), nodes }];
  const phases = document.phases ?? [];
  const known = new Set(phases.map(({ id }) => id));
  const rest = nodes.filter(({ phase }) => phase === undefined || !known.has(phase));
  return [
    ...phases.map(({ id, title }) => ({
      title: read(title, language),
      nodes: nodes.filter(({ phase }) => phase === id),
    })),
    { title: { zh: '不在任何阶段', en: 'In no phase' }[language], nodes: rest },
  ].filter((part) => part.nodes.length > 0);
}

export function Outline() {
  const say = useSay();
  const reader = useReader();
  const { language } = reader;
  const document = useDesk(({ history }) => history?.present.document);
  const graph = useDesk(({ graph: it }) => it);
  const selected = useDesk(({ selected: it }) => it);
  const problems = useProblems(({ problems: it }) => it);
  const list = useRef<HTMLDivElement>(null);
  const parts = useMemo(
    () => (document === undefined ? [] : partsOf(document, graph, language)),
    [document, graph, language],
  );
  if (document === undefined) return null;
  const ids = parts.flatMap(({ nodes }) => nodes.map(({ id }) => id));
  const current = selected.find((id) => ids.includes(id)) ?? ids[0];
  const go = (id: string | undefined): void => {
    if (id === undefined) return;
    show(graph, [id]);
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus(),
    );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = current === undefined ? -1 : ids.indexOf(current);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    const deed = DEEDS.find(({ keys }) => keys?.includes(keyOf(event.nativeEvent)) === true);
    if (to !== undefined) go(ids[Math.max(0, Math.min(ids.length - 1, to))]);
    else if (deed !== undefined && deed.isEverywhere === undefined) perform(deed);
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={list}
      className="outline"
      role="tree"
      aria-label={say({ zh: '大纲', en: 'Outline' })}
      onKeyDown={onKeyDown}
    >
      {parts.map(({ title, nodes }) => (
        <div key={title} role="group" aria-label={title}>
          <h3 aria-hidden>{title}</h3>
          {nodes.map((node) => (
            <button
              key={node.id}
              type="button"
              role="treeitem"
              data-step={node.id}
              aria-selected={selected.includes(node.id)}
              aria-label={sentenceOf(node, {
                document,
                graph: graphOf(document, graph),
                reader,
                problems,
              })}
              tabIndex={node.id === current ? 0 : -1}
              onFocus={() => {
                if (!selected.includes(node.id)) show(graph, [node.id]);
              }}
              onClick={() => {
                show(graph, [node.id]);
                window.document.querySelector<HTMLElement>('.inspector input, .inspector textarea')?.focus();
              }}
            >
              <b>{nameOf(node, language)}</b>
              <small>{sayNode(node, reader)}</small>
              <Exits node={node} graph={graphOf(document, graph)} language={language} />
            </button>
          ))}
        </div>
      ))}
    </div>
  );
}

function Exits({
  node,
  graph,
  language,
}: {
  readonly node: GraphNode;
  readonly graph: Graph;
  readonly language: Language;
}) {
  return (
    <small className="exits">
      {exitsOf(node, graph, language).map((exit) => (
        <span key={exit}>{exit}</span>
      ))}
    </small>
  );
}

/** Where each exit leads: `已发送 → 收尾`. */
function exitsOf(node: GraphNode, graph: Graph, language: Language): readonly string[] {
  return labelledPortsOf(node).flatMap(({ name, label }) => {
    const edge = edgeFrom(graph, node.id, name);
    const target = edge === undefined ? undefined : nodeOf(graph, edge.to);
    return target === undefined ? [] : [`${label[language]} → ${nameOf(target, language)}`];
  });
}

/** A step as it is spoken. */
function sentenceOf(
  node: GraphNode,
  {
    document,
    graph,
    reader,
    problems,
  }: {
    readonly document: Playbook;
    readonly graph: Graph;
    readonly reader: Reader;
    readonly problems: readonly Problem[];
  },
): string {
  const { language } = reader;
  const phase = document.phases?.find(({ id }) => id === node.phase);
  const own = problems.filter(({ place }) => place.node === node.id).length;
  const exits = exitsOf(node, graph, language).join(language === 'zh' ? '；' : '; ');
  const words =
    language === 'zh'
      ? [
          nameOf(node, language),
          sayNode(node, reader),
          phase === undefined ? '' : `${read(phase.title, language)}阶段`,
          own === 0 ? '' : `${own} 个问题`,
          exits === '' ? '' : `出口：${exits}`,
        ]
      : [
          nameOf(node, language),
          sayNode(node, reader),
          phase === undefined ? '' : `Phase ${read(phase.title, language)}`,
          own === 0 ? '' : `${own} problems`,
          exits === '' ? '' : `Exits: ${exits}`,
        ];
  return words.filter((it) => it !== '').join(language === 'zh' ? '。' : '. ');
}
