// What steps name besides each other: parameters and journeys of their playbook. Pure; not what a team has (gallery/needs.ts).
import type { GraphNode } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { stepOf } from './commands.ts';

const TEXT_PARAM = /\bparams\.([A-Za-z_]\w*)/g;

/** The parameters that a value names: `{ param }`, `{ anchor }`, and `params.name` inside of texts and expressions. */
export function paramsIn(value: Json): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (it: Json): void => {
    if (typeof it === 'string') for (const [, name] of it.matchAll(TEXT_PARAM)) found.add(name!);
    if (typeof it !== 'object' || it === null) return;
    for (const [key, inner] of Object.entries(it as JsonObject)) {
      if ((key === 'param' || key === 'anchor') && typeof inner === 'string') found.add(inner);
      else visit(inner);
    }
  };
  visit(value);
  return found;
}

/** The setting by which a kind of step names a journey. */
export const journeyKey = (step: string): string | undefined =>
  stepOf(step)?.fields.find(({ as }) => as === 'journey')?.key;

/** The journeys that steps of a piece lead into. */
export function journeysIn(nodes: readonly GraphNode[]): ReadonlySet<string> {
  return new Set(
    nodes.flatMap(({ step, config }) => {
      const key = journeyKey(step);
      const name = key === undefined ? undefined : config?.[key];
      return typeof name === 'string' && name !== '' ? [name] : [];
    }),
  );
}
