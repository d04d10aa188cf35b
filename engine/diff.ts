// What is different between two documents: nodes and edges that came, went or changed, and which fields of them.
// Pure. Layout is not compared: where something stands on the canvas means nothing.
import { canonicalJson } from './compile/hash.ts';
import { inside } from './compile/pointer.ts';
import type { Json, JsonObject } from './json.ts';

/** One value that is not what it was; absent on the side where it does not exist. */
export interface FieldChange {
  readonly pointer: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** A node or an edge, by the graph it is in (`campaign` or a journey's id) and its own id. */
export interface Part {
  readonly graph: string;
  readonly id: string;
}

/** What came, went, and changed. */
export interface Changed {
  readonly added: readonly Part[];
  readonly removed: readonly Part[];
  readonly changed: readonly (Part & { readonly fields: readonly FieldChange[] })[];
}

/** The difference between two documents. */
export interface Changes {
  readonly nodes: Changed;
  readonly edges: Changed;
  /** Everything that is not a graph: title, parameters, phases, goal, rehearsal. */
  readonly document: readonly FieldChange[];
}

/** The most fields that are listed for one node or for the document. */
const MOST_FIELDS = 200;

/** Compares two documents; without an older one everything is new. */
export function diff(before: JsonObject | undefined, after: JsonObject): Changes {
  return {
    nodes: compareParts(partsOf(before, 'nodes'), partsOf(after, 'nodes')),
    edges: compareParts(partsOf(before, 'edges'), partsOf(after, 'edges')),
    document: compareValues(frameOf(before ?? {}), frameOf(after)),
  };
}

/** True when two documents mean the same. */
export const isSame = ({ nodes, edges, document }: Changes): boolean =>
  document.length === 0 &&
  [nodes, edges].every((it) => it.added.length + it.removed.length + it.changed.length === 0);

type Parts = ReadonlyMap<string, Part & { readonly value: JsonObject }>;

function partsOf(document: JsonObject | undefined, kind: 'nodes' | 'edges'): Parts {
  const parts = new Map<string, Part & { readonly value: JsonObject }>();
  for (const [graph, drawing] of graphsOf(document ?? {})) {
    for (const value of listOf(drawing[kind])) {
      const id = typeof value['id'] === 'string' ? value['id'] : '';
      parts.set(`${graph}\n${id}`, { graph, id, value });
    }
  }
  return parts;
}

function graphsOf(document: JsonObject): [string, JsonObject][] {
  const journeys = Object.entries(objectOf(document['journeys'])).map(
    ([id, journey]): [string, JsonObject] => [id, objectOf(objectOf(journey)['graph'])],
  );
  return [['campaign', objectOf(document['graph'])], ...journeys];
}

/** The document without its drawings and its layout; of journeys, what is not drawn. */
function frameOf({ graph: _graph, layout: _layout, journeys, ...rest }: JsonObject): JsonObject {
  const named = Object.entries(objectOf(journeys)).map(([id, journey]) => {
    const { graph: _drawn, ...frame } = objectOf(journey);
    return [id, frame];
  });
  return named.length === 0 ? rest : { ...rest, journeys: Object.fromEntries(named) as JsonObject };
}

function compareParts(before: Parts, after: Parts): Changed {
  const name = ({ graph, id }: Part): Part => ({ graph, id });
  return {
    added: [...after].filter(([key]) => !before.has(key)).map(([, part]) => name(part)),
    removed: [...before].filter(([key]) => !after.has(key)).map(([, part]) => name(part)),
    changed: [...after].flatMap(([key, part]) => {
      const old = before.get(key);
      const fields = old === undefined ? [] : compareValues(old.value, part.value);
      return fields.length === 0 ? [] : [{ ...name(part), fields }];
    }),
  };
}

function compareValues(before: JsonObject, after: JsonObject): FieldChange[] {
  const changes: FieldChange[] = [];
  const compare = (pointer: string, old: Json | undefined, now: Json | undefined): void => {
    if (changes.length >= MOST_FIELDS) return;
    if (isObject(old) && isObject(now)) {
      for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
        compare(inside(pointer, key), old[key], now[key]);
      }
    } else if (
      canonicalJson(old ?? null) !== canonicalJson(now ?? null) ||
      (old === undefined) !== (now === undefined)
    ) {
      changes.push({
        pointer,
        ...(old === undefined ? {} : { before: old }),
        ...(now === undefined ? {} : { after: now }),
      });
    }
  };
  compare('', before, after);
  return changes;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const listOf = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
