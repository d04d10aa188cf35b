// Which field of the inspector a problem is about: from its JSON pointer to labels and to the control on the page.
// Not the walk there, which is go-to.ts.
import { inside } from '../../engine/compile/pointer.ts';
import type { GraphNode, Playbook } from '../../engine/document.ts';
import type { Place } from '../../engine/problem.ts';
import type { Field } from '../../engine/step.ts';
import { stepOf } from '../document/commands.ts';
import { CAMPAIGN, graphOf, nodeOf } from '../document/graphs.ts';

/** A field, and the controls on the way to it. */
export interface FieldPlace {
  readonly field: Field;
  /** The fields from the outermost to this one, with the number of the row where they are in a list. */
  readonly path: readonly { readonly field: Field; readonly row?: number }[];
  /** Id of its control: `f-<node>-<key>`, and `-<row>-<key>` for each list around it. */
  readonly control: string;
}

/** Where a value stands inside of its node: `/config/text/en`; empty for the node itself. What is in no node stays as it is. */
export function withinNode(pointer = ''): string {
  const found = /\/nodes\/\d+(\/.*)?$/.exec(pointer);
  return found === null ? pointer : (found[1] ?? '');
}

/** The node that a problem is about. */
export const nodeAt = (document: Playbook, { graph, node }: Place): GraphNode | undefined =>
  node === undefined ? undefined : nodeOf(graphOf(document, graph ?? CAMPAIGN), node);

/** The innermost field that a problem is about; undefined when it is about the node, or about none. */
export function fieldAt(node: GraphNode, pointer: string | undefined): FieldPlace | undefined {
  const [, facet, ...keys] = withinNode(pointer).split('/');
  if (facet !== 'config') return undefined;
  let fields = stepOf(node.step)?.fields ?? [];
  let control = `f-${node.id}`;
  const path: { field: Field; row?: number }[] = [];
  for (let at = 0; at < keys.length; at += 2) {
    const field = fields.find(({ key }) => inside('', key) === `/${keys[at]}`);
    if (field === undefined) break;
    control += `-${field.key}`;
    const row = field.of === undefined || keys[at + 1] === undefined ? undefined : Number(keys[at + 1]);
    path.push(row === undefined ? { field } : { field, row });
    if (row === undefined || keys[at + 2] === undefined) break;
    control += `-${row}`;
    fields = field.of ?? [];
  }
  const last = path.at(-1);
  return last === undefined ? undefined : { field: last.field, path, control };
}
