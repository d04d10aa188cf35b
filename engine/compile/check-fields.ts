// Values inside of configs, by the kind of their field.
import type { DraftNode } from './draft.ts';
import type { DocumentChecks, Setting } from './check-document.ts';
export function checkFields(_checks: DocumentChecks & Setting): { anchors: Map<DraftNode, Set<string>> } {
  return { anchors: new Map() };
}
