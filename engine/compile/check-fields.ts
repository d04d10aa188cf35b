// Values inside of configs, checked by the kind of their field: never by the type of the step that has them.
// Shapes have been checked; what stands where the shape is wrong is left alone.
import type { Json, JsonObject } from '../json.ts';
import { OPT_OUT } from '../language/links.ts';
import { pathsOf } from '../language/rule.ts';
import { fixedWindowOf } from '../metrics.ts';
import type { Field } from '../step.ts';
import { checkDoors } from './check-doors.ts';
import type { DocumentChecks, Setting } from './check-document.ts';
import { checkLocales } from './check-texts.ts';
import { CHECKS } from './check-values.ts';
import { listOf, objectOf, placeOf, type DraftNode } from './draft.ts';
import { fieldsOf } from './fields.ts';
import { paramOf } from './params.ts';
import { inside, isWithin, shown } from './pointer.ts';
import type { Subject } from './subject.ts';

/** What the checks of values have learned for the plan. */
export interface FieldFindings {
  /** The anchors that a node's times count from. */
  readonly anchors: ReadonlyMap<DraftNode, ReadonlySet<string>>;
  /** The conditions of a node, made ready: by their pointer in the config. */
  readonly conditions: ReadonlyMap<DraftNode, ReadonlyMap<string, string>>;
}

/** Checks every value that a field describes, and everything of the document that is written like one. */
export function checkFields(checks: DocumentChecks & Setting & Pick<Subject, 'registry'>): FieldFindings {
  const { document, nodes, graphs, params, registry } = checks;
  const { attributes = [] } = registry;
  const fields = fieldsOf(document, nodes, { params, attributes });
  const subject: Subject = {
    ...checks,
    attributes,
    node: undefined,
    fields,
    placeholders: new Set([...pathsOf(fields), linkTo(OPT_OUT)]),
    journeys: graphs.slice(1).map(({ id }) => id),
    effort: { openings: 0, problems: 0 },
    anchors: new Map(),
    conditions: new Map(),
    launches: new Map(),
  };
  const placeholders = graphs.map(({ number }) => placeholdersIn(number, subject.placeholders, nodes));
  for (const node of nodes) {
    // A thousand wrong conditions are wrong enough.
    if (checks.report.isFull) break;
    const own = { ...subject, node, placeholders: placeholders[node.graph.number] ?? subject.placeholders };
    if (node.step !== undefined) checkRows(node.step.fields, node.config, '', own);
  }
  checkOwnValues(subject);
  checkLaunches(subject);
  checkDoors(subject);
  return subject;
}

/** How a text names a page. */
export const linkTo = (page: string): string => `links.${page}`;

/** A member of a journey has pages of the journey's own besides those of the activity, which are everybody's. */
export function placeholdersIn(
  graph: number,
  everywhere: ReadonlySet<string>,
  nodes: readonly DraftNode[],
): ReadonlySet<string> {
  const pages = nodes.filter(
    ({ step, graph: { number } }) => step?.page === true && (number === 0 || number === graph),
  );
  return pages.length === 0 ? everywhere : new Set([...everywhere, ...pages.map(({ id }) => linkTo(id))]);
}

function checkRows(fields: readonly Field[], row: JsonObject, pointer: string, subject: Subject): void {
  for (const { key, as, of = [] } of fields) {
    const value = Object.hasOwn(row, key) ? row[key] : undefined;
    const at = inside(pointer, key);
    if (value === undefined || subject.node?.wrong.some((wrong) => isWithin(wrong, at))) continue;
    if (as === 'list') {
      listOf(value).forEach((item, index) => checkRows(of, objectOf(item), inside(at, index), subject));
    } else checkValue(as, value, at, subject);
  }
}

function checkValue(as: Exclude<Field['as'], 'list'>, value: Json, pointer: string, subject: Subject): void {
  const check = CHECKS[as];
  // A field of names may hold several.
  if (Array.isArray(value) && as !== 'time') {
    (value as readonly Json[]).forEach((item, index) => check(item, inside(pointer, index), subject));
  } else check(value, pointer, subject);
}

