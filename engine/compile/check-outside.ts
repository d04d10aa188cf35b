// What only works where the world reaches the installation: forms, and links in texts.
// Not whether it does: whoever compiles says so by the registry.
import { objectOf, placeOf, type DraftNode, type Registry } from './draft.ts';
import { othersOf } from './others.ts';
import type { Report } from './report.ts';

/** Names, once, the steps whose pages nobody outside can open. */
export function checkOutside(
  nodes: readonly DraftNode[],
  { registry, report }: { readonly registry: Registry; readonly report: Report },
): void {
  if (registry.isReachable !== false) return;
  const [first, ...others] = nodes.filter((node) => !node.off && (node.step?.page === true || hasLink(node)));
  if (first === undefined) return;
  report.add('W-NOT-REACHABLE', placeOf(first), { step: first.name, ...othersOf(others) });
}

const LINK = /\{\{[^}]*(\blinks\s*[.[]|\|\s*counted\b)/;

const hasLink = ({ step, config }: DraftNode): boolean =>
  (step?.fields ?? []).some(
    ({ key, as }) =>
      as === 'text' &&
      Object.values(objectOf(config[key])).some((text) => typeof text === 'string' && LINK.test(text)),
  );
