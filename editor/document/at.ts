// A value of a document by its JSON pointer: read, replaced or taken away. Nothing is changed in place.
import type { Playbook } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { valueAt } from '../../engine/compile/pointer.ts';
import type { Command } from './commands.ts';

/** The value at a pointer; undefined where there is none. */
export const jsonAt = (document: Playbook, pointer: string): Json | undefined =>
  valueAt(document, pointer) as Json | undefined;

/** Replaces the value at a pointer; undefined takes it away. Where its container is gone, nothing happens. */
export function setAt(pointer: string, value: Json | undefined, says: Command['says']): Command {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return {
    says,
    apply: (document) => replaced(document as unknown as Json, keys, value) as unknown as Playbook,
  };
}

function replaced(container: Json, keys: readonly string[], value: Json | undefined): Json | undefined {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (typeof container !== 'object' || container === null) return container;
  if (Array.isArray(container)) {
    const list = container as readonly Json[];
    const no = Number(key);
    if (!(no in list)) return container;
    const next = replaced(list[no]!, rest, value);
    return next === list[no] ? list : next === undefined ? list.toSpliced(no, 1) : list.with(no, next);
  }
  const object = container as JsonObject;
  const old = Object.hasOwn(object, key) ? object[key] : undefined;
  if (rest.length > 0 && old === undefined) return object;
  const next = rest.length === 0 ? value : replaced(old!, rest, value);
  if (next === old) return object;
  if (next !== undefined) return { ...object, [key]: next };
  const { [key]: _gone, ...others } = object;
  return others;
}
