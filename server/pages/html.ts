// The pages that members see: small, all but one without scripts, made for a phone, light and dark.
// Not their contents. Whatever comes from people is escaped here, in one place.
import type { Language } from '../refusal.ts';

/** Text that is markup already. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Markup | undefined | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function said(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string' || typeof part === 'number')
    return String(part).replaceAll(/[&<>"']/g, (it) => ENTITIES[it]!);
  return part.map(said).join('');
}

/** Markup from a template: every value in it is escaped unless it is {@link Markup} itself. Attributes stand in quotes. */
export const markup = (strings: TemplateStringsArray, ...values: readonly Part[]): Markup =>
  new Markup(strings.map((text, i) => text + (i < values.length ? said(values[i]) : '')).join(''));

const STYLE = `
:root { color-scheme: light dark; --ink: #26211c; --soft: #6b6259; --line: #d9d2c9; --paper: #fff; --back: #f6f3ef;
  --fire: #b8480f; --fire-ink: #fff; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #ece6df; --soft: #a89e93; --line: #4a433c; --paper: #221e1a;
  --back: #171411; --fire: #f08a4b; --fire-ink: #1d130c; --bad: #ff9d94 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 17px/1.65 system-ui, -apple-system, "PingFang SC",
  "Microsoft YaHei", "Noto Sans SC", sans-serif }
main { max-width: 34rem; margin: 0 auto; min-height: 100vh; padding: 1.5rem 1.25rem 3rem; background: var(--paper) }
@media (min-width: 38rem) { main { margin: 2rem auto; min-height: 0; border-radius: 14px; padding: 2rem 2.25rem 2.5rem } }
h1 { font-size: 1.45rem; line-height: 1.35; margin: 0 0 .5rem; text-wrap: balance }
h2 { font-size: 1.05rem; margin: 2rem 0 .25rem }
p { margin: .5rem 0 } .soft { color: var(--soft); font-size: .92rem }
fieldset { border: 0; margin: 1.5rem 0; padding: 0; min-width: 0 } legend, .ask { display: block; font-weight: 600; padding: 0;
  margin: 0 0 .35rem } .field { margin: 1.5rem 0 } .must { color: var(--bad); font-weight: 400 }
input[type=text], input[type=email], input[type=password], input[type=number], input[type=date], textarea, select { width: 100%; font: inherit; color: inherit;
  background: var(--back); border: 1px solid var(--line); border-radius: 10px; padding: .65rem .8rem; min-height: 3rem }
textarea { field-sizing: content; resize: vertical }
.option { display: flex; gap: .75rem; align-items: flex-start; padding: .7rem .8rem; margin: .4rem 0;
  border: 1px solid var(--line); border-radius: 10px; background: var(--back); cursor: pointer }
.option small { display: block; color: var(--soft); font-size: .88rem }
.option input { width: 1.2rem; height: 1.2rem; margin: .25rem 0 0; accent-color: var(--fire); flex: none }
.option:has(:checked) { border-color: var(--fire) }
:focus-visible { outline: 3px solid var(--fire); outline-offset: 2px }
.wrong { color: var(--bad); font-size: .92rem; margin: .35rem 0 0 } [aria-invalid=true] { border-color: var(--bad) !important }
.note { border-left: 4px solid var(--fire); background: var(--back); padding: .75rem 1rem; border-radius: 0 10px 10px 0;
  margin: 1rem 0 } .note.bad { border-color: var(--bad) } .script { white-space: pre-wrap; overflow-wrap: anywhere }
button { font: inherit; font-weight: 600; width: 100%; min-height: 3.1rem; margin-top: 1rem; border: 0; border-radius: 10px;
  background: var(--fire); color: var(--fire-ink); cursor: pointer }
button + button { background: none; color: var(--fire); border: 1.5px solid var(--fire); margin-top: .65rem }
a { color: var(--fire) } [hidden] { display: none !important } button:disabled { opacity: .6; cursor: default }
input:read-only:not([type=checkbox]):not([type=radio]) { color: var(--soft) }
a.way { display: block; padding: .7rem; border-radius: 10px; background: var(--fire); color: var(--fire-ink); font-weight: 600;
  text-align: center; text-decoration: none }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem }
.other { float: right; color: inherit }
`;

/** A flame, so that browsers ask for no other. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#b8480f" d="M8 1c1 3 5 5 5 9a5 5 0 0 1-10 0c0-2 1-3 2-4 0 1 .5 2 1.5 2C7.5 6 6.5 4 8 1z"/></svg>',
)}`;

/** A whole page. `other`: the address of the same page in the other language. */
export function page(
  { title, team, language, other }: { title: string; team?: string; language: Language; other?: string },
  content: Markup,
): string {
  const isZh = language === 'zh';
  const made = isZh ? '由 Kindling 薪火 提供' : 'Served by Kindling 薪火';
  return markup`<!doctype html>
    <html lang="${isZh ? 'zh-CN' : 'en'}">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex, nofollow" />
      <title>${title}</title>
      <link rel="icon" href="${ICON}" />
      <style>
        ${new Markup(STYLE)}
      </style>
      <main>
        ${content}
        <footer>
          ${other === undefined ? undefined : markup`<a class="other" href="${other}">${isZh ? 'English' : '中文'}</a>`}${
            team === undefined ? made : `${team} · ${made}`
          }
        </footer>
      </main>
    </html>`.text;
}
