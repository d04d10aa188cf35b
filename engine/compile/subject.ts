// What the checks of single values are given: the document around them, the node they belong to, and where to put what they learn.
import type { Attribute } from '../attributes.ts';
import type { Json } from '../json.ts';
import type { FieldSchema } from '../language/rule.ts';
import type { Place } from '../problem.ts';
import type { DocumentChecks, Setting } from './check-document.ts';
import { placeOf, type DraftNode, type Registry } from './draft.ts';

/** A document as the checks of values see it. */
export interface Subject extends DocumentChecks, Setting {
  /** The node whose config holds the value; undefined outside of configs. */
  readonly node: DraftNode | undefined;
  readonly fields: FieldSchema;
  /** What the team has declared of its members. */
  readonly attributes: readonly Attribute[];
  readonly registry: Registry;
  /** What texts may name. */
  readonly placeholders: ReadonlySet<string>;
  readonly journeys: readonly string[];
  /** What reading texts has cost so far. */
  readonly effort: { openings: number; problems: number };
  /** Found: the anchors that a node's times count from. */
  readonly anchors: Map<DraftNode, Set<string>>;
  /** Found: conditions made ready, by their pointer in the config. */
  readonly conditions: Map<DraftNode, Map<string, string>>;
  /** Found: the journeys that a node launches. */
  readonly launches: Map<DraftNode, string[]>;
}

/** Checks one value; `pointer` counts from the config, or from the document where there is no node. */
export type CheckValue = (value: Json, pointer: string, subject: Subject) => void;

/** The place of a value. */
export function placeAt({ node }: Subject, pointer: string): Place {
  return node === undefined ? { pointer } : placeOf(node, `/config${pointer}`);
}
