// What a node says of itself: a sentence made of its settings by the kinds of its fields, never by its step type.
// Not the settings themselves, which the inspector shows.
import type { GraphNode } from '../../engine/document.ts';
import type { Field } from '../../engine/step.ts';
import { stepOf } from '../document/commands.ts';
import type { Reader } from '../document/names.ts';
import { isCode, sayValue } from '../document/say-value.ts';
import { read, type Language } from '../words.ts';

/** What a node is called: its title, else its kind. */
export function nameOf(node: GraphNode, language: Language): string {
  const title = read(node.title, language);
  return title === '' ? (stepOf(node.step)?.label[language] ?? node.step) : title;
}

const MOST = 2;
/** Too long for a few words, or without meaning where one does not see what they belong to. */
const SILENT: ReadonlySet<Field['as']> = new Set(['list', 'audience', 'boolean']);

/** What a node does, in a few words; empty while nothing is set. */
export function sayNode(node: GraphNode, reader: Reader): string {
  const parts: string[] = [];
  for (const field of stepOf(node.step)?.fields ?? []) {
    const value = node.config?.[field.key];
    if (value === undefined || SILENT.has(field.as)) continue;
    const said = sayValue(field, value, reader);
    // How programs call a result says nothing that the title does not.
    if (said === '' || (field.as === 'reason' && isCode(said))) continue;
    parts.push(shortened(said));
    if (parts.length === MOST) break;
  }
  return parts.join(' · ');
}

const LONGEST = 60;

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const signs = Array.from(line);
  return signs.length > LONGEST ? `${signs.slice(0, LONGEST).join('')}…` : line;
};
