// What a take says to people: messages by day, work by day and role, and the run sheet.
// Pure; not how the page shows it, nor the files it becomes (sheet-files.ts), nor who does the work (staff.ts).
import { wallAt } from '../../engine/calendar/zone.ts';
import type { GraphNode, Playbook } from '../../engine/document.ts';
import { DAY, dayOfNumber, type Instant } from '../../engine/instant.ts';
import { WAY } from '../../engine/rehearse/film.ts';
import { sayRole } from '../../engine/roles.ts';
import { labelledPortsOf } from '../document/commands.ts';
import { graphNames, graphOf } from '../document/graphs.ts';
import { grouped } from '../grouped.ts';
import { sayChannel } from '../run/say-code.ts';
import { read, type Language } from '../words.ts';
import type { Post, Take } from './take.ts';

/** The local day of an instant, counted from 1970. */
export const dayOf = (at: Instant, zone: string): number => Math.floor((wallAt(at, zone) ?? at) / DAY);

/** Posts of one node through one channel that one reads as one line. */
export interface Line {
  readonly node: string;
  readonly channel: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly count: number;
  readonly text: string;
  readonly texts: number;
}

/** One local day of messages. */
export interface MessageDay {
  readonly day: number;
  readonly at: Instant;
  readonly lines: readonly Line[];
}

/** More posts of one node on one day than this are one line. */
const MOST_LINES = 4;

/** The messages by local day, as members would see them. */
export function messageDays({ posts, zone }: Take): readonly MessageDay[] {
  return [...grouped(posts, ({ at }) => dayOf(at, zone))].map(([day, own]) => ({
    day,
    at: own[0]!.at,
    lines: [...grouped(own, ({ node, channel }) => `${node} ${channel}`).values()]
      .flatMap((same) => (same.length > MOST_LINES ? [lineOf(same)] : same.map((post) => lineOf([post]))))
      .toSorted((a, b) => a.from - b.from),
  }));
}

function lineOf(posts: readonly Post[]): Line {
  const first = posts[0]!;
  return {
    node: first.node,
    channel: first.channel,
    from: first.at,
    to: posts.at(-1)!.at,
    count: posts.reduce((sum, { count }) => sum + count, 0),
    text: first.text,
    texts: new Set(posts.map(({ text }) => text)).size + posts.reduce((sum, { texts }) => sum + texts - 1, 0),
  };
}

/** Work of one role on one local day: what came in, by node. */
export interface Work {
  readonly day: number;
  readonly role: string;
  readonly node: string;
  readonly at: Instant;
  readonly count: number;
}

/** What people are asked to do, by the day on which it comes to them. */
export function workOf({ nodes, moves, asking, zone }: Take): readonly Work[] {
  const roles = new Map(asking.map((it) => [nodes.findIndex(({ id }) => id === it.node), it]));
  const work = new Map<string, { -readonly [Key in keyof Work]: Work[Key] }>();
  const come = (index: number, at: Instant, count: number): void => {
    const asked = roles.get(index);
    if (asked === undefined) return;
    const day = dayOf(at, zone);
    const key = `${day} ${asked.node}`;
    const known = work.get(key);
    if (known !== undefined) known.count += count;
    else work.set(key, { day, role: asked.role, node: asked.node, at, count });
  };
  for (let row = 0; row < moves.at.length; row += 1) {
    const [at, count, port] = [moves.at[row]!, moves.count[row]!, moves.port[row]!];
    const node = nodes[moves.node[row]!]!;
    if (port >= 0) come(node.ports[port]!.to, at, count);
    else if (port === WAY.none && node.forks) for (const branch of node.ports) come(branch.to, at, count);
  }
  return [...work.values()].toSorted((a, b) => a.at - b.at);
}

/** How a node is called. */
export function titleOf({ titles }: Pick<Take, 'titles'>, node: string, language: Language): string {
  const title = read(titles[node], language);
  return title === '' ? node : title;
}

/** The words of one exit of a node, or of one answer to it. */
export function portWords(
  { order }: Pick<Take, 'order'>,
  node: string,
  port: string,
  language: Language,
): string {
  const drawn = drawnNodes(order.document).find(({ id }) => id === node);
  const ports = drawn === undefined ? [] : labelledPortsOf(drawn);
  return ports.find(({ name }) => name === port)?.label[language] ?? port;
}

const drawnNodes = (document: Playbook): readonly GraphNode[] =>
  graphNames(document).flatMap((graph) => graphOf(document, graph).nodes);

/** One line of the run sheet. */
export interface SheetRow {
  readonly at: Instant;
  readonly until?: Instant;
  readonly kind: 'message' | 'work';
  /** Empty where the step belongs to none. */
  readonly phase: string;
  readonly title: string;
  readonly who: string;
  readonly text: string;
  readonly count: number;
}

/** The run sheet: everything that goes out and everything that people do, in time. */
export function sheetOf(take: Take, language: Language): readonly SheetRow[] {
  const { document } = take.order;
  const phases = new Map(document.phases?.map(({ id, title }) => [id, read(title, language) || id]));
  const phaseOf = new Map(drawnNodes(document).map(({ id, phase = '' }) => [id, phases.get(phase) ?? '']));
  const scripts = new Map(take.asking.map(({ node, script }) => [node, read(script, language)]));
  const messages = messageDays(take).flatMap(({ lines }) =>
    lines.map((line): SheetRow => ({
      at: line.from,
      ...(line.to > line.from ? { until: line.to } : {}),
      kind: 'message',
      phase: phaseOf.get(line.node) ?? '',
      title: titleOf(take, line.node, language),
      who: sayChannel(line.channel, language),
      text: line.text,
      count: line.count,
    })),
  );
  const work = workOf(take).map(({ at, role, node, count }): SheetRow => ({
    at,
    kind: 'work',
    phase: phaseOf.get(node) ?? '',
    title: titleOf(take, node, language),
    who: sayRole(role, language),
    text: scripts.get(node) ?? '',
    count,
  }));
  return [...messages, ...work].toSorted((a, b) => a.at - b.at);
}

export function dateOf(at: Instant, zone: string): string {
  const { year, month, day } = dayOfNumber(dayOf(at, zone));
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

export function timeOf(at: Instant, zone: string): string {
  const minutes = Math.floor(((wallAt(at, zone) ?? at) % DAY) / 60_000);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** When a line begins, and until when it goes on. */
export const clockOf = ({ at, until }: { at: Instant; until?: Instant | undefined }, zone: string): string =>
  until === undefined ? timeOf(at, zone) : `${timeOf(at, zone)}–${timeOf(until, zone)}`;
