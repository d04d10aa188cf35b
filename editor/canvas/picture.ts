// The drawing as an SVG of its own, for sharing and printing: always light, always whole, with title and date.
// Drawn from the document, not from the page, so that what is out of sight is there too. Knows no step type.
import type { Graph, GraphNode, Playbook } from '../../engine/document.ts';
import { sayTimeRule } from '../../engine/calendar/say.ts';
import { labelledPortsOf, stepOf } from '../document/commands.ts';
import { CAMPAIGN, drawingOf, graphOf, type GraphName, type Point } from '../document/graphs.ts';
import type { Reader } from '../document/names.ts';
import { localeOf, read } from '../words.ts';
import { HEAD, heightOf, placesOf, PORT, WIDTH } from '../document/arrange.ts';
import { HUES } from './hues.ts';
import { columnsOf } from './columns.ts';
import { nameOf, sayNode } from './say-node.ts';

/** What is drawn, and for whom. */
export interface PictureOf {
  readonly document: Playbook;
  readonly graph: GraphName;
  readonly reader: Reader;
  /** What stands below the title: a date, a version. */
  readonly note: string;
}

/** An SVG with its size in pixels. */
export interface Picture {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

const MARGIN = 48;
const TITLE = 64;
const CHAR = 7.2;

/** Draws a graph. */
export function picture({ document, graph, reader, note }: PictureOf): Picture {
  const { language } = reader;
  const drawn = graphOf(document, graph);
  const places = placesOf(document, graph);
  const notes = drawingOf(document, graph).notes;
  const boxes = [
    ...drawn.nodes.map((node) => ({
      ...(places[node.id] ?? { x: 0, y: 0 }),
      width: WIDTH,
      height: heightOf(node),
    })),
    ...notes,
  ];
  const columns = graph === CAMPAIGN ? columnsOf(document) : { columns: [], top: 0, height: 0 };
  const left = Math.min(0, ...boxes.map(({ x }) => x), ...columns.columns.map((it) => it.left)) - MARGIN;
  const top = Math.min(columns.top, ...boxes.map(({ y }) => y)) - MARGIN - TITLE;
  const right =
    Math.max(
      0,
      ...boxes.map(({ x, width }) => x + width),
      ...columns.columns.map((it) => it.left + it.width),
    ) + MARGIN;
  const bottom = Math.max(columns.top + columns.height, ...boxes.map(({ y, height }) => y + height)) + MARGIN;
  const [width, height] = [Math.ceil(right - left), Math.ceil(bottom - top)];
  const title =
    graph === CAMPAIGN ? read(document.title, language) : read(document.journeys?.[graph]?.title, language);
  const parts = [
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="#f6f3ef"/>`,
    `<text x="${left + MARGIN}" y="${top + 48}" font-size="26" font-weight="700" fill="#26211c">${escaped(title)}</text>`,
    `<text x="${left + MARGIN}" y="${top + 74}" font-size="14" fill="#6b6259">${escaped(note)}</text>`,
    ...columns.columns.map(({ phase, left: x, width: w }) => {
      const times = [phase.starts, phase.ends].flatMap((rule) =>
        rule === undefined ? [] : [sayTimeRule(rule, localeOf(language))],
      );
      return (
        `<rect x="${x}" y="${columns.top}" width="${w}" height="${columns.height}" rx="14" fill="#ffffff" fill-opacity="0.6" stroke="#e2dcd4"/>` +
        `<text x="${x + 14}" y="${columns.top + 28}" font-size="18" font-weight="700" fill="#26211c">${escaped(read(phase.title, language))}</text>` +
        `<text x="${x + 14}" y="${columns.top + 50}" font-size="13" fill="#6b6259">${escaped(times.join(' → '))}</text>`
      );
    }),
    ...notes.map(
      (it) =>
        `<rect x="${it.x}" y="${it.y}" width="${it.width}" height="${it.height}" rx="6" fill="#fdf3d0" stroke="#e6d690"/>` +
        lines(it.text, Math.floor(it.width / CHAR / 1.1))
          .map(
            (line, i) =>
              `<text x="${it.x + 10}" y="${it.y + 22 + i * 18}" font-size="13" fill="#26211c">${escaped(line)}</text>`,
          )
          .join(''),
    ),
    ...wires(drawn, places),
    ...drawn.nodes.map((node) => box(node, places[node.id] ?? { x: 0, y: 0 }, reader)),
  ];
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}" ` +
    `font-family="system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans SC', sans-serif">${parts.join('')}</svg>`;
  return { svg, width, height };
}

function box(node: GraphNode, { x, y }: Point, reader: Reader): string {
  const { language } = reader;
  const step = stepOf(node.step);
  const hue = HUES[step?.family ?? 'flow'];
  const height = heightOf(node);
  const own = sayNode(node, reader);
  const said = own === '' ? (step?.says[language] ?? '') : own;
  const ports = labelledPortsOf(node);
  return [
    `<rect x="${x}" y="${y}" width="${WIDTH}" height="${height}" rx="10" fill="#ffffff" stroke="#e2dcd4"${node.off === true ? ' stroke-dasharray="4 3"' : ''}/>`,
    `<rect x="${x}" y="${y + 6}" width="4" height="${height - 12}" rx="2" fill="hsl(${hue} 60% 45%)"/>`,
    `<text x="${x + 16}" y="${y + 26}" font-size="14" font-weight="600" fill="#26211c">${escaped(fitted(nameOf(node, language), 24))}</text>`,
    `<text x="${x + 16}" y="${y + 46}" font-size="12" fill="#6b6259">${escaped(fitted(said, 30))}</text>`,
    ...(ports.length > 1
      ? ports.map(
          ({ label }, no) =>
            `<text x="${x + WIDTH - 16}" y="${portY(y, no) + 4}" font-size="12" text-anchor="end" fill="#6b6259">${escaped(label[language])}</text>`,
        )
      : []),
  ].join('');
}

const portY = (y: number, no: number): number => y + HEAD + no * PORT + PORT / 2;

function wires({ nodes, edges }: Graph, places: Readonly<Record<string, Point>>): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return edges.flatMap(({ from, port, to }) => {
    const source = byId.get(from);
    const [start, end] = [places[from], places[to]];
    if (source === undefined || start === undefined || end === undefined) return [];
    const ports = labelledPortsOf(source);
    const no = ports.findIndex(({ name }) => name === port);
    const x1 = start.x + WIDTH;
    const y1 = ports.length > 1 ? portY(start.y, Math.max(0, no)) : start.y + 32;
    const [x2, y2] = [end.x, end.y + 32];
    const bend = Math.max(40, Math.abs(x2 - x1) / 2);
    return [
      `<path d="M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}" fill="none" stroke="#a2978b" stroke-width="1.5"/>` +
        `<path d="M${x2 - 7} ${y2 - 4} L${x2} ${y2} L${x2 - 7} ${y2 + 4}" fill="none" stroke="#a2978b" stroke-width="1.5"/>`,
    ];
  });
}

// A Chinese letter is about as wide as two others.
const widthOf = (letter: string): number => (/[\u2E80-\uFFEF]/.test(letter) ? 1.8 : 1);

/** A text that fits into so many letters. */
function fitted(text: string, most: number): string {
  const [first = '', ...more] = lines(text.replaceAll(/\s+/g, ' '), most);
  return more.length === 0 ? first : `${first}…`;
}

function lines(text: string, most: number): string[] {
  return text.split('\n').flatMap((line) => {
    const found: string[] = [];
    let now = '';
    let width = 0;
    for (const letter of line) {
      if (width + widthOf(letter) > most) {
        found.push(now);
        [now, width] = ['', 0];
      }
      now += letter;
      width += widthOf(letter);
    }
    return [...found, now];
  });
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
