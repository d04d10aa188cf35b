// What is different between two playbooks, in words: which steps came, went and changed, and which of their settings.
// Pure. The comparing itself is the engine's; here is how people read it.
import { canonicalJson } from '../../engine/compile/hash.ts';
import { diff, type FieldChange, type Part } from '../../engine/diff.ts';
import type { GraphNode, Playbook } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { Field } from '../../engine/step.ts';
import { nameOf } from '../canvas/say-node.ts';
import { labelledPortsOf, stepOf } from '../document/commands.ts';
import { CAMPAIGN, graphOf, nodeOf } from '../document/graphs.ts';
import { namesOf, type Reader } from '../document/names.ts';
import { sayValue } from '../document/say-value.ts';
import type { Mark } from '../drawing/mark.ts';
import { read, type Language } from '../words.ts';
import { isRecord } from '../values.ts';

/** One setting that is not what it was, in words; absent on the side where it is not set. */
export interface SaidField {
  readonly label: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** One thing that is different. */
export interface SaidChange {
  readonly key: string;
  readonly what: 'step' | 'wire' | 'frame';
  readonly mark: Mark;
  readonly graph: string;
  /** The step it is about; the step where a wire begins. */
  readonly node: string | undefined;
  readonly name: string;
  readonly fields: readonly SaidField[];
}

/** Everything that is different, steps first. Empty when both mean the same. */
export function sayChanges(before: Playbook, after: Playbook, language: Language): readonly SaidChange[] {
  const { nodes, edges, document } = diff(asJson(before), asJson(after));
  const readers: Readers = {
    before: { language, names: namesOf(before) },
    after: { language, names: namesOf(after) },
  };
  const step = (mark: Mark, { graph, id }: Part): SaidChange => {
    const [old, now] = [nodeIn(before, graph, id), nodeIn(after, graph, id)];
    const node = now ?? old;
    return {
      key: `step ${graph} ${id}`,
      what: 'step',
      mark,
      graph,
      node: id,
      name: node === undefined ? id : nameOf(node, language),
      fields: old === undefined || now === undefined ? [] : fieldsOf(old, now, readers),
    };
  };
  const wire = (mark: Mark, { graph, id }: Part): SaidChange => {
    const own = (document_: Playbook): string => sayWire(document_, graph, id, language);
    return {
      key: `wire ${graph} ${id}`,
      what: 'wire',
      mark,
      graph,
      node: graphOf(mark === 'removed' ? before : after, graph).edges.find((it) => it.id === id)?.from,
      name: own(mark === 'removed' ? before : after),
      fields:
        mark === 'changed' ? [{ label: WORDS.wire[language], before: own(before), after: own(after) }] : [],
    };
  };
  return [
    ...nodes.added.map((part) => step('added', part)),
    ...nodes.removed.map((part) => step('removed', part)),
    ...nodes.changed.map((part) => step('changed', part)),
    ...edges.added.map((part) => wire('added', part)),
    ...edges.removed.map((part) => wire('removed', part)),
    ...edges.changed.map((part) => wire('changed', part)),
    ...document.map((change) => frame(change, language)),
  ];
}

const asJson = (document: Playbook): JsonObject => document as unknown as JsonObject;

/** The marks of one graph's steps on one side. */
export function marksOf(
  changes: readonly SaidChange[],
  graph: string,
  side: 'before' | 'after',
): ReadonlyMap<string, Mark> {
  return new Map(
    changes.flatMap(({ what, mark, graph: own, node }) =>
      what === 'step' &&
      own === graph &&
      node !== undefined &&
      mark !== (side === 'before' ? 'added' : 'removed')
        ? [[node, mark] as const]
        : [],
    ),
  );
}

const WORDS = {
  wire: { zh: '连线', en: 'Wire' },
  title: { zh: '标题', en: 'Title' },
  phase: { zh: '阶段', en: 'Phase' },
  off: { zh: '停用', en: 'Switched off' },
  step: { zh: '种类', en: 'Kind' },
  retry: { zh: '重试', en: 'Retries' },
  late: { zh: '来晚了怎么办', en: 'When late' },
  tolerance: { zh: '可以晚多久', en: 'Tolerance' },
  description: { zh: '说明', en: 'Description' },
  zone: { zh: '时区', en: 'Time zone' },
  locales: { zh: '语言', en: 'Languages' },
  params: { zh: '参数', en: 'Parameters' },
  phases: { zh: '阶段', en: 'Phases' },
  goal: { zh: '目标', en: 'Goal' },
  journeys: { zh: '旅程', en: 'Journeys' },
  rehearsal: { zh: '彩排设置', en: 'Rehearsal' },
  format: { zh: '格式', en: 'Format' },
  id: { zh: '编号', en: 'Id' },
  'zh-CN': { zh: '中文', en: 'Chinese' },
  en: { zh: '英文', en: 'English' },
  yes: { zh: '是', en: 'yes' },
  no: { zh: '否', en: 'no' },
} as const;

const word = (key: string, language: Language): string =>
  Object.hasOwn(WORDS, key) ? WORDS[key as keyof typeof WORDS][language] : key;

const nodeIn = (document: Playbook, graph: string, id: string): GraphNode | undefined =>
  nodeOf(graphOf(document, graph), id);

function sayWire(document: Playbook, graph: string, id: string, language: Language): string {
  const edge = graphOf(document, graph).edges.find((it) => it.id === id);
  if (edge === undefined) return id;
  const from = nodeIn(document, graph, edge.from);
  const to = nodeIn(document, graph, edge.to);
  const port = from && labelledPortsOf(from).find(({ name }) => name === edge.port)?.label[language];
  const name = (node: GraphNode | undefined, fallback: string): string =>
    node === undefined ? fallback : nameOf(node, language);
  const exit = language === 'zh' ? `（${port ?? edge.port}）` : ` (${port ?? edge.port})`;
  return `${name(from, edge.from)}${exit} → ${name(to, edge.to)}`;
}

/** Either side is read with the names that it has itself. */
interface Readers {
  readonly before: Reader;
  readonly after: Reader;
}

/** The settings of a step that differ, whole fields rather than their parts. */
function fieldsOf(before: GraphNode, after: GraphNode, readers: Readers): readonly SaidField[] {
  const { language } = readers.after;
  const own = stepOf(after.step)?.fields ?? [];
  const [was, is] = [before.config ?? {}, after.config ?? {}];
  const keys = [...new Set([...own.map(({ key }) => key), ...Object.keys(was), ...Object.keys(is)])];
  const settings = keys
    .filter((key) => !isSame(was[key], is[key]))
    .flatMap((key) => {
      const field = own.find((it) => it.key === key);
      return saidField(field?.label[language] ?? key, was[key], is[key], { field, readers });
    });
  const rest = (['title', 'step', 'phase', 'off', 'retry', 'late', 'tolerance'] as const)
    .filter((key) => !isSame(before[key] as Json | undefined, after[key] as Json | undefined))
    .flatMap((key) =>
      saidField(word(key, language), before[key] as Json | undefined, after[key] as Json | undefined, {
        field: key === 'title' ? TITLE : undefined,
        readers,
      }),
    );
  return [...settings, ...rest];
}

/** A text is told locale by locale, everything else as one value. */
function saidField(
  label: string,
  before: Json | undefined,
  after: Json | undefined,
  { field, readers }: { readonly field: Field | undefined; readonly readers: Readers },
): readonly SaidField[] {
  const { language } = readers.after;
  if (
    field?.as === 'text' &&
    (isRecord(before) || before === undefined) &&
    (isRecord(after) || after === undefined)
  ) {
    return [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])]
      .filter((locale) => before?.[locale] !== after?.[locale])
      .map((locale) => ({
        label:
          language === 'zh'
            ? `${label}（${word(locale, language)}）`
            : `${label} (${word(locale, language)})`,
        before: textOf(before?.[locale]),
        after: textOf(after?.[locale]),
      }));
  }
  const said = (value: Json | undefined, reader: Reader): string | undefined =>
    value === undefined ? undefined : sayOne(value, field, reader);
  return [{ label, before: said(before, readers.before), after: said(after, readers.after) }];
}

