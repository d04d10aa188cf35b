// Links in texts that are made for each recipient: opting out, filling in a form, a counted link.
// Not their addresses: a text is rendered once with marks in their place, and whoever delivers it puts in the recipient's own.

/** Where a link leads: to a page of ours by its name (`optOut`, or the id of a node that opens a form), or counted to an address. */
export type LinkTo = { readonly page: string } | { readonly url: string };

/** Makes the text of a link. */
export type MakeLink = (to: LinkTo) => string;

/** The page on which members say what they no longer want to get. */
export const OPT_OUT = 'optOut';

/** How a calendar shows a link: a page by its name, a counted link by where it leads. */
export const showLink: MakeLink = (to) => ('page' in to ? `https://…/${to.page}` : to.url);

// Private-use characters: no text that people write holds them, and `withoutMarks` keeps them out of values.
const OPEN = '\u{E000}';
const CLOSE = '\u{E001}';
const MARK = new RegExp(`${OPEN}([#>])([^${OPEN}${CLOSE}]*)${CLOSE}`, 'gu');

/** Stands for a link until {@link fillLinks}. */
export const markLink: MakeLink = (to) =>
  'page' in to ? `${OPEN}#${to.page}${CLOSE}` : `${OPEN}>${withoutMarks(to.url)}${CLOSE}`;

/** A value that goes into a text must not pretend to be a link. */
export const withoutMarks = (text: string): string => text.replaceAll(/[\u{E000}\u{E001}]/gu, '');

/** True when a text holds links whose addresses depend on the recipient. */
export const hasLinks = (text: string): boolean => text.includes(OPEN);

/** Puts links in the place of their marks. */
export const fillLinks = (text: string, make: MakeLink): string =>
  hasLinks(text)
    ? text.replaceAll(MARK, (_mark, kind: string, what: string) =>
        make(kind === '#' ? { page: what } : { url: what }),
      )
    : text;

/** The addresses of a text's counted links, each once. */
export const countedUrls = (text: string): readonly string[] => [
  ...new Set(
    Array.from(text.matchAll(MARK)).flatMap(([, kind, url]) =>
      kind === '>' && url !== undefined ? [url] : [],
    ),
  ),
];

/** An address that a counted link may lead to. */
export function isAddress(text: string): boolean {
  if (text.length > 2_000 || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}
