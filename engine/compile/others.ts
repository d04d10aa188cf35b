// Several steps with one and the same problem: it is said at the first, and the others follow it in the sentence.
import { nameIn, type DraftNode } from './draft.ts';
import { shown } from './pointer.ts';

/** Steps that one sentence names. */
const MOST_NAMED = 10;

/** How steps follow the first one in a sentence, as `{step}{othersZh}` and `"{step}"{othersEn}`. */
export const othersOf = (
  nodes: readonly DraftNode[],
): { readonly othersZh: string; readonly othersEn: string } => ({
  othersZh: namesOf(nodes, 'zh', { and: '', quote: '「」', more: (count) => `等 ${count} 个步骤` }),
  othersEn: namesOf(nodes, 'en', { and: ', ', quote: '""', more: (count) => ` and ${count} steps more` }),
});

function namesOf(
  nodes: readonly DraftNode[],
  language: 'zh' | 'en',
  words: { readonly and: string; readonly quote: string; readonly more: (count: number) => string },
): string {
  const { and, quote, more } = words;
  const names = nodes
    .slice(0, MOST_NAMED)
    .map((node) => and + quote.charAt(0) + shown(nameIn(node, language)) + quote.charAt(1));
  const left = nodes.length - names.length;
  return names.join('') + (left > 0 ? more(language === 'zh' ? nodes.length + 1 : left) : '');
}