const textOf = (value: Json | undefined): string | undefined =>
  value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value);

const TITLE: Field = { key: 'title', as: 'text', label: WORDS.title };

/** A setting in words; as it is written, where there are none for it. */
const sayOne = (value: Json, field: Field | undefined, reader: Reader): string =>
  (field === undefined ? '' : sayValue(field, value, reader)) || sayAny(value, reader.language);

function sayAny(value: Json, language: Language): string {
  if (typeof value === 'boolean') return value ? WORDS.yes[language] : WORDS.no[language];
  if (typeof value === 'string') return value;
  if (isRecord(value) && Object.keys(value).every((key) => key === 'zh-CN' || key === 'en'))
    return read(value as Readonly<Record<string, string>>, language);
  return JSON.stringify(value);
}

/** What stands in no graph: its place in words, and both values. */
function frame({ pointer, before, after }: FieldChange, language: Language): SaidChange {
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const shown = path.filter((part) => part !== 'properties').map((part) => word(part, language));
  const said = (value: Json | undefined): string | undefined =>
    value === undefined ? undefined : sayAny(value, language);
  return {
    key: `frame ${pointer}`,
    what: 'frame',
    mark: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
    graph: CAMPAIGN,
    node: undefined,
    name: shown.join(' · '),
    fields: [{ label: shown.at(-1) ?? '', before: said(before), after: said(after) }],
  };
}

const isSame = (a: Json | undefined, b: Json | undefined): boolean =>
  (a === undefined) === (b === undefined) && canonicalJson(a ?? null) === canonicalJson(b ?? null);
