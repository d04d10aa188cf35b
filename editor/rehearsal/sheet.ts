// What a take says to people: messages by day, work by day and role, and the run sheet as a table and as a calendar file.
// Pure; not how the page shows it.
import { wallAt } from '../../engine/calendar/zone.ts';
import { DAY, dayOfNumber, isoOf, type Instant } from '../../engine/instant.ts';
import { WAY } from '../../engine/rehearse/film.ts';
import { sayRole } from '../../engine/roles.ts';
import { grouped } from '../grouped.ts';
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

/** One line of the run sheet. */
export interface SheetRow {
  readonly at: Instant;
  readonly until?: Instant;
  readonly kind: 'message' | 'work';
  readonly title: string;
  readonly who: string;
  readonly text: string;
  readonly count: number;
}

/** The run sheet: everything that goes out and everything that people do, in time. */
export function sheetOf(take: Take, language: Language): readonly SheetRow[] {
  const messages = messageDays(take).flatMap(({ lines }) =>
    lines.map((line): SheetRow => ({
      at: line.from,
      ...(line.to > line.from ? { until: line.to } : {}),
      kind: 'message',
      title: titleOf(take, line.node, language),
      who: line.channel,
      text: line.text,
      count: line.count,
    })),
  );
  const work = workOf(take).map(({ at, role, node, count }): SheetRow => ({
    at,
    kind: 'work',
    title: titleOf(take, node, language),
    who: sayRole(role, language),
    text: '',
    count,
  }));
  return [...messages, ...work].toSorted((a, b) => a.at - b.at);
}

const HEADS: Readonly<Record<Language, readonly string[]>> = {
  zh: ['日期', '时间', '种类', '事项', '渠道或角色', '数量', '内容'],
  en: ['Date', 'Time', 'Kind', 'What', 'Channel or role', 'Count', 'Text'],
};
const KINDS: Readonly<Record<Language, Readonly<Record<SheetRow['kind'], string>>>> = {
  zh: { message: '消息', work: '人工' },
  en: { message: 'Message', work: 'Work' },
};

/** The run sheet as a table that spreadsheets open. */
export function csvOf(take: Take, language: Language): string {
  const rows = sheetOf(take, language).map(({ at, kind, title, who, count, text }) => [
    dateOf(at, take.zone),
    timeOf(at, take.zone),
    KINDS[language][kind],
    title,
    who,
    String(count),
    text,
  ]);
  // The mark at the beginning tells spreadsheets that this is Unicode.
  return `\uFEFF${[HEADS[language], ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** A text that a spreadsheet would take for a formula gets an apostrophe; commas, quotes and line breaks are quoted. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function dateOf(at: Instant, zone: string): string {
  const { year, month, day } = dayOfNumber(dayOf(at, zone));
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

export function timeOf(at: Instant, zone: string): string {
  const minutes = Math.floor(((wallAt(at, zone) ?? at) % DAY) / 60_000);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** The run sheet as a calendar file: one entry for each line, with a reminder for what people do. */
export function icsOf(take: Take, language: Language): string {
  const stamp = compact(take.started);
  const entries = sheetOf(take, language).flatMap(({ at, until, kind, title, who, text, count }, index) => [
    'BEGIN:VEVENT',
    `UID:${take.plan.slice(0, 16)}-${index}@kindling`,
    `DTSTAMP:${stamp}`,
    `DTSTART:${compact(at)}`,
    `DTEND:${compact(until ?? at + 900_000)}`,
    `SUMMARY:${escaped(`${title} · ${who}${count > 1 ? ` ×${count}` : ''}`)}`,
    ...(text === '' ? [] : [`DESCRIPTION:${escaped(text)}`]),
    `CATEGORIES:${escaped(KINDS[language][kind])}`,
    ...(kind === 'work'
      ? ['BEGIN:VALARM', 'ACTION:DISPLAY', `DESCRIPTION:${escaped(title)}`, 'TRIGGER:-PT15M', 'END:VALARM']
      : []),
    'END:VEVENT',
  ]);
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Kindling//Run sheet//EN',
    ...entries,
    'END:VCALENDAR',
  ];
  return `${lines.flatMap(folded).join('\r\n')}\r\n`;
}

const compact = (at: Instant): string => isoOf(at).replaceAll(/[-:]|\.\d+/g, '');

const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll(';', '\\;')
    .replaceAll(',', '\\,')
    .replaceAll(/\r\n|\r|\n/g, '\\n');

const MOST_OCTETS = 73;
const utf8 = new TextEncoder();

/** Lines end after 75 octets (RFC 5545, 3.1) and go on with a space; no character is cut in two. */
function folded(line: string): string[] {
  const lines: string[] = [];
  let present = '';
  let octets = 0;
  for (const character of line) {
    const size = utf8.encode(character).length;
    if (octets + size > MOST_OCTETS) {
      lines.push(present);
      present = ' ';
      octets = 1;
    }
    present += character;
    octets += size;
  }
  return [...lines, present];
}

/** What a role has to do on each day; the days without work are there too. */
export interface Load {
  readonly first: number;
  readonly days: number;
  readonly roles: readonly { readonly role: string; readonly tasks: readonly (readonly Work[])[] }[];
}

/** The most days that are shown side by side. */
const MOST_DAYS = 120;

/** Work by role and day. */
export function loadOf(take: Take): Load {
  const work = workOf(take);
  const first = dayOf(take.started, take.zone);
  const days = Math.min(MOST_DAYS, dayOf(take.ended, take.zone) - first + 1);
  const roles = [...grouped(work, ({ role }) => role)].map(([role, own]) => {
    const byDay = grouped(own, ({ day }) => day);
    return { role, tasks: Array.from({ length: days }, (_, index) => byDay.get(first + index) ?? []) };
  });
  return { first, days, roles };
}
