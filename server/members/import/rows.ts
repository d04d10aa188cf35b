// One record of an import as what is known of a member, or everything that is wrong with it.
// What depends on other rows and on who is there already is found later, see apply.ts.
import { readAttribute, readInstant, type AttributeValue } from '../../../engine/attributes.ts';
import { isZone } from '../../../engine/calendar/zone.ts';
import type { Instant } from '../../../engine/instant.ts';
import { namesIn, unmarked, wordsIn } from '../cells.ts';
import { unstorable } from '../../storable.ts';
import type { ImportFaultCode } from '../../texts/import-faults.ts';
import { targetOf, type Catalogue, type Target } from './columns.ts';

/** A good row, as it is kept aside. */
export interface Row {
  readonly line: number;
  key: string | null;
  name: string | null;
  kind: string | null;
  status: string | null;
  zone: string | null;
  locale: string | null;
  joined: Instant | null;
  readonly tags: string[];
  readonly attributes: Record<string, AttributeValue>;
  /** Channels and the accounts on them, in one order. */
  readonly channels: string[];
  readonly accounts: string[];
  readonly groups: string[];
  readonly consents: string[];
  /** `all`, `class/<class>` or `channel/<id>`. */
  readonly optOuts: string[];
}

/** Something wrong with a row. */
export interface Fault {
  readonly line: number;
  readonly field: string | null;
  readonly code: ImportFaultCode;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** What reading needs to know. */
export interface Reading {
  readonly catalogue: Catalogue;
  readonly map: Readonly<Record<string, string>>;
  readonly now: Instant;
}

/** A field of a record, with what it means. */
export interface Field {
  readonly name: string;
  readonly target: Target;
  readonly value: unknown;
}

const MOST = { name: 200, key: 200, tag: 100, tags: 100 } as const;

/** Reads fields into a row. `textual`: they come from a table, where everything is text. */
export function readRow(
  line: number,
  fields: Iterable<Field>,
  { catalogue, now }: Reading,
  textual: boolean,
): { readonly row: Row } | { readonly faults: readonly Fault[] } {
  const row: Row = {
    line, key: null, name: null, kind: null, status: null, zone: null, locale: null, joined: null,
    tags: [], attributes: {}, channels: [], accounts: [], groups: [], consents: [], optOuts: [],
  }; // prettier-ignore
  const faults: Fault[] = [];
  const into: Into = {
    row,
    catalogue,
    now,
    textual,
    fault: (field, code, values) =>
      faults.push({ line, field, code, ...(values === undefined ? {} : { values }) }),
  };
  for (const { name, target, value } of fields) put(into, name, target, value);
  if (row.key === null && row.accounts.length === 0) into.fault(null, 'no-key');
  if (row.tags.length > MOST.tags)
    into.fault('tags', 'value', expected(`至多 ${MOST.tags} 个标签`, `at most ${MOST.tags} tags`));
  return faults.length > 0 ? { faults } : { row };
}

interface Into {
  readonly row: Row;
  readonly catalogue: Catalogue;
  readonly now: Instant;
  readonly textual: boolean;
  readonly fault: (field: string | null, code: ImportFaultCode, values?: Fault['values']) => void;
}

const expected = (expectedZh: string, expectedEn: string) => ({ expectedZh, expectedEn });

function put(into: Into, field: string, target: Target, given: unknown): void {
  const value = typeof given === 'string' ? cell(given, into.textual) : given;
  // What is empty is not said: it changes nothing.
  if (value === '' || value === null || value === undefined || target.is === 'none') return;
  if (unstorable(value) !== undefined || (typeof value === 'string' && value.includes('\uFFFD'))) {
    into.fault(field, 'characters');
    return;
  }
  // Each target's own function, so the types fit.
  (PUT[target.is] as Put<Target>)(into, field, value, target);
}

type Put<T extends Target = Target> = (into: Into, field: string, value: unknown, target: T) => void;

/** How a value gets into the row, by what its column means. */
const PUT: { readonly [Is in Target['is']]: Put<Extract<Target, { readonly is: Is }>> } = {
  none: () => {},
  externalKey: (into, field, value) => {
    into.row.key = text(into, field, value, MOST.key);
  },
  name: (into, field, value) => {
    into.row.name = text(into, field, value, MOST.name);
  },
  kind: (into, field, value) => {
    into.row.kind = oneOf(into, field, value, KINDS);
  },
  status: (into, field, value) => {
    into.row.status = oneOf(into, field, value, STATUSES);
  },
  zone: ({ row, fault }, field, value) => {
    if (isZone(value)) row.zone = value;
    else fault(field, 'value', expected('时区，例如 Asia/Shanghai', 'a time zone such as Asia/Shanghai'));
  },
  locale: ({ row, fault }, field, value) => {
    if (typeof value === 'string' && LOCALE.test(value)) row.locale = value;
    else fault(field, 'value', expected('语言，例如 zh-CN', 'a language such as zh-CN'));
  },
  joinedAt: putJoined,
  tags: (into, field, value) => addTo(into.row.tags, texts(into, field, value, MOST.tag)),
  groups: (into, field, value) => {
    for (const name of texts(into, field, value, MOST.name)) {
      const group = into.catalogue.groups.get(name);
      if (group === undefined) into.fault(field, 'unknown-group');
      else addTo(into.row.groups, [group]);
    }
  },
  attributes: putObject,
  identities: putObject,
  attribute: putAttribute,
  account: putAccount,
  consent: putConsent,
  consents: (into, field, value) => addTo(into.row.consents, texts(into, field, value, MOST.tag)),
  optOuts: putOptOuts,
};

function addTo(list: string[], items: readonly string[]): void {
  for (const item of items) if (!list.includes(item)) list.push(item);
}

/** `{ "attributes": { "city": "上海" }, "identities": { "wecom": "wx1" } }` */
function putObject(
  into: Into,
  field: string,
  value: unknown,
  { is: root }: { readonly is: 'attributes' | 'identities' },
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    into.fault(field, 'value', expected('对象', 'an object'));
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    const name = `${field}.${key}`.slice(0, MOST.name);
    const target = targetOf(`${root}.${key}`, into.catalogue);
    if (target === undefined) into.fault(name, 'unknown-field');
    else put(into, name, target, inner);
  }
}

