// What a playbook needs of a team before it can run: channels, roles, attributes of members, other playbooks.
// Read from the kinds of its settings, never from step types. Pure.
import type { GraphNode, Playbook } from '../../engine/document.ts';
import { BUILT_IN_FIELDS } from '../../engine/index.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { sayRole } from '../../engine/roles.ts';
import type { Field, FieldKind } from '../../engine/step.ts';
import { stepOf } from '../document/commands.ts';
import { graphNames, graphOf, withGraph } from '../document/graphs.ts';
import type { Language, Words } from '../words.ts';
import { isRecord } from '../values.ts';

/** What can be needed by name, and mapped to another name. */
export const KINDS = ['channel', 'role', 'attribute', 'playbook'] as const;
export type NeedKind = (typeof KINDS)[number];

/** What people call each kind. */
export const NEED_WORDS: Readonly<Record<NeedKind, Words>> = {
  channel: { zh: '渠道', en: 'Channel' },
  role: { zh: '角色', en: 'Role' },
  attribute: { zh: '成员属性', en: 'Attribute' },
  playbook: { zh: '其他剧本', en: 'Other playbook' },
};

/** What is needed, as people call it: the roles that every team has are known by words. */
export const nameOfNeed = (kind: NeedKind, name: string, language: Language): string =>
  kind === 'role' ? sayRole(name, language) : name;

/** Names by kind, each once, in alphabetical order. */
export type Needs = Readonly<Record<NeedKind, readonly string[]>>;

/** Other names for some that a playbook uses. */
export type Mapping = Readonly<Partial<Record<NeedKind, Readonly<Record<string, string>>>>>;

const isKind = (as: FieldKind): as is NeedKind => (KINDS as readonly string[]).includes(as);

/** Everything that a playbook names. */
export function needsOf(document: Playbook): Needs {
  const found: Record<NeedKind, Set<string>> = {
    channel: new Set(),
    role: new Set(),
    attribute: new Set(),
    playbook: new Set(),
  };
  const own = noted(document);
  for (const graph of graphNames(document)) {
    for (const node of graphOf(document, graph).nodes) {
      visitNames(node, (kind, name) => void found[kind].add(name));
      const said = withoutEvents(node.config ?? {}, stepOf(node.step)?.fields ?? []);
      for (const name of memberFields(said)) if (!own.has(name)) found.attribute.add(name);
    }
  }
  const sorted = (kind: NeedKind): readonly string[] => [...found[kind]].toSorted();
  return {
    channel: sorted('channel'),
    role: sorted('role'),
    attribute: sorted('attribute'),
    playbook: sorted('playbook'),
  };
}

/** What is needed and not there. */
export const missingOf = (needs: Needs, known: Needs): Needs =>
  Object.fromEntries(
    KINDS.map((kind) => [kind, needs[kind].filter((name) => !known[kind].includes(name))]),
  ) as unknown as Needs;

/** Kinds of steps that this installation does not have, each once. */
export function unknownSteps(document: Playbook): readonly string[] {
  const used = graphNames(document).flatMap((graph) =>
    graphOf(document, graph).nodes.map(({ step }) => step),
  );
  return [...new Set(used)].filter((step) => stepOf(step) === undefined).toSorted();
}

/** The same playbook under a team's own names. */
export function renamed(document: Playbook, mapping: Mapping): Playbook {
  const attributes = mapping.attribute ?? {};
  return graphNames(document).reduce((whole, name) => {
    const graph = graphOf(whole, name);
    const nodes = graph.nodes.map((node): GraphNode => {
      if (node.config === undefined) return node;
      const fields = stepOf(node.step)?.fields ?? [];
      const config = renamedConfig(node.config, fields, mapping);
      const said = renamedFields(config, attributes) as JsonObject;
      return { ...node, config: withEvents(said, config, fields) };
    });
    return withGraph(whole, name, { ...graph, nodes });
  }, document);
}

function renamedConfig(config: JsonObject, fields: readonly Field[], mapping: Mapping): JsonObject {
  const changed: Record<string, Json> = { ...config };
  for (const { key, as, of } of fields) {
    const value = changed[key];
    if (typeof value === 'string' && isKind(as)) changed[key] = other(mapping[as], value);
    if (as === 'list' && of !== undefined && Array.isArray(value))
      changed[key] = (value as readonly Json[]).map((row) =>
        isRecord(row) ? renamedConfig(row, of, mapping) : row,
      );
  }
  return changed;
}

const other = (names: Readonly<Record<string, string>> | undefined, name: string): string =>
  names !== undefined && Object.hasOwn(names, name) ? names[name]! : name;

const FIELD = /\bmember\.([A-Za-z_]\w*)/g;

/** Conditions and texts name fields of members as `member.x`, wherever they stand. */
function renamedFields(value: Json, names: Readonly<Record<string, string>>): Json {
  if (typeof value === 'string')
    return value.replaceAll(FIELD, (_whole, name: string) => `member.${other(names, name)}`);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => renamedFields(item, names));
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, item]) => [key, renamedFields(item, names)]),
  );
}

/** Metrics may name events too: `conversion.member.joined`. */
const namesEvents = ({ as }: Field): boolean => as === 'event' || as === 'metric';

/** Settings without the names of events, some of which look like fields of members: `member.joined`. */
const withoutEvents = (config: JsonObject, fields: readonly Field[]): JsonObject =>
  withEvents(config, {}, fields);

/** Settings whose names of events are those of others. */
function withEvents(config: JsonObject, others: JsonObject, fields: readonly Field[]): JsonObject {
  const changed: Record<string, Json> = { ...config };
  for (const field of fields) {
    const { key, of } = field;
    const [own, other] = [config[key], others[key]];
    if (own === undefined) continue;
    if (namesEvents(field)) changed[key] = other ?? null;
    if (of !== undefined && Array.isArray(own)) {
      const rows = Array.isArray(other) ? (other as readonly Json[]) : [];
      changed[key] = (own as readonly Json[]).map((row, no) =>
        isRecord(row) ? withEvents(row, isRecord(rows[no]) ? rows[no] : {}, of) : row,
      );
    }
  }
  return changed;
}

function memberFields(value: Json): readonly string[] {
  const known = Object.keys(BUILT_IN_FIELDS.member ?? {});
  return stringsOf(value)
    .flatMap((text) => [...text.matchAll(FIELD)].map(([, name]) => name!))
    .filter((name) => !known.includes(name));
}

/** Attributes that the playbook itself notes need no declaration by the team. */
function noted(document: Playbook): ReadonlySet<string> {
  const own = new Set<string>();
  for (const graph of graphNames(document))
    for (const node of graphOf(document, graph).nodes)
      visitNames(node, (kind, name) => {
        if (kind === 'attribute') own.add(name);
      });
  return own;
}

function visitNames({ step, config }: GraphNode, hear: (kind: NeedKind, name: string) => void): void {
  const visit = (own: Json | undefined, fields: readonly Field[]): void => {
    if (!isRecord(own)) return;
    for (const { key, as, of } of fields) {
      const value = own[key];
      if (isKind(as) && typeof value === 'string' && value !== '') hear(as, value);
      if (as === 'list' && of !== undefined && Array.isArray(value))
        for (const row of value as readonly Json[]) visit(row, of);
    }
  };
  visit(config, stepOf(step)?.fields ?? []);
}

/** Every text inside a value. */
export function stringsOf(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value as JsonObject).flatMap(stringsOf);
}
