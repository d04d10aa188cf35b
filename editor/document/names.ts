// What conditions and texts of a playbook may name, and what people call what its settings name. Pure; those of the open playbook
// are kept in use-names.ts.
import type { Playbook, Text } from '../../engine/document.ts';
import { BUILT_IN_FIELDS, nameable, product, type Nameable, type Registry } from '../../engine/index.ts';
import { OPT_OUT } from '../../engine/language/links.ts';
import type { Language } from '../words.ts';
import { stepOf } from './commands.ts';
import { graphNames, graphOf } from './graphs.ts';

/** The names of a playbook, with what people call them. */
export interface Names extends Nameable {
  readonly journeys: Readonly<Record<string, Text>>;
  /** Pages that texts may link to, by what stands behind `links.`. */
  readonly pages: Readonly<Record<string, Text>>;
}

const PAGES: Names['pages'] = { [OPT_OUT]: { 'zh-CN': '退订链接', en: 'Link to opt out' } };

/** The names of no playbook: those that the product has. */
export const NO_NAMES: Names = { fields: BUILT_IN_FIELDS, placeholders: {}, journeys: {}, pages: PAGES };

/** A reader: their language, and what the names of the playbook are called. */
export interface Reader {
  readonly language: Language;
  readonly names: Names;
}

/** Reads them from a document of the right shape. */
export function namesOf(document: Playbook, registry: Registry = product): Names {
  const steps = graphNames(document).flatMap((graph) => graphOf(document, graph).nodes);
  const pages = steps.flatMap(({ id, step, title }) => {
    const { page = false, label } = stepOf(step) ?? {};
    return page && label !== undefined ? [[id, title ?? { 'zh-CN': label.zh, en: label.en }] as const] : [];
  });
  return {
    ...nameable(document, registry),
    journeys: Object.fromEntries(
      Object.entries(document.journeys ?? {}).map(([id, { title }]) => [id, title]),
    ),
    pages: { ...PAGES, ...Object.fromEntries(pages) },
  };
}
