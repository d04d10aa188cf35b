// A review's Markdown by sections: what the run computed, and what people write. Pure.

import { createHash } from 'node:crypto';

/** The numbers of the sections that people write; the others are computed. */
const PEOPLES = new Set(['4', '5', '6']);

/** One section. */
export interface Section {
  readonly heading: string;
  readonly text: string;
  /** Computed from what was recorded: nobody changes it. */
  readonly computed: boolean;
  /** Of its text: whoever writes says which one they began from. */
  readonly revision: string;
}

/** The sections of a review, in order; what stands before the first is not among them. */
export function sectionsOf(markdown: string): Section[] {
  return split(markdown)
    .slice(1)
    .map((part) => {
      const [heading = '', ...lines] = part.split('\n');
      const text = lines.join('\n').trim();
      return { heading, text, computed: isComputed(heading), revision: revisionOf(text) };
    });
}

/** Replaces sections that people write. `unknown`: a heading that there is not, or that is computed. */
export function rewrite(
  markdown: string,
  wanted: Readonly<Record<string, string>>,
): { readonly text: string; readonly unknown?: string } {
  const sections = sectionsOf(markdown);
  const unknown = Object.keys(wanted).find(
    (heading) => !sections.some((it) => it.heading === heading && !it.computed),
  );
  if (unknown !== undefined) return { text: markdown, unknown };
  const [head = ''] = split(markdown);
  const parts = sections.map(({ heading, text }) => {
    const own = Object.hasOwn(wanted, heading) ? wanted[heading] : undefined;
    return `## ${heading}\n\n${own === undefined ? text : demoted(own)}`.trimEnd();
  });
  return { text: `${[head.trimEnd(), ...parts].join('\n\n')}\n` };
}

// A name of the text itself: two colleagues on different sections are never in each other's way.
const revisionOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const split = (markdown: string): string[] => markdown.split(/^## /m);

/**
 * A section that somebody else has changed since these texts were begun; undefined when there is none. Who wants what
 * is there already is not in anybody's way: their answer was lost.
 */
export function staleIn(
  markdown: string,
  wanted: Readonly<Record<string, string>>,
  revisions: Readonly<Record<string, string>>,
): Section | undefined {
  return sectionsOf(markdown).find(
    ({ heading, revision, text }) =>
      Object.hasOwn(wanted, heading) && revisions[heading] !== revision && demoted(wanted[heading]!) !== text,
  );
}

const isComputed = (heading: string): boolean => !PEOPLES.has(/^(\d+) /.exec(heading)?.[1] ?? '');

// A heading of the second level inside of a section would become a section of its own.
const demoted = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(/^##? /gm, '### ').trim();
