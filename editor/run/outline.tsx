// The steps of a run as a list under their phases: in place of the drawing on a phone, and for whoever reads by ear.
import type { GraphNode, Playbook } from '../../engine/document.ts';
import { nameOf } from '../canvas/say-node.ts';
import { placesOf } from '../document/arrange.ts';
import { graphNames, graphOf, type GraphName } from '../document/graphs.ts';
import { read, useSay, useSpeech } from '../say.ts';
import { useCounts } from './drawing.tsx';

interface Props {
  readonly document: Playbook;
  readonly select: (graph: GraphName, node: string) => void;
}

export function Outline({ document, select }: Props) {
  const language = useSpeech(({ language: it }) => it);
  const [campaign = '', ...journeys] = graphNames(document);
  const { nodes } = graphOf(document, campaign);
  const places = placesOf(document, campaign);
  const inOrder = nodes.toSorted((a, b) => (places[a.id]?.x ?? 0) - (places[b.id]?.x ?? 0));
  const phases = document.phases ?? [];
  const without = inOrder.filter(({ phase }) => !phases.some(({ id }) => id === phase));
  return (
    <div className="outline">
      <Group title="" nodes={without} graph={campaign} select={select} />
      {phases.map(({ id, title }) => (
        <Group
          key={id}
          title={read(title, language)}
          nodes={inOrder.filter(({ phase }) => phase === id)}
          graph={campaign}
          select={select}
        />
      ))}
      {journeys.map((name) => (
        <Group
          key={name}
          title={read(document.journeys?.[name]?.title, language)}
          nodes={graphOf(document, name).nodes}
          graph={name}
          select={select}
        />
      ))}
    </div>
  );
}

function Group({
  title,
  nodes,
  graph,
  select,
}: {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly graph: GraphName;
  readonly select: Props['select'];
}) {
  if (nodes.length === 0) return null;
  return (
    <section>
      {title === '' ? null : <h3>{title}</h3>}
      <ul className="steps">
        {nodes.map((node) => (
          <Line key={node.id} node={node} select={() => select(graph, node.id)} />
        ))}
      </ul>
    </section>
  );
}

function Line({ node, select }: { readonly node: GraphNode; readonly select: () => void }) {
  const say = useSay();
  const language = useSpeech(({ language: it }) => it);
  const counts = useCounts((all) => all[node.id]);
  const { standing = 0, stuck = 0, late = 0, skipped = 0, passed = {} } = counts ?? {};
  const gone = Object.values(passed).reduce((sum, count) => sum + count, 0);
  const state = stuck > 0 ? 'stuck' : standing > 0 ? 'live' : gone > 0 ? 'gone' : 'ahead';
  return (
    <li className={state}>
      <button type="button" onClick={select}>
        <span>{nameOf(node, language)}</span>
        {stuck > 0 ? <em className="stuck">{say({ zh: `停住 ${stuck}`, en: `${stuck} stuck` })}</em> : null}
        {standing > 0 ? (
          <em className="live">{say({ zh: `在此 ${standing}`, en: `${standing} here` })}</em>
        ) : null}
        {late > 0 ? <em>{say({ zh: `晚 ${late}`, en: `${late} late` })}</em> : null}
        {skipped > 0 ? <em>{say({ zh: `跳过 ${skipped}`, en: `${skipped} skipped` })}</em> : null}
        {gone > 0 ? <em className="gone">✓ {gone}</em> : null}
      </button>
    </li>
  );
}
