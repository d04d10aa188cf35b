// The input of an effect as it is now: the node's config with what has been overridden since the launch.
// Not the step's meaning: the step makes the input from its config.
import type { Text } from '../../engine/document.ts';
import type { EffectName, InputOf } from '../../engine/effects/index.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import type { StepDefinition } from '../../engine/step.ts';
import { steps } from '../../engine/steps/index.ts';
import type { Sql } from '../store/client.ts';
import { planOf } from '../store/plan.ts';
import type { Batch } from './work.ts';

/** The input that a node gives to an effect. */
export async function inputOf<Name extends EffectName>(
  sql: Sql,
  batch: Batch,
  name: Name,
): Promise<InputOf<Name>> {
  const definition: StepDefinition = steps[batch.planNode.step as keyof typeof steps];
  const make = definition.effects?.[name];
  if (make === undefined) throw new Error(`The step ${batch.planNode.step} does not call ${name}.`);
  // The config passed the step's schema when the plan was compiled.
  return make((await configOf(sql, batch)) as never) as InputOf<Name>;
}

/** The config of a node with the run's overrides applied. */
export async function configOf(sql: Sql, { run, planNode }: Batch): Promise<JsonObject> {
  const bound =
    Object.keys(run.overrides).length === 0 ? planNode.config : await rebound(sql, { run, planNode });
  const text = run.texts[planNode.id];
  return text === undefined ? bound : { ...bound, [textKeyOf(bound)]: text };
}

// What an operator corrects is what goes out: a message's text, a task's script, a request's body, otherwise the title.
const textKeyOf = (config: JsonObject): string =>
  ['text', 'script', 'body'].find((key) => key in config) ?? 'title';

// The version's plan still says where parameters stand; the run's own plan has their values of the launch in it.
async function rebound(sql: Sql, { run, planNode }: Pick<Batch, 'run' | 'planNode'>): Promise<JsonObject> {
  const { rows } = await sql.query<{ hash: string }>(
    'select plan_hash as hash from playbook_version where id = $1',
    [run.version],
  );
  const open = rows[0] === undefined ? undefined : await planOf(sql, rows[0].hash);
  const node = open?.nodes.find(({ id }) => id === planNode.id);
  return node === undefined ? planNode.config : (fillIn(node.config, run.params) as JsonObject);
}

function fillIn(value: Json, params: JsonObject): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => fillIn(item, params));
  const object = value as JsonObject;
  const name = object['param'];
  if (typeof name === 'string' && Object.keys(object).length === 1) return params[name] ?? value;
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, fillIn(item, params)]));
}

/** A text in the first of these locales that it has. */
export function inLocale(text: Text, locales: readonly string[]): string {
  const locale = locales.find((it) => Object.hasOwn(text, it));
  return (locale === undefined ? Object.values(text)[0] : text[locale]) ?? '';
}
