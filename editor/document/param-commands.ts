// Commands on the parameters of a playbook that reach beyond their declarations. Pure, like commands.ts.
import type { Playbook } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { setConfig, setPart, type Command } from './commands.ts';
import { graphOf, nodeOf, type GraphName } from './graphs.ts';
import { paramsOf, requiredParams, withParam } from './params.ts';

/** Renames a parameter wherever it is used: in settings, times, conditions and texts. A taken name changes nothing. */
export function renameParam(document: Playbook, name: string, next: string): Command {
  const own = paramsOf(document);
  return {
    says: { zh: '参数改名', en: 'Rename a parameter' },
    apply: (before) => {
      const schema = paramsOf(before)[name];
      if (schema === undefined || Object.hasOwn(paramsOf(before), next) || own[name] === undefined)
        return before;
      const isRequired = requiredParams(before).includes(name);
      const { params: _params, layout, ...meaning } = before;
      const renamed = renamedIn(meaning as unknown as Json, name, next) as unknown as typeof meaning;
      return {
        ...renamed,
        params: withParam(before, name, { name: next, schema, isRequired })!,
        ...(layout === undefined ? {} : { layout }),
      };
    },
  };
}

/** `{ param }`, `{ anchor }`, and `params.name` inside of texts and expressions. */
export function renamedIn(value: Json, name: string, next: string): Json {
  if (typeof value === 'string')
    return value.replaceAll(new RegExp(`\\bparams\\.${name}\\b`, 'g'), `params.${next}`);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((it) => renamedIn(it, name, next));
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, it]) => [
      key,
      (key === 'param' || key === 'anchor') && it === name ? next : renamedIn(it, name, next),
    ]),
  );
}

/** Makes a parameter of a setting's value, and takes the setting from it from now on. */
export function makeParam(
  document: Playbook,
  { graph, id, key }: { readonly graph: GraphName; readonly id: string; readonly key: string },
  { name, schema }: { readonly name: string; readonly schema: JsonObject },
): Command {
  const bind = setConfig(graph, id, key, { param: name });
  const declare = setPart('params', withParam(document, name, { name, schema, isRequired: false }));
  return {
    says: { zh: `由参数「${name}」决定`, en: `Take it from “${name}”` },
    apply: (before) =>
      nodeOf(graphOf(before, graph), id) === undefined || Object.hasOwn(paramsOf(before), name)
        ? before
        : bind.apply(declare.apply(before)),
  };
}
