// Where the value of a parameter goes: the field of a step that takes it, which knows more of it than its schema says.
// Pure; neither the parameter's declaration (params.ts) nor its input.
import type { Playbook } from '../../engine/document.ts';
import type { Json } from '../../engine/json.ts';
import type { Field } from '../../engine/step.ts';
import { isRecord } from '../values.ts';
import { stepOf } from './commands.ts';
import { graphNames, graphOf } from './graphs.ts';

/** The first field that takes this parameter; undefined where texts and conditions alone name it. */
export function boundField(document: Playbook, param: string): Field | undefined {
  for (const graph of graphNames(document))
    for (const { step, config } of graphOf(document, graph).nodes) {
      const found = taking(config, stepOf(step)?.fields ?? [], param);
      if (found !== undefined) return found;
    }
  return undefined;
}

function taking(config: Json | undefined, fields: readonly Field[], param: string): Field | undefined {
  if (!isRecord(config)) return undefined;
  for (const field of fields) {
    const value = config[field.key];
    if (isRecord(value) && value['param'] === param) return field;
    for (const row of Array.isArray(value) && field.of !== undefined ? (value as readonly Json[]) : []) {
      const found = taking(row, field.of ?? [], param);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
