// What must not leave with a template: people's numbers and addresses, lists of members, keys of other systems.
// Finds them and takes them out. It looks at texts; who knows better says which of them are meant for everybody.
import type { Playbook } from '../../engine/document.ts';
import type { Json, JsonObject } from '../../engine/json.ts';
import { graphNames, graphOf, withGraph } from '../document/graphs.ts';
import type { Words } from '../words.ts';
import { isRecord } from '../values.ts';

/** Something that looks as if it belonged to somebody. `secret`s always go; the others may be meant for everybody. */
export interface Finding {
  readonly kind: 'phone' | 'e-mail' | 'secret' | 'list';
  readonly node: string;
  readonly text: string;
}

export const FINDING_WORDS: Readonly<Record<Finding['kind'], Words>> = {
  phone: { zh: '电话号码', en: 'Telephone number' },
  'e-mail': { zh: '邮箱地址', en: 'E-mail address' },
  secret: { zh: '密钥', en: 'Secret' },
  list: { zh: '成员名单', en: 'List of members' },
};

const PHONE = /(?<![\w.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)/g;
const EMAIL = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g;
/** In an address: what follows the name of a key. Robots' addresses are keys as a whole. */
const KEY_IN_URL =
  /([?&](?:access_token|token|key|secret|sign|signature|password|api_key|apikey)=)[^&\s"'{}]+/gi;
const ROBOT =
  /(https?:\/\/[^\s"'{}]*?\/(?:hooks?|webhooks?|services|bot)\/?)(?=[^\s"'{}]*\d)[^\s"'{}]{12,}/gi;
const CREDENTIALS = /(https?:\/\/)[^\s/@"']{1,200}@/gi;
/** What providers give out as keys: their own beginning, and digits in it. */
const TOKEN = /\b(?:(?:sk|pk|rk)[-_]|gh[pousr]_|xox[abps]-|AKIA|eyJ)(?=[\w.-]*\d)[\w.-]{12,}/g;
const BEARER = /\b(Bearer|Basic)\s+[\w.+/=-]{8,}/gi;

/** Settings in which only secrets or members stand, by the names that people give them. */
const SECRET_NAME = /auth|token|secret|api[-_]?key|cookie|password|signature/i;

/** Everything that would not leave, each text once for a step; what belongs to no step has none. */
export function findingsOf(document: Playbook): readonly Finding[] {
  const found = new Map<string, Finding>();
  wholeWithout(document, new Set(), (kind, text, node) => {
    found.set(`${kind} ${node} ${text}`, { kind, node, text });
  });
  return [...found.values()];
}

/** The playbook as it may leave. `kept`: texts that are meant for everybody; secrets and lists never are. */
export const withoutPrivate = (document: Playbook, kept: ReadonlySet<string>): Playbook =>
  wholeWithout(document, kept, () => {});

/** A text as it may leave. */
export const cleanWords = (text: string, kept: ReadonlySet<string>): string =>
  cleanText(text, kept, () => {});

/**
 * What would leave all the same: names within the document (of steps, phases, journeys, parameters) are held together by
 * each other and are not rewritten. A playbook in which one of them is private must not leave as it is.
 */
export function privateNames(document: Playbook, kept: ReadonlySet<string>): readonly string[] {
  const left = new Set<string>();
  cleanText(JSON.stringify(withoutPrivate(document, kept)), kept, (_kind, text) => void left.add(text));
  return [...left];
}

/** Every part in which people write: the frame with its texts, parameters and notes, and each step with its title. */
function wholeWithout(
  document: Playbook,
  kept: ReadonlySet<string>,
  hear: (kind: Finding['kind'], text: string, node: string) => void,
): Playbook {
  const heard =
    (node: string): Hear =>
    (kind, text) =>
      hear(kind, text, node);
  const clean = <T>(value: T, node = ''): T => cleaned(value as Json, kept, heard(node)) as T;
  const { graph, journeys, id, format, ...frame } = document;
  const titles = Object.entries(journeys ?? {}).map(
    ([name, journey]) => [name, { ...journey, title: clean(journey.title) }] as const,
  );
  const framed: Playbook = {
    id,
    format,
    graph,
    ...clean(frame),
    ...(journeys === undefined ? {} : { journeys: Object.fromEntries(titles) }),
  };
  return graphNames(framed).reduce((before, name) => {
    const own = graphOf(before, name);
    const nodes = own.nodes.map(({ config, title, ...node }) => ({
      ...node,
      ...(config === undefined ? {} : { config: clean(config, node.id) }),
      ...(title === undefined ? {} : { title: clean(title, node.id) }),
    }));
    return withGraph(before, name, { ...own, nodes });
  }, framed);
}

type Hear = (kind: Finding['kind'], text: string) => void;

function cleaned(value: Json, kept: ReadonlySet<string>, hear: Hear): Json {
  if (typeof value === 'string') return cleanText(value, kept, hear);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => cleaned(item, kept, hear));
  const object = value as JsonObject;
  const { name } = object;
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, item]): [string, Json][] => {
      // A header whose name says that it is a key, and a list of whom to let in.
      const isKey = key === 'value' && typeof name === 'string' && SECRET_NAME.test(name);
      if (isKey && typeof item === 'string' && item !== '') {
        hear('secret', `${name}: ${item}`);
        return [[key, '']];
      }
      if (key === 'list' && Array.isArray(item) && !item.some((it) => isRecord(it as Json))) {
        hear('list', item.slice(0, 3).join(', '));
        return [];
      }
      return [[key, cleaned(item, kept, hear)]];
    }),
  );
}

function cleanText(text: string, kept: ReadonlySet<string>, hear: Hear): string {
  let clean = text;
  const replace = (pattern: RegExp, kind: Finding['kind'], by: string): void => {
    clean = clean.replaceAll(pattern, (...match) => {
      const whole = String(match[0]);
      const head = typeof match[1] === 'string' ? match[1] : '';
      if (whole === `${head}${by}`) return whole;
      if (kind !== 'secret' && kept.has(whole)) return whole;
      hear(kind, whole);
      return `${head}${by}`;
    });
  };
  replace(CREDENTIALS, 'secret', '');
  replace(KEY_IN_URL, 'secret', '…');
  replace(ROBOT, 'secret', '…');
  replace(BEARER, 'secret', ' …');
  replace(TOKEN, 'secret', '…');
  replace(EMAIL, 'e-mail', '…');
  replace(PHONE, 'phone', '…');
  return clean;
}
