// The links in what goes out: marked while a text is rendered, put in for each recipient when it is handed over.
// On a synthetic community nobody follows links, so they are shown as a calendar shows them.
import type { Text } from '../../engine/document.ts';
import { fillLinks, hasLinks, OPT_OUT, showLink, type MakeLink } from '../../engine/language/links.ts';
import { isSynthetic } from '../store/community.ts';
import type { Sql } from '../store/client.ts';
import { keepCountedLinks, linksOf } from '../store/link.ts';
import type { Batch } from './work.ts';

type Sender = Pick<Batch, 'deps' | 'run' | 'node' | 'wall'>;

/** Makes the links of a visit for one member, or for whoever reads the text. */
export function linksFor(
  { deps, run, node, wall }: Sender,
  ordinal: number,
  member: string | null | undefined,
): MakeLink {
  if (isSynthetic(run) || deps.links === undefined) return showLink;
  const owner = { team: run.team, run: run.id, plan: run.plan, node, ordinal };
  return linksOf(deps.links, member == null ? owner : { ...owner, member }, wall);
}

/** The member's own page for opting out, for channels that offer it beside the text. */
export function optOutUrl(sender: Sender, member: string | null): string | undefined {
  if (member === null || isSynthetic(sender.run) || sender.deps.links === undefined) return undefined;
  return linksFor(sender, 0, member)({ page: OPT_OUT });
}

/** True when a text needs links that this installation cannot make. */
export const lacksLinks = ({ deps, run }: Sender, texts: readonly Text[]): boolean =>
  deps.links === undefined && !isSynthetic(run) && texts.some((text) => Object.values(text).some(hasLinks));

/** Notes where the counted links of texts lead, before any of them goes out. */
export const keepLinks = (
  sql: Sql,
  { run, node }: Pick<Batch, 'run' | 'node'>,
  texts: readonly Text[],
): Promise<void> =>
  keepCountedLinks(
    sql,
    { team: run.team, run: run.id, node },
    texts.flatMap((text) => Object.values(text)),
  );

/** A text with its links put in, in every locale. */
export const withLinks = (text: Text, link: MakeLink): Text =>
  Object.fromEntries(Object.entries(text).map(([locale, words]) => [locale, fillLinks(words, link)]));

/** About as long as a link is, for what counts the length of a text before it has its own. */
export const LIKE_A_LINK: MakeLink = () => `https://${'x'.repeat(110)}`;
