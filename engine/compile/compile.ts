// From a document to its plan, with everything that is wrong with it: the order in which the checks run.
// Pure and total: any input gives an answer, the same input always the same one.
import type { Json, JsonObject } from '../json.ts';
import type { Plan } from '../plan.ts';
import type { Problem } from '../problem.ts';
import { checkBlocks } from './check-blocks.ts';
import { checkChannels } from './check-channels.ts';
import { checkConfigs } from './check-configs.ts';
import { checkDocument, isWithinLimits } from './check-document.ts';
import { checkFields } from './check-fields.ts';
import { checkHonesty } from './check-honesty.ts';
import { checkOutside } from './check-outside.ts';
import { checkDeclarations, checkUses, checkValues } from './check-params.ts';
import { checkPorts } from './check-ports.ts';
import { checkRounds } from './check-rounds.ts';
import { reportShape } from './check-shape.ts';
import { readGraphs, titlesOf, type Registry } from './draft.ts';
import { emit } from './emit.ts';
import { readParams } from './params.ts';
import { makeReport, type Report } from './report.ts';
import { validatorsOf } from './validators.ts';
import { snapshot } from './snapshot.ts';

/** What compiling gives: a plan when there is no error, and every problem. */
export interface Compiled {
  readonly plan?: Plan;
  readonly problems: readonly Problem[];
}

/**
 * Compiles a document. Never throws.
 * With `params` (as filled in at launch) the values are bound into the plan, which thereby gets a hash of its own;
 * without them the plan keeps its references, and defaults, examples or made-up values are used for checking.
 */
export function compileWith(document: unknown, params: unknown, registry: Registry): Compiled {
  const report = makeReport();
  let plan: Plan | undefined;
  try {
    plan = check(document, params, registry, report);
  } catch (error) {
    // The last net: whoever edits a playbook keeps what was found so far, and learns that it is not their fault.
    report.add('E-INTERNAL', {}, { got: error instanceof Error ? error.message : String(error) });
  }
  const problems = report.all();
  return plan === undefined || report.failed ? { problems } : { plan, problems };
}

function check(input: unknown, filled: unknown, registry: Registry, report: Report): Plan | undefined {
  const document = readDocument(input, registry, report);
  const given = readGiven(filled, report);
  if (document === undefined || given === 'refused') return undefined;
  const params = readParams(document, given);
  checkDeclarations(document, report);
  if (given !== undefined) checkValues(given, document, params, report);
  const graphs = readGraphs(document, registry);
  const nodes = graphs.flatMap((graph) => graph.nodes);
  report.call(titlesOf(document, nodes));
  checkConfigs(nodes, { params, registry, report });
  const setting = checkDocument({ document, graphs, nodes, params, report });
  const values = checkFields({ document, graphs, nodes, params, report, registry, ...setting });
  const blocks = graphs.map((graph) => {
    const wiring = checkPorts(graph, report);
    const found = checkBlocks(wiring, report);
    if (found !== undefined) checkRounds(found, report);
    return found;
  });
  checkHonesty({ document, graphs, nodes, params, report, ...setting });
  checkOutside(nodes, { registry, report });
  checkChannels(nodes, { channels: registry.channels, params, report });
  checkUses(params, report);
  if (report.failed || !blocks.every((found) => found !== undefined)) return undefined;
  return emit({ document, blocks, params, registry, ...setting, ...values });
}

function readDocument(input: unknown, { steps }: Registry, report: Report): JsonObject | undefined {
  const document = snapshot(input, report);
  if (document === undefined || !isWithinLimits(document, report)) return undefined;
  const errors = validatorsOf(steps).document(document);
  reportShape(errors, { at: (pointer) => ({ pointer }) }, report);
  return isObject(document) ? document : undefined;
}

function readGiven(filled: unknown, report: Report): JsonObject | 'refused' | undefined {
  if (filled === undefined) return undefined;
  const given = snapshot(filled, report);
  if (given === undefined) return 'refused';
  if (isObject(given)) return given;
  const [expectedZh, expectedEn] = ['对象', 'an object'];
  report.add(
    'E-TYPE',
    { pointer: '/params' },
    { expectedZh, expectedEn, got: JSON.stringify(given).slice(0, 80) },
  );
  return 'refused';
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
