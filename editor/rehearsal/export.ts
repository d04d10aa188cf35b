// Gives the run sheet out of the page: as a file, or on paper.
import { sayInstant } from '../../engine/calendar/say.ts';
import { localeOf, read, type Language } from '../say.ts';
import { clockOf, dayOf, sheetOf } from './sheet.ts';
import { grouped } from '../grouped.ts';
import type { Take } from './take.ts';

/** Hands a text out as a file. */
export function download(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = window.document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Prints the run sheet from a frame of its own, so that nothing of the page is on the paper. */
export function printSheet(take: Take, language: Language): void {
  const frame = window.document.createElement('iframe');
  frame.style.cssText = 'position:fixed;width:0;height:0;border:0';
  frame.setAttribute('aria-hidden', 'true');
  window.document.body.append(frame);
  const inside = frame.contentDocument;
  const view = frame.contentWindow;
  if (inside === null || view === null) return;
  write(inside, take, language);
  view.addEventListener('afterprint', () => frame.remove());
  view.print();
}

const STYLE = `body{font:12px/1.5 system-ui,sans-serif;color:#000;margin:24px}
h1{font-size:18px}h2{font-size:14px;margin:16px 0 4px;break-after:avoid}
table{border-collapse:collapse;width:100%;font:inherit}
td{border-bottom:1px solid #ccc;padding:4px 8px 4px 0;vertical-align:baseline}
tr{break-inside:avoid}td:first-child{white-space:nowrap;width:8em}
.phase{float:right;color:#555}.text{white-space:pre-wrap;overflow-wrap:anywhere;color:#333}`;

/** Everything is set as text: nothing of a playbook becomes markup. */
function write(page: Document, take: Take, language: Language): void {
  const { title } = take.order.document;
  const put = (parent: Element, name: string, text = '', className = ''): HTMLElement => {
    const element = page.createElement(name);
    element.textContent = text;
    element.className = className;
    parent.append(element);
    return element;
  };
  put(page.head, 'style', STYLE);
  page.title = read(title, language);
  put(page.body, 'h1', read(title, language));
  const zh = language === 'zh';
  put(page.body, 'p', `${zh ? '流程表' : 'Run sheet'} · ${take.zone}`);
  for (const rows of grouped(sheetOf(take, language), ({ at }) => dayOf(at, take.zone)).values()) {
    put(page.body, 'h2', sayInstant(rows[0]!.at, take.zone, localeOf(language), 'date') ?? '');
    const table = put(page.body, 'table');
    for (const { at, until, kind, phase, title: what, who, count, text } of rows) {
      const row = put(table, 'tr');
      put(row, 'td', clockOf({ at, until }, take.zone));
      const cell = put(row, 'td');
      if (phase !== '') put(cell, 'span', phase, 'phase');
      put(cell, 'b', `${kind === 'work' ? '☐ ' : ''}${what}`);
      put(cell, 'span', `  ${who}${count > 1 ? ` ×${count}` : ''}`);
      if (text !== '') put(cell, 'div', text, 'text');
    }
  }
}