function putAttribute(
  into: Into,
  field: string,
  value: unknown,
  { attribute }: Extract<Target, { readonly is: 'attribute' }>,
): void {
  const { zone } = into.catalogue;
  const read = readAttribute(value, attribute, { zone, textual: into.textual });
  if ('value' in read) into.row.attributes[attribute.key] = read.value;
  else into.fault(field, 'value', expected(read.expected.zh, read.expected.en));
}

function putAccount(
  into: Into,
  field: string,
  value: unknown,
  { channel }: Extract<Target, { readonly is: 'account' }>,
): void {
  const names = Array.isArray(value)
    ? (value as readonly unknown[])
    : typeof value === 'string'
      ? namesIn(value)
      : [value];
  for (const name of names) {
    const account = text(into, field, name, MOST.key);
    if (account === null || account === '') continue;
    into.row.channels.push(channel);
    into.row.accounts.push(account);
  }
}

function putConsent(
  into: Into,
  field: string,
  value: unknown,
  { purpose }: Extract<Target, { readonly is: 'consent' }>,
): void {
  const read = readAttribute(value, { type: 'boolean', choices: [] }, { zone: 'UTC', textual: into.textual });
  if (!('value' in read)) into.fault(field, 'value', expected(read.expected.zh, read.expected.en));
  else if (read.value === true) addTo(into.row.consents, [purpose]);
}

/** Words, names of channels, or yes and no for all of it. */
function putOptOuts(into: Into, field: string, value: unknown): void {
  const { catalogue, row, fault } = into;
  const read = readAttribute(value, { type: 'boolean', choices: [] }, { zone: 'UTC', textual: into.textual });
  if ('value' in read) {
    if (read.value === true) addTo(row.optOuts, ['all']);
    return;
  }
  for (const word of texts(into, field, value, MOST.name)) {
    const channel = catalogue.channels.get(word);
    const scope = OPT_OUTS[word.toLowerCase()] ?? (channel === undefined ? undefined : `channel/${channel}`);
    if (scope === undefined)
      fault(
        field,
        'value',
        expected('all、marketing、service 或渠道的名字', 'all, marketing, service or the name of a channel'),
      );
    else addTo(row.optOuts, [scope]);
  }
}

const OPT_OUTS: Readonly<Record<string, string>> = {
  all: 'all', 全部: 'all', marketing: 'class/marketing', 营销: 'class/marketing', service: 'class/service', 服务: 'class/service',
}; // prettier-ignore

function putJoined(into: Into, field: string, value: unknown): void {
  const at = typeof value === 'string' ? readInstant(value, into.catalogue.zone) : undefined;
  if (at !== undefined && at <= into.now) into.row.joined = at;
  else
    into.fault(
      field,
      'value',
      expected('过去的日期，例如 2026-03-01', 'a date in the past such as 2026-03-01'),
    );
}

function text({ fault }: Into, field: string, value: unknown, most: number): string | null {
  const it = typeof value === 'number' ? String(value) : value;
  if (typeof it === 'string' && it.length <= most) return it;
  fault(field, 'value', expected(`文本，至多 ${most} 个字符`, `text of at most ${most} characters`));
  return null;
}

/** Several texts: a list, or one text with a comma, semicolon or bar between them. */
function texts(into: Into, field: string, value: unknown, most: number): string[] {
  const items: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? wordsIn(value)
      : [value];
  return items.flatMap((item) => {
    const it = text(into, field, typeof item === 'string' ? item.trim() : item, most);
    return it === null || it === '' ? [] : [it];
  });
}

const LOCALE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
const KINDS: Readonly<Record<string, string>> = {
  member: 'member', staff: 'staff', test: 'test', 成员: 'member', 会员: 'member', 员工: 'staff', 测试: 'test',
}; // prettier-ignore
const STATUSES: Readonly<Record<string, string>> = {
  active: 'active', left: 'left', blocked: 'blocked', 正常: 'active', 已离开: 'left', 已屏蔽: 'blocked',
}; // prettier-ignore

function oneOf(
  { fault }: Into,
  field: string,
  value: unknown,
  known: Readonly<Record<string, string>>,
): string | null {
  const key = typeof value === 'string' ? value.toLowerCase() : '';
  if (Object.hasOwn(known, key)) return known[key]!;
  const names = Object.keys(known);
  fault(field, 'value', expected(`${names.join('、')} 之一`, `one of ${names.slice(0, 3).join(', ')}`));
  return null;
}

/** A cell without its blanks, and without the mark that keeps a spreadsheet from calculating. */
const cell = (raw: string, textual: boolean): string => (textual ? unmarked(raw.trim()) : raw.trim());
