// A problem as an operator reads it: fields by their labels, steps, exits and choices by their words, all in the reader's
// language. The engine names them as a program would (keys, ids, the first title), because it knows no reader.
import { isMetric } from '../../engine/metrics.ts';
import { sayMetric } from '../../engine/metrics/say.ts';
import type { GraphNode, Playbook } from '../../engine/document.ts';
import { say, type Problem, type Said } from '../../engine/problem.ts';
import { nameOf } from '../canvas/say-node.ts';
import { labelledPortsOf } from '../document/commands.ts';
import { CAMPAIGN, graphNames, graphOf, nodeOf } from '../document/graphs.ts';
import { paramTitle } from '../document/params.ts';
import { LOCALE_NAMES, localeOf, read, type Language } from '../words.ts';
import { fieldAt, nodeAt } from './where.ts';

/** Sentence and advice about a problem of a document. */
export function sayProblem(problem: Problem, document: Playbook, language: Language): Said {
  const speaker: Speaker = { problem, document, language, names: namesOf(document) };
  const values: Record<string, string | number> = { ...problem.values };
  for (const [name, value] of Object.entries(problem.values)) {
    const word = typeof value === 'string' && value !== '' ? WORDS[name]?.(value, speaker) : undefined;
    if (word !== undefined && word !== '') values[name] = word;
  }
  return say({ ...problem, values }, localeOf(language));
}

interface Speaker {
  readonly problem: Problem;
  readonly document: Playbook;
  readonly language: Language;
  readonly names: ReadonlyMap<string, GraphNode>;
}

type Word = (value: string, speaker: Speaker) => string | undefined;

const step: Word = (value, { names, language }) => {
  const node = names.get(value);
  return node === undefined ? undefined : nameOf(node, language);
};

const edge: Word = (value, { problem, document, language }) => {
  const graph = graphOf(document, problem.place.graph ?? CAMPAIGN);
  const found = graph.edges.find(({ id }) => id === value);
  const ends = [found?.from, found?.to].map((id) => (id === undefined ? undefined : nodeOf(graph, id)));
  return ends.every((end) => end !== undefined)
    ? ends.map((end) => nameOf(end, language)).join(' → ')
    : undefined;
};

const port: Word = (value, { problem, document, language }) => {
  const node = nodeAt(document, problem.place);
  return node === undefined
    ? undefined
    : labelledPortsOf(node).find(({ name }) => name === value)?.label[language];
};

const param: Word = (value, { document, language }) => paramTitle(document, value, language);

const key: Word = (value, { problem, document, language }) => {
  const node = nodeAt(document, problem.place);
  const field = node === undefined ? undefined : fieldAt(node, problem.place.pointer)?.field;
  return field?.key === value ? field.label[language] : PARTS[value]?.[language];
};

/** What the document's own keys are called. */
const PARTS: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  title: { zh: '标题', en: 'Title' },
  params: { zh: '参数', en: 'Parameters' },
  goal: { zh: '目标', en: 'Goal' },
  metric: { zh: '指标', en: 'Metric' },
  window: { zh: '最近多久', en: 'Window' },
  baseline: { zh: '基线', en: 'Baseline' },
  target: { zh: '目标值', en: 'Target' },
  deadline: { zh: '截止时间', en: 'Deadline' },
  guardrails: { zh: '护栏', en: 'Guardrails' },
};

/** How the values of problems are said, by their names in the catalogue. */
const WORDS: Readonly<Record<string, Word>> = {
  step,
  block: step,
  other: step,
  node: step,
  edge,
  otherEdge: edge,
  port,
  key,
  needs: (value, speaker) => {
    const node = nodeAt(speaker.document, speaker.problem.place);
    const found = node === undefined ? undefined : fieldAt(node, `/nodes/0/config/${value}`)?.field;
    return found?.label[speaker.language];
  },
  param,
  anchor: param,
  metric: (value, { language }) => (isMetric(value) ? sayMetric(value, language) : undefined),
  journey: (value, { document, language }) => read(document.journeys?.[value]?.title, language),
  graph: (value, { document, language }) =>
    value === CAMPAIGN
      ? { zh: '活动', en: 'Activity' }[language]
      : read(document.journeys?.[value]?.title, language),
  playbook: (_value, { document, language }) => read(document.title, language),
  locale: (value) => LOCALE_NAMES[value],
};

const known = new WeakMap<Playbook, ReadonlyMap<string, GraphNode>>();

/** Nodes by what the engine calls them: their first title, or their id. */
function namesOf(document: Playbook): ReadonlyMap<string, GraphNode> {
  const old = known.get(document);
  if (old !== undefined) return old;
  const names = new Map<string, GraphNode>();
  for (const name of graphNames(document)) {
    for (const node of graphOf(document, name).nodes) {
      names.set(Object.values(node.title ?? {}).find((text) => text !== '') ?? node.id, node);
    }
  }
  known.set(document, names);
  return names;
}
