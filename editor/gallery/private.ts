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
/** Long words of mixed letters and digits that providers give out as keys. */
const TOKEN = /\b(?:sk|pk|ghp|xox[abp]|AKIA|eyJ)[\w.-]{16,}/g;
const BEARER = /\b(Bearer|Basic)\s+[\w.+/=-]{8,}/gi;

/** Settings in which only secrets or members stand, by the names that people give them. */
const SECRET_NAME = /auth|token|secret|api[-_]?key|cookie|password|signature/i;

/** Everything that would not leave. */
export function findingsOf(document: Playbook): readonly Finding[] {
  const found: Finding[] = [];
  for (const graph of graphNames(document))
    for (const { id, config = {} } of graphOf(document, graph).nodes)
      cleaned(config, new Set(), (kind, text) => void found.push({ kind, node: id, text }));
  cleaned(
    (document.params ?? {}) as Json,
    new Set(),
    (kind, text) => void found.push({ kind, node: '', text }),
  );
  return found;
}

/** The playbook as it may leave. `kept`: texts that are meant for everybody; secrets and lists never are. */
export function withoutPrivate(document: Playbook, kept: ReadonlySet<string>): Playbook {
  const whole = graphNames(document).reduce((before, name) => {
    const graph = graphOf(before, name);
    const nodes = graph.nodes.map((node) =>
      node.config === undefined
        ? node
        : { ...node, config: cleaned(node.config, kept, () => {}) as JsonObject },
    );
    return withGraph(before, name, { ...graph, nodes });
  }, document);
  return whole.params === undefined
    ? whole
    : { ...whole, params: cleaned(whole.params as Json, kept, () => {}) as NonNullable<Playbook['params']> };
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