/** Times, texts and metrics that stand outside of configs. */
function checkOwnValues(subject: Subject): void {
  const { document, graphs } = subject;
  const texts: [value: Json | undefined, pointer: string][] = [
    [document['title'], '/title'],
    [document['description'], '/description'],
  ];
  const { metric, window, deadline, guardrails, baseline, target } = objectOf(document['goal']);
  if (metric !== undefined) CHECKS.metric(metric, '/goal/metric', subject);
  const own = typeof metric === 'string' ? fixedWindowOf(metric) : undefined;
  if (window !== undefined && own !== undefined)
    subject.report.add(
      'E-METRIC-WINDOW',
      { pointer: '/goal/window' },
      { metric: shown(metric), window: own },
    );
  if (deadline !== undefined) CHECKS.time(deadline, '/goal/deadline', subject);
  checkParams(
    [
      [baseline, '/goal/baseline'],
      [target, '/goal/target'],
    ],
    subject,
  );
  listOf(guardrails).forEach((item, index) => {
    const { metric: guarded, atMost } = objectOf(item);
    checkParams([[atMost, `/goal/guardrails/${index}/atMost`]], subject);
    if (guarded !== undefined) CHECKS.metric(guarded, `/goal/guardrails/${index}/metric`, subject);
  });
  listOf(document['phases']).forEach((phase, index) => {
    const { title, goal, starts, ends } = objectOf(phase);
    const pointer = `/phases/${index}`;
    texts.push([title, `${pointer}/title`], [goal, `${pointer}/goal`]);
    if (starts !== undefined) CHECKS.time(starts, `${pointer}/starts`, subject);
    if (ends !== undefined) CHECKS.time(ends, `${pointer}/ends`, subject);
  });
  for (const [id, journey] of Object.entries(objectOf(document['journeys']))) {
    texts.push([objectOf(journey)['title'], `${inside('/journeys', id)}/title`]);
  }
  for (const [value, pointer] of texts) checkLocales(value, (at) => ({ pointer: pointer + at }), subject);
  for (const node of graphs.flatMap(({ nodes }) => nodes)) {
    checkLocales(node.raw['title'], (at) => placeOf(node, `/title${at}`), subject);
  }
}

/** Values that may be parameters: are these declared? */
function checkParams(values: readonly (readonly [Json | undefined, string])[], subject: Subject): void {
  const { params, report } = subject;
  for (const [value, pointer] of values) {
    const name = value === undefined ? undefined : paramOf(value);
    if (name === undefined) continue;
    params.used.add(name);
    if (params.declared.has(name)) continue;
    const suggestion = report.suggest(name, [...params.declared.keys()]);
    report.add('E-PARAM-UNKNOWN', { pointer }, { param: shown(name), nearest: suggestion });
  }
}

/** Journeys that nobody launches, and those that would launch themselves. */
function checkLaunches({ graphs, launches, report }: Subject): void {
  const launched = new Set([...launches.values()].flat());
  for (const { id, pointer } of graphs.slice(1)) {
    if (!launched.has(id)) report.add('W-JOURNEY-UNUSED', { graph: id, pointer }, { journey: id });
  }
  for (const [node, journeys] of launches) {
    const own = node.graph.id;
    if (node.graph.number === 0 || !journeys.some((id) => leadsBack(id, own, launches))) continue;
    report.add('E-JOURNEY-RECURSIVE', placeOf(node), { journey: own, step: node.name });
  }
}

function leadsBack(from: string, to: string, launches: Subject['launches']): boolean {
  const seen = new Set([from]);
  for (const id of seen) {
    if (id === to) return true;
    for (const [node, journeys] of launches) {
      if (node.graph.id === id && node.graph.number > 0) for (const next of journeys) seen.add(next);
    }
  }
  return false;
}
