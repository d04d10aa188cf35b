// A playbook as a small picture: its steps where they stand, its wires, and marks on what is different.
// Not the canvas: nothing can be touched, and thousands of these cost little.
import { useEffect, useMemo, useRef } from 'react';
import type { GraphNode, Playbook } from '../../engine/document.ts';
import { heightOf, placesOf, WIDTH } from '../document/arrange.ts';
import { FAMILIES } from '../canvas/families.tsx';
import { nameOf } from '../canvas/say-node.ts';
import { stepOf } from '../document/commands.ts';
import { graphOf, type GraphName } from '../document/graphs.ts';
import { useSpeech } from '../say.ts';
import './drawing.css';
import type { Mark } from './mark.ts';

const SIGNS: Readonly<Record<Mark, string>> = { added: '+', removed: '−', changed: '~' };
const MARGIN = 40;

export interface DrawingProps {
  readonly document: Playbook;
  readonly graph: GraphName;
  readonly marks?: ReadonlyMap<string, Mark>;
  /** A step to point at. */
  readonly chosen?: string | undefined;
  readonly choose?: (node: string) => void;
  /** Folds a long drawing into rows, so that it fits a card: the shape of a playbook rather than its details. */
  readonly isFolded?: boolean;
  readonly label: string;
}

export function Drawing(props: DrawingProps) {
  const { document, graph, marks, chosen, choose, isFolded = false, label } = props;
  const language = useSpeech(({ language: it }) => it);
  const laid = useMemo(() => layOut(document, graph, isFolded), [document, graph, isFolded]);
  const { left, top, width, height, nodes, edges } = laid;
  const pointed = useRef<SVGGElement>(null);
  useEffect(() => {
    pointed.current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [chosen, laid]);
  if (nodes.length === 0)
    return <svg className="drawing" viewBox="0 0 10 10" role="img" aria-label={label} />;
  return (
    <svg
      className="drawing"
      viewBox={`${left} ${top} ${width} ${height}`}
      preserveAspectRatio="xMidYMid meet"
      style={{ '--shape': width / height } as React.CSSProperties}
      role="img"
      aria-label={label}
    >
      {edges.map(({ id, path }) => (
        <path key={id} d={path} />
      ))}
      {nodes.map(({ node, x, y, high, hue }) => {
        const mark = marks?.get(node.id);
        return (
          <g
            key={node.id}
            ref={chosen === node.id ? pointed : null}
            className={`${mark ?? ''}${chosen === node.id ? ' chosen' : ''}`}
            transform={`translate(${x} ${y})`}
            style={{ '--hue': hue } as React.CSSProperties}
            onClick={() => choose?.(node.id)}
          >
            <rect width={WIDTH} height={high} rx="12" />
            <rect className="edge" width="10" height={high} rx="5" />
            <text x="24" y="38">
              {shortened(nameOf(node, language))}
            </text>
            {mark === undefined ? null : (
              <>
                <circle cx={WIDTH} cy="0" r="22" />
                <text className="sign" x={WIDTH} y="11">
                  {SIGNS[mark]}
                </text>
              </>
            )}
          </g>
        );
      })}
    </svg>
  );
}

const shortened = (text: string): string => (text.length > 14 ? `${text.slice(0, 13)}…` : text);

/** As wide as so many times their height: what a card has room for. */
const CARD = 2.4;

function layOut(document: Playbook, name: GraphName, isFolded: boolean) {
  const graph = graphOf(document, name);
  const places = placesOf(document, name);
  const flat = graph.nodes.map((node) => {
    const { x, y } = places[node.id] ?? { x: 0, y: 0 };
    const { hue } = FAMILIES[stepOf(node.step)?.family ?? 'flow'];
    return { node, x, y, high: heightOf(node), hue, row: 0 };
  });
  const nodes = isFolded ? folded(flat) : flat;
  const at = new Map(nodes.map((it) => [it.node.id, it]));
  const edges = graph.edges.flatMap(({ id, from, to }) => {
    const [a, b] = [at.get(from), at.get(to)];
    if (a === undefined || b === undefined || a.row !== b.row) return [];
    const [x1, y1, x2, y2] = [a.x + WIDTH, a.y + a.high / 2, b.x, b.y + b.high / 2];
    const bend = Math.max(40, Math.abs(x2 - x1) / 2);
    return [{ id, path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }];
  });
  return { nodes, edges, ...frameOf(nodes) };
}

interface Laid {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly high: number;
  readonly hue: number;
  readonly row: number;
}

function frameOf(nodes: readonly Laid[]) {
  const left = Math.min(...nodes.map(({ x }) => x)) - MARGIN;
  const top = Math.min(...nodes.map(({ y }) => y)) - MARGIN;
  const width = Math.max(...nodes.map(({ x }) => x)) + WIDTH + MARGIN - left;
  const height = Math.max(...nodes.map(({ y, high }) => y + high)) + MARGIN - top;
  return { left, top, width, height };
}

/** Cut into rows, each right below the one before; wires from row to row are left out. */
function folded(nodes: readonly Laid[]): readonly Laid[] {
  const { left, width, height } = frameOf(nodes);
  const rows = Math.max(1, Math.round(Math.sqrt(width / (height * CARD))));
  const wide = width / rows;
  const cut = nodes.map((it) => {
    const row = Math.min(rows - 1, Math.floor((it.x - left) / wide));
    return { ...it, row, x: it.x - row * wide };
  });
  let below = 0;
  return Array.from({ length: rows }, (_, row) => cut.filter((it) => it.row === row)).flatMap((own) => {
    if (own.length === 0) return [];
    const { top, height: high } = frameOf(own);
    const moved = own.map((it) => ({ ...it, y: it.y - top + below }));
    below += high;
    return moved;
  });
}
