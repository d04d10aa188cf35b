// The document as a whole: limits, zone, locales, ids, phases, journeys, and the times of retries and lateness.
import { isZone } from '../calendar/zone.ts';
import { DAY, exactMsOf } from '../instant.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Place } from '../problem.ts';
import { MOST_EDGES } from './check-ports.ts';
import { listOf, objectOf, placeOf, type DraftGraph, type DraftNode } from './draft.ts';
import type { Params } from './params.ts';
import { shown } from './pointer.ts';
import type { Report } from './report.ts';

/** Most steps of one playbook, over all its graphs. */
export const MOST_NODES = 1_000;
// Beyond this nothing is looked at any more: a list of ten thousand problems helps nobody.
const HOPELESS = 5;

/** What most checks of a document need. */
export interface DocumentChecks {
  readonly document: JsonObject;
  readonly graphs: readonly DraftGraph[];
  readonly nodes: readonly DraftNode[];
  readonly params: Params;
  readonly report: Report;
}

/** What a document says about itself. */
export interface Setting {
  readonly zone: string;
  readonly locales: readonly string[];
}

/** Reports too many nodes or edges; false when there are so many that looking on is no use. */
export function isWithinLimits(value: Json, report: Report): boolean {
  const document = objectOf(value);
  const journeys = Object.values(objectOf(document['journeys']));
  const graphs = [document['graph'], ...journeys.map((journey) => objectOf(journey)['graph'])].map(objectOf);
  const count = (key: string): number => graphs.reduce((sum, graph) => sum + listOf(graph[key]).length, 0);
  const [nodes, edges] = [count('nodes'), count('edges')];
  if (nodes > MOST_NODES) report.add('E-LIMIT-NODES', {}, { got: nodes, limit: MOST_NODES });
  if (edges > MOST_EDGES) report.add('E-LIMIT-EDGES', {}, { got: edges, limit: MOST_EDGES });
  return nodes <= MOST_NODES * HOPELESS && edges <= MOST_EDGES * HOPELESS;
}

/** Checks what stands outside of configs. */
export function checkDocument(checks: DocumentChecks): Setting {
  const { document, report } = checks;
  checkIds(checks);
  checkPhases(checks);
  checkPolicies(checks);
  checkRehearsal(checks);
  const zone = document['zone'];
  if (typeof zone === 'string' && !isZone(zone))
    report.add('E-ZONE', { pointer: '/zone' }, { got: shown(zone) });
  const locales = listOf(document['locales']).filter((it) => typeof it === 'string');
  return {
    zone: isZone(zone) ? zone : 'Asia/Shanghai',
    locales: locales.length > 0 ? [...new Set(locales)] : ['zh-CN'],
  };
}

// One name for one step in the whole playbook: texts and scripts speak of nodes without naming their graph.
function checkIds({ graphs, nodes, document, report }: DocumentChecks): void {
  checkUnique(nodes, 'node', report);
  for (const { edges } of graphs) checkUnique(edges, 'edge', report);
  const phases = new Set<Json>();
  listOf(document['phases']).forEach((phase, index) => {
    const { id } = objectOf(phase);
    if (typeof id !== 'string') return;
    if (phases.has(id)) report.add('E-ID-TWICE', { pointer: `/phases/${index}/id` }, { id: shown(id) });
    phases.add(id);
  });
}

function checkUnique(named: readonly Named[], kind: 'node' | 'edge', report: Report): void {
  const seen = new Set<string>();
  for (const { id, pointer, graph } of named) {
    if (id === '') continue;
    const place = { graph: graph.id, [kind]: id, pointer: `${pointer}/id` };
    if (seen.has(id)) report.add('E-ID-TWICE', place, { id: shown(id) });
    seen.add(id);
  }
}

type Named = Pick<DraftNode, 'id' | 'pointer' | 'graph'>;

function checkPhases({ document, nodes, report }: DocumentChecks): void {
  const phases = listOf(document['phases']).flatMap((phase) => {
    const { id } = objectOf(phase);
    return typeof id === 'string' ? [id] : [];
  });
  for (const node of nodes) {
    const { phase } = node.raw;
    if (typeof phase !== 'string' || phases.includes(phase)) continue;
    const values = { step: node.name, phase: shown(phase), nearest: report.suggest(phase, phases) };
    report.add('E-PHASE-UNKNOWN', placeOf(node, '/phase'), values);
  }
}

function checkPolicies({ nodes, graphs, document, report }: DocumentChecks): void {
  const exact = (value: Json | undefined, place: { pointer: string }): void => {
    // Calendar durations have no length of their own; waiting a day is not what a retry does.
    if (typeof value !== 'string' || exactMsOf(value) !== undefined) return;
    report.add('E-DURATION', place, { got: shown(value) });
  };
  for (const node of nodes) {
    const { first, max } = objectOf(node.raw['retry']);
    exact(first, { ...placeOf(node), pointer: `${node.pointer}/retry/first` });
    exact(max, { ...placeOf(node), pointer: `${node.pointer}/retry/max` });
    exact(objectOf(node.raw['late'])['after'], { ...placeOf(node), pointer: `${node.pointer}/late/after` });
    checkTolerance(node.raw['tolerance'], placeOf(node, '/tolerance'), report);
  }
  for (const { id, pointer, tolerance } of graphs) {
    checkTolerance(tolerance, { graph: id, pointer: pointer.replace(/graph$/, 'tolerance') }, report);
  }
  for (const [key, delay] of Object.entries(objectOf(objectOf(document['rehearsal'])['delays']))) {
    exact(delay, { pointer: `/rehearsal/delays/${key}` });
  }
}

// Beyond a day nobody would call it a tolerance: that is another wait.
function checkTolerance(value: Json | undefined, place: Place, report: Report): void {
  if (typeof value !== 'string') return;
  const ms = exactMsOf(value);
  if (ms === undefined || ms < 0 || ms > DAY) report.add('E-TOLERANCE', place, { got: shown(value) });
}

function checkRehearsal({ document, nodes, report }: DocumentChecks): void {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const answers = objectOf(objectOf(document['rehearsal'])['answers']);
  const warn = (pointer: string, name: string, known: readonly string[]): void =>
    report.add('W-REHEARSAL', { pointer }, { name: shown(name), nearest: report.suggest(name, known) });
  for (const [id, ports] of Object.entries(answers)) {
    const node = byId.get(id);
    if (node === undefined) warn(`/rehearsal/answers/${id}`, id, [...byId.keys()]);
    const names = node?.ports?.map(({ name }) => name);
    if (names === undefined) continue;
    for (const port of Object.keys(objectOf(ports))) {
      if (!names.includes(port)) warn(`/rehearsal/answers/${id}/${port}`, port, names);
    }
  }
}
