// What only works where the world reaches the installation: forms, and links in texts.
// Not whether it does: whoever compiles says so by the registry.
import { objectOf, placeOf, type DraftNode, type Registry } from './draft.ts';
import type { Report } from './report.ts';

/** Names the steps whose pages nobody outside can open. */
export function checkOutside(
  nodes: readonly DraftNode[],
  { registry, report }: { readonly registry: Registry; readonly report: Report },
): void {
  if (registry.isReachable !== false) return;
  for (const node of nodes) {
    if (!node.off && (node.step?.page === true || hasLink(node))) {
      report.add('W-NOT-REACHABLE', placeOf(node), { step: node.name });
    }
  }
}

const LINK = /\{\{[^}]*(\blinks\s*[.[]|\|\s*counted\b)/;

const hasLink = ({ step, config }: DraftNode): boolean =>
  (step?.fields ?? []).some(
    ({ key, as }) =>
      as === 'text' &&
      Object.values(objectOf(config[key])).some((text) => typeof text === 'string' && LINK.test(text)),
  );
