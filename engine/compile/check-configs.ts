// Nodes one by one: is there such a step, do its settings have the right shape, what does the step itself object to.
// Fills in what later checks ask a node for: its settings with parameters, its ports, its place in the block structure.
import { isProblemCode, valueNames, type Problem, catalogue } from '../problem.ts';
import type { Finding, StepDefinition } from '../step.ts';
import { expectedBy, got, reportShape } from './check-shape.ts';
import { placeOf, type DraftNode, type Registry } from './draft.ts';
import { fillIn, type Params } from './params.ts';
import { isWithin, shown, valueAt } from './pointer.ts';
import type { Report } from './report.ts';
import { validatorsOf, type Validate } from './validators.ts';

/** What nodes are checked against. */
export interface ConfigChecks {
  readonly params: Params;
  readonly registry: Registry;
  readonly report: Report;
}

/** Checks the settings of every node. */
export function checkConfigs(nodes: readonly DraftNode[], checks: ConfigChecks): void {
  const validators = validatorsOf(checks.registry.steps);
  const types = Object.keys(checks.registry.steps);
  for (const node of nodes) {
    fill(node, checks);
    if (node.step === undefined) {
      if (typeof node.raw['step'] !== 'string') continue;
      const values = { type: shown(node.type), nearest: checks.report.suggest(node.type, types) };
      checks.report.add('E-STEP-UNKNOWN', placeOf(node, '/step'), values);
      continue;
    }
    checkShape(node, validators.config(node.type), checks);
    checkScope(node, node.step, checks.report);
    askStep(node, node.step, checks.report);
  }
}

function fill(node: DraftNode, { params, report }: ConfigChecks): void {
  const filled = fillIn(node.config, params, (name, pointer) => {
    const suggestion = report.suggest(name, [...params.declared.keys()]);
    report.add('E-PARAM-UNKNOWN', placeOf(node, `/config${pointer}`), {
      param: shown(name),
      nearest: suggestion,
    });
  });
  node.config = filled.config;
  node.refs = filled.refs;
}

// Keys without which a step could wait, or repeat, for ever.
const MISSING = {
  max: 'E-LOOP-UNBOUNDED',
  within: 'E-WAIT-NO-TIMEOUT',
} as const;

function checkShape(node: DraftNode, validate: Validate, checks: ConfigChecks): void {
  const errors = validate(node.config);
  if (errors.length === 0) return;
  const own = errors.filter(({ instancePath }) => refAt(node, instancePath) === undefined);
  const fitting = errors.filter((error) => !own.includes(error));
  for (const error of fitting) reportMisfit(node, error, fitting, checks);
  const isTooMany = ({ instancePath, keyword }: ShapeError): boolean =>
    node.step?.block !== undefined && instancePath === '/max' && keyword === 'maximum';
  for (const { data, params } of own.filter(isTooMany)) {
    const values = { step: node.name, got: Number(data), limit: Number(params['limit']) };
    checks.report.add('E-LIMIT-ROUNDS', placeOf(node, '/config/max'), values);
  }
  const missing = node.step?.block === undefined && node.step?.topics === undefined ? {} : MISSING;
  const at = (pointer: string) => placeOf(node, `/config${pointer}`);
  reportShape(
    own.filter((error) => !isTooMany(error)),
    { at, missing, step: node.name, fields: node.step?.fields ?? [] },
    checks.report,
  );
  node.wrong = errors.map(({ instancePath }) => instancePath);
}

/** The parameter that stands at a pointer or around it. */
function refAt(node: DraftNode, pointer: string): string | undefined {
  for (const [ref, name] of node.refs) if (isWithin(pointer, ref)) return name;
  return undefined;
}

type ShapeError = ReturnType<Validate>[number];

/** Reports a parameter whose value does not fit where it stands; `errors` are all that such values have caused. */
function reportMisfit(
  node: DraftNode,
  error: ShapeError,
  errors: readonly ShapeError[],
  { params, report }: ConfigChecks,
): void {
  const { instancePath, keyword } = error;
  const name = refAt(node, instancePath)!;
  const param = params.declared.get(name);
  // A parameter that does not exist has been reported.
  if (param === undefined) return;
  const isOneOfSeveral = errors.some(
    (it) => it.instancePath === instancePath && /^(any|one)Of$/.test(it.keyword),
  );
  // A made-up value says nothing but its type, and that only where one type is accepted.
  if (!param.isReal && (keyword !== 'type' || isOneOfSeveral)) return;
  const pointer = [...node.refs.keys()].find((ref) => isWithin(instancePath, ref)) ?? instancePath;
  const [expectedZh, expectedEn] = expectedBy(error);
  report.add('E-PARAM-FIT', placeOf(node, `/config${pointer}`), {
    param: name,
    expectedZh,
    expectedEn,
    got: got(valueAt(node.config, instancePath)),
  });
}

const SCOPES = { campaign: ['活动图', 'the campaign'], member: ['旅程', 'a journey'] } as const;

function checkScope(node: DraftNode, { scope }: StepDefinition, report: Report): void {
  if (scope === 'any' || (scope === 'campaign') === (node.graph.number === 0)) return;
  const [scopeZh, scopeEn] = SCOPES[scope];
  report.add('E-SCOPE', placeOf(node, '/step'), { step: node.name, scopeZh, scopeEn });
}

function askStep(node: DraftNode, step: StepDefinition, report: Report): void {
  const { config } = node;
  const isRight = node.wrong.length === 0;
  const ask = <T>(question: () => T): T | undefined => {
    try {
      return question();
    } catch (error) {
      // With wrong settings a step may stumble; with right ones that is its own defect.
      const values = {
        type: node.type,
        step: node.name,
        got: error instanceof Error ? error.message : String(error),
      };
      if (isRight) report.add('E-STEP-FAULT', placeOf(node), values);
      return undefined;
    }
  };
  node.block = ask(() => step.block?.(config));
  if (node.off && step.block !== undefined)
    report.add('E-OFF-BLOCK', placeOf(node, '/off'), { step: node.name });
  if (!isRight) return;
  node.ports = ask(() => step.ports(config));
  for (const finding of ask(() => step.lint?.(config)) ?? []) reportFinding(finding, node, report);
  const bound = node.block?.kind === 'repeat' ? node.refs.get('/max') : undefined;
  if (bound !== undefined) {
    report.add('E-BOUND-LITERAL', placeOf(node, '/config/max'), { step: node.name, param: bound });
  }
}

/** A step names only what it knows; whose finding it is, and the value it is about, are added here. */
function reportFinding({ code, pointer, values = {} }: Finding, node: DraftNode, report: Report): void {
  const place = placeOf(node, `/config${pointer}`);
  if (!isProblemCode(code)) {
    const fault = { type: node.type, step: node.name, got: `unknown problem ${code}` };
    report.add('E-STEP-FAULT', place, fault);
    return;
  }
  const known: Record<string, string | number> = { step: node.name, ...values };
  for (const name of valueNames(code))
    known[name] ??= JSON.stringify(valueAt(node.config, pointer) ?? '').slice(0, 80);
  const found: Problem = { code, severity: catalogue[code].severity, place, values: known };
  report.put(found);
}
