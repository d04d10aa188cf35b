// Values in the cells of a table of members: written so that a spreadsheet shows them as they are, and read back as they were.
// Not where a table is cut into cells: see import/records.ts.

/** A row of a table. */
export const line = (cells: readonly string[]): string =>
  `${cells.map((cell) => quoted(marked(cell))).join(',')}\r\n`;

/** A spreadsheet calculates what begins like a formula; with a mark before it, it shows it. */
const marked = (cell: string): string =>
  /^'*[=+\-@\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell) ? `'${cell}` : cell;

/** The same without its mark. */
export const unmarked = (cell: string): string => (/^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);

const quoted = (cell: string): string => (/[",\r\n;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

const SEPARATORS = /[,，;；|、]/;

/** Several words in one cell: with semicolons between them, or as a JSON list where one of them would not survive that. */
export const cellOf = (words: readonly string[]): string =>
  words.some((it) => SEPARATORS.test(it) || it.trim() !== it || it === '') || (words[0] ?? '').startsWith('[')
    ? JSON.stringify(words)
    : words.join(';');

/** Names of one thing on one place, of which there is mostly one: several are a JSON list. */
export const cellOfNames = (names: readonly string[]): string =>
  names.length > 1 || (names[0] ?? '').startsWith('[') ? JSON.stringify(names) : (names[0] ?? '');

/** The words of a cell. */
export const wordsIn = (cell: string): readonly unknown[] => listIn(cell) ?? cell.split(SEPARATORS);

/** The names of a cell. */
export const namesIn = (cell: string): readonly unknown[] => listIn(cell) ?? [cell];

function listIn(cell: string): readonly unknown[] | undefined {
  if (!cell.startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(cell);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}
