// What a rehearsal shows on the drawing: who stands where, how many have passed, tokens on their way, and ways that nobody took.
// Lies over the canvas and belongs to nobody's nodes; it knows them by their ids and by where React Flow has put them.
import { useStore, ViewportPortal, type ReactFlowState } from '@xyflow/react';
import { useEffect, useMemo, useRef } from 'react';
import { graphOf } from '../document/graphs.ts';
import { useDesk } from '../document/store.ts';
import { head, useStage } from './store.ts';
import type { Take } from './take.ts';

const nodesOf = ({ nodes }: ReactFlowState) => nodes;

export function Overlay() {
  const take = useStage(({ take: it }) => it);
  const graph = useDesk(({ graph: it }) => it);
  const nodes = useStore(nodesOf);
  const places = useRef<HTMLDivElement>(null);
  const index = useMemo(
    () => new Map(take?.nodes.flatMap((node, at) => (node.graph === graph ? [[node.id, at] as const] : []))),
    [take, graph],
  );
  // Numbers change with every instant: they are written into the page as they are.
  useEffect(() => {
    const box = places.current;
    if (box === null || take === undefined) return;
    const badges = [...box.querySelectorAll<HTMLElement>('.badge')].map((badge) => ({
      at: Number(badge.dataset['at']),
      here: badge.children[0] as HTMLElement,
      gone: badge.children[1] as HTMLElement,
      said: '',
    }));
    const write = (): void => {
      const now = head();
      if (now === undefined) return;
      for (const badge of badges) {
        const here = now.standing[badge.at] ?? 0;
        const gone = now.left[badge.at] ?? 0;
        const said = `${here}/${gone}`;
        if (said === badge.said) continue;
        badge.said = said;
        badge.here.textContent = here > 0 ? String(here) : '';
        badge.gone.textContent = gone > 0 ? `✓ ${gone}` : '';
      }
    };
    write();
    return useStage.subscribe(({ at }, before) => {
      if (at !== before.at) write();
    });
  }, [take, nodes, index]);
  if (take === undefined) return null;
  return (
    <>
      <style>{untaken(take, graph)}</style>
      <ViewportPortal>
        <div className="cast" ref={places} aria-hidden="true">
          {nodes.map(({ id, position, width, measured }) => {
            const at = index.get(id);
            return at === undefined ? null : (
              <div
                key={id}
                className="badge"
                data-at={at}
                style={{
                  transform: `translate(${position.x + (width ?? measured?.width ?? 0) - 14}px, ${position.y - 12}px) translateX(-100%)`,
                }}
              >
                <span className="here" />
                <span className="gone" />
              </div>
            );
          })}
          <svg width="1" height="1" className="walkers" />
        </div>
      </ViewportPortal>
    </>
  );
}

/** Nodes that nobody entered and edges that nobody took, in grey. */
function untaken({ nodes, moves }: Take, graph: string): string {
  const document = useDesk.getState().history?.present.document;
  if (document === undefined) return '';
  const taken = new Set<string>();
  const entered = new Set<number>();
  const go = (node: number, port: number): void => {
    const way = nodes[node]!.ports[port]!;
    taken.add(`${node} ${port}`);
    if (way.to >= 0) entered.add(way.to);
  };
  for (let row = 0; row < moves.at.length; row += 1) {
    const node = moves.node[row]!;
    const port = moves.port[row]!;
    entered.add(node);
    if (port >= 0) go(node, port);
    else if (port === -1 && nodes[node]!.forks) nodes[node]!.ports.forEach((_, branch) => go(node, branch));
  }
  const idle = nodes.flatMap(({ id, graph: own }, at) =>
    own === graph && !entered.has(at) ? [`.react-flow__node[data-id="${CSS.escape(id)}"]`] : [],
  );
  const at = new Map(nodes.map((node, index) => [node.id, { node, index }]));
  const edges = graphOf(document, graph).edges.flatMap(({ id, from, port }) => {
    const known = at.get(from);
    const ways = known?.node.ports.findIndex(({ name }) => name === port) ?? -1;
    return known === undefined || ways < 0 || taken.has(`${known.index} ${ways}`)
      ? []
      : [`.react-flow__edge[data-id="${CSS.escape(id)}"]`];
  });
  const rule = (selectors: readonly string[], style: string): string =>
    selectors.length === 0 ? '' : `${selectors.join(',')}{${style}}`;
  return `${rule(idle, 'opacity:.4;filter:grayscale(1)')}${rule(edges, 'opacity:.25')}`;
}

/** Tokens that are drawn for one glance: more are a blur. */
const MOST_WALKERS = 24;
const WALK_MS = 450;

/** Lets tokens walk the wires they have just taken. */
export function walk(moved: ReadonlyMap<string, number>): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const stage = window.document.querySelector('.cast .walkers');
  if (stage === null || stage.childElementCount > MOST_WALKERS * 2) return;
  for (const [edge, count] of [...moved].slice(0, MOST_WALKERS)) {
    const path = window.document
      .querySelector(`.react-flow__edge[data-id="${CSS.escape(edge)}"] .react-flow__edge-path`)
      ?.getAttribute('d');
    if (path === null || path === undefined) continue;
    const token = window.document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    token.setAttribute('r', String(Math.min(9, 4 + Math.log10(count) * 1.8)));
    token.setAttribute('class', 'token');
    token.style.offsetPath = `path("${path}")`;
    stage.append(token);
    const walking = token.animate([{ offsetDistance: '0%' }, { offsetDistance: '100%' }], {
      duration: WALK_MS,
      easing: 'ease-in-out',
    });
    walking.addEventListener('finish', () => token.remove());
    walking.addEventListener('cancel', () => token.remove());
  }
}
