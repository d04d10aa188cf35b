// The run sheet as files: a table for spreadsheets, and a calendar (RFC 5545). Pure; what stands in it comes from sheet.ts.
import { isoOf, type Instant } from '../../engine/instant.ts';
import { read, type Language } from '../words.ts';
import { clockOf, dateOf, sheetOf, type SheetRow } from './sheet.ts';
import type { Take } from './take.ts';

const HEADS: Readonly<Record<Language, readonly string[]>> = {
  zh: ['日期', '时间', '阶段', '种类', '事项', '渠道或角色', '数量', '内容'],
  en: ['Date', 'Time', 'Phase', 'Kind', 'What', 'Channel or role', 'Count', 'Text'],
};
const KINDS: Readonly<Record<Language, Readonly<Record<SheetRow['kind'], string>>>> = {
  zh: { message: '消息', work: '人工' },
  en: { message: 'Message', work: 'Work' },
};

/** The run sheet as a table that spreadsheets open. */
export function csvOf(take: Take, language: Language): string {
  const rows = sheetOf(take, language).map(({ at, until, kind, phase, title, who, count, text }) => [
    dateOf(at, take.zone),
    clockOf({ at, until }, take.zone),
    phase,
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
  const safe = /^\s*[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * The run sheet as a calendar file (RFC 5545): one entry for each line, with a reminder for what people do.
 * Its entries keep their UID while playbook and parameters stay, so taking it in again doubles nothing,
 * and another activity of the same playbook does not take their place.
 */
export function icsOf(take: Take, language: Language): string {
  const stamp = compact(take.started);
  const own = `${take.plan.slice(0, 16)}-${shortHash(JSON.stringify(take.order.params))}`;
  const entries = sheetOf(take, language).flatMap(({ at, until, kind, title, who, text, count }, index) => [
    'BEGIN:VEVENT',
    `UID:${own}-${index}@kindling`,
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
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `X-WR-CALNAME:${escaped(read(take.order.document.title, language))}`,
    `X-WR-TIMEZONE:${take.zone}`,
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
    .replaceAll(/\r\n|\r|\n/g, '\\n')
    // Control characters have no place in a calendar file.
    .replaceAll(/[^\P{Cc}\t]/gu, '');

/** FNV-1a: tells parameters apart, and hides nothing. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of utf8.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

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
