// A template as one file: written without anything private, and read as if its sender wished us ill.
// Pure; neither the asking of a person nor the server.
import type { Playbook } from '../../engine/document.ts';
import { validatorsOf } from '../../engine/compile/validators.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { steps } from '../../engine/steps/index.ts';
import { graphNames } from '../document/graphs.ts';
import type { Words } from '../words.ts';
import { isRecord } from '../values.ts';
import { cleanWords, withoutPrivate } from './private.ts';

const FORMAT = 'kindling-template';

/** Where a template comes from, as its file says; nobody has checked it. */
export interface Provenance {
  readonly title?: string;
  readonly version?: number;
  readonly exportedAt?: string;
}

/** A template that was read, or why it was not. */
export type Read =
  | { readonly document: Playbook; readonly from: Provenance }
  | { readonly refused: Words; readonly detail?: string };

/** The most characters of a file that is read, and what may be inside. */
const MOST_CHARS = 6_000_000;
const DEEPEST = 60;
const MOST_VALUES = 400_000;

/** The file of a playbook: what is private has been taken out, what is only drawn stays. */
export function writeTemplate(document: Playbook, from: Provenance, kept: ReadonlySet<string>): string {
  const { title } = from;
  const file = {
    kind: FORMAT,
    format: 1,
    from: title === undefined ? from : { ...from, title: cleanWords(title, kept) },
    document: withoutPrivate(document, kept),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Reads a file. Also takes a bare playbook, as the command line keeps it. */
export function readTemplate(text: string): Read {
  if (text.length > MOST_CHARS) return { refused: { zh: '文件太大。', en: 'The file is too large.' } };
  let value: Json;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, '')) as Json;
  } catch {
    return { refused: NO_TEMPLATE };
  }
  const fault = faultOf(value);
  if (fault !== undefined) return { refused: fault };
  if (!isRecord(value)) return { refused: NO_TEMPLATE };
  const isFile = value['kind'] === FORMAT;
  if (isFile && value['format'] !== 1)
    return {
      refused: {
        zh: '文件来自更新的版本，请先升级。',
        en: 'The file is from a newer version: upgrade first.',
      },
    };
  const document = isFile ? value['document'] : value;
  if (!isRecord(document) || !('graph' in document)) return { refused: NO_TEMPLATE };
  const [first] = validatorsOf(steps).document(document);
  if (first !== undefined)
    return {
      refused: { zh: '内容不完整或被改坏了。', en: 'Its content is incomplete or was damaged.' },
      detail: `${first.instancePath} ${first.message ?? ''}`,
    };
  return {
    document: drawnSoundly(document as unknown as Playbook),
    from: isFile ? provenanceOf(value['from']) : {},
  };
}

const NO_TEMPLATE: Words = {
  zh: '这不是剧本模板。请选「分享」里「导出为文件」得到的 .json 文件。',
  en: 'This is no template of a playbook. Choose a .json file that “Export as a file” has made.',
};

/** Names that mean something to the language itself: no document needs them. */
const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Walks without recursion, so that the depth it looks for cannot overflow it. */
function faultOf(value: Json): Words | undefined {
  const open: { readonly value: Json; readonly depth: number }[] = [{ value, depth: 0 }];
  let seen = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: it, depth } = next;
    if (typeof it !== 'object' || it === null) continue;
    seen += 1;
    if (depth > DEEPEST || seen > MOST_VALUES)
      return { zh: '文件里的内容太多或嵌套太深。', en: 'The file holds too much, or is nested too deeply.' };
    for (const key of Object.keys(it)) {
      if (REFUSED_KEYS.has(key))
        return { zh: `文件里有不允许的名字「${key}」。`, en: `The file uses the forbidden name "${key}".` };
      open.push({ value: (it as JsonObject)[key]!, depth: depth + 1 });
    }
  }
  return undefined;
}

function provenanceOf(value: Json | undefined): Provenance {
  if (!isRecord(value)) return {};
  const { title, version, exportedAt } = value;
  return {
    ...(typeof title === 'string' ? { title: title.slice(0, 200) } : {}),
    ...(typeof version === 'number' && Number.isSafeInteger(version) && version > 0 ? { version } : {}),
    ...(typeof exportedAt === 'string' ? { exportedAt: exportedAt.slice(0, 40) } : {}),
  };
}

const FARTHEST = 1_000_000;

/** A layout may hold anything: what is no place on a canvas is left out, and those steps are arranged anew. */
function drawnSoundly({ layout, ...document }: Playbook): Playbook {
  const kept: Record<string, Json> = {};
  for (const name of graphNames(document)) {
    const drawn = layout !== undefined && Object.hasOwn(layout, name) ? layout[name] : undefined;
    if (!isRecord(drawn)) continue;
    const nodes = Object.entries(isRecord(drawn['nodes']) ? drawn['nodes'] : {}).filter(
      ([, place]) => isRecord(place) && isPlace(place['x']) && isPlace(place['y']),
    );
    const notes = (Array.isArray(drawn['notes']) ? (drawn['notes'] as readonly Json[]) : []).filter(isNote);
    kept[name] = { nodes: Object.fromEntries(nodes), notes };
  }
  return Object.keys(kept).length === 0 ? document : { ...document, layout: kept };
}

const isPlace = (value: Json | undefined): boolean =>
  typeof value === 'number' && Math.abs(value) <= FARTHEST;

const isNote = (note: Json): boolean =>
  isRecord(note) &&
  ['x', 'y', 'width', 'height'].every((key) => isPlace(note[key])) &&
  ['id', 'text', 'colour'].every((key) => typeof note[key] === 'string');
