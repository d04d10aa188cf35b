// What a step is called, wherever in a playbook it stands.
import type { Playbook } from '../../engine/document.ts';
import { nameOf } from '../canvas/say-node.ts';
import { graphNames, graphOf, nodeOf } from '../document/graphs.ts';
import { useSpeech } from '../say.ts';

/** The name of a step, wherever it stands. */
export function useNodeName(document: Playbook): (id: string) => string {
  const language = useSpeech(({ language: it }) => it);
  return (id) => {
    for (const graph of graphNames(document)) {
      const node = nodeOf(graphOf(document, graph), id);
      if (node !== undefined) return nameOf(node, language);
    }
    return id;
  };
}
