// Names of things: one of those there are, or any other that somebody types. Where the names come from depends on the kind
// of the field; what a name is called in words stands below.
import { AutoComplete, Select } from 'antd';
import { channelKind } from '../../../engine/channels/index.ts';
import { EVENT_WORDS, sayEvent } from '../../../engine/event-words.ts';
import type { Playbook } from '../../../engine/document.ts';
import { metrics } from '../../../engine/metrics.ts';
import type { FieldSchema } from '../../../engine/language/rule.ts';
import { sayRole } from '../../../engine/roles.ts';
import type { Field, FieldKind } from '../../../engine/step.ts';
import { stepOf } from '../../document/commands.ts';
import { graphNames, graphOf } from '../../document/graphs.ts';
import { useNames } from '../../document/use-names.ts';
import { useDesk } from '../../document/store.ts';
import { read, useSay, useSpeech, type Language } from '../../say.ts';
import type { Json } from '../../../engine/json.ts';
import type { ControlProps } from '../control.ts';

interface Known {
  readonly document: Playbook;
  readonly fields: FieldSchema;
  readonly channels: readonly { readonly name: string; readonly kind: string }[];
  readonly language: Language;
}

interface Option {
  readonly value: string;
  /** What people call it; the name itself where it says enough. */
  readonly label: string;
}

const SUGGESTIONS: Readonly<Partial<Record<FieldKind, (known: Known) => readonly Option[]>>> = {
  metric: ({ language }) =>
    Object.entries(metrics).map(([value, { label }]) => ({ value, label: label[language] })),
  event: ({ document, language }) =>
    [...new Set([...Object.keys(EVENT_WORDS), ...used(document, 'event')])].map((value) => ({
      value,
      label: sayEvent(value, language),
    })),
  channel: ({ channels, document, language }) => [
    ...channels.map(({ name, kind }) => ({ value: name, label: channelKind(kind)?.label[language] ?? name })),
    ...plain(used(document, 'channel').filter((it) => !channels.some(({ name }) => name === it))),
  ],
  role: ({ document, language }) =>
    [...new Set(['operator', 'owner', 'approver', ...used(document, 'role')])].map((value) => ({
      value,
      label: sayRole(value, language),
    })),
  tag: ({ document }) => plain(used(document, 'tag')),
  attribute: ({ fields, language }) =>
    Object.entries(fields.member ?? {}).map(([value, { label }]) => ({
      value,
      label: read(label, language),
    })),
  journey: ({ document, language }) =>
    Object.entries(document.journeys ?? {}).map(([value, { title }]) => ({
      value,
      label: read(title, language),
    })),
  zone: () => plain(Intl.supportedValuesOf('timeZone')),
};

const plain = (names: readonly string[]): readonly Option[] =>
  [...new Set(names)].map((value) => ({ value, label: value }));

/** Names of this kind that the playbook uses already. */
function used(document: Playbook, kind: FieldKind): string[] {
  const names: string[] = [];
  const visit = (fields: readonly Field[], values: Json | undefined): void => {
    if (typeof values !== 'object' || values === null || Array.isArray(values)) return;
    for (const { key, as, of } of fields) {
      const value = (values as Readonly<Record<string, Json>>)[key];
      if (of !== undefined && Array.isArray(value)) for (const row of value) visit(of, row as Json);
      else if (as === kind)
        names.push(...[value].flat().filter((it): it is string => typeof it === 'string'));
    }
  };
  for (const name of graphNames(document))
    for (const node of graphOf(document, name).nodes) visit(stepOf(node.step)?.fields ?? [], node.config);
  return names;
}

function useOptions(kind: FieldKind): readonly Option[] {
  const language = useSpeech(({ language: it }) => it);
  const document = useDesk(({ history }) => history?.present.document);
  const channels = useDesk(({ team }) => team?.channels) ?? [];
  const fields = useNames(({ fields: it }) => it);
  return document === undefined ? [] : (SUGGESTIONS[kind]?.({ document, fields, channels, language }) ?? []);
}

const shownIn = ({ value, label }: Option): string => (value === label ? value : `${label}（${value}）`);

/** Kinds of which there are no others than those that are known: there, words can only mean one of them. */
const CLOSED: ReadonlySet<FieldKind> = new Set(['metric', 'attribute', 'journey', 'zone']);

/** One name. */
export function SuggestControl({ id, field, value, change }: ControlProps) {
  const options = useOptions(field.as);
  const text = typeof value === 'string' ? value : '';
  const words = options.find((it) => it.value === text)?.label;
  return (
    <>
      <AutoComplete
        id={id}
        style={{ width: '100%' }}
        value={text}
        options={options.map((it) => ({ value: it.value, label: shownIn(it) }))}
        showSearch={{
          filterOption: (input, option) =>
            input === text
              ? true
              : `${String(option?.value)} ${String(option?.label)}`
                  .toLowerCase()
                  .includes(input.toLowerCase()),
        }}
        onChange={(next: string) => change(next === '' ? undefined : next)}
        onBlur={() => {
          if (!CLOSED.has(field.as) || options.some((it) => it.value === text)) return;
          const meant = options.filter(({ label }) => text !== '' && label.includes(text));
          if (meant.length === 1) change(meant[0]!.value);
        }}
      />
      {words === undefined || words === text ? null : <p className="meaning">{words}</p>}
    </>
  );
}

/** Several names, such as tags: chosen or typed, one after the other. */
export function NamesControl({ id, field, value, change }: ControlProps) {
  const say = useSay();
  const options = useOptions(field.as);
  const names = [value].flat().filter((it): it is string => typeof it === 'string');
  return (
    <Select<string[]>
      id={id}
      mode="tags"
      style={{ width: '100%' }}
      value={names}
      placeholder={say({ zh: '输入后回车', en: 'Type a name, then Enter' })}
      options={options.map((it) => ({ value: it.value, label: shownIn(it) }))}
      tokenSeparators={[',', '，', '、']}
      onChange={(next) => change(next.length === 0 ? undefined : next)}
    />
  );
}
