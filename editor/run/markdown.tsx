// The little Markdown that reviews are made of, as elements: headings, lists, tables, paragraphs, bold. No HTML is ever made of text.
import type { ReactNode } from 'react';

export function Markdown({ text }: { readonly text: string }) {
  return <div className="markdown">{blocksOf(text).map((block, no) => show(block, no))}</div>;
}

const blocksOf = (text: string): string[] =>
  text
    .split(/\n{2,}/)
    .map((it) => it.trim())
    .filter((it) => it !== '');

function show(block: string, key: number): ReactNode {
  const lines = block.split('\n');
  const [first = ''] = lines;
  if (first.startsWith('### ')) return <h3 key={key}>{inline(first.slice(4))}</h3>;
  if (first.startsWith('|')) return <MarkdownTable key={key} lines={lines} />;
  const at = lines.findIndex((line) => !/^[-*] /.test(line));
  if (at === -1)
    return (
      <ul key={key}>
        {lines.map((line, no) => (
          <li key={no}>{inline(line.slice(2))}</li>
        ))}
      </ul>
    );
  // A sentence that introduces a list stands right above it.
  const list = lines.findIndex((line) => /^[-*] /.test(line));
  if (list > 0 && lines.slice(list).every((line) => /^[-*] /.test(line)))
    return (
      <div key={key}>
        {show(lines.slice(0, list).join('\n'), 0)}
        {show(lines.slice(list).join('\n'), 1)}
      </div>
    );
  return (
    <p key={key}>
      {lines.map((line, no) => (
        <span key={no}>
          {no === 0 ? null : <br />}
          {inline(line)}
        </span>
      ))}
    </p>
  );
}

function MarkdownTable({ lines }: { readonly lines: readonly string[] }) {
  const [head = '', , ...rows] = lines;
  return (
    <div className="wide-table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {cellsOf(head).map((cell, no) => (
              <th key={no}>{inline(cell)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, no) => (
            <tr key={no}>
              {cellsOf(row).map((cell, at) => (
                <td key={at}>{inline(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The cells of a row; a bar that is written with a backslash belongs to its text. */
const cellsOf = (row: string): string[] =>
  row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

/** Lights of a review: drawn, for not every machine has a font with them. */
const LIGHTS: Readonly<Record<string, string>> = { '🟢': 'good', '🔴': 'bad', '⚪': 'open' };

const inline = (text: string): ReactNode =>
  Object.hasOwn(LIGHTS, text) ? (
    <span className={`lamp ${LIGHTS[text]}`} role="img" aria-label={text} />
  ) : (
    bold(text)
  );

const bold = (text: string): ReactNode =>
  text.split(/\*\*(.+?)\*\*/g).map((part, no) => (no % 2 === 1 ? <b key={no}>{part}</b> : part));
